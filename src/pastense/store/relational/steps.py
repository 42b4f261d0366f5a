"""A migration in steps: each statement is run again and again, in a transaction of its own each
time, until it changes no row. So it goes on by itself after an interruption, and holds few rows.

A statement with `?1` is given there how far the step before it came, so that it need not look for
the place again: the greatest number among the first values of the rows that it returned, 0 at
first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pastense.store.base.schema import KeepOn, Tell
from pastense.store.migrate import Migration, bare
from pastense.store.relational.connection import Connection

if TYPE_CHECKING:
    from pastense.store.relational.schema import Operation

REST_MAX_S: Final = 0.5
_PLACE: Final = "?1"
Note = Callable[[Connection], bool]
"""Notes within a transaction that the migration was applied; whether it was not before."""


class Steps:
    """The statements of one migration. One that begins with SELECT changes nothing: it counts the
    rows that are left for the statement after it, so that people see how long that takes."""

    def __init__(
        self, operation: Operation, migration: Migration, tell: Tell, keep_on: KeepOn
    ) -> None:
        self._operation = operation
        self._migration = migration
        self._tell = tell
        self._keep_on = keep_on
        self._began = time.monotonic()
        self._rows = 0
        self._rows_in_all: int | None = None
        self._place = 0

    def run(self, note: Note) -> bool:
        """Run all to their ends; whether that was reached, and noted, by us. The note is in the
        transaction in which nothing was left to change."""
        statements = [bare(statement) for statement in self._migration.statements]
        for place, statement in enumerate(statements, start=1):
            if _is_count(statement):
                self._count(statement)
            elif place < len(statements):
                if not self._repeat(statement, None):
                    return False
            else:
                return self._repeat(statement, note)
        raise ValueError(f"migration {self._migration.words} does not end with a change of rows")

    def _repeat(self, statement: str, note: Note | None) -> bool:
        self._rows, self._place, self._began = 0, 0, time.monotonic()
        while self._keep_on():
            began = time.monotonic()
            changed, noted = self._operation.patiently(
                self._migration, lambda: self._step(statement, note)
            )
            if not changed:
                return noted
            self._rows += changed
            self._tell(self._progress(), True)
            # Whoever writes has its turn for as long as this had its own.
            time.sleep(min(time.monotonic() - began, REST_MAX_S))
        return False

    def _step(self, statement: str, note: Note | None) -> tuple[int, bool]:
        """How many rows were changed; where none were, whether it was noted, or needs no note."""
        with self._operation.transaction(self._migration) as connection:
            changed = self._change(connection, statement)
            if changed:
                return changed, False
            return 0, note is None or note(connection)

    def _change(self, connection: Connection, statement: str) -> int:
        """How many rows were changed."""
        if _PLACE not in statement:
            return max(0, connection.execute(statement).rowcount)
        places = [row[0] for row in connection.execute(statement, (self._place,)).fetchall()]
        self._place = max(places, default=self._place)
        return len(places)

    def _count(self, statement: str) -> None:
        with self._operation.transaction(self._migration) as connection:
            self._rows_in_all = int(connection.execute(statement).fetchone()[0])

    def _progress(self) -> str:
        rate = self._rows / max(time.monotonic() - self._began, 0.001)
        words = f"Migration {self._migration.words}: {self._rows} rows, {rate:.0f}/s"
        if self._rows_in_all is None:
            return words
        left = max(0, self._rows_in_all - self._rows)
        return f"{words}, {left} left, {left / max(rate, 1):.0f} s"


def _is_count(statement: str) -> bool:
    return statement.upper().startswith("SELECT")
