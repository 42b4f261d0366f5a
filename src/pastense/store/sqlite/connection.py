"""A connection to SQLite that knows the words of our statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from pastense.store.statements import Statement, Texts

TEXTS: Final = Texts("pastense.store.sqlite.sql")


class SqliteConnection(sqlite3.Connection):
    """A connection that knows the words of our statements."""

    def execute(  # type: ignore[override]
        self, statement: Statement | str, parameters: Sequence[Any] = ()
    ) -> sqlite3.Cursor:
        """Run one statement."""
        return super().execute(TEXTS.text(statement), parameters)
