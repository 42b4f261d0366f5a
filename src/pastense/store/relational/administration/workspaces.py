"""Workspaces; see `store.base.WorkspaceStore`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from pastense.model import AuditEntry, Json, Workspace
from pastense.store.relational.administration.audit import record
from pastense.store.relational.connection import Database
from pastense.store.statements import Statements

_SQL = Statements("workspaces.sql")


class Workspaces:
    """Makes, finds and changes workspaces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, workspace: Workspace, entry: AuditEntry) -> Workspace:
        """Add a workspace; its number and that of the entry are the store's to give."""
        values = (workspace.id, workspace.name, _text(workspace.settings), workspace.created_at)
        with self._database.writing() as connection:
            (number,) = connection.execute(_SQL["insert_workspace"], values).fetchone()
            record(connection, msgspec.structs.replace(entry, workspace=number))
        return msgspec.structs.replace(workspace, number=number)

    def find(self, workspace_id: str) -> Workspace | None:
        """The workspace with that public id, as it is on disk now."""
        rows = self._database.query(_SQL["find_workspace"], (workspace_id,))
        return read_workspace(rows[0]) if rows else None

    def change(
        self, number: int, name: str | None, settings: Mapping[str, Json], entry: AuditEntry
    ) -> Workspace | None:
        """Give a workspace another name unless that is None, and change the settings given."""
        values = (number, name, _text(settings))
        with self._database.writing() as connection:
            before = connection.execute(_SQL["workspace"], (number,)).fetchone()
            row = connection.execute(_SQL["change_workspace"], values).fetchone()
            if row != before:
                record(connection, entry)
        return None if row is None else read_workspace(row)


def read_workspace(row: Sequence[object]) -> Workspace:
    """A workspace of the columns number, id, name, created_at, settings."""
    number, code, name, created_at, settings = cast(Any, row)
    return Workspace(number, code, name, created_at, msgspec.json.decode(settings))


def _text(settings: Mapping[str, Json]) -> str:
    return msgspec.json.encode(settings).decode()
