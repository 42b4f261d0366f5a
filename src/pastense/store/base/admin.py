"""What a store does with workspaces and tokens."""

from __future__ import annotations

from typing import Protocol

from pastense.model import Token, Workspace


class AdminStore(Protocol):
    """Workspaces and tokens."""

    def workspaces(self) -> list[Workspace]:
        """All workspaces, the oldest first."""
        ...

    def create_token(self, token: Token, token_hash: bytes) -> Token:
        """Keep a token by its SHA-256 hash."""
        ...

    def find_token(self, token_hash: bytes) -> Token | None:
        """The token with that hash, also when it has expired or was revoked."""
        ...

    def tokens(self) -> list[Token]:
        """All tokens, the oldest first."""
        ...

    def revoke_token(self, number: int, now: int) -> bool:
        """Revoke a token; False where there is none with that number."""
        ...

    def erasures_left(self) -> int:
        """Deleted contacts whose events are not all erased yet."""
        ...
