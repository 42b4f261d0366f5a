"""Store events with what is kept of them, and know what only a transaction alone may do.

Where a database lets transactions that only store events run beside each other, everything that
two of them could disagree about is left to a transaction that is alone: new contacts, names and
keys, and contacts in a merge.
"""

from __future__ import annotations

from collections.abc import Iterable

from pastense.store.relational.connection import Connection, EventKey
from pastense.store.relational.events.statements import run_rows

Total = tuple[int, int, int, int, int]
"""(owner, slot, count, first, last), where the owner is a contact or a workspace."""


class NeedsAlone(Exception):
    """What is to be written must be written again in a transaction that is alone."""


def need_alone(connection: Connection) -> None:
    """Raise `NeedsAlone` unless the transaction is alone; nothing was written for it yet, and what
    was written before is to be undone."""
    if not connection.is_alone:
        raise NeedsAlone


def add_to_summaries(connection: Connection, keys: Iterable[EventKey]) -> None:
    """Add stored events to the summaries of their contacts."""
    run_rows(connection, "add_to_summaries", total(keys))


def total(rows: Iterable[tuple[int, int, int]]) -> list[Total]:
    """The totals of rows (owner, created_at, slot)."""
    totals: dict[tuple[int, int], Total] = {}
    for owner, at, slot in rows:
        key = (owner, slot)
        one = totals.get(key)
        if one is None:
            totals[key] = (owner, slot, 1, at, at)
        else:
            _, _, count, first, last = one
            first, last = (at, last) if at < first else (first, max(last, at))
            totals[key] = (owner, slot, count + 1, first, last)
    return list(totals.values())
