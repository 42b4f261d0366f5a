"""What a store does with events and summaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from pastense.model import (
    Contact,
    Disagreement,
    IdentifierKind,
    ImportedSummary,
    ListedEvent,
    NewEvent,
    Outcome,
    Summary,
    WritePolicy,
)
from pastense.model.findings import FoundEvent

Then = Callable[[list[Outcome]], None]
"""Writes to the store what belongs to events, knowing what became of them."""


class Window(msgspec.Struct, frozen=True):
    """The part of a contact's events that a page is cut from.

    `before` and `since` are exclusive, in 100-ns ticks since 1970; `after_s` is the last
    second outside the list window, -1 where there is no window.
    """

    limit: int
    before: int | None = None
    since: int | None = None
    after_s: int = -1


class EventStore(Protocol):
    """Events and their summaries."""

    def write(
        self,
        group: Sequence[NewEvent],
        policy: WritePolicy,
        then: Then | None = None,
    ) -> list[Outcome]:
        """Store a group in one transaction; one outcome per event, in order.

        `then` is called with the outcomes before the transaction is committed, and what it writes
        to the store is a part of it; where the transaction has to be done again, it is called
        again. Raises `StoreError` when nothing of the group was recorded, and what `then` raises.
        """
        ...

    def rehearse(self, group: Sequence[NewEvent], policy: WritePolicy) -> list[Outcome]:
        """What `write` would answer now: the very write, undone before it is committed.

        It holds the right to write for as long as the write would. Ids of contacts that it
        would create are not those that they will get. Raises `StoreError` as `write` does.
        """
        ...

    def find_event(self, contact: Contact, name: str, created_at: int) -> FoundEvent | None:
        """One event by its key, also when its name is archived or its metadata was pruned, and
        while it is still on its way to the contact in a merge."""
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
