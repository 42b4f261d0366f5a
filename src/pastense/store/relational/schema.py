"""Brings the schema up to date: in which order migrations are applied, and each in its way.

What every program needs before it begins is applied when a store is opened. Post migrations wait
until no program that knows less has the database open. How that is known, and how statements are
kept from holding up those who write, is the part of each database: see `Surgery`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol, TypeVar

from pastense.clock import Clock
from pastense.identity import new_workspace_id
from pastense.store.base import StoreRefused
from pastense.store.base.schema import KeepOn, SchemaStep, Tell
from pastense.store.migrate import Migration, Way, bare, missing
from pastense.store.relational.connection import Connection
from pastense.store.relational.steps import Steps
from pastense.store.statements import Statements

SQL: Final = Statements("migrations.sql")
T = TypeVar("T")


class MustWait(Exception):
    """A post migration may not be applied yet; the message says what it waits for."""


class Operation(Protocol):
    """The means of the one process that migrates. All raise `MustWait` for a post migration while
    a program that knows less has the database open; once it was not raised, no such program can
    begin before the operation's end or without seeing what was noted."""

    def transaction(self, migration: Migration) -> AbstractContextManager[Connection]:
        """A transaction for statements of a migration."""
        ...

    def run_alone(self, migration: Migration, statement: str) -> None:
        """Run one statement outside of any transaction, where the database knows such; again
        after an interruption, which may have left a part of it."""
        ...

    def patiently(self, migration: Migration, work: Callable[[], T]) -> T:
        """Do `work`, again and again for a while where it could not have a lock; raises
        `StoreRefused` with who holds it."""
        ...


class Surgery(Protocol):
    """How one kind of database is migrated."""

    def looking(self) -> AbstractContextManager[Connection]:
        """A connection to read what was applied."""
        ...

    def operation(self, tell: Tell, keep_on: KeepOn) -> AbstractContextManager[Operation]:
        """Become the one process that migrates, after any other."""
        ...

    def obstacle(self, number: int) -> str | None:
        """What a post migration of that number would wait for now; None for nothing."""
        ...


class Schema:
    """See `store.base.schema.SchemaStore`."""

    def __init__(
        self, surgery: Surgery, migrations: list[Migration], clock: Clock, label: str
    ) -> None:
        self._surgery = surgery
        self._migrations = migrations
        self._clock = clock
        self._label = label

    def begin(self, tell: Tell, *, goes_on: bool = False) -> list[Migration]:
        """Apply what this program needs before it begins, and return it: all of them where the
        store is new, else without post ones. A process that `goes_on` with the work of one that
        ended may find what newer programs have applied."""
        return self._run(tell, _always, with_post=False, goes_on=goes_on)

    def finish(self, tell: Tell, keep_on: KeepOn) -> bool:
        """Apply what is missing, where it may be; whether nothing is missing then."""
        self._run(tell, keep_on, with_post=True, goes_on=True)
        return self.is_finished()

    def is_finished(self) -> bool:
        """Whether nothing is missing."""
        return not self._left(goes_on=True)

    def steps(self) -> list[SchemaStep]:
        """Every migration that was applied or is known."""
        with self._surgery.looking() as connection:
            rows = {row[0]: row for row in self._rows(connection)}
        missing(self._migrations, {n: row[1] for n, row in rows.items()}, self._label)
        found = [SchemaStep(*row, None) for row in rows.values()]
        for migration in self._migrations:
            if migration.number not in rows:
                waits = self._surgery.obstacle(migration.number) if migration.post else None
                found.append(SchemaStep(migration.number, migration.recorded, None, waits))
        return sorted(found, key=lambda step: step.number)

    def _run(
        self, tell: Tell, keep_on: KeepOn, *, with_post: bool, goes_on: bool
    ) -> list[Migration]:
        left = self._left(goes_on)
        if not _wanted(left, with_post or len(left) == len(self._migrations), ()):
            return []
        with self._surgery.operation(tell, keep_on) as operation:
            left = self._left(goes_on)
            with_post = with_post or len(left) == len(self._migrations)
            return self._apply_all(operation, tell, keep_on, with_post)

    def _apply_all(
        self, operation: Operation, tell: Tell, keep_on: KeepOn, with_post: bool
    ) -> list[Migration]:
        done: list[Migration] = []
        waiting: list[int] = []
        while keep_on():
            # Looked at anew each time: where the database knows no lock for migrating, another
            # process may apply some as well.
            wanted = _wanted(self._left(goes_on=True), with_post, waiting)
            if not wanted:
                break
            try:
                if self._apply(operation, wanted[0], tell, keep_on):
                    done.append(wanted[0])
            except MustWait as reason:
                waiting.append(wanted[0].number)
                tell(f"Migration {wanted[0].words} waits: {reason}.", False)
        return done

    def _apply(
        self, operation: Operation, migration: Migration, tell: Tell, keep_on: KeepOn
    ) -> bool:
        """Whether it was applied, by us and to its end."""
        began = time.monotonic()
        if migration.way is Way.STEPS:
            steps = Steps(operation, migration, tell, keep_on)
            applied = steps.run(lambda connection: self._note(connection, migration))
        else:
            if migration.way is Way.OUTSIDE:
                _run_outside(operation, migration)
            applied = operation.patiently(migration, lambda: self._commit(operation, migration))
        if applied:
            took_s = time.monotonic() - began
            tell(f"Applied migration {migration.words} in {took_s:.1f} s.", False)
        return applied

    def _commit(self, operation: Operation, migration: Migration) -> bool:
        """The statements and the note of them in one transaction."""
        with operation.transaction(migration) as connection:
            if migration.number in self._applied(connection):
                return False
            if migration.way is Way.TRANSACTION:
                for statement in migration.statements:
                    connection.execute(statement)
            return self._note(connection, migration)

    def _note(self, connection: Connection, migration: Migration) -> bool:
        if migration.number in self._applied(connection):
            return False
        now = self._clock.now()
        connection.execute(SQL["note"], (migration.number, migration.recorded, now))
        if migration.number == 1:
            connection.execute(SQL["first_workspace"], (new_workspace_id(), "Pastense", now))
        return True

    def _left(self, goes_on: bool) -> list[Migration]:
        with self._surgery.looking() as connection:
            rows = self._rows(connection)
        return missing(
            self._migrations, {row[0]: row[1] for row in rows}, self._label, goes_on=goes_on
        )

    def _applied(self, connection: Connection) -> set[int]:
        """The numbers; makes the table in which they are noted where there is none."""
        if not self._has_table(connection):
            connection.execute(SQL["make"])
            return set()
        return {row[0] for row in self._rows(connection)}

    def _rows(self, connection: Connection) -> list[tuple[int, str, int]]:
        """Number, name and time of what was applied."""
        if not self._has_table(connection):
            return []
        return connection.execute(SQL["applied"]).fetchall()

    def _has_table(self, connection: Connection) -> bool:
        tables = {row[0] for row in connection.execute(SQL["tables"]).fetchall()}
        if tables and "migrations" not in tables:
            raise StoreRefused(
                f"{self._label} is a database of another program; "
                "choose another one with --database"
            )
        return bool(tables)


def _run_outside(operation: Operation, migration: Migration) -> None:
    for statement in migration.statements:
        words = bare(statement)
        operation.patiently(migration, lambda words=words: operation.run_alone(migration, words))  # type: ignore[misc]


def _wanted(left: list[Migration], with_post: bool, waiting: Sequence[int]) -> list[Migration]:
    return [m for m in left if m.number not in waiting and (with_post or not m.post)]


def _always() -> bool:
    return True
