"""What a store says of the audit log. It is written by the methods that do the acts."""

from __future__ import annotations

from typing import Protocol

from pastense.model import AuditEntry


class AuditStore(Protocol):
    """The audit log, which is only ever added to."""

    def page(self, workspace: int | None, before: int | None, limit: int) -> list[AuditEntry]:
        """Up to `limit` entries, the newest first: of one workspace, or of all with None.

        With `before` only entries with a smaller number.
        """
        ...
