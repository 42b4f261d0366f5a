"""The audit log in SQLite: an act is written in the transaction that does it."""

from __future__ import annotations

import sqlite3

import msgspec

from pastense.model import AuditEntry
from pastense.store.queries import Queries

SQL = Queries("pastense.store.sqlite.sql", "admin.sql")


def record(connection: sqlite3.Connection, entry: AuditEntry) -> None:
    """Add an act to the log, within the open transaction that does it."""
    detail = msgspec.json.encode(entry.detail).decode()
    connection.execute(
        SQL["insert_audit"], (entry.workspace, entry.at, entry.actor, entry.act, detail)
    )
