"""A database that takes what is sent and says nothing: whoever waits for it is told so."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from pastense.clock import SystemClock
from pastense.model import Accepted, NewEvent, WritePolicy
from pastense.store.base import StoreError
from pastense.store.opening import open_store
from pastense.store.postgresql import database as place
from pastense.store.postgresql.patience import Patience
from pastense.store.relational.store import RelationalStore
from tests.faults.slow_proxy import SlowProxy
from tests.support.postgresql import Server

ANSWER_S = 0.8
NOW = 1_800_000_000
LONG_S = 30.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Server]:
    server = Server(fsync="off")
    yield server
    server.stop()


@pytest.fixture
def proxy(cluster: Server) -> Iterator[SlowProxy]:
    with SlowProxy(cluster.folder / ".s.PGSQL.5432") as found:
        yield found


@pytest.fixture
def store(
    cluster: Server, proxy: SlowProxy, request, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RelationalStore]:
    """A store behind the proxy, with one contact; the parameter says how patient it is."""
    monkeypatch.setattr(place, "Patience", partial(Patience, answer_max_s=request.param))
    with cluster.database() as name:
        address = f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}?connect_timeout=2"
        found, _ = open_store(address, SystemClock(), 1.0)
        found.limit_waiting()
        found.contacts.create(found.admin.workspaces()[0], {"external_id": "u"}, NOW)
        yield found
        proxy.silent = False
        proxy.cut()
        found.close()


def write(store: RelationalStore, at: int) -> object:
    """Store one event, in a group of its own; its outcome, or the error."""
    event = NewEvent(1, "user_id", "u", "did", at, "{}", (), "", "user_id")
    try:
        return store.events.write([event], WritePolicy(NOW))[0]
    except StoreError as error:
        return error


@pytest.mark.parametrize("store", [ANSWER_S], indirect=True)
def test_who_waits_for_a_silent_database_is_told_and_all_is_well_afterwards(store, proxy, caplog):
    assert isinstance(write(store, NOW), Accepted)
    proxy.silent = True
    begun = time.monotonic()
    assert isinstance(write(store, NOW + 1), StoreError)
    with pytest.raises(StoreError):
        store.admin.tokens()
    assert time.monotonic() - begun < LONG_S
    assert "did not answer" in caplog.text
    assert "postgres@" not in caplog.text
    proxy.silent = False
    assert isinstance(write(store, NOW + 1), Accepted)
    assert store.admin.tokens() == []


@pytest.mark.parametrize("store", [60.0], indirect=True)
def test_the_control_without_it_the_wait_has_no_end(store, proxy):
    proxy.silent = True
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(write(store, NOW)))
    thread.start()
    thread.join(4 * ANSWER_S)
    assert answers == []
    proxy.silent = False
    proxy.cut()
    thread.join(LONG_S)
    assert len(answers) == 1, "cut off, it ends: stored by another connection, or an error"


@pytest.mark.parametrize("store", [ANSWER_S], indirect=True)
def test_one_that_is_slow_and_answers_is_waited_for(store, proxy):
    proxy.delay_s = 0.2
    for second in range(3):
        assert isinstance(write(store, NOW + second), Accepted)
    proxy.delay_s = 0.0


def test_a_command_may_wait_as_long_as_it_needs(cluster, monkeypatch):
    """Only a server limits it: a copy's checksums of a large store take their time."""
    monkeypatch.setattr(place, "Patience", partial(Patience, answer_max_s=ANSWER_S))
    with cluster.database() as name:
        found, _ = open_store(cluster.address(name), SystemClock(), 1.0)
        try:
            assert len(found.events._database.query(f"SELECT pg_sleep({2 * ANSWER_S})")) == 1
            found.limit_waiting()
            with pytest.raises(StoreError):
                found.events._database.query(f"SELECT pg_sleep({20 * ANSWER_S})")
        finally:
            found.close()


@pytest.mark.parametrize("store", [ANSWER_S], indirect=True)
def test_a_connection_that_rests_is_left_alone(store):
    assert isinstance(write(store, NOW), Accepted)
    connection = store.events._database._writers[-1]
    time.sleep(2 * ANSWER_S)
    assert connection.is_usable
    assert connection.asked_at is None
