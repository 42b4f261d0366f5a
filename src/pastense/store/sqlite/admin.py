"""Workspaces and tokens in SQLite; see `store.base.AdminStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from pastense.model import Token, Workspace
from pastense.store.queries import Queries
from pastense.store.sqlite.database import Database

_SQL = Queries("pastense.store.sqlite.sql", "admin.sql")


class SqliteAdmin:
    """Keeps tokens by their hashes and knows the workspaces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def workspaces(self) -> list[Workspace]:
        """All workspaces, the oldest first."""
        rows = self._database.query(_SQL["workspaces"])
        return [_workspace(row) for row in rows]

    def create_token(self, token: Token, token_hash: bytes) -> Token:
        """Keep a token by its SHA-256 hash."""
        values = (token.workspace.number, token_hash, token.name, " ".join(token.scopes))
        times = (token.version, token.created_at, token.expires_at)
        with self._database.writing() as connection:
            (number,) = connection.execute(_SQL["insert_token"], (*values, *times)).fetchone()
        return next(kept for kept in self.tokens() if kept.number == number)

    def find_token(self, token_hash: bytes) -> Token | None:
        """The token with that hash, also when it has expired or was revoked."""
        rows = self._database.query(_SQL["tokens"] + " WHERE t.hash = ?", (token_hash,))
        return _token(rows[0]) if rows else None

    def tokens(self) -> list[Token]:
        """All tokens, the oldest first."""
        rows = self._database.query(_SQL["tokens"] + " ORDER BY t.number")
        return [_token(row) for row in rows]

    def revoke_token(self, number: int, now: int) -> bool:
        """Revoke a token; False where there is none with that number."""
        with self._database.writing() as connection:
            return connection.execute(_SQL["revoke_token"], (number, now)).rowcount == 1

    def erasures_left(self) -> int:
        """Deleted contacts whose events are not all erased yet."""
        return cast(int, self._database.query(_SQL["erasures_left"])[0][0])


def _workspace(row: Sequence[object]) -> Workspace:
    number, code, name, created_at, settings = cast(Any, row)
    return Workspace(number, code, name, created_at, msgspec.json.decode(settings))


def _token(row: tuple[object, ...]) -> Token:
    number, name, scopes, version, created_at, expires_at, revoked_at, *workspace = cast(Any, row)
    return Token(
        number=number,
        name=name,
        workspace=_workspace(workspace),
        scopes=tuple(scopes.split()),
        version=version,
        created_at=created_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )
