"""Connections to one SQLite file: durable, exclusive, and honest when they fail."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pastense.store.base import StoreDataError, StoreError, StoreRefused
from pastense.store.sqlite.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "some.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    """An open database with one table, which waits 0.05 s for a lock."""
    opened = Database(path, 0.05)
    opened.open()
    with opened.writing() as connection:
        connection.execute("CREATE TABLE t (x INTEGER PRIMARY KEY, y TEXT NOT NULL) STRICT")
    yield opened
    opened.close()


def add(database: Database, x: object, y: object = "y") -> None:
    """One row in one transaction."""
    with database.writing() as connection:
        connection.execute("INSERT INTO t VALUES (?, ?)", (x, y))


def rows(database: Database) -> list[int]:
    """The keys of all rows."""
    return [row[0] for row in database.query("SELECT x FROM t ORDER BY x")]


def test_a_commit_returns_after_the_log_was_synchronised(database):
    with database.writing() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "2 is FULL"
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_what_was_committed_is_seen_by_every_thread(database):
    seen: list[list[int]] = []
    assert rows(database) == []
    add(database, 1)
    thread = threading.Thread(target=lambda: seen.append(rows(database)))
    thread.start()
    thread.join()
    assert seen == [[1]]
    assert rows(database) == [1]


def test_an_open_transaction_is_not_seen(database):
    with database.writing() as connection:
        connection.execute("INSERT INTO t VALUES (1, 'y')")
        assert rows(database) == []
    assert rows(database) == [1]


def test_each_thread_reads_on_its_own_connection(database):
    mine, theirs = database.reading(), []
    thread = threading.Thread(target=lambda: theirs.append(database.reading()))
    thread.start()
    thread.join()
    assert database.reading() is mine
    assert theirs[0] is not mine


def test_a_reading_connection_cannot_write(database):
    with pytest.raises(StoreError, match="readonly"):
        database.query("INSERT INTO t VALUES (1, 'y')")
    assert rows(database) == []


def test_any_error_in_the_block_undoes_all_of_it(database):
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        connection.execute("INSERT INTO t VALUES (1, 'y')")
        raise ZeroDivisionError
    assert rows(database) == []
    add(database, 2)
    assert rows(database) == [2]


@pytest.mark.parametrize(("x", "y"), [(1, "again"), (2, None), ("text", "y")])
def test_a_row_that_is_not_taken_is_a_data_error_and_undoes_all(database, x, y):
    add(database, 1)
    with pytest.raises(StoreDataError), database.writing() as connection:
        connection.execute("INSERT INTO t VALUES (9, 'y')")
        connection.execute("INSERT INTO t VALUES (?, ?)", (x, y))
    assert rows(database) == [1]
    add(database, 3)
    assert rows(database) == [1, 3]


def test_a_broken_statement_is_a_store_error_and_no_data_error(database):
    with pytest.raises(StoreError) as caught, database.writing() as connection:
        connection.execute("INSERT INTO missing VALUES (1)")
    assert not isinstance(caught.value, StoreDataError)
    with pytest.raises(StoreError, match="no such table"):
        database.query("SELECT * FROM missing")
    add(database, 1)


def test_a_lock_of_another_process_is_a_store_error_and_passes(database, path):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked") as caught:
            add(database, 1)
        assert not isinstance(caught.value, StoreDataError)
        assert rows(database) == [], "readers never wait for the writer"
        other.execute("COMMIT")
    add(database, 1)
    assert rows(database) == [1]


def test_writers_stand_in_line(database):
    def write(start: int) -> None:
        for number in range(start, start + 10):
            add(database, number)

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(database) == list(range(30))


def test_a_closed_database_answers_nothing(database):
    add(database, 1)
    assert rows(database) == [1]
    database.close()
    database.close()
    for use in (rows, lambda closed: add(closed, 2)):
        with pytest.raises(StoreError):
            use(database)
    failures: list[BaseException] = []

    def read_elsewhere() -> None:
        try:
            database.reading()
        except StoreError as error:
            failures.append(error)

    thread = threading.Thread(target=read_elsewhere)
    thread.start()
    thread.join()
    assert [str(failure) for failure in failures] == ["the store is closed"]


def test_the_last_close_folds_the_log_in(database, path):
    add(database, 1)
    assert path.with_name("some.db-wal").exists()
    database.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["some.db"]


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "text.db"
    path.write_text("This is a letter, not a database. " * 100, "utf-8")
    with pytest.raises(StoreRefused, match=r"text\.db is not a SQLite database; choose another"):
        Database(path, 0.05).open()


def test_a_path_that_cannot_be_made_is_refused_with_the_reason(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreRefused, match=r"cannot open the store .*: .*choose another path"):
        Database(tmp_path / "file" / "some.db", 0.05).open()
    with pytest.raises(StoreRefused, match="cannot open the store"):
        Database(tmp_path, 0.05).open()
