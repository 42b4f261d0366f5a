"""Run the named statements over events with a whole group of rows as one JSON argument."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from pastense.store.queries import Queries

SQL = Queries("pastense.store.sqlite.sql", "events.sql")
_encode = msgspec.json.Encoder().encode


def rows_text(rows: Sequence[object]) -> str:
    """Rows as the one JSON argument that `json_each` reads."""
    return _encode(rows).decode()


def run_rows(
    connection: sqlite3.Connection, name: str, rows: Sequence[object], *parameters: object
) -> list[tuple[Any, ...]]:
    """Run one statement over all rows, which `json_each` reads; returns what it answers."""
    return connection.execute(SQL[name], (rows_text(rows), *parameters)).fetchall()
