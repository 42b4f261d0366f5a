"""Retention: old events lose their metadata, some at a time; see `RetentionStore`.

`contacts.pruned_before` says how far a contact is pruned: no event before that second has
metadata. So a pass looks only at what has grown old since the last one.

Steps run beside groups of fresh events. Old events with metadata, which a step could overlook
while they are on their way, and steps keep each other out: by a lock of their own, which is
taken before the contact is looked at.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from pastense.limits import DAY_S, PRUNE_STEP_EVENTS_MAX
from pastense.model import NewEvent, WritePolicy
from pastense.store.relational.connection import Connection, Database, EventKey
from pastense.store.relational.events.statements import rows_text
from pastense.store.relational.events.stored import Stored
from pastense.store.statements import Statements

SQL: Final = Statements("retention.sql")
LEAVING: Final = Statements("leaving.sql")
SLICE_CONTACTS: Final = 2_000
"""Contact numbers that are looked at in one read."""
STEP_CONTACTS: Final = (100, 1_000)
"""Contacts that are pruned in one transaction, at least and at most: their events lie in as many
places, and how long that takes depends on the database."""
STEP_S: Final = 0.02
"""How long a transaction with more than the least of them may take."""
COUNTED_CONTACTS: Final = 100
"""Contacts whose old events are counted in one read."""
FRESH_S: Final = DAY_S // 2
"""No step prunes events that are younger: the shortest retention is a day, and no two clocks
differ by half of one."""
End = tuple[int, int]
"""(contact, the second before which its events are to have no metadata)."""


class Retention:
    """Takes the metadata from old events."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._contacts = STEP_CONTACTS[0]

    def prune_step(self, pruned_s: Mapping[int, int], after: int) -> int | None:
        """Prune some events; the contact number to go on after, None at the end of the pass."""
        last = cast(int, self._database.query(SQL["last_contact"])[0][0])
        end = after + SLICE_CONTACTS
        befores = [(workspace, second + 1) for workspace, second in pruned_s.items()]
        parameters = (rows_text(befores), after, end, self._contacts)
        found = self._database.query(SQL["prunable"], parameters)
        if found:
            ends, rest = self._fit(cast(list[End], found))
            if rest is None and len(found) == self._contacts:
                rest = cast(int, found[-1][0])
            begun = time.perf_counter()
            self._prune(ends)
            self._adapt(time.perf_counter() - begun)
            if rest is not None:
                return rest
        return end if end < last else None

    def _adapt(self, took_s: float) -> None:
        """More contacts in the next step after one that was short, fewer after a long one."""
        least, most = STEP_CONTACTS
        if took_s > STEP_S:
            self._contacts = max(least, self._contacts // 2)
        elif took_s < STEP_S / 2:
            self._contacts = min(most, self._contacts * 2)

    def _fit(self, found: Sequence[End]) -> tuple[list[End], int | None]:
        """As many of these as one step takes, and the number to go on after where it was too
        much. A second is never cut in two. Events may come and go until the step: it takes what
        it then finds."""
        left = PRUNE_STEP_EVENTS_MAX
        ends: list[End] = []
        for begin in range(0, len(found), COUNTED_CONTACTS):
            some = rows_text(found[begin : begin + COUNTED_CONTACTS])
            parameters = (some, PRUNE_STEP_EVENTS_MAX + 1)
            for row in self._database.query(SQL["count_prunable"], parameters):
                number, before, count = cast(tuple[int, int, int], row)
                if left == 0:
                    return ends, number - 1
                if count > left:
                    return [*ends, (number, self._cut(number, before, left))], number - 1
                ends.append((number, before))
                left -= count
        return ends, None

    def _cut(self, number: int, before: int, events_max: int) -> int:
        """Where the first part of a contact's events ends: about so many."""
        rows = self._database.query(SQL["end_of_part"], (number, before, events_max))
        if not rows:
            return before  # Deleted or merged since it was found.
        start, beyond = cast(tuple[int, int | None], rows[0])
        return before if beyond is None else max(beyond, start + 1)

    def _prune(self, ends: Sequence[End]) -> None:
        """Prune contacts up to their seconds, from where each is pruned by then. All metadata goes
        before any page is packed anew, so that packing copies none of it."""
        text = rows_text(ends)
        with self._database.beside() as connection:
            connection.later(SQL["keep_old_events_out"])
            keys = connection.execute(SQL["prune"], (text,)).fetchall()
            connection.later(SQL["mark_pruned"], (text,))
            if keys:
                _pack(connection, keys)
                connection.execute(LEAVING["want_scrub"])


def _pack(connection: Connection, keys: Sequence[EventKey]) -> None:
    """Write pruned events anew. A row that only becomes smaller leaves its page half empty for
    ever; rows that are taken out let pages be joined, and so be free for new events."""
    text = rows_text(keys)
    connection.execute(SQL["take_out"], (text,))
    connection.execute(SQL["put_back"], (text,))


def keep_pruning_out(
    connection: Connection, group: Iterable[NewEvent], policy: WritePolicy
) -> None:
    """No step of any process runs until the end of the transaction, where the group has events
    that one could overlook. To be called before anything is looked up."""
    if any(event.created_at < policy.now - FRESH_S for event in group):
        connection.later(SQL["keep_pruning_out"])


def scan_again(connection: Connection, stored: Iterable[Stored]) -> None:
    """Events came late and were stored with metadata where their contact was pruned already: the
    retention has become longer since. The next pass begins with them."""
    late: dict[int, int] = {}
    for one in stored:
        if one.late:
            created_at = one.event.created_at
            late[one.contact] = min(created_at, late.get(one.contact, created_at))
    if late:
        connection.execute(SQL["scan_again"], (rows_text(list(late.items())),))
