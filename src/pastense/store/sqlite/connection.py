"""A connection to SQLite that knows the words of our statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from pastense.store.relational.connection import Call, EventKey, EventRow
from pastense.store.relational.events.appending import append_in_steps
from pastense.store.statements import Statement, Texts

TEXTS: Final = Texts("pastense.store.sqlite.sql")


class Answered:
    """The rows of a statement."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def rows(self) -> list[Any]:
        """All of them."""
        return self._rows


class SqliteConnection(sqlite3.Connection):
    """A connection that knows the words of our statements."""

    is_alone = True
    """There is one writer."""
    is_distributed = False
    part = 0

    def append(self, rows: Sequence[EventRow]) -> list[EventKey]:
        """Store those events that are new; see `relational.connection.Connection.append`."""
        return append_in_steps(self, rows)

    def execute(  # type: ignore[override]
        self, statement: Statement | str, parameters: Sequence[Any] = ()
    ) -> sqlite3.Cursor:
        """Run one statement."""
        return super().execute(TEXTS.text(statement), parameters)

    def later(self, statement: Statement, parameters: Sequence[Any] = ()) -> Answered:
        """Run one statement now: nothing is far here."""
        return Answered(self.execute(statement, parameters).fetchall())

    def execute_all(self, calls: Sequence[Call]) -> list[list[Any]]:
        """Run several statements; returns the rows of each."""
        return [self.execute(*call).fetchall() for call in calls]
