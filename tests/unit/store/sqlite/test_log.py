"""The log as bytes, against real logs: which pages are in it, and what its first commit wrote."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pastense.store.sqlite.log import EMPTY, is_empty, log_path, read_log


@pytest.fixture(params=[512, 4096, 65536])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A file with two tables, whose log was just emptied."""
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as opened:
        opened.execute(f"PRAGMA page_size = {request.param}")
        opened.execute("PRAGMA journal_mode = WAL")
        opened.executescript("CREATE TABLE t (x); CREATE TABLE u (x); INSERT INTO t VALUES (0)")
        truncate(opened)
        yield opened


def truncate(connection: sqlite3.Connection) -> None:
    assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


def root(connection: sqlite3.Connection, table: str) -> int:
    statement = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
    return connection.execute(statement, (table,)).fetchone()[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return log_path(tmp_path / "a.db")


def test_an_empty_log_and_one_that_is_not_there_hold_nothing(connection, path):
    assert is_empty(path)
    assert read_log(path) == read_log(path.with_name("none")) == EMPTY
    connection.execute("UPDATE t SET x = 1")
    assert not is_empty(path)


def test_all_pages_are_told_and_the_first_commit_is_shown(connection, path):
    connection.execute("UPDATE t SET x = 'marked'")
    log = read_log(path)
    assert log.pages == {root(connection, "t")}
    assert b"marked" in log.first_page
    connection.execute("INSERT INTO u VALUES ('later')")
    connection.execute("UPDATE t SET x = 'another'")
    again = read_log(path)
    assert again.pages == {root(connection, "t"), root(connection, "u")}
    assert again.first_page == log.first_page


def test_a_first_commit_of_several_pages_is_not_shown(connection, path):
    connection.execute("BEGIN")
    connection.execute("UPDATE t SET x = 'marked'")
    connection.execute("INSERT INTO u VALUES ('too')")
    connection.execute("COMMIT")
    assert read_log(path).pages == {root(connection, "t"), root(connection, "u")}
    assert read_log(path).first_page == b""


def test_what_is_left_over_from_before_is_not_told(connection, path):
    """A log that was folded in is written over from its beginning, and keeps its length."""
    for _ in range(3):
        connection.execute("INSERT INTO u VALUES ('before')")
    connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    length = path.stat().st_size
    connection.execute("UPDATE t SET x = 'marked'")
    assert path.stat().st_size == length
    log = read_log(path)
    assert log.pages == {root(connection, "t")}
    assert b"marked" in log.first_page


def test_what_is_no_log_holds_nothing(path):
    path.write_bytes(b"something else" * 10)
    assert read_log(path) == EMPTY
    path.write_bytes(b"short")
    assert read_log(path) == EMPTY
