"""Transactions on PostgreSQL: alone, undone, believed when committed, after a lost connection."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import psycopg
import pytest

from pastense.store.base import StoreError, StoreRefused
from pastense.store.postgresql.database import Database
from tests.support.garbage import left_by
from tests.support.postgresql import shared_server


@pytest.fixture
def name():
    with shared_server().database() as made:
        yield made


@pytest.fixture
def database(name):
    opened = Database(shared_server().address(name), 5.0)
    opened.open()
    with opened.writing() as connection:
        connection.execute("CREATE TABLE t (a bigint PRIMARY KEY)")
    yield opened
    opened.close()


def end_all(name: str) -> None:
    """End every connection from the server's side, as a restart does."""
    shared_server().execute(
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
    )


def test_what_raises_is_undone(database):
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError
    assert database.query("SELECT a FROM t") == []


def test_a_transaction_that_failed_is_not_taken_for_committed(database):
    with pytest.raises(StoreError, match="had failed and was undone"):
        with database.writing() as connection:
            connection.execute("INSERT INTO t VALUES (1)")
            with pytest.raises(psycopg.Error):
                connection.execute("INSERT INTO t VALUES (1)")
    assert database.query("SELECT a FROM t") == []


def test_two_that_store_events_are_open_at_once_and_whoever_writes_alone_waits(database):
    order = []

    def alone() -> None:
        with database.writing() as connection:
            connection.execute("SELECT 1")
            order.append(("alone", connection.is_alone))

    with database.beside() as first, database.beside() as second:
        first.execute("SELECT 1")
        second.execute("SELECT 1")
        thread = threading.Thread(target=alone)
        thread.start()
        thread.join(0.3)
        order.append(("beside", first.is_alone or second.is_alone))
    thread.join()
    assert order == [("beside", False), ("alone", True)]


def test_connections_add_to_different_parts(database):
    """Two may meet by chance, never all."""
    with ExitStack() as stack:
        open_now = [stack.enter_context(database.beside()) for _ in range(6)]
        assert len({connection.part for connection in open_now}) > 1


def test_writers_take_turns(database):
    def add() -> None:
        with database.writing() as connection:
            count = connection.execute("SELECT count(*) FROM t").fetchone()[0]
            connection.execute("INSERT INTO t VALUES (?1)", (count,))

    threads = [threading.Thread(target=lambda: [add() for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.query("SELECT count(*) FROM t") == [(20,)]


def test_parts_of_one_transaction_are_undone_alone(database):
    with database.together():
        with database.writing() as connection:
            connection.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(psycopg.Error), database.writing() as connection:
            connection.execute("INSERT INTO t VALUES (2)")
            connection.execute("INSERT INTO t VALUES (1)")
        assert database.query("SELECT a FROM t") == [(1,)]
    assert database.query("SELECT a FROM t") == [(1,)]


def test_a_snapshot_does_not_move(database):
    with database.snapshot():
        assert database.query("SELECT count(*) FROM t") == [(0,)]
        writer = threading.Thread(target=lambda: _insert(database, 1))
        writer.start()
        writer.join()
        assert database.query("SELECT count(*) FROM t") == [(0,)]
    assert database.query("SELECT count(*) FROM t") == [(1,)]


def _insert(database: Database, value: int) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO t VALUES (?1)", (value,))


def test_a_lost_connection_is_opened_anew(database, name):
    assert database.query("SELECT count(*) FROM t") == [(0,)]
    end_all(name)
    assert database.query("SELECT count(*) FROM t") == [(0,)]
    end_all(name)
    with database.snapshot():
        assert database.query("SELECT count(*) FROM t") == [(0,)]
    end_all(name)
    _insert(database, 1)
    assert database.query("SELECT a FROM t") == [(1,)]


def test_a_connection_that_is_lost_before_the_commit_records_nothing(database, name):
    with pytest.raises(StoreError), database.writing() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        end_all(name)
    assert database.query("SELECT a FROM t") == []


def test_a_database_that_is_not_there_is_refused_in_a_sentence():
    address = shared_server().address("nowhere")
    with pytest.raises(StoreRefused, match=r"cannot open the store .*nowhere.* does not exist"):
        Database(address, 1.0).open()


def test_another_encoding_is_refused():
    server = shared_server()
    server.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StoreRefused, match="is encoded in LATIN1"):
        Database(server.address("latin"), 1.0).open()


def test_a_server_that_does_not_wait_for_the_disk_is_told_of(name, caplog):
    """The tests' server is one; nobody can switch it on for one connection."""
    opened = Database(shared_server().address(name), 1.0)
    opened.open()
    opened.close()
    assert "has fsync off: a power cut may lose" in caplog.text


def test_nothing_is_opened_after_the_end(database):
    database.close()
    database.close()
    with pytest.raises(StoreError, match="closed"):
        database.query("SELECT 1")


def test_a_transaction_that_fails_leaves_nothing_to_the_collector(database):
    def fail() -> None:
        with pytest.raises(StoreError), database.writing() as connection:
            connection.execute("SELECT nothing")

    assert left_by(fail) == {}
