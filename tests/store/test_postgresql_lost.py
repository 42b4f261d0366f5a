"""Connections that PostgreSQL ends: what is asked again, what is refused, and that it goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from pastense.store.base import StoreError
from pastense.store.postgresql.database import Database
from tests.support.postgresql import Server, shared_server

MINE = "SELECT pg_backend_pid()"


@pytest.fixture
def cluster() -> Server:
    return shared_server()


@pytest.fixture
def database(cluster) -> Iterator[Database]:
    with cluster.database() as name:
        opened = Database(cluster.address(name), 5.0)
        opened.open()
        yield opened
        opened.close()


def end(cluster: Server, pid: object) -> None:
    assert cluster.execute(f"SELECT pg_terminate_backend({pid}, 5000)") == [(True,)]


def test_a_read_whose_connection_was_lost_is_asked_again_on_another(cluster, database):
    ((first,),) = database.query(MINE)
    end(cluster, first)
    ((second,),) = database.query(MINE)
    assert second != first


def test_within_a_snapshot_it_is_not_for_another_connection_sees_another_moment(cluster, database):
    with pytest.raises(StoreError), database.snapshot():
        ((first,),) = database.query(MINE)
        end(cluster, first)
        database.query(MINE)
    with database.snapshot():
        assert database.query(MINE) != [(first,)]


def test_a_snapshot_begins_on_another_connection_where_the_first_was_lost(cluster, database):
    ((first,),) = database.query(MINE)
    end(cluster, first)
    with database.snapshot():
        assert database.query(MINE) == database.query(MINE) != [(first,)]


def test_a_transaction_whose_connection_was_lost_fails_and_the_next_one_does_not(cluster, database):
    with pytest.raises(StoreError), database.writing() as connection:
        ((first,),) = connection.execute(MINE).fetchall()
        end(cluster, first)
        connection.execute("SELECT 1")
    with database.writing() as connection:
        assert connection.execute(MINE).fetchall() != [(first,)]


def test_a_thread_that_never_had_a_connection_and_gets_none_hears_a_store_error(cluster, database):
    database._address = cluster.address("there_is_none")
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            database.query(MINE)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert [type(error) for error in raised] == [StoreError]
