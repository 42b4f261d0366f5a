"""Write a group of events: who did it, which name it is, the event itself, its summary.

All of it in the caller's one transaction, in a fixed small number of statements. The group
goes in as JSON arrays, so that the interpreter lock is left alone while SQLite works.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from pastense.model import Accepted, NewEvent, Outcome, Refused, WritePolicy
from pastense.store.sqlite.identities import Found, Identifier, IdentityWriter
from pastense.store.sqlite.names import Name, NameCache, NameWriter
from pastense.store.sqlite.statements import run_rows

Place = tuple[Found, int]
"""Where an event belongs: its contact and the slot of its name."""
Key = tuple[int, int, int]
"""(contact, created_at, slot)."""


class GroupWriter:
    """One group on its way into one open transaction."""

    def __init__(
        self, connection: sqlite3.Connection, cache: NameCache, policy: WritePolicy
    ) -> None:
        self._connection = connection
        self.people = IdentityWriter(connection, policy)
        self.names = NameWriter(connection, cache, policy)

    def write(self, group: Sequence[NewEvent]) -> list[Outcome]:
        """One outcome per event, in order; of equal events the first in the group is stored."""
        places = self._find_places(group)
        inserted = self._insert(group, places)
        outcomes: list[Outcome] = []
        stored: list[tuple[NewEvent, int]] = []
        for event, place in zip(group, places, strict=True):
            if isinstance(place, Refused):
                outcomes.append(place)
                continue
            contact, slot = place
            key = (contact.number, event.created_at, slot)
            duplicate = key not in inserted
            outcomes.append(Accepted(contact.contact_id, slot, event.created_at, duplicate))
            if not duplicate:
                inserted.remove(key)
                stored.append((event, slot))
        self.names.track_keys(stored)
        return outcomes

    def _find_places(self, group: Sequence[NewEvent]) -> list[Place | Refused]:
        """The place of each event, or why it has none. Names are added only for events that
        have a contact or will get one, and contacts only for events whose name is allowed."""
        identifiers: list[Identifier] = [(e.kind, e.workspace, e.value) for e in group]
        found = self.people.resolve(identifiers)
        pairs = list(zip(group, identifiers, strict=True))
        slots = self.names.slots(
            [(e.workspace, e.name) for e, who in pairs if not isinstance(found[who], Refused)]
        )
        found |= self.people.create(
            who
            for e, who in pairs
            if found[who] is None and isinstance(slots[e.workspace, e.name], int)
        )
        return [_place(event, found[who], slots) for event, who in pairs]

    def _insert(self, group: Sequence[NewEvent], places: Sequence[Place | Refused]) -> set[Key]:
        rows = [
            (place[0].number, event.created_at, place[1], event.metadata)
            for event, place in zip(group, places, strict=True)
            if not isinstance(place, Refused)
        ]
        if not rows:
            return set()
        inserted = run_rows(self._connection, "insert_events", rows)
        if inserted:
            run_rows(self._connection, "add_to_summaries", _aggregate(inserted))
        return set(inserted)


def _place(
    event: NewEvent, contact: Found | Refused | None, slots: dict[Name, int | Refused]
) -> Place | Refused:
    if isinstance(contact, Refused):
        return Refused(contact.code, contact.message, event.field + event.identifier_field)
    slot = slots[event.workspace, event.name]
    if isinstance(slot, Refused):
        return Refused(slot.code, slot.message, event.field + "event_name")
    assert contact is not None, "an unknown contact was created for an allowed name"
    return contact, slot


def _aggregate(rows: Iterable[tuple[int, ...]]) -> list[tuple[int, int, int, int, int]]:
    """(contact, slot, count, first, last) of the rows (contact, created_at, slot)."""
    totals: dict[tuple[int, int], list[int]] = {}
    for contact, created_at, slot in rows:
        total = totals.get((contact, slot))
        if total is None:
            totals[contact, slot] = [1, created_at, created_at]
        else:
            total[0] += 1
            total[1] = min(total[1], created_at)
            total[2] = max(total[2], created_at)
    return [(*key, count, first, last) for key, (count, first, last) in totals.items()]
