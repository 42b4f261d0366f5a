"""Addresses of databases: which store one names, and how to show it without its password."""

from __future__ import annotations


def is_postgresql(address: str) -> bool:
    """Whether an address names a PostgreSQL database."""
    return address.partition(":")[0] in ("postgresql", "postgres")


def shown_address(address: str) -> str:
    """An address as it may be shown: what stands before an @ may hold a password, and so may the
    options of a PostgreSQL address. Where a question mark comes first nobody can tell where the
    password ends, so nothing is shown."""
    scheme, colon, rest = address.partition(":")
    if is_postgresql(address):
        rest, _, options = rest.partition("?")
        if "@" in options and "@" not in rest:
            return f"{scheme}:***"
    return f"{scheme}:***@{rest.rpartition('@')[2]}" if "@" in rest else f"{scheme}{colon}{rest}"
