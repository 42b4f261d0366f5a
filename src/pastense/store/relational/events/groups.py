"""Write a group of events: who did it, which name it is, the event itself, its summary.

All of it in the caller's one transaction, in a small number of statements, each of which takes
many rows: so the interpreter lock is left alone while the database works.
"""

from __future__ import annotations

from collections.abc import Sequence

from pastense.model import Accepted, NewEvent, Outcome, Refused, WritePolicy
from pastense.store.relational.connection import Connection, EventKey
from pastense.store.relational.events.appending import add_to_summaries, need_alone
from pastense.store.relational.events.identities import Found, Identifier, IdentityWriter
from pastense.store.relational.events.name_keys import KeyWriter
from pastense.store.relational.events.names import Name, NameCache, NameWriter
from pastense.store.relational.events.pruning import keep_pruning_out, scan_again
from pastense.store.relational.events.stored import Stored
from pastense.store.relational.leaving.moving import pull_events
from pastense.store.relational.webhooks.outbox import ask_who_wants_names, queue_deliveries

Place = tuple[Found, int]
"""Where an event belongs: its contact and the slot of its name."""


class GroupWriter:
    """One group on its way into one open transaction."""

    def __init__(self, connection: Connection, cache: NameCache, policy: WritePolicy) -> None:
        self._connection = connection
        self._cache = cache
        self._policy = policy
        self.people = IdentityWriter(connection, policy)
        self.names = NameWriter(connection, cache, policy)
        self.keys = KeyWriter(connection, cache, policy)

    def write(self, group: Sequence[NewEvent]) -> list[Outcome]:
        """One outcome per event, in order; of equal events the first in the group is stored."""
        keep_pruning_out(self._connection, group, self._policy)
        wanted = ask_who_wants_names(self._connection)
        places = self._find_places(group)
        stored = self._insert(group, places)
        queue_deliveries(self._connection, wanted, stored.values(), self._policy.now)
        ignored = self.keys.write(stored)
        return [
            place
            if isinstance(place, Refused)
            else _outcome(event, place, stored.get(index), ignored.get(index, ()))
            for index, (event, place) in enumerate(zip(group, places, strict=True))
        ]

    def remember(self) -> None:
        """Keep what was found and added; to be called after the commit."""
        self._cache.add(self.names.new_slots, self.keys.new_keys)

    def _find_places(self, group: Sequence[NewEvent]) -> list[Place | Refused]:
        """The place of each event, or why it has none. Names are added only for events that
        have a contact or will get one, and contacts only for events whose name is allowed."""
        identifiers: list[Identifier] = [(e.kind, e.workspace, e.value) for e in group]
        found = self.people.resolve(identifiers)
        pairs = list(zip(group, identifiers, strict=True))
        names = ((e.workspace, e.name) for e, who in pairs if type(found[who]) is not Refused)
        slots = self.names.slots(dict.fromkeys(names))
        if None in found.values():
            found |= self.people.create(
                who
                for e, who in pairs
                if found[who] is None and isinstance(slots[e.workspace, e.name], int)
            )
        return [_place(event, found[who], slots) for event, who in pairs]

    def _insert(
        self, group: Sequence[NewEvent], places: Sequence[Place | Refused]
    ) -> dict[int, Stored]:
        """Those events that are new, by their indexes in the group, with their counts kept."""
        firsts = self._firsts(group, places)
        if not firsts:
            return {}
        self._pull(places, group)
        rows = [
            (*key, None if one.pruned else one.event.metadata, one.event.workspace)
            for key, one in firsts.items()
        ]
        new = self._connection.append(rows)
        if len(new) < len(firsts):
            found = set(new)
            firsts = {key: one for key, one in firsts.items() if key in found}
        stored = {one.index: one for one in firsts.values()}
        if stored:
            scan_again(self._connection, stored.values())
        return stored

    def _firsts(
        self, group: Sequence[NewEvent], places: Sequence[Place | Refused]
    ) -> dict[EventKey, Stored]:
        """What there is to store: of equal events in the group the first."""
        pruned_s = {w: self._policy.pruned_s(w) for w in {event.workspace for event in group}}
        firsts: dict[EventKey, Stored] = {}
        for index, (event, place) in enumerate(zip(group, places, strict=True)):
            if not isinstance(place, Refused):
                key = (place[0].number, event.created_at, place[1])
                if key not in firsts:
                    pruned = event.created_at <= pruned_s[event.workspace]
                    late = not pruned and event.created_at < place[0].pruned_before
                    firsts[key] = Stored(index, event, place[0].number, place[1], pruned, late)
        return firsts

    def _pull(self, places: Sequence[Place | Refused], group: Sequence[NewEvent]) -> None:
        """Events on their way to a contact in a merge come first: these may be their doubles."""
        keys = {
            (place[0].number, event.created_at, place[1]): None
            for event, place in zip(group, places, strict=True)
            if not isinstance(place, Refused) and place[0].merging
        }
        if keys:
            need_alone(self._connection)
            moved = pull_events(self._connection, list(keys))
            if moved:
                add_to_summaries(self._connection, moved)


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


def _outcome(event: NewEvent, place: Place, one: Stored | None, ignored: Sequence[str]) -> Accepted:
    contact, slot = place
    if one is None:
        return Accepted(contact.contact_id, slot, event.created_at, duplicate=True)
    return Accepted(contact.contact_id, slot, event.created_at, False, len(ignored), one.pruned)
