"""Open the store that a database address names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pastense.clock import Clock
from pastense.store.address import is_postgresql, shown_address
from pastense.store.base import Store, StoreRefused
from pastense.store.migrate import Migration
from pastense.store.relational.store import RelationalStore
from pastense.store.sqlite import SqliteStore
from pastense.store.sqlite.store import WORKERS_MAX

KNOWN_SCHEMES = ("sqlite",)


def open_store(
    address: str, clock: Clock, busy_timeout_s: float, *, goes_on: bool = False
) -> tuple[Store, list[Migration]]:
    """The open store at `address` ("sqlite:PATH", "postgresql://...") and the migrations just
    applied. Those that must wait are left, see `Store.schema`.

    A process that `goes_on` with the work of one that ended takes a store that newer programs have
    changed meanwhile, as the one before did. Raises `StoreRefused` with a sentence for the
    operator, `StoreError` when it is locked.
    """
    store = open_unmigrated(address, clock, busy_timeout_s)
    with _closed_on_error(store):
        applied = store.migrate(goes_on=goes_on)
        store.check_whole()
        return store, applied


def open_unchecked(address: str, clock: Clock, busy_timeout_s: float) -> RelationalStore:
    """The same for a copy, which may be unfinished in it."""
    store = open_unmigrated(address, clock, busy_timeout_s)
    with _closed_on_error(store):
        store.migrate()
        return store


def open_existing(address: str, clock: Clock, busy_timeout_s: float) -> RelationalStore:
    """A store that is there and whole, migrated; one that is not there is refused, not made."""
    if not is_made(address):
        raise StoreRefused(f"there is no store {shown_address(address)}")
    store = open_unmigrated(address, clock, busy_timeout_s)
    with _closed_on_error(store):
        if not store.has_table("migrations"):
            raise StoreRefused(f"there is no store in {shown_address(address)}")
        store.migrate()
        store.check_whole()
        return store


@contextmanager
def _closed_on_error(store: RelationalStore) -> Iterator[None]:
    try:
        yield
    except BaseException:
        store.close()
        raise


def open_unmigrated(address: str, clock: Clock, busy_timeout_s: float) -> RelationalStore:
    """The store as it is; only its schema can be used."""
    if is_postgresql(address):
        # Its library is loaded by those who use it only.
        from pastense.store.postgresql import PostgresqlStore

        return PostgresqlStore(address, clock, busy_timeout_s)
    return SqliteStore(sqlite_path(address), clock, busy_timeout_s)


def is_made(address: str) -> bool:
    """Whether there is a store to look at; a PostgreSQL database is asked itself."""
    return is_postgresql(address) or sqlite_path(address).exists()


def sqlite_path(address: str) -> Path:
    """The file of a "sqlite:PATH" address; raises `StoreRefused` on any other."""
    scheme, colon, path = address.partition(":")
    if not colon or scheme not in KNOWN_SCHEMES:
        known = ", ".join((*(f"{name}:PATH" for name in KNOWN_SCHEMES), "postgresql://..."))
        raise StoreRefused(f"unknown database {shown_address(address)!r}; known are: {known}")
    if path.startswith("//"):
        meant = shown_address(f"sqlite:{path.lstrip('/') or 'PATH'}")
        raise StoreRefused(f"write {meant} or sqlite:/PATH, without //")
    if not path or path.startswith(":") or path.endswith("/"):
        raise StoreRefused("sqlite: needs the path of a file, as in sqlite:./data/pastense.db")
    return Path(path)


def check_workers(address: str, workers: int) -> None:
    """Refuse more server processes than the store serves exactly."""
    if workers > WORKERS_MAX and not is_postgresql(address):
        raise StoreRefused(
            f"--workers {workers}: the sqlite store has one writer and serves one process; "
            f"use --workers {WORKERS_MAX}, or a PostgreSQL database"
        )
