"""Make a store of the first schema with 200 events at the path that is given, and look whether it
was brought up to date whole."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

from pastense.store.migrate import load_migrations
from tests.faults.power import Tally, look, rows

[FIRST] = [m for m in load_migrations("pastense.store.sqlite") if m.number == 1]
EVENTS = 200
ROWS = """
CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, applied_at INTEGER);
INSERT INTO migrations VALUES (1, 'first_schema', 5);
INSERT INTO workspaces VALUES (1, 'w', 'Pastense', '{}', 5);
INSERT INTO contacts (workspace, id, role, external_id, created_at, updated_at)
  VALUES (1, 'a', 'user', 'u1', 5, 5);
INSERT INTO event_names VALUES (1, 0, 'did', NULL, 5, NULL);
INSERT INTO summaries VALUES (1, 0, 200, 1, 200, 0, NULL, NULL);
"""


def make(path: str) -> None:
    """Written as servers of that time wrote it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for statement in FIRST.statements:
        connection.execute(statement)
    connection.executescript(ROWS)
    for second in range(1, EVENTS + 1):
        connection.execute("INSERT INTO events VALUES (1, ?, 0, '{}')", (second,))
    connection.close()


def look_at_old(path: Path, tally: Tally, events: int = EVENTS) -> None:
    """All that the old store held, opened as a server does."""
    look(path, [], tally, finish=False)
    counted = rows(path, "SELECT count(*) FROM events")
    if counted != [(events,)]:
        tally.blame("lost", f"events: {counted}")
    if rows(path, "SELECT max(number) FROM migrations") == [(1,)]:
        tally.blame("wrong", "it was not brought up to date")


if __name__ == "__main__":
    make(sys.argv[1])
