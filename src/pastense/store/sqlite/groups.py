"""Write a group of events: who did it, which name it is, the event itself, its summary.

All of it in the caller's one transaction, in a fixed small number of statements. The group
goes in as JSON arrays, so that the interpreter lock is left alone while SQLite works.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from pastense.identity import new_contact_id
from pastense.limits import SLOTS_MAX
from pastense.model import Accepted, IdentifierKind, NewEvent, Outcome, Refused, WritePolicy
from pastense.store.queries import Queries

SQL = Queries("pastense.store.sqlite.sql", "events.sql")
_encode = msgspec.json.Encoder().encode

Identifier = tuple[IdentifierKind, int, str]
Name = tuple[int, str]
Slot = tuple[int, int]
NewPerson = tuple[int, str, str | None, str | None, str | None]
"""(workspace, contact id, external id, email, email key)."""
NAMES_CACHED_MAX = 100_000


class Found(msgspec.Struct, frozen=True, gc=False):
    """The contact that an identifier names now."""

    number: int
    contact_id: str


class NameCache:
    """Slots and tracked keys that are known to be on disk. Slots never change and tracked keys
    are only ever added, so what stands here stays true in every process."""

    def __init__(self) -> None:
        self.slots: dict[Name, int] = {}
        self.keys: dict[Slot, set[str]] = {}

    def add(self, slots: dict[Name, int], keys: dict[Slot, set[str]]) -> None:
        """Remember what was just committed."""
        if len(self.slots) + len(slots) > NAMES_CACHED_MAX:
            self.slots.clear()
            self.keys.clear()
        self.slots.update(slots)
        self.keys.update(keys)


class GroupWriter:
    """One group on its way into one open transaction."""

    def __init__(
        self, connection: sqlite3.Connection, cache: NameCache, policy: WritePolicy
    ) -> None:
        self._connection = connection
        self._cache = cache
        self._policy = policy
        self.new_slots: dict[Name, int] = {}
        self.new_keys: dict[Slot, set[str]] = {}

    def write(self, group: Sequence[NewEvent]) -> list[Outcome]:
        """One outcome per event, in order; of equal events the first in the group is stored."""
        identifiers = [(event.kind, event.workspace, event.value) for event in group]
        found = self.resolve(identifiers)
        slots = self.slots([(e.workspace, e.name) for e in group if self._may_store(e, found)])
        self._create_unknown(group, found, slots)
        contacts = [
            found.get(identifier) or self._why_unknown(event, identifier, slots)
            for event, identifier in zip(group, identifiers, strict=True)
        ]
        inserted = self._insert(group, contacts, slots)
        outcomes: list[Outcome] = []
        stored: list[tuple[NewEvent, int]] = []
        for event, contact in zip(group, contacts, strict=True):
            outcome = self._outcome(event, contact, slots, inserted)
            outcomes.append(outcome)
            if isinstance(outcome, Accepted) and not outcome.duplicate:
                stored.append((event, outcome.slot))
        self._track_keys(stored)
        return outcomes

    def resolve(self, identifiers: Sequence[Identifier]) -> dict[Identifier, Found | Refused]:
        """The contact of each identifier, or why it cannot be used; unknown ones are absent."""
        found: dict[Identifier, Found | Refused] = {}
        for kind in ("id", "user_id", "email"):
            wanted = list({i: None for i in identifiers if i[0] == kind})
            if wanted:
                found.update(self._resolve_kind(kind, wanted))
        return found

    def creates(self, identifier: Identifier) -> bool:
        """Whether the policy creates a user for an identifier that names nobody."""
        return self._policy.create_unknown_contacts and identifier[0] != "id"

    def create(self, identifiers: Iterable[Identifier]) -> dict[Identifier, Found]:
        """Users for identifiers that name nobody; one person per spelling of an email."""
        people: dict[Identifier, NewPerson] = {}
        wanted: dict[Identifier, NewPerson] = {}
        for identifier in identifiers:
            kind, workspace, value = identifier
            key = (kind, workspace, value.lower() if kind == "email" else value)
            if key not in people:
                contact_id = new_contact_id(self._policy.now)
                by_email = (None, value, value.lower())
                person = by_email if kind == "email" else (value, None, None)
                people[key] = (workspace, contact_id, *person)
            wanted[identifier] = people[key]
        if not wanted:
            return {}
        numbers = dict(self._run("create_unknown", list(people.values()), self._policy.now))
        return {i: Found(numbers[person[1]], person[1]) for i, person in wanted.items()}

    def slots(self, names: Sequence[Name]) -> dict[Name, int | Refused]:
        """The slot of each name; new names get the next ones, in order of appearance."""
        cached = self._cache.slots
        slots: dict[Name, int | Refused] = {}
        missing: dict[Name, None] = {}
        for name in names:
            slot = cached.get(name)
            if slot is None:
                missing[name] = None
            else:
                slots[name] = slot
        if missing:
            slots.update(self._find_or_add(list(missing)))
        return slots

    def _resolve_kind(
        self, kind: IdentifierKind, wanted: list[Identifier]
    ) -> dict[Identifier, Found | Refused]:
        pairs = [(i[1], i[2].lower() if kind == "email" else i[2]) for i in wanted]
        found: dict[Identifier, Found | Refused] = {}
        archived: dict[Identifier, Refused] = {}
        for key, number, contact_id, is_archived in self._run(f"resolve_{kind}", pairs):
            identifier = wanted[key]
            if is_archived:
                archived[identifier] = UNKNOWN
            elif identifier in found:
                found[identifier] = _ambiguous(identifier[2])
            else:
                found[identifier] = Found(number, contact_id)
        return archived | found

    def _may_store(self, event: NewEvent, found: dict[Identifier, Found | Refused]) -> bool:
        """Whether the event has a contact, or may get one: a refused one needs no name."""
        identifier = (event.kind, event.workspace, event.value)
        contact = found.get(identifier)
        return self.creates(identifier) if contact is None else isinstance(contact, Found)

    def _create_unknown(
        self,
        group: Sequence[NewEvent],
        found: dict[Identifier, Found | Refused],
        slots: dict[Name, int | Refused],
    ) -> None:
        """Create who is unknown, where the policy says so, but for no event that is refused."""
        missing = []
        for event in group if self._policy.create_unknown_contacts else ():
            identifier = (event.kind, event.workspace, event.value)
            named = isinstance(slots.get((event.workspace, event.name)), int)
            if named and identifier not in found and self.creates(identifier):
                missing.append(identifier)
        found.update(self.create(missing))

    def _why_unknown(
        self, event: NewEvent, identifier: Identifier, slots: dict[Name, int | Refused]
    ) -> Refused:
        """Nobody has the identifier, or nobody was created because the name is refused."""
        slot = slots.get((event.workspace, event.name))
        return slot if self.creates(identifier) and isinstance(slot, Refused) else UNKNOWN

    def _find_or_add(self, names: list[Name]) -> dict[Name, int | Refused]:
        slots: dict[Name, int | Refused] = {}
        for workspace, name, slot in self._run("known_slots", names):
            slots[workspace, name] = self.new_slots[workspace, name] = slot
        added = [name for name in names if name not in slots]
        if added:
            slots.update(self._add_names(added))
        return slots

    def _add_names(self, names: list[Name]) -> dict[Name, int | Refused]:
        workspaces = sorted({name[0] for name in names})
        next_slots = {w: slot or 0 for w, slot in self._run("next_slots", workspaces)}
        names_max = self._policy.event_names_max
        active = dict(self._run("active_names", workspaces)) if names_max else {}
        slots: dict[Name, int | Refused] = {}
        rows = []
        for workspace, name in names:
            slot = next_slots[workspace]
            if slot >= SLOTS_MAX or (names_max and active.get(workspace, 0) >= names_max):
                slots[workspace, name] = _too_many_names(names_max or SLOTS_MAX)
                continue
            next_slots[workspace] = slot + 1
            active[workspace] = active.get(workspace, 0) + 1
            slots[workspace, name] = self.new_slots[workspace, name] = slot
            rows.append((workspace, slot, name))
        self._run("insert_names", rows, self._policy.now)
        return slots

    def _insert(
        self,
        group: Sequence[NewEvent],
        contacts: Sequence[Found | Refused],
        slots: dict[Name, int | Refused],
    ) -> set[tuple[int, int, int]]:
        rows = []
        for event, contact in zip(group, contacts, strict=True):
            if isinstance(contact, Found):
                slot = slots[event.workspace, event.name]
                if isinstance(slot, int):
                    rows.append((contact.number, event.created_at, slot, event.metadata))
        if not rows:
            return set()
        inserted = self._run("insert_events", rows)
        if inserted:
            self._run("add_to_summaries", _aggregate(inserted))
        return set(inserted)

    def _outcome(
        self,
        event: NewEvent,
        contact: Found | Refused,
        slots: dict[Name, int | Refused],
        inserted: set[tuple[int, int, int]],
    ) -> Outcome:
        if isinstance(contact, Refused):
            field = "event_name" if contact.code == "422" else event.identifier_field
            return _placed(contact, event.field + field)
        slot = slots[event.workspace, event.name]
        if isinstance(slot, Refused):
            return _placed(slot, event.field + "event_name")
        key = (contact.number, event.created_at, slot)
        duplicate = key not in inserted
        inserted.discard(key)
        return Accepted(contact.contact_id, slot, event.created_at, duplicate)

    def _track_keys(self, stored: Sequence[tuple[NewEvent, int]]) -> None:
        """The first distinct keys of a name become its tracked keys (decisions.md)."""
        keys_max = self._policy.tracked_keys_max
        candidates: dict[Slot, dict[str, str]] = {}
        for event, slot in stored:
            known = self._cache.keys.get((event.workspace, slot), _NO_KEYS)
            if len(known) < keys_max:
                for key, kind in event.keys:
                    if key not in known:
                        candidates.setdefault((event.workspace, slot), {}).setdefault(key, kind)
        if candidates:
            self._add_keys(candidates, keys_max)

    def _add_keys(self, candidates: dict[Slot, dict[str, str]], keys_max: int) -> None:
        kept: dict[Slot, set[str]] = {slot: set() for slot in candidates}
        for workspace, slot, key in self._run("tracked_keys", list(candidates)):
            kept[workspace, slot].add(key)
        rows = []
        for (workspace, slot), keys in candidates.items():
            known = kept[workspace, slot]
            for key, kind in keys.items():
                if key not in known and len(known) < keys_max:
                    rows.append((workspace, slot, len(known), key, kind))
                    known.add(key)
        if rows:
            self._run("insert_keys", rows)
        self.new_keys.update(kept)

    def _run(self, name: str, rows: Sequence[object], *parameters: object) -> list[tuple]:  # type: ignore[type-arg]
        return self._connection.execute(SQL[name], (encode_rows(rows), *parameters)).fetchall()


_NO_KEYS: frozenset[str] = frozenset()
UNKNOWN = Refused("not_found", "User Not Found")


def encode_rows(rows: Sequence[object]) -> str:
    """Rows as the JSON array that `json_each` reads."""
    return _encode(rows).decode()


def _placed(refused: Refused, field: str) -> Refused:
    return Refused(refused.code, refused.message, field)


def _ambiguous(email: str) -> Refused:
    """Intercom's words for an email that several users have (docs/wire.md "Errors")."""
    return Refused(
        "conflict",
        f"Multiple existing users match this email address {email} - "
        "must be more specific using user_id",
    )


def _too_many_names(names_max: int) -> Refused:
    return Refused("422", f"Cannot have more than {names_max} active event names")


def _aggregate(rows: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int, int, int]]:
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
