"""Tenants, their tokens, and what the store must know of their rules while it writes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pastense.limits import Limits, last_second_outside
from pastense.model.values import Json


class Workspace(msgspec.Struct, frozen=True):
    """A tenant of the store; `id` is its public code, `settings` what it sets for itself."""

    number: int
    id: str
    name: str
    created_at: int
    settings: dict[str, Json] = {}


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a token: never the token itself."""

    number: int
    name: str
    workspace: Workspace
    scopes: tuple[str, ...]
    version: str
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None


class AuditEntry(msgspec.Struct, frozen=True):
    """One administrative act: who did what, and what of it may be known for ever.

    `workspace` is None for acts about the whole store, `actor` names a token or the command
    line. `detail` never holds anything of a person. `number` is the store's, 0 before it is there.
    """

    workspace: int | None
    at: int
    actor: str
    act: str
    detail: dict[str, Json] = {}
    number: int = 0


class WritePolicy(msgspec.Struct, frozen=True):
    """What the store must know of the rules while it writes a group of events.

    `limits` are the server's; `by_workspace` holds those of the workspaces, by their numbers,
    with what each sets for itself.
    """

    now: int
    limits: Limits = Limits()
    by_workspace: Mapping[int, Limits] = {}

    def of(self, workspace: int) -> Limits:
        """The limits that hold in a workspace."""
        return self.by_workspace.get(workspace, self.limits)

    def pruned_s(self, workspace: int) -> int:
        """The last second whose events keep no metadata, -1 where all do (decisions.md
        "Retention")."""
        return last_second_outside(self.now, self.of(workspace).retention_days)
