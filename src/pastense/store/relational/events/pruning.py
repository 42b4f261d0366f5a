"""Retention: old events lose their metadata, some at a time; see `RetentionStore`.

`contacts.pruned_before` says how far a contact is pruned: no event before that second has
metadata. So a pass looks only at what has grown old since the last one.

Steps run beside groups of fresh events. Old events with metadata, which a step could overlook
while they are on their way, and steps keep each other out: by a lock of their own, which is
taken before the contact is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from pastense.limits import DAY_S, PRUNE_STEP_EVENTS_MAX
from pastense.model import NewEvent, WritePolicy
from pastense.store.relational.connection import Connection, Database
from pastense.store.relational.events.statements import rows_text
from pastense.store.relational.events.stored import Stored
from pastense.store.statements import Statements

SQL: Final = Statements("retention.sql")
SLICE_CONTACTS: Final = 2_000
"""Contact numbers that are looked at in one read."""
STEP_CONTACTS: Final = 100
"""Contacts that are pruned in one transaction."""
FRESH_S: Final = DAY_S // 2
"""No step prunes events that are younger: the shortest retention is a day, and no two clocks
differ by half of one."""
Span = tuple[int, int, int]
"""(contact, first second, the second after the last)."""


class Retention:
    """Takes the metadata from old events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prune_step(self, pruned_s: Mapping[int, int], after: int) -> int | None:
        """Prune some events; the contact number to go on after, None at the end of the pass."""
        last = cast(int, self._database.query(SQL["last_contact"])[0][0])
        end = after + SLICE_CONTACTS
        befores = [(workspace, second + 1) for workspace, second in pruned_s.items()]
        parameters = (rows_text(befores), after, end, STEP_CONTACTS)
        found = self._database.query(SQL["prunable"], parameters)
        if found:
            rest = self._prune(cast(list[tuple[int, int]], found))
            if rest is not None:
                return rest
            if len(found) == STEP_CONTACTS:
                return cast(int, found[-1][0])
        return end if end < last else None

    def _prune(self, found: list[tuple[int, int]]) -> int | None:
        """Prune contacts up to their seconds; the number to go on after where it was too much.
        All metadata goes before any page is packed anew, so that packing copies none of it."""
        left, rest = PRUNE_STEP_EVENTS_MAX, None
        spans = []
        with self._database.beside() as connection:
            connection.later(SQL["keep_old_events_out"])
            for number, before in found:
                span = _next_span(connection, number, before, max(left, 1))
                pruned = connection.execute(SQL["prune"], span).rowcount
                if span[1] < span[2]:
                    connection.later(SQL["mark_pruned"], (number, span[2]))
                left -= pruned
                if pruned:
                    spans.append(span)
                if span[-1] < before:
                    rest = number - 1
                    break
            if spans:
                _pack(connection, spans)
                connection.later(SQL["want_scrub"])
        return rest


def _next_span(connection: Connection, number: int, before: int, events_max: int) -> Span:
    """The next part of a contact's events to prune: about so many, a second never cut in two."""
    parameters = (number, before, events_max)
    row = connection.execute(SQL["next_span"], parameters).fetchone()
    if row is None:
        return number, before, before  # Deleted or merged since it was found.
    start, beyond = row
    # Another process may have gone further since this one looked.
    end = max(before, start) if beyond is None else max(beyond, start + 1)
    return number, start, end


def _pack(connection: Connection, spans: Sequence[Span]) -> None:
    """Write pruned events anew. A row that only becomes smaller leaves its page half empty for
    ever; rows that are taken out let pages be joined, and so be free for new events."""
    taken = connection.execute_all([(SQL["take_out"], span) for span in spans])
    keys = [key for some in taken for key in some]
    if keys:
        connection.execute(SQL["put_back"], (rows_text(keys),))


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
