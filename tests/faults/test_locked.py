"""A SQLite store that another process holds for itself, and more load than can be served: 503 with
Retry-After, memory that stays as it is, and all well again afterwards."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash.api import Api
from tests.crash.load import Connection
from tests.support.server import RunningServer, running_server

AT = 1_750_000_000
HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("BEGIN " + sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""
BUSY_S = 0.5
QUEUE_EVENTS = 20_000
LIST_EVENTS = 1_000
GROWTH_MB_MAX = 25
"""About 6 with the bound of the queue, and about 65 in the control."""
STAGGER_S = 0.008
HELD_S = 4.0
COUNTERS = "/pastense/v1/counters"
SCOPES = ("--scope", "admin", "--scope", "events:write", "--scope", "contacts:write")


@contextmanager
def held(path: Path, how: str) -> Iterator[None]:
    """The store, held by a process that knows nothing of us."""
    command = [sys.executable, "-c", HOLD, str(path), how]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "held\n"
        yield
    finally:
        process.communicate()


@pytest.fixture
def server(tmp_path) -> Iterator[RunningServer]:
    environment = {"PASTENSE_BUSY_TIMEOUT_S": str(BUSY_S)}
    with running_server(f"sqlite:{tmp_path / 'pastense.db'}", env=environment) as running:
        yield running


def path_of(server: RunningServer) -> Path:
    return Path(server.database.removeprefix("sqlite:"))


def event(at: int) -> dict[str, object]:
    return {"event_name": "did", "created_at": at, "user_id": "u1"}


async def post(connection: Connection, body: object) -> tuple[int, dict[str, str]]:
    status, headers, _ = await connection.post(json.dumps(body).encode())
    assert (status == 503) is ("retry-after" in headers), (status, headers)
    assert status != 503 or int(headers["retry-after"]) >= 1
    return status, headers


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_store_that_somebody_else_holds_refuses_in_time_and_goes_on(server, how):
    token = server.token()
    with Api(server.port, token) as api:
        api.create_contact(role="user", external_id="u1")

    async def ask(at: int) -> int:
        async with Connection(server.port, token) as connection:
            return (await post(connection, event(at)))[0]

    with held(path_of(server), how):
        begun = time.monotonic()
        assert asyncio.run(ask(AT)) == 503
        assert time.monotonic() - begun < BUSY_S + 2
        with Api(server.port, token) as api:  # Reading goes on.
            assert list(api.events(api.call("GET", "/users?user_id=u1")[1]["id"])) == []
    assert asyncio.run(ask(AT)) == 202
    with sqlite3.connect(path_of(server)) as raw:
        assert raw.execute("SELECT count(*) FROM events").fetchall() == [(1,)]
    raw.close()


def resident_mb(pid: int) -> float:
    """Memory that a process has for itself, in megabytes."""
    said = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in said.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


LIST = json.dumps({"type": "event.list", "data": [event(AT + n) for n in range(LIST_EVENTS)]})


async def flood(port: int, token: str, connections: int) -> Counter[int]:
    """A list of events on each of many connections; how often each status came. One begins after
    the other: what is measured is what the queue holds, and not what is on its way to it."""
    body = LIST.encode()

    async def one(place: int) -> int:
        await asyncio.sleep(place * STAGGER_S)
        async with Connection(port, token) as connection:
            status, headers, _ = await connection.post(body)
            assert status == 202 or int(headers["retry-after"]) >= 1
            return status

    return Counter(await asyncio.gather(*(one(place) for place in range(connections))))


@dataclass
class Flooded:
    """What became of a flood: how often each status came, how often the queue was full, and how
    much memory it took in megabytes beyond what a full queue takes."""

    answers: Counter[int]
    queue_full: int
    growth_mb: float


def flood_while_held(folder: Path, queue_events: int) -> Flooded:
    """Ten times what the default queue holds, while nothing can be stored."""
    environment = {
        "PASTENSE_BUSY_TIMEOUT_S": "9",
        "PASTENSE_QUEUE_EVENTS_MAX": str(queue_events),
    }
    answers: list[Counter[int]] = []
    with running_server(f"sqlite:{folder / 'pastense.db'}", env=environment) as server:
        token = server.token(*SCOPES)
        with Api(server.port, token) as api:
            api.create_contact(role="user", external_id="u1")
        lists = QUEUE_EVENTS // LIST_EVENTS
        asyncio.run(flood(server.port, token, lists))
        before = resident_mb(server.process.pid)
        with held(path_of(server), "IMMEDIATE"):
            thread = threading.Thread(
                target=lambda: answers.append(asyncio.run(flood(server.port, token, 10 * lists)))
            )
            thread.start()
            time.sleep(HELD_S)
            growth = resident_mb(server.process.pid) - before
        thread.join()
        with Api(server.port, token) as api:
            api.expect(202, "POST", "/events", event(AT))
            counters = json.dumps(api.expect(200, "GET", COUNTERS))
    found = re.search(r'"submissions_refused_queue_full": ?(\d+)', counters)
    return Flooded(answers[0], int(found[1]) if found else 0, growth)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_memory_stays_flat_at_ten_times_the_load_that_the_queue_holds(tmp_path):
    """While nothing can be stored, the queue takes what its bound allows and not an event more."""
    found = flood_while_held(tmp_path, QUEUE_EVENTS)
    lists = QUEUE_EVENTS // LIST_EVENTS
    assert set(found.answers) == {202, 503}
    # What a slow machine sends after the store is free again is stored.
    assert found.queue_full == found.answers[503] >= lists
    assert found.growth_mb < GROWTH_MB_MAX, found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_the_control_without_a_bound_grows(tmp_path):
    found = flood_while_held(tmp_path, 10_000_000)
    assert found.queue_full == 0
    assert found.growth_mb > GROWTH_MB_MAX, found
