"""Alone with a file: whatever another process does at the wrong moment, it is seen."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pastense.store.base import StoreError
from pastense.store.sqlite import alone as module
from pastense.store.sqlite.database import Database
from pastense.store.sqlite.log import is_empty, log_path


@pytest.fixture(params=["file", "link"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with one table, by its own name or by a link to it."""
    real = tmp_path / "real.db"
    if request.param == "link":
        (tmp_path / "link.db").symlink_to(real)
    opened = Database(tmp_path / ("link.db" if request.param == "link" else "real.db"), 5.0)
    opened.open()
    with opened.writing() as connection:
        connection.execute("CREATE TABLE t (x)")
    yield opened
    opened.close()


@pytest.fixture
def other(database: Database, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """What another process would have: a connection of its own."""
    with closing(sqlite3.connect(tmp_path / "real.db", isolation_level=None)) as connection:
        yield connection


def write(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO t VALUES (1)")


def fold(connection: sqlite3.Connection) -> None:
    assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


def around_fold(
    monkeypatch: pytest.MonkeyPatch,
    before: Callable[[], None] = lambda: None,
    after: Callable[[], None] = lambda: None,
) -> None:
    """Do something just before and just after the log is emptied."""
    real = module._fold_log

    def folded(connection: sqlite3.Connection) -> bool:
        before()
        done = real(connection)
        after()
        return done

    monkeypatch.setattr(module, "_fold_log", folded)


def test_alone_the_log_is_empty_and_nobody_writes(database, other, tmp_path):
    write(other)
    other.execute("PRAGMA busy_timeout = 0")
    with database.alone() as alone:
        assert is_empty(log_path(tmp_path / "real.db"))
        assert alone.path == tmp_path / "real.db"
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            write(other)
        assert other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1:] == (0, 0)
        alone.connection.execute("INSERT INTO t VALUES (2)")
    assert database.query("SELECT x FROM t ORDER BY x") == [(1,), (2,)]


def test_the_log_tells_what_was_written_before(database, other):
    fold(other)
    write(other)
    with database.alone() as alone:
        assert len(alone.log.pages) == 1
        assert alone.log.first_page
    with database.alone() as alone:
        assert alone.log.pages == set()


def test_who_always_writes_in_between_is_not_overlooked(database, other, monkeypatch):
    """Through a link too: the log lies beside the file that it leads to."""
    around_fold(monkeypatch, after=lambda: write(other))
    with database.alone() as alone:
        assert alone is None
    with database.writing() as connection:
        write(connection)


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_written_and_folded_in_between_leaves_the_log_unknown(
    database, other, monkeypatch, when
):
    def act() -> None:
        write(other)
        fold(other)

    around_fold(monkeypatch, **{when: act})
    with database.alone() as alone:
        assert alone.log is None


def test_who_writes_in_between_once_leaves_the_log_unknown(database, other, monkeypatch):
    turns = iter([write])
    around_fold(monkeypatch, after=lambda: next(turns, lambda _: None)(other))
    with database.alone() as alone:
        assert alone.log is None


@pytest.mark.parametrize("statement", ["BEGIN", "BEGIN IMMEDIATE"])
def test_nobody_is_waited_for_longer_than_a_moment(database, other, statement):
    other.execute(statement)
    other.execute("SELECT * FROM t").fetchall()
    if statement == "BEGIN":
        with database.writing() as connection:
            write(connection)
    with database.alone() as alone:
        assert alone is None
    other.execute("ROLLBACK")
    with database.alone() as alone:
        assert alone is not None


def test_another_file_in_its_place_is_left_alone(database, tmp_path):
    real = tmp_path / "real.db"
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(real)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    content = copy.read_bytes()
    copy.replace(real)
    with pytest.raises(StoreError, match="replaced"), database.alone():
        pass
    with pytest.raises(StoreError, match="replaced"), database.writing() as connection:
        write(connection)
    assert real.read_bytes() == content
    real.unlink()
    with pytest.raises(StoreError), database.alone():
        pass
    assert not real.exists(), "no empty store is made in its place"


def test_what_breaks_meanwhile_is_undone(database):
    for error, raised in ((OSError(5, "Input/output error"), StoreError), (KeyError, KeyError)):
        with pytest.raises(raised), database.alone() as alone:
            write(alone.connection)
            raise error
        with database.alone() as alone:
            assert alone is not None
    assert database.query("SELECT * FROM t") == []
