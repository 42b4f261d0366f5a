"""How a SQLite file is migrated: whoever has the write lock is the one process that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pastense.store.base import StoreError
from pastense.store.base.schema import KeepOn, Tell
from pastense.store.migrate import Migration
from pastense.store.relational.schema import MustWait
from pastense.store.sqlite.alone import file_id
from pastense.store.sqlite.connection import SqliteConnection
from pastense.store.sqlite.database import Database
from pastense.store.sqlite.held_file import held_file, other_process

T = TypeVar("T")


class SqliteSurgery:
    """See `relational.schema.Surgery`, and `Operation`: both at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def looking(self) -> Iterator[SqliteConnection]:
        """The write lock orders us with another process that applies a post migration: either it
        sees that we have the file open, or we see what it has applied."""
        with self._database.writing() as connection:
            yield connection

    @contextmanager
    def operation(self, _: Tell, __: KeepOn) -> Iterator[SqliteSurgery]:
        """Several processes may be at it: each transaction looks at what was applied."""
        yield self

    def obstacle(self, _: int) -> str | None:
        """Whoever else has the file open may know less: programs do not say what they know."""
        opened = file_id(self._database.path)
        if opened is None:
            raise StoreError(f"{self._database.path} is gone")
        process = other_process(held_file(self._database.path, opened))
        return None if process is None else f"process {process} has {self._database.label} open"

    @contextmanager
    def transaction(self, migration: Migration) -> Iterator[SqliteConnection]:
        """Alone with the file where the migration is a post one."""
        with self._database.writing() as connection:
            reason = self.obstacle(migration.number) if migration.post else None
            if reason is not None:
                raise MustWait(reason)
            yield connection

    def run_alone(self, migration: Migration, statement: str) -> None:
        """SQLite has no statement that wants to be alone, and none that lets others write: it is
        a transaction of its own."""
        with self.transaction(migration) as connection:
            connection.execute(statement)

    def patiently(self, _: Migration, work: Callable[[], T]) -> T:
        """The write lock was waited for already."""
        return work()
