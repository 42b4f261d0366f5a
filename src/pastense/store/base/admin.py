"""What a store does with tokens, and which workspaces there are."""

from __future__ import annotations

from typing import Protocol

from pastense.model import AuditEntry, Token, Workspace


class AdminStore(Protocol):
    """Tokens, and the list of workspaces. Each change is in the audit log once it is committed."""

    def workspaces(self) -> list[Workspace]:
        """All workspaces, the oldest first."""
        ...

    def create_token(self, token: Token, token_hash: bytes, entry: AuditEntry) -> Token:
        """Keep a token by its SHA-256 hash; its number goes into the entry's detail."""
        ...

    def find_token(self, token_hash: bytes) -> Token | None:
        """The token with that hash, also when it has expired or was revoked."""
        ...

    def tokens(self) -> list[Token]:
        """All tokens, the oldest first."""
        ...

    def workspace_tokens(self, workspace: int, before: int | None, limit: int) -> list[Token]:
        """Up to `limit` tokens of one workspace, the newest first; with `before` only those
        with a smaller number."""
        ...

    def revoke_token(self, number: int, entry: AuditEntry) -> bool:
        """Revoke a token at the entry's time; False where there is none with that number.

        One that was revoked before stays as it is, and nothing is recorded.
        """
        ...
