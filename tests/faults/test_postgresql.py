"""A PostgreSQL database that is locked, cut off, slow, and begun anew at the same address: 503 with
Retry-After where events could not be stored in time, and all well again afterwards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.crash.api import Api
from tests.crash.load import Connection
from tests.faults.shim import LINUX
from tests.faults.slow_proxy import SlowProxy
from tests.faults.test_locked import AT, event, post
from tests.support.postgresql import Server
from tests.support.server import RunningServer, running_server

ANSWER_S = 8.0
BACK_S = 20.0
TOLD_MAX = 12
"""Lines about one outage of some seconds: three ask the store, each is told of at its begin, every
ten seconds and at its end."""
pytestmark = pytest.mark.skipif(not LINUX, reason="the proxy goes to a socket of the server")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Server]:
    server = Server(fsync="off")
    yield server
    server.stop()


@contextmanager
def serving(address: str) -> Iterator[tuple[RunningServer, Callable[[int], int]]]:
    """A server with one contact, and how to send it an event of a second."""
    with running_server(address, env={"PASTENSE_BUSY_TIMEOUT_S": "1"}) as server:
        token = server.token()
        with Api(server.port, token) as api:
            api.create_contact(role="user", external_id="u1")

        async def ask(at: int) -> int:
            async with Connection(server.port, token) as connection:
                return (await asyncio.wait_for(post(connection, event(at)), ANSWER_S))[0]

        yield server, lambda at: asyncio.run(ask(at))


def until_stored(send: Callable[[int], int], at: int) -> float:
    """Send it until it is stored; how long that took in seconds."""
    begun = time.monotonic()
    while (status := send(at)) != 202:
        assert status == 503
        assert time.monotonic() - begun < BACK_S, "it did not come back"
        time.sleep(0.1)
    return time.monotonic() - begun


def stored(cluster: Server, name: str) -> list[tuple]:
    return cluster.execute("SELECT created_at FROM events ORDER BY created_at", name)


def test_a_table_that_somebody_else_locked(cluster):
    with cluster.database() as name, serving(cluster.address(name)) as (_, send):
        with psycopg.connect(cluster.address(name)) as other:
            other.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            assert send(AT) == 503
            other.rollback()
        until_stored(send, AT)
        assert stored(cluster, name) == [(AT,)]


def test_all_connections_are_cut_again_and_again(cluster):
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
    with cluster.database() as name, serving(cluster.address(name)) as (_, send):
        for at in range(AT, AT + 10):
            cluster.execute(end.format(name))
            until_stored(send, at)
        assert stored(cluster, name) == [(at,) for at in range(AT, AT + 10)]


def test_the_database_goes_away_and_comes_back_at_the_same_address():
    """As a failover does behind an address that stays."""
    server = Server()
    try:
        with server.database() as name, serving(server.address(name)) as (running, send):
            assert send(AT) == 202
            server.kill()
            end, at = time.monotonic() + BACK_S, AT + 1
            while (status := send(at)) == 202:  # Its sessions live on until they see it.
                at += 1
                assert time.monotonic() < end, "it was not killed"
            assert status == 503
            time.sleep(2)
            server.start()
            assert until_stored(send, at) < BACK_S
            assert stored(server, name) == [(second,) for second in range(AT, at + 1)]
            told = [line for line in running.errors if "the store" in line]
            assert 2 <= len(told) <= TOLD_MAX, "no line for each round of those who ask in rounds"
    finally:
        server.stop()


def test_a_slow_database_answers_late_and_one_that_is_cut_off_is_asked_again(cluster):
    with cluster.database() as name, SlowProxy(cluster.folder / ".s.PGSQL.5432") as proxy:
        address = f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}"
        with serving(address) as (_, send):
            proxy.delay_s = 0.05
            assert send(AT) == 202
            proxy.cut()
            until_stored(send, AT + 1)
            proxy.delay_s = 0.0
            until_stored(send, AT + 2)
        assert stored(cluster, name) == [(AT + n,) for n in range(3)]
