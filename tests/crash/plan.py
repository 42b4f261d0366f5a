"""What the crash test sends: single events and lists, some of them duplicates on purpose."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

Key = tuple[str, str, int]
"""What makes an event one event: contact id, event name, second."""

NAMES = ("opened", "placed-order", "Invited friend", "PAGE_VIEW")
BLOCK_S = 400
"""Each cycle has seconds of its own, so that what it wrote can be read back alone."""
LIST_SHARE = 0.2
LIST_ITEMS_MAX = 30
OLD_SHARE = 0.05
TWIN_SHARE = 0.1
STRANGER_SHARE = 0.15
STRANGER = "nobody-by-this-name"


@dataclass(frozen=True)
class Contact:
    """A contact as an event names it: a user by `user_id`, a lead by `id`."""

    id: str
    field: str
    value: str


@dataclass(frozen=True)
class Event:
    """One event to send; its serial number in the metadata tells which copy was stored."""

    contact: Contact
    name: str
    created_at: int
    serial: int

    @property
    def key(self) -> Key:
        return (self.contact.id, self.name, self.created_at)

    def fields(self) -> dict[str, object]:
        return {
            "event_name": self.name,
            "created_at": self.created_at,
            self.contact.field: self.contact.value,
            "metadata": {"serial": self.serial, "plan": "crash test"},
        }


@dataclass(frozen=True)
class Submission:
    """One request: its events in the order sent, and how many items name nobody."""

    events: tuple[Event, ...]
    strangers: int
    body: bytes


class Plan:
    """An endless supply of submissions, the same for the same seed."""

    def __init__(self, contacts: list[Contact], begin: int, seed: int) -> None:
        self.contacts = contacts
        self._begin = begin
        self._random = random.Random(seed)
        self._serial = 0

    def block_begin(self, cycle: int) -> int:
        """The first second that belongs to this cycle."""
        return self._begin + cycle * BLOCK_S

    def submission(self, cycle: int) -> Submission:
        """The next request of this cycle: a single event or a list."""
        if self._random.random() < LIST_SHARE:
            return self._list(cycle)
        event = self._event(cycle)
        return Submission((event,), 0, json.dumps(event.fields()).encode())

    def _event(self, cycle: int) -> Event:
        # A few go back to an earlier cycle: they meet events that survived a crash.
        old = self._random.random() < OLD_SHARE
        block = self._random.randint(0, cycle) if old else cycle
        return self._numbered(
            self._random.choice(self.contacts),
            self._random.choice(NAMES),
            self.block_begin(block) + self._random.randrange(BLOCK_S),
        )

    def _list(self, cycle: int) -> Submission:
        events = [self._event(cycle) for _ in range(self._random.randint(2, LIST_ITEMS_MAX))]
        if self._random.random() < TWIN_SHARE:
            twin = self._random.choice(events)
            events.append(self._numbered(*(twin.contact, twin.name, twin.created_at)))
        items = [event.fields() for event in events]
        strangers = int(self._random.random() < STRANGER_SHARE)
        if strangers:
            # One refused item must not take its neighbours with it, also in a crash.
            item = {"event_name": NAMES[0], "created_at": self._begin, "user_id": STRANGER}
            items.insert(self._random.randrange(len(items)), item)
        body = json.dumps({"type": "event.list", "data": items}).encode()
        return Submission(tuple(events), strangers, body)

    def _numbered(self, contact: Contact, name: str, created_at: int) -> Event:
        self._serial += 1
        return Event(contact, name, created_at, self._serial)
