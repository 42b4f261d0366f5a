"""What PostgreSQL does for each statement that a piece of work really sends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from pastense.store.postgresql.connection import Cursor

Sent = tuple[str, list[object]]
"""A statement and its parameters."""
EXPLAINED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_COUNT = re.compile(r"Task Count: (\d+)")


@contextmanager
def statements_sent() -> Iterator[list[Sent]]:
    """All statements that any store sends within the block, but for those that only begin, end or
    wait."""
    sent: list[Sent] = []
    execute = Cursor.execute

    def note(self, query, params=None, **options):
        words = query if isinstance(query, str) else ""
        start = "\n".join(line for line in words.splitlines() if not line.startswith("--"))
        if start.lstrip().startswith(EXPLAINED) and "advisory" not in words:
            sent.append((words, list(params or [])))
        return execute(self, query, params, **options)

    Cursor.execute = note
    try:
        yield sent
    finally:
        Cursor.execute = execute


def plans_of(address: str, work: Callable[[], object]) -> list[tuple[str, str]]:
    """(statement, plan) of each statement that the work sends."""
    with statements_sent() as sent:
        work()
    with psycopg.connect(address, autocommit=True, cursor_factory=Cursor) as session:
        return [
            (text, "\n".join(line for (line,) in session.execute(f"EXPLAIN {text}", values)))
            for text, values in sent
        ]


def task_counts(plan: str) -> list[int]:
    """On how many shards each part of a plan runs; nothing for what the coordinator has."""
    return [int(count) for count in _COUNT.findall(plan)]
