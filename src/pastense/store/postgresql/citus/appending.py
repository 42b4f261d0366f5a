"""Store a small group of events with rows that are spelled out, three statements instead of one.

Citus sends such rows straight to the shards that they belong to. What the one statement of larger
groups reads from JSON goes through intermediate results, which pays only for many rows. All is
written in the order of keys, as in that statement.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from pastense.store.queries import Queries
from pastense.store.relational.connection import EventKey, EventRow
from pastense.store.relational.events.appending import total

SMALL_EVENTS_MAX: Final = 200
"""Up to so many events the spelled-out rows are the quicker way: three times for one event, hardly
for this many."""
_TYPES: Final = {
    "small_events": ("bigint", "bigint", "integer", "text"),
    "small_summaries": ("bigint", "integer", "bigint", "bigint", "bigint"),
    "small_counts": ("bigint", "integer", "integer", "bigint", "bigint", "bigint"),
}
"""The types of a row's columns, by the name of the statement in events.sql."""


class _Cursor(Protocol):
    def fetchall(self) -> list[Any]: ...


Run = Callable[[str, list[Any]], _Cursor]
"""Runs a statement as PostgreSQL spells it."""


def append_small(run: Run, words: Queries, rows: Sequence[EventRow], part: int) -> list[EventKey]:
    """`Connection.append` for a small group; `words` are those of events.sql."""
    ordered = sorted(rows, key=lambda row: row[:3])
    stored: list[EventKey] = _insert(run, words, "small_events", [row[:4] for row in ordered])
    if stored:
        workspaces = {row[0]: row[4] for row in rows}
        _insert(run, words, "small_summaries", sorted(total(stored)))
        by_name = total((workspaces[contact], at, slot) for contact, at, slot in stored)
        counts = [(workspace, slot, part, *count) for workspace, slot, *count in by_name]
        _insert(run, words, "small_counts", sorted(counts))
    return stored


def _insert(run: Run, words: Queries, name: str, rows: Sequence[Sequence[Any]]) -> list[Any]:
    text = words[name].format(_places(name, len(rows)))
    return run(text, [value for row in rows for value in row]).fetchall()


@functools.cache
def _places(name: str, rows: int) -> str:
    """The rows as `($1::bigint, ...), (...)`."""
    types = _TYPES[name]
    written = [
        ", ".join(f"${row * len(types) + n}::{kind}" for n, kind in enumerate(types, start=1))
        for row in range(rows)
    ]
    return ", ".join(f"({one})" for one in written)
