"""Run the named statements over events with a whole group of rows as one JSON argument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pastense.store.relational.connection import Connection
from pastense.store.statements import Statements

SQL = Statements("events.sql")
_encode = msgspec.json.Encoder().encode


def rows_text(rows: Sequence[object]) -> str:
    """Rows as the one JSON argument that `json_each` reads."""
    return _encode(rows).decode()


def run_rows(
    connection: Connection, name: str, rows: Sequence[object], *parameters: object
) -> list[tuple[Any, ...]]:
    """Run one statement over all rows, which `json_each` reads; returns what it answers."""
    return connection.execute(SQL[name], (rows_text(rows), *parameters)).fetchall()
