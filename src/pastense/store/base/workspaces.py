"""What a store does with workspaces and what they set for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pastense.model import AuditEntry, Json, Workspace


class WorkspaceStore(Protocol):
    """Workspaces: made, found, changed. Each change is in the audit log once it is committed."""

    def create(self, workspace: Workspace, entry: AuditEntry) -> Workspace:
        """Add a workspace; its number and that of the entry are the store's to give."""
        ...

    def find(self, workspace_id: str) -> Workspace | None:
        """The workspace with that public id, as it is on disk now."""
        ...

    def change(
        self, number: int, name: str | None, settings: Mapping[str, Json], entry: AuditEntry
    ) -> Workspace | None:
        """Give a workspace another name unless that is None, and change the settings given.

        A setting that is None is taken away, others stay; two changes at once both hold.
        What changes nothing is not recorded.
        None where there is no workspace with that number.
        """
        ...
