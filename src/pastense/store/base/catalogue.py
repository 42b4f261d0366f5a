"""What a store does with the catalogue of event names."""

from __future__ import annotations

from typing import Protocol

import msgspec

from pastense.model import AuditEntry, EventName


class TooManyNames(Exception):
    """The workspace has as many active names as it may have."""


class NameFilter(msgspec.Struct, frozen=True):
    """Which names are listed: those that begin with a text, archived ones too or not."""

    prefix: str = ""
    include_archived: bool = False


class CatalogueStore(Protocol):
    """The names of a workspace: read, described, archived."""

    def names(
        self, workspace: int, wanted: NameFilter, limit: int, after: str | None
    ) -> list[EventName]:
        """Names in the order of their code points, those after the name `after`."""
        ...

    def find(self, workspace: int, name: str) -> EventName | None:
        """The name that equals the text, archived or not."""
        ...

    def describe(
        self, workspace: int, name: str, description: str | None, entry: AuditEntry
    ) -> EventName | None:
        """Set or clear a name's description; None where there is no such name.

        Recorded in the audit log where it changes anything, as are the next two.
        """
        ...

    def archive(self, workspace: int, name: str, entry: AuditEntry) -> EventName | None:
        """Hide a name and free its place among the active ones; None where there is none."""
        ...

    def unarchive(
        self, workspace: int, name: str, names_max: int, entry: AuditEntry
    ) -> EventName | None:
        """Bring a name back with all its events; None where there is no such name.

        Raises `TooManyNames` where `names_max`, unless 0, active names are there already.
        """
        ...
