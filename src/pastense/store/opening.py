"""Open the store that a database address names."""

from __future__ import annotations

from pathlib import Path

from pastense.clock import Clock
from pastense.store.base import Store, StoreRefused
from pastense.store.migrate import Migration
from pastense.store.sqlite import SqliteStore
from pastense.store.sqlite.store import WORKERS_MAX

KNOWN_SCHEMES = ("sqlite",)


def open_store(address: str, clock: Clock, busy_timeout_s: float) -> tuple[Store, list[Migration]]:
    """The open store at `address` ("sqlite:PATH") and the migrations just applied.

    Raises `StoreRefused` with a sentence for the operator, `StoreError` when it is locked.
    """
    store = SqliteStore(sqlite_path(address), clock, busy_timeout_s)
    try:
        return store, store.migrate()
    except BaseException:
        store.close()
        raise


def sqlite_path(address: str) -> Path:
    """The file of a "sqlite:PATH" address; raises `StoreRefused` on any other."""
    scheme, colon, path = address.partition(":")
    if not colon or scheme not in KNOWN_SCHEMES:
        known = ", ".join(f"{name}:PATH" for name in KNOWN_SCHEMES)
        raise StoreRefused(f"unknown database {_without_secrets(address)!r}; known are: {known}")
    if path.startswith("//"):
        raise StoreRefused(f"write sqlite:{path.lstrip('/') or 'PATH'} or sqlite:/PATH, without //")
    if not path or path.startswith(":") or path.endswith("/"):
        raise StoreRefused("sqlite: needs the path of a file, as in sqlite:./data/pastense.db")
    return Path(path)


def check_workers(workers: int) -> None:
    """Refuse more server processes than the store serves exactly."""
    if workers > WORKERS_MAX:
        raise StoreRefused(
            f"--workers {workers}: the sqlite store has one writer and serves one process; "
            f"use --workers {WORKERS_MAX}"
        )


def _without_secrets(address: str) -> str:
    """An address may hold a password before an @: it is not repeated in a message."""
    scheme, _, rest = address.partition(":")
    return f"{scheme}:***@{rest.rpartition('@')[2]}" if "@" in rest else address
