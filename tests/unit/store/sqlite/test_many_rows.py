"""One statement over many rows: every row once, whatever the group's size is filled up to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from pastense.store.sqlite.connection import SqliteConnection
from pastense.store.sqlite.many_rows import ROWS_MAX, STEP, statement_rows

SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 130]
TABLES = """
CREATE TABLE events (contact INTEGER NOT NULL, created_at INTEGER NOT NULL, slot INTEGER NOT NULL,
  metadata TEXT, PRIMARY KEY (contact, created_at, slot)) STRICT, WITHOUT ROWID;
CREATE TABLE summaries (contact INTEGER NOT NULL, slot INTEGER NOT NULL,
  count INTEGER NOT NULL DEFAULT 0, first INTEGER, last INTEGER,
  PRIMARY KEY (contact, slot)) STRICT, WITHOUT ROWID;
CREATE TABLE event_names (workspace INTEGER NOT NULL, slot INTEGER NOT NULL,
  count INTEGER NOT NULL DEFAULT 0, first INTEGER, last INTEGER,
  PRIMARY KEY (workspace, slot)) STRICT, WITHOUT ROWID;
INSERT INTO event_names (workspace, slot) VALUES (1, 0), (1, 1), (1, 2);
"""


@pytest.fixture
def connection() -> Iterator[SqliteConnection]:
    """A store of three tables in memory, with a transaction begun."""
    factory = SqliteConnection
    with closing(sqlite3.connect(":memory:", isolation_level=None, factory=factory)) as opened:
        opened.executescript(TABLES)
        opened.execute("BEGIN")
        yield opened


def group(size: int) -> list[tuple[int, int, int, str, int]]:
    """So many events of five contacts and three names, the latest first."""
    return [(n % 5, 1_000 + n, n % 3, f"{n}", 1) for n in reversed(range(size))]


@pytest.mark.parametrize("size", SIZES)
def test_each_row_is_stored_and_counted_once(connection: SqliteConnection, size: int):
    rows = group(size)
    inserted = connection.append(rows)
    assert sorted(inserted) == sorted(row[:3] for row in rows)
    stored = connection.execute("SELECT * FROM events").fetchall()
    assert stored == sorted(row[:4] for row in rows)
    kept = connection.execute("SELECT contact, slot, count, first, last FROM summaries").fetchall()
    counted = """SELECT contact, slot, count(*), min(created_at), max(created_at) FROM events
      GROUP BY contact, slot"""
    assert kept == connection.execute(counted).fetchall()
    (names,) = connection.execute("SELECT sum(count) FROM event_names").fetchone()
    assert names == size


@pytest.mark.parametrize("size", SIZES)
def test_rows_that_are_there_are_not_answered_and_not_counted(
    connection: SqliteConnection, size: int
):
    rows = group(size)
    connection.append(rows[::2])
    inserted = connection.append(rows)
    assert sorted(inserted) == sorted(row[:3] for row in rows[1::2])
    (total,) = connection.execute("SELECT sum(count) FROM summaries").fetchone()
    assert total == size
    assert connection.append(rows) == []


def test_a_row_that_fails_is_told_and_leaves_the_transaction_to_be_undone(
    connection: SqliteConnection,
):
    rows = [*group(70), (4, 10**6, "no slot", "{}", 1)]
    with pytest.raises(sqlite3.IntegrityError):
        connection.append(rows)  # type: ignore[list-item]
    assert connection.in_transaction
    connection.execute("ROLLBACK")
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)


def test_a_statement_is_kept_in_few_lengths():
    lengths = {size: statement_rows(size) for size in range(1, ROWS_MAX + 1)}
    assert all(0 <= length - size < STEP for size, length in lengths.items())
    assert len(set(lengths.values())) == 3 + ROWS_MAX // STEP
