"""The limit of lists: rows into the very tables with plain `sqlite3`, by somebody who knows it all.

No HTTP, no JSON, no looking for contacts and names: the rows are numbers when the clock starts.
What stays are the promises: each event once, its summary and the count of its name kept, a batch
in one transaction that is synchronised to disk.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from bench.load import CONTACTS, EVENT, NAMES
from pastense.store.sqlite.database import PRAGMAS

METADATA = (EVENT % (0, 0, 0)).split(b'"metadata":', 1)[1][:-1].decode()
Row = tuple[int, int, int, str]
INSERT = "INSERT INTO events (contact, created_at, slot, metadata) VALUES (?, ?, ?, ?)"
ONCE = f"{INSERT} ON CONFLICT DO NOTHING"
SUM_UP = """INSERT INTO summaries (contact, slot, count, first, last) VALUES (?, ?, 1, ?, ?)
  ON CONFLICT (contact, slot) DO UPDATE SET count = count + 1,
  first = min(ifnull(first, excluded.first), excluded.first),
  last = max(ifnull(last, excluded.last), excluded.last)"""
COUNT = """UPDATE event_names SET count = count + ?1, first = min(ifnull(first, ?2), ?2),
  last = max(ifnull(last, ?3), ?3) WHERE workspace = 1 AND slot = ?4"""


class RawRows:
    """One connection to a store's file, which a server has made and left."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        numbers = self._connection.execute("SELECT number FROM contacts ORDER BY number")
        self._contacts = [number for (number,) in numbers]
        assert len(self._contacts) == CONTACTS, len(self._contacts)

    def rows(self, count: int, begin: int, seed: int) -> list[Row]:
        """New events of contacts and names by chance."""
        chance = random.Random(seed).randrange
        contacts = self._contacts
        return [
            (contacts[chance(CONTACTS)], begin + number, chance(NAMES), METADATA)
            for number in range(count)
        ]

    def write(self, rows: Sequence[Row]) -> None:
        """One batch, one transaction. All rows are new: a double would cost a closer look, as
        it must not be counted."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        before = connection.total_changes
        connection.executemany(ONCE, rows)
        assert connection.total_changes - before == len(rows), "a row was there already"
        connection.executemany(SUM_UP, ((c, slot, at, at) for c, at, slot, _ in rows))
        counts: dict[int, list[int]] = {}
        for _, at, slot, _ in rows:
            one = counts.setdefault(slot, [0, at, at])
            one[0], one[1], one[2] = one[0] + 1, min(one[1], at), max(one[2], at)
        connection.executemany(COUNT, ((*one, slot) for slot, one in counts.items()))
        connection.execute("COMMIT")

    def timed(self, count: int, batch: int, begin: int, seed: int) -> tuple[float, float]:
        """(rows per second, CPU microseconds per row) of so many new rows, which must be there
        afterwards and be counted once each."""
        rows = self.rows(count, begin, seed)
        before = self._stored()
        cpu, wall = time.process_time(), time.perf_counter()
        for start in range(0, count, batch):
            self.write(rows[start : start + batch])
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        assert self._stored() == (before[0] + count, before[1] + count)
        return count / wall, cpu / count * 1e6

    def _stored(self) -> tuple[int, int]:
        counts = "SELECT (SELECT count(*) FROM events), (SELECT sum(count) FROM summaries)"
        events, counted = self._connection.execute(counts).fetchone()
        return events, counted or 0

    def bytes_per_event(self) -> tuple[float, float]:
        """(used bytes of the whole file, bytes of key and metadata alone) for each event."""
        execute = self._connection.execute
        execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        pages, free, size = (
            execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        alone = "SELECT count(*), sum(8 + 8 + 4 + length(CAST(metadata AS BLOB))) FROM events"
        events, payload = execute(alone).fetchone()
        return (pages - free) * size / events, payload / events

    def close(self) -> None:
        self._connection.close()
