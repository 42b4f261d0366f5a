"""What a store does with tags and the contacts that carry them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from pastense.model import AppliedTag, AuditEntry, IdentifierKind, Tag, Workspace


class TagExists(Exception):
    """Another tag has the name; it is named here."""

    def __init__(self, tag: Tag) -> None:
        super().__init__(tag.name)
        self.tag = tag


class TooManyTags(Exception):
    """With this the workspace would have more than `TAG_NAMES_MAX` tags, or the contact with the
    place `index` in the call, 0 where it is the only one, more than `CONTACT_TAGS_COUNT_MAX`."""

    def __init__(self, index: int | None = None) -> None:
        super().__init__(index)
        self.index = index


class ContactUnknown(Exception):
    """There is no such contact; `index` is its place in the call, 0 where it is the only one."""

    def __init__(self, index: int = 0) -> None:
        super().__init__(index)
        self.index = index


class EmailAmbiguous(Exception):
    """The email of the contact with the place `index` in the call names several users."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class TagUnknown(Exception):
    """There is no such tag, or the contact does not carry it."""


class TagChange(msgspec.Struct, frozen=True):
    """One contact, named by an identifier, that gets a tag or loses it."""

    kind: IdentifierKind
    value: str
    remove: bool = False


class TagStore(Protocol):
    """Tags and who carries them. Visitors are no contacts here."""

    def all(self, workspace: Workspace) -> list[Tag]:
        """All tags, the oldest first."""
        ...

    def find(self, workspace: Workspace, number: int) -> Tag | None:
        """The tag with that number."""
        ...

    def apply(
        self,
        workspace: Workspace,
        name: str,
        changes: Sequence[TagChange],
        by: int | None,
        entry: AuditEntry,
    ) -> Tag:
        """The tag with that name, whatever its case, made where there is none, put on and taken
        from contacts by the token `by`; all of it or nothing. `entry` is of the tag's making.
        Raises `TooManyTags`, `ContactUnknown` and `EmailAmbiguous`."""
        ...

    def rename(self, workspace: Workspace, number: int, name: str, entry: AuditEntry) -> Tag | None:
        """Give a tag another name; None where there is no such tag. Raises `TagExists`."""
        ...

    def delete(self, workspace: Workspace, number: int, entry: AuditEntry) -> bool:
        """Take a tag away from everybody at once; False where there is no such tag."""
        ...

    def erase_step(self) -> bool:
        """Erase some of what deleted tags left; False when nothing is left."""
        ...

    def of_contact(self, workspace: Workspace, contact_id: str) -> list[AppliedTag]:
        """The tags of a contact, the oldest first; raises `ContactUnknown`."""
        ...

    def attach(
        self, workspace: Workspace, contact_id: str, number: int, by: int | None, now: int
    ) -> AppliedTag:
        """Put a tag on a contact; one that is there stays as it is. Raises `ContactUnknown`,
        `TagUnknown` and `TooManyTags`."""
        ...

    def detach(self, workspace: Workspace, contact_id: str, number: int) -> AppliedTag:
        """Take a tag from a contact; raises `ContactUnknown` and `TagUnknown`."""
        ...
