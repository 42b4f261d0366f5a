"""The audit log: an act is written in the transaction that does it."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from pastense.limits import INTEGER_MAX
from pastense.model import AuditEntry
from pastense.store.relational.connection import Connection, Database
from pastense.store.statements import Statements

_SQL = Statements("audit.sql")


def record(connection: Connection, entry: AuditEntry) -> None:
    """Add an act to the log, within the open transaction that does it."""
    detail = msgspec.json.encode(entry.detail).decode()
    connection.execute(
        _SQL["insert_audit"], (entry.workspace, entry.at, entry.actor, entry.act, detail)
    )


class Audit:
    """Reads the log; see `store.base.AuditStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, workspace: int | None, before: int | None, limit: int) -> list[AuditEntry]:
        """Up to `limit` entries, the newest first: of one workspace, or of all with None."""
        below = INTEGER_MAX if before is None else before
        if workspace is None:
            rows = self._database.query(_SQL["audit"], (below, limit))
        else:
            rows = self._database.query(_SQL["workspace_audit"], (below, limit, workspace))
        return [_entry(row) for row in rows]


def _entry(row: tuple[object, ...]) -> AuditEntry:
    workspace, at, actor, act, detail, number = cast(Any, row)
    return AuditEntry(workspace, at, actor, act, msgspec.json.decode(detail), number)
