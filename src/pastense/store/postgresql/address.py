"""Addresses of PostgreSQL databases: what is one, and how to show it without its password."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import psycopg

from pastense.store.base import StoreRefused

SCHEMES: Final = ("postgresql", "postgres")


def check_address(address: str) -> str:
    """The address as libpq takes it; raises `StoreRefused` where it is none."""
    try:
        psycopg.conninfo.conninfo_to_dict(address)
    except (psycopg.ProgrammingError, UnicodeError) as error:
        # What libpq says may repeat a part of the address, and that a part of the password.
        raise StoreRefused(
            f"{label_of(address)} is no address of a database; write "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with % codes for special characters"
        ) from error
    return address


def label_of(address: str) -> str:
    """Where a database is, for messages: without user, password and options."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    except ValueError:
        return "postgresql:"
    return f"postgresql://{host}{port}{parts.path}"
