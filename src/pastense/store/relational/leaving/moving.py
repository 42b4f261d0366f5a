"""Move the events of one contact to another, some at a time, each exactly once.

Where both contacts have an event of the same name and second, the target's copy stays: it was
the user's own (decisions.md "Contacts").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from pastense.store.relational.connection import Connection
from pastense.store.relational.events.name_counts import add_counts
from pastense.store.statements import Statements

SQL: Final = Statements("leaving.sql")
Key = tuple[int, int, int]
"""(contact, created_at, slot)."""
_END: Final = (2**62, 0)
_encode = msgspec.json.Encoder().encode


def is_larger(connection: Connection, contact: int, events_max: int) -> bool:
    """Whether a contact has more events than that."""
    parameters = (contact, events_max + 1)
    return bool(connection.execute(SQL["is_larger"], parameters).fetchone()[0] > events_max)


def end_of_step(connection: Connection, contact: int, events_max: int) -> tuple[int, int]:
    """The key of the last event that a step of so many takes; beyond all of them at the end."""
    parameters = (contact, events_max - 1)
    row = connection.execute(SQL["last_of_step"], parameters).fetchone()
    return _END if row is None else (row[0], row[1])


def move_events(
    connection: Connection, source: int, target: int, workspace: int, events_max: int
) -> bool:
    """Move the earliest events, as many as said; whether more are left."""
    end = end_of_step(connection, source, events_max)
    doubles = connection.execute(SQL["doubles"], (source, *end, workspace, target)).fetchall()
    for name in ("sum_up", "move_events"):
        connection.execute(SQL[name], (source, *end, target))
    connection.execute(SQL["drop_moved"], (source, *end))
    take_from_counts(connection, doubles)
    return end != _END


def pull_events(connection: Connection, keys: Sequence[Key]) -> list[Key]:
    """Move the events with these keys of a target at once, wherever they still are: an event
    that is submitted again while they wait is their duplicate. Returns what was moved."""
    waiting = connection.execute(SQL["waiting_doubles"], (_encode(keys).decode(),)).fetchall()
    if not waiting:
        return []
    text = _encode(waiting).decode()
    moved: list[Key] = connection.execute(SQL["pull_events"], (text,)).fetchall()
    connection.execute(SQL["drop_pulled"], (text,))
    take_from_counts(connection, _doubles_of(waiting, moved))
    return moved


def take_from_counts(connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
    """Events of names that are no longer there, as (workspace, slot, count)."""
    gone: Counter[tuple[int, int]] = Counter()
    for workspace, slot, count in rows:
        gone[workspace, slot] += count
    add_counts(connection, [(*name, -count, None, None) for name, count in gone.items()])


def _doubles_of(waiting: Sequence[Sequence[int]], moved: Sequence[Key]) -> list[list[int]]:
    """Of the events that waited, those that were dropped as doubles: (workspace, slot, 1)."""
    left = set(moved)
    found = []
    for target, created_at, slot, _, workspace in waiting:
        if (target, created_at, slot) in left:
            left.discard((target, created_at, slot))
        else:
            found.append([workspace, slot, 1])
    return found
