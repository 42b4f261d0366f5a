"""The protocols that every store implements, and the errors that it may raise.

All methods block. A method that writes has committed to disk when it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from pastense.model import (
    Contact,
    Disagreement,
    IdentifierKind,
    ImportedSummary,
    Json,
    ListedEvent,
    NewEvent,
    Outcome,
    Summary,
    Token,
    Workspace,
    WritePolicy,
)
from pastense.search import Query, Sort


class StoreError(Exception):
    """The store cannot answer: locked, full, broken or gone. Nothing was recorded."""


class StoreDataError(StoreError):
    """The store took offence at the data itself; a smaller group may still succeed."""


class StoreRefused(Exception):
    """The store cannot be opened as asked; the message tells the operator what to do."""


class ContactExists(Exception):
    """Another contact has one of the identifiers; it is named here."""

    def __init__(self, contact_id: str, archived: bool) -> None:
        super().__init__(contact_id)
        self.contact_id = contact_id
        self.archived = archived


class TooManyAttributes(Exception):
    """With this change the contact would have more custom attributes than it may have."""


class Window(msgspec.Struct, frozen=True):
    """The part of a contact's events that a page is cut from.

    `before` and `since` are exclusive, in 100-ns ticks since 1970; `after_s` is the last
    second outside the list window, -1 where there is no window.
    """

    limit: int
    before: int | None = None
    since: int | None = None
    after_s: int = -1


class ContactPage(msgspec.Struct, frozen=True):
    """Contacts in order, the cursor of the next page or None, and how many match in all."""

    contacts: list[Contact]
    next_cursor: str | None
    total_count: int


class EventStore(Protocol):
    """Events and their summaries."""

    def write(self, group: Sequence[NewEvent], policy: WritePolicy) -> list[Outcome]:
        """Store a group in one transaction; one outcome per event, in order.

        Raises `StoreError` when nothing of the group was recorded.
        """
        ...

    def page(self, contact: Contact, window: Window) -> list[ListedEvent]:
        """Events of one contact, newest first, without archived names and pruned events."""
        ...

    def summaries(self, contact: Contact) -> list[Summary]:
        """One row per name that the contact did, by name; archived names left out."""
        ...

    def import_summaries(
        self,
        workspace: int,
        kind: IdentifierKind,
        value: str,
        items: Sequence[ImportedSummary],
        policy: WritePolicy,
    ) -> Outcome:
        """Replace the imported part of each named summary, all together or none."""
        ...

    def recount(self, progress: Callable[[int, int], None]) -> Iterator[Disagreement]:
        """Compare every summary with its events; `progress` gets contacts done and in all."""
        ...


class ContactStore(Protocol):
    """Contacts and how they are found."""

    def create(self, workspace: Workspace, fields: dict[str, Json], now: int) -> Contact:
        """Add a contact; raises `ContactExists` where an identifier is taken."""
        ...

    def find(self, workspace: Workspace, kind: IdentifierKind, value: str) -> list[Contact]:
        """The contacts that an identifier names: by email only users, maybe several."""
        ...

    def update(
        self, workspace: Workspace, contact_id: str, fields: dict[str, Json], now: int
    ) -> Contact | None:
        """Change the given fields; None where there is no such contact.

        Raises `ContactExists`, and `TooManyAttributes` where the attributes together are more
        than `CUSTOM_ATTRIBUTES_MAX`.
        """
        ...

    def set_archived(
        self, workspace: Workspace, contact_id: str, archived: bool, now: int
    ) -> Contact | None:
        """Archive or restore a contact; None where there is no such contact."""
        ...

    def delete(self, workspace: Workspace, contact_id: str, now: int) -> Contact | None:
        """Make a contact unreachable at once; `erase_step` then removes what it did."""
        ...

    def erase_step(self) -> bool:
        """Erase some of what deleted contacts left; False when nothing is left."""
        ...

    def search(
        self, workspace: Workspace, query: Query | None, sort: Sort, limit: int, cursor: str | None
    ) -> ContactPage:
        """Contacts that are not archived and match; raises ValueError on a foreign cursor."""
        ...


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


class Store(Protocol):
    """One open database."""

    @property
    def events(self) -> EventStore:
        """Events and their summaries."""
        ...

    @property
    def contacts(self) -> ContactStore:
        """Contacts and how they are found."""
        ...

    @property
    def admin(self) -> AdminStore:
        """Workspaces and tokens."""
        ...

    def check_ready(self) -> None:
        """Raise `StoreError` unless the database answers."""
        ...

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        ...
