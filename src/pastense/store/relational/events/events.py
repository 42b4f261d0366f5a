"""Events and summaries; see `store.base.EventStore` for what each method promises."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, cast

from pastense.identity import TICKS_PER_SECOND
from pastense.limits import SLOTS_MAX
from pastense.model import (
    Accepted,
    Contact,
    Disagreement,
    IdentifierKind,
    ImportedSummary,
    ListedEvent,
    NewEvent,
    Outcome,
    Refused,
    Summary,
    WritePolicy,
)
from pastense.model.findings import FoundEvent
from pastense.store.base import StoreLost, StoreUndone, Then, Window
from pastense.store.relational.connection import Connection, Database
from pastense.store.relational.events.appending import NeedsAlone
from pastense.store.relational.events.groups import GroupWriter
from pastense.store.relational.events.identities import Found
from pastense.store.relational.events.names import NameCache
from pastense.store.relational.events.statements import SQL, run_rows

RECOUNT_CONTACTS = 500
"""Contacts compared in one read, so that no read keeps the log from being folded in."""
WRITE_AGAIN_TIMES: Final = 3
"""How often a group that was in the way of another one, or whose connection was lost, is written
again at once."""
_END = (2**62, 0)
_log = logging.getLogger("pastense.store")


class Events:
    """Writes groups, answers pages and summaries."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache = NameCache()

    def write(
        self, group: Sequence[NewEvent], policy: WritePolicy, then: Then | None = None
    ) -> list[Outcome]:
        """Store a group in one transaction; one outcome per event, in order."""
        for _ in range(WRITE_AGAIN_TIMES):
            try:
                return self._write_once(group, policy, then)
            except (StoreUndone, StoreLost) as error:
                # What was stored after all is found to be a duplicate of itself.
                _log.warning("a group of events is written again: %s", error)
        return self._write_once(group, policy, then)

    def _write_once(
        self, group: Sequence[NewEvent], policy: WritePolicy, then: Then | None
    ) -> list[Outcome]:
        try:
            return self._write(self._database.beside(), group, policy, then)
        except (NeedsAlone, StoreUndone):
            return self._write(self._database.writing(), group, policy, then)

    def _write(
        self,
        transaction: AbstractContextManager[Connection],
        group: Sequence[NewEvent],
        policy: WritePolicy,
        then: Then | None,
    ) -> list[Outcome]:
        with transaction as connection:
            writer = GroupWriter(connection, self._cache, policy)
            outcomes = writer.write(group)
            if then is not None:
                with self._database.within(connection):
                    then(outcomes)
        writer.remember()
        return outcomes

    def forget(self) -> None:
        """Forget what is known of names; for a store whose tables were emptied."""
        self._cache.clear()

    def rehearse(self, group: Sequence[NewEvent], policy: WritePolicy) -> list[Outcome]:
        """The very write, undone before it is committed; what it found out is not remembered."""
        try:
            with self._database.writing() as connection:
                writer = GroupWriter(connection, self._cache, policy)
                raise _Rehearsed(writer.write(group))
        except _Rehearsed as end:
            return end.outcomes

    def find_event(self, contact: Contact, name: str, created_at: int) -> FoundEvent | None:
        """One event by its key; of doubles on their way in a merge the copy that will stay."""
        parameters = (contact.workspace, name, contact.number, created_at)
        rows = self._database.query(SQL["find_event"], parameters)
        return FoundEvent(*cast(Any, rows[0])) if rows else None

    def page(self, contact: Contact, window: Window) -> list[ListedEvent]:
        """Events of one contact, newest first, without archived names and pruned events."""
        before = _END if window.before is None else divmod(window.before, TICKS_PER_SECOND)
        after = (window.after_s, SLOTS_MAX)
        if window.since is not None:
            after = max(after, divmod(window.since, TICKS_PER_SECOND))
        bounds = (*before, *after, window.limit)
        if contact.merging:
            return self._joined_page(contact, bounds)
        return self._part(contact.workspace, contact.number, bounds)

    def summaries(self, contact: Contact) -> list[Summary]:
        """One row per name that the contact did, by name; archived names left out."""
        name = "joined_summaries" if contact.merging else "summaries"
        rows = self._database.query(SQL[name], (contact.workspace, contact.number))
        return [Summary(*cast(Any, row)) for row in rows]

    def _part(self, workspace: int, number: int, bounds: tuple[int, ...]) -> list[ListedEvent]:
        rows = self._database.query(SQL["page"], (workspace, number, *bounds))
        return [ListedEvent(*cast(Any, row)) for row in rows]

    def _joined_page(self, contact: Contact, bounds: tuple[int, ...]) -> list[ListedEvent]:
        """A page while events of merged contacts are still on their way: of doubles the copy
        that will stay, all at one moment."""
        with self._database.snapshot():
            sources = self._database.query(SQL["moves_into"], (contact.number,))
            numbers = [contact.number, *(cast(int, row[0]) for row in sources)]
            # The target comes last: where each machine has a moment of its own, an event that is
            # moved in between is seen twice, which is mended below, and never missed.
            parts = [self._part(contact.workspace, n, bounds) for n in reversed(numbers)][::-1]
        joined: dict[tuple[int, int], ListedEvent] = {}
        for event in (event for part in parts for event in part):
            joined.setdefault((event.created_at, event.slot), event)
        return [joined[key] for key in sorted(joined, reverse=True)][: bounds[-1]]

    def import_summaries(
        self,
        workspace: int,
        kind: IdentifierKind,
        value: str,
        items: Sequence[ImportedSummary],
        policy: WritePolicy,
    ) -> Outcome:
        """Replace the imported part of each named summary, all together or none."""
        try:
            with self._database.writing() as connection:
                writer = GroupWriter(connection, self._cache, policy)
                contact = _import(connection, writer, (kind, workspace, value), items)
        except _NotImported as stop:
            return stop.refused
        writer.remember()
        return Accepted(contact.contact_id, 0, 0, duplicate=False)

    def recount(self, progress: Callable[[int, int], None]) -> Iterator[Disagreement]:
        """Compare every summary with its events, some contacts at a time."""
        end = cast(int, self._database.query(SQL["numbers_end"])[0][0])
        for start in range(0, end, RECOUNT_CONTACTS):
            for row in self._database.query(SQL["recount"], (start, start + RECOUNT_CONTACTS)):
                contact_id, name, *numbers = cast(Any, row)
                yield Disagreement(contact_id, name, tuple(numbers[:3]), tuple(numbers[3:]))
            progress(min(start + RECOUNT_CONTACTS, end), end)


class _Rehearsed(Exception):
    """Leaves the transaction, so that nothing of a rehearsal stays."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


class _NotImported(Exception):
    """Leaves the transaction, so that nothing of a refused import stays."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


def _import(
    connection: Connection,
    writer: GroupWriter,
    identifier: tuple[IdentifierKind, int, str],
    items: Sequence[ImportedSummary],
) -> Found:
    contact = writer.people.resolve([identifier])[identifier]
    if contact is None:
        contact = writer.people.create([identifier])[identifier]
    if isinstance(contact, Refused):
        raise _NotImported(contact)
    workspace = identifier[1]
    slots = writer.names.slots([(workspace, item.name) for item in items])
    rows = []
    for item in items:
        slot = slots[workspace, item.name]
        if isinstance(slot, Refused):
            raise _NotImported(slot)
        rows.append((slot, item.count, item.first, item.last))
    run_rows(connection, "import_summaries", rows, contact.number)
    return contact
