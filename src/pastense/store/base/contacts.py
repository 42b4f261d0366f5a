"""What a store does with contacts."""

from __future__ import annotations

from typing import Protocol

import msgspec

from pastense.model import Contact, IdentifierKind, Json, Workspace
from pastense.search import Query, Sort


class ContactPage(msgspec.Struct, frozen=True):
    """Contacts in order, the cursor of the next page or None, and how many match in all."""

    contacts: list[Contact]
    next_cursor: str | None
    total_count: int


class ContactStore(Protocol):
    """Contacts and how they are found."""

    def create(self, workspace: Workspace, fields: dict[str, Json], now: int) -> Contact:
        """Add a contact; raises `ContactExists` where an identifier is taken, and
        `AttributeRefused` where a custom attribute is not of its declared type."""
        ...

    def find(self, workspace: Workspace, kind: IdentifierKind, value: str) -> list[Contact]:
        """The contacts that an identifier names: by email only users, maybe several."""
        ...

    def update(
        self, workspace: Workspace, contact_id: str, fields: dict[str, Json], now: int
    ) -> Contact | None:
        """Change the given fields; None where there is no such contact.

        Raises `ContactExists` and `AttributeRefused`, and `TooManyAttributes` where the
        attributes together are more than `CUSTOM_ATTRIBUTES_MAX`.
        """
        ...

    def set_archived(
        self, workspace: Workspace, contact_id: str, archived: bool, now: int
    ) -> Contact | None:
        """Archive or restore a contact; None where there is no such contact."""
        ...

    def block(self, workspace: Workspace, contact_id: str, now: int) -> Contact | None:
        """Mark a contact as blocked, once; None where there is no such contact."""
        ...

    def search(
        self, workspace: Workspace, query: Query | None, sort: Sort, limit: int, cursor: str | None
    ) -> ContactPage:
        """Contacts that are not archived and match; raises ValueError on a foreign cursor."""
        ...
