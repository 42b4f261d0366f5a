"""Tokens; see `store.base.AdminStore`."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from pastense.limits import INTEGER_MAX
from pastense.model import AuditEntry, Token, Workspace
from pastense.store.relational.administration.audit import record
from pastense.store.relational.administration.workspaces import read_workspace
from pastense.store.relational.connection import Database
from pastense.store.statements import Statements

_SQL = Statements("admin.sql")


class Admin:
    """Keeps tokens by their hashes and knows the workspaces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def workspaces(self) -> list[Workspace]:
        """All workspaces, the oldest first."""
        rows = self._database.query(_SQL["workspaces"])
        return [read_workspace(row) for row in rows]

    def create_token(self, token: Token, token_hash: bytes, entry: AuditEntry) -> Token:
        """Keep a token by its SHA-256 hash; its number goes into the entry's detail."""
        values = (token.workspace.number, token_hash, token.name, " ".join(token.scopes))
        times = (token.version, token.created_at, token.expires_at)
        with self._database.writing() as connection:
            (number,) = connection.execute(_SQL["insert_token"], (*values, *times)).fetchone()
            detail = {"token": number, **entry.detail}
            record(connection, msgspec.structs.replace(entry, detail=detail))
        return msgspec.structs.replace(token, number=number)

    def find_token(self, token_hash: bytes) -> Token | None:
        """The token with that hash, also when it has expired or was revoked."""
        rows = self._database.query(_SQL["tokens"] + " WHERE t.hash = ?", (token_hash,))
        return _token(rows[0]) if rows else None

    def tokens(self) -> list[Token]:
        """All tokens, the oldest first."""
        rows = self._database.query(_SQL["tokens"] + " ORDER BY t.number")
        return [_token(row) for row in rows]

    def workspace_tokens(self, workspace: int, before: int | None, limit: int) -> list[Token]:
        """Up to `limit` tokens of one workspace, the newest first."""
        condition = " WHERE t.workspace = ? AND t.number < ? ORDER BY t.number DESC LIMIT ?"
        below = INTEGER_MAX if before is None else before
        rows = self._database.query(_SQL["tokens"] + condition, (workspace, below, limit))
        return [_token(row) for row in rows]

    def revoke_token(self, number: int, entry: AuditEntry) -> bool:
        """Revoke a token at the entry's time; False where there is none with that number."""
        with self._database.writing() as connection:
            if connection.execute(_SQL["revoke_token"], (number, entry.at)).rowcount == 1:
                record(connection, entry)
                return True
            return connection.execute(_SQL["has_token"], (number,)).fetchone() is not None


def _token(row: tuple[object, ...]) -> Token:
    number, name, scopes, version, created_at, expires_at, revoked_at, *workspace = cast(Any, row)
    return Token(
        number=number,
        name=name,
        workspace=read_workspace(workspace),
        scopes=tuple(scopes.split()),
        version=version,
        created_at=created_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )
