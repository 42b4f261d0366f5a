"""What a store does for the older API: people by their role, saved by whatever names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from pastense.model import Contact, Json, Workspace


class EmailShared(Exception):
    """Several users have the email; none of them is meant more than the others."""


class Named(msgspec.Struct, frozen=True):
    """How a caller names a user; what is not given is None."""

    id: str | None = None
    user_id: str | None = None
    email: str | None = None


class Change(msgspec.Struct, frozen=True):
    """Columns to write, by name, and how many sessions to add."""

    fields: dict[str, Json]
    sessions: int = 0


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Which people of one role, in which order, and which part of them.

    `sort` is a column with a time; people without one come as if theirs were the earliest.
    `created_since` is a second.
    """

    role: str
    offset: int
    limit: int
    sort: str = "created_at"
    descending: bool = True
    created_since: int | None = None
    email: str | None = None
    phone: str | None = None
    tag: int | None = None


class PeoplePage(msgspec.Struct, frozen=True):
    """One part of a listing, and how many it has in all."""

    contacts: list[Contact]
    total_count: int


class Batch(msgspec.Struct, frozen=True):
    """The next people of a scroll, and the cursor of those after them."""

    contacts: list[Contact]
    cursor: str


class PeopleStore(Protocol):
    """Users, leads and visitors, each role for itself. Archived people are left out of lists."""

    def save_user(
        self, workspace: Workspace, named: Named, change: Change, now: int
    ) -> Contact | None:
        """Change the user that is meant, or add one; None where the `id` names no user.

        `id` wins. Else `user_id` decides, else `email`; where both are given and the `user_id`
        names nobody, a user with that email and no `user_id` of its own is meant. An archived
        user is restored. Raises `EmailShared`, `ContactExists` and `TooManyAttributes`.
        """
        ...

    def change(
        self, workspace: Workspace, contact_id: str, role: str, change: Change, now: int
    ) -> Contact | None:
        """Change a contact of that role, its role included, and restore it; None where there is
        none. Raises `ContactExists` and `TooManyAttributes`."""
        ...

    def page(self, workspace: Workspace, listing: Listing) -> PeoplePage:
        """A part of a listing."""
        ...

    def batch(self, workspace: Workspace, role: str, limit: int, cursor: str | None) -> Batch:
        """The next people in order of creation; raises ValueError on a foreign cursor."""
        ...

    def count(self, workspace: Workspace, role: str) -> int:
        """How many have that role."""
        ...

    def tag_counts(self, workspace: Workspace, role: str) -> Sequence[tuple[str, int]]:
        """Every tag by name, the oldest first, with how many of that role carry it."""
        ...
