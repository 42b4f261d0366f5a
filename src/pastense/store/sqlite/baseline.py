"""The rows of all tables at one moment, to go back to: whatever tables there are or come to be."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

Rows = dict[str, list[tuple[Any, ...]]]
"""The rows of each table, in the order of its key."""
_SEQUENCES: Final = "sqlite_sequence"
"""Where SQLite keeps which numbers were given; it is written to as any other table."""


def read_rows(connection: sqlite3.Connection) -> Rows:
    """All rows of all tables."""
    return {table: _select(connection, table) for table in _tables(connection)}


def restore_rows(connection: sqlite3.Connection, baseline: Rows) -> None:
    """Bring every table back to the rows of `baseline`, within the open transaction. A table that
    is not in it is emptied. What is unchanged is not written to."""
    connection.execute("PRAGMA defer_foreign_keys = ON")
    for table in _tables(connection):
        wanted = baseline.get(table, [])
        if _is_changed(connection, table, wanted):
            _replace(connection, table, wanted)


def _tables(connection: sqlite3.Connection) -> list[str]:
    """The names of all tables; that of the sequences comes last, as inserting changes it."""
    found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    names = [name for (name,) in found if name == _SEQUENCES or not name.startswith("sqlite_")]
    return sorted(names, key=lambda name: name == _SEQUENCES)


def _is_changed(connection: sqlite3.Connection, table: str, wanted: list[tuple[Any, ...]]) -> bool:
    if wanted:
        return _select(connection, table) != wanted
    return bool(connection.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}")').fetchone()[0])  # noqa: S608 (the schema's own name)


def _select(connection: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    return connection.execute(f'SELECT * FROM "{table}" ORDER BY 1').fetchall()  # noqa: S608 (the schema's own name)


def _replace(connection: sqlite3.Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    """Triggers of the table, which may forbid that rows go, are away meanwhile."""
    triggers = _triggers(connection, table)
    for name, _ in triggers:
        connection.execute(f'DROP TRIGGER "{name}"')
    _write(connection, table, rows)
    for _, statement in triggers:
        connection.execute(statement)


def _triggers(connection: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    statement = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?"
    return connection.execute(statement, (table,)).fetchall()


def _write(connection: sqlite3.Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 (the schema's own name)
    if rows:
        places = ", ".join("?" * len(rows[0]))
        connection.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)  # noqa: S608 (the schema's own name)
