"""What a store does with contacts that go: deleted ones, and those merged into another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from pastense.model import AuditEntry, Contact, IdentifierKind, MergedContact, Workspace


class CannotMerge(Exception):
    """The two contacts may not become one; `problem` tells the caller why."""

    def __init__(self, problem: str, field: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.field = field


class Remains(msgspec.Struct, frozen=True):
    """What is still to be done behind the answers: contacts to erase and to move, and whether
    the store's pages are still to be freed of what erased rows left in them."""

    erasures: int
    moves: int
    scrub: bool


class LeavingStore(Protocol):
    """Deletes and merges; both begin with one transaction and go on in small steps."""

    def merge(
        self, workspace: Workspace, source_id: str, target_id: str, now: int
    ) -> Contact | None:
        """Make the source a part of the target; the target as it then is, or None where one of
        them is not there. Events of a large source follow in `move_step`; reads show all of
        them at once. Raises `CannotMerge`."""
        ...

    def delete(self, workspace: Workspace, contact_id: str, entry: AuditEntry) -> Contact | None:
        """Make a contact unreachable and free its identifiers; `erase_step` then removes what
        it did. None where there is no such contact."""
        ...

    def move_step(self) -> bool:
        """Move some events of merged contacts; False when nothing is left."""
        ...

    def erase_step(self) -> bool:
        """Erase some of what deleted contacts left; False when nothing is left."""
        ...

    def scrub_step(self) -> bool:
        """Overwrite some of what erased rows left in the pages of the store; False when nothing
        is left, or when it cannot be done just now."""
        ...

    def forget_step(self, before: int) -> bool:
        """Forget some tombstones of contacts that were deleted before that second."""
        ...

    def merged_into(self, workspace: Workspace, kind: IdentifierKind, value: str) -> Contact | None:
        """Who the contact of an old identifier has become; None where nobody was merged."""
        ...

    def merge_history(self, contact: Contact) -> Sequence[MergedContact]:
        """Who became a part of a contact, the earliest first."""
        ...

    def deleted_at(self, workspace: Workspace, kind: IdentifierKind, value: str) -> int | None:
        """When a contact with that identifier was deleted, as long as its tombstone stands."""
        ...

    def remains(self) -> Remains:
        """What is still to be erased and moved."""
        ...
