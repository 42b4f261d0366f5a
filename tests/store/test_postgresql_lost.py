"""Connections that PostgreSQL ends: what is asked again, what is refused, and that it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from pastense.clock import ManualClock
from pastense.model import Accepted, NewEvent, WritePolicy
from pastense.store.base import StoreError
from pastense.store.opening import open_store
from pastense.store.postgresql.database import Database
from tests.support.postgresql import Server, shared_server

NOW = 1_800_000_000
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


def test_a_group_whose_connection_is_lost_is_written_again(cluster):
    """It waits for whoever is alone; then its connection ends, and another one takes its place."""
    with cluster.database() as name:
        address = cluster.address(name)
        store = open_store(address, ManualClock(NOW), 5.0)[0]
        workspace = store.admin.workspaces()[0]
        store.contacts.create(workspace, {"role": "user", "external_id": "u1"}, NOW)
        event = NewEvent(workspace.number, "user_id", "u1", "did", NOW, "{}", (), "", "user_id")
        holder = Database(address, 5.0)
        holder.open()
        outcomes: list[object] = []
        waiting = (
            f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}' AND wait_event = 'advisory'"
        )
        with holder.writing() as connection:
            connection.execute("SELECT 1")
            thread = threading.Thread(
                target=lambda: outcomes.extend(store.events.write([event], WritePolicy(NOW)))
            )
            thread.start()
            while not (pids := cluster.execute(waiting)):
                time.sleep(0.01)
            end(cluster, pids[0][0])
            while cluster.execute(waiting) in ([], pids):
                time.sleep(0.01)
        thread.join()
        assert [type(one) for one in outcomes] == [Accepted]
        assert cluster.execute("SELECT count(*) FROM events", name) == [(1,)]
        holder.close()
        store.close()
