"""Connections that PostgreSQL ends: what is asked again, what is refused, and that it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import msgspec
import pytest

from pastense.clock import ManualClock
from pastense.model import Accepted, NewEvent, NewJob, Outcome, Refused, Workspace, WritePolicy
from pastense.service.older.call_record import CallRecord
from pastense.service.older.jobs import new_job
from pastense.store.base import Store, StoreError
from pastense.store.opening import open_store
from pastense.store.postgresql.connection import PostgresqlConnection
from pastense.store.postgresql.database import Database
from pastense.wire.bulk import BulkItem
from tests.support.postgresql import Server, shared_server

NOW = 1_800_000_000
MINE = "SELECT pg_backend_pid()"
ITEM = BulkItem("post", "event", {"event_name": "did", "user_id": "u1"})


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


@contextmanager
def store_with_a_user(address: str) -> Iterator[tuple[Store, Workspace, NewEvent]]:
    """A store, its workspace, and an event of the one user in it."""
    store = open_store(address, ManualClock(NOW), 5.0)[0]
    try:
        workspace = store.admin.workspaces()[0]
        store.contacts.create(workspace, {"role": "user", "external_id": "u1"}, NOW)
        event = NewEvent(workspace.number, "user_id", "u1", "did", NOW, "{}", (), "", "user_id")
        yield store, workspace, event
    finally:
        store.close()


@pytest.mark.parametrize("lost_at", [1, 2])
def test_a_group_whose_connection_is_lost_after_its_commit_is_recorded_once(
    cluster, monkeypatch, lost_at
):
    """The commit is done and nobody hears of it: first where the call makes its job, then where
    it is added to one."""
    commit, commits = PostgresqlConnection.commit, []

    def commit_unheard(connection):
        """As a server does that dies before its answer is out."""
        commit(connection)
        commits.append(connection)
        if len(commits) == lost_at:
            end(cluster, connection.raw.info.backend_pid)
            connection.execute(MINE)

    with cluster.database() as name, store_with_a_user(cluster.address(name)) as parts:
        store, workspace, event = parts
        monkeypatch.setattr(PostgresqlConnection, "commit", commit_unheard)
        outcomes = []
        job: str | NewJob = new_job({}, NOW)
        for second in range(2):
            call = CallRecord(store, ManualClock(NOW), workspace, job, [ITEM, ITEM], NOW)
            group = [msgspec.structs.replace(event, created_at=NOW + second)]
            then = partial(_write_down, call)
            outcomes += store.events.write(group, WritePolicy(NOW), then)
            job = call.job.id
        assert [one.duplicate for one in outcomes] == [lost_at == 1, lost_at == 2]
        assert len(commits) == 3, "one of two was done twice"
        assert cluster.execute("SELECT item_count FROM jobs", name) == [(4,)]
        assert cluster.execute("SELECT item_count FROM job_tasks", name) == [(2,), (2,)]
        places = cluster.execute("SELECT place FROM job_errors ORDER BY place", name)
        assert places == [(1,), (3,)], "the second item of each call"


def _write_down(call: CallRecord, outcomes: list[Outcome]) -> None:
    call.write([*outcomes, Refused("not_found", "User Not Found", "user_id")])


def test_a_group_whose_connection_is_lost_is_written_again(cluster):
    """It waits for whoever is alone; then its connection ends, and another one takes its place."""
    with cluster.database() as name, store_with_a_user(cluster.address(name)) as parts:
        store, _, event = parts
        address = cluster.address(name)
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
