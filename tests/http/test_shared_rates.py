"""Four server processes on one PostgreSQL database share a rate limit."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pastense.bucket import BLOCKS_PER_WINDOW, WINDOW_S, window_limit
from pastense.clock import SystemClock
from pastense.model import AuditEntry
from pastense.service.administration.access import DEFAULT_SCOPES, create_token
from pastense.service.administration.workspaces import create_workspace
from pastense.store.opening import open_store
from tests.support.postgresql import shared_server
from tests.support.server import RunningServer, start_server

PER_MINUTE = 1_800
LOW_PER_MINUTE = 30
APART = str(Path(__file__).with_name("rates_apart.py"))
SERVERS = 2
WORKERS = 2
THREADS_PER_SERVER = 4
BURST_S = 3
"""A burst begins no later than so long before the end of a window."""


@dataclass
class Four:
    """Two servers with two workers each, and the address of their database."""

    servers: list[RunningServer]
    address: str

    def token(self, name: str, per_minute: int) -> str:
        """A token of a new workspace with its own limit."""
        clock = SystemClock()
        store, _ = open_store(self.address, clock, 5.0)
        try:
            workspace = create_workspace(store.workspaces, clock, name)
            entry = AuditEntry(workspace.number, clock.now(), "test", "settings changed", {})
            settings = {"rate_limit_per_minute": per_minute}
            store.workspaces.change(workspace.number, None, settings, entry)
            return create_token(
                store.admin,
                clock,
                name="t",
                workspace=workspace,
                scopes=DEFAULT_SCOPES,
                version="2.14",
                expires_at=None,
            )[0]
        finally:
            store.close()


@dataclass
class Said:
    """What was answered, by the window that the answers named."""

    answers: defaultdict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    failed: list[BaseException] = field(default_factory=list)


@contextmanager
def four(*program: str) -> Iterator[Four]:
    cluster = shared_server()
    with cluster.database() as name:
        address = cluster.address(name)
        servers: list[RunningServer] = []
        try:
            for _ in range(SERVERS):
                options = ("--workers", str(WORKERS))
                servers.append(start_server(address, *options, program=program, own_group=True))
            yield Four(servers, address)
        finally:
            for server in servers:
                server.stop()


@pytest.fixture(scope="module")
def sharing() -> Iterator[Four]:
    with four("-m", "pastense") as running:
        yield running


def burst(running: Four, token: str, calls: int) -> Said:
    """So many calls from many connections at once, in one window as far as that can be had."""
    left = WINDOW_S - time.time() % WINDOW_S
    time.sleep(left if left < BURST_S else 0)
    said = Said()
    ports = [server.port for server in running.servers for _ in range(THREADS_PER_SERVER)]
    each = calls // len(ports)
    threads = [threading.Thread(target=hammer, args=(port, token, each, said)) for port in ports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.failed == []
    assert sum(map(Counter.total, said.answers.values())) == each * len(ports)
    return said


def hammer(port: int, token: str, calls: int, said: Said) -> None:
    """Calls on connections that are opened anew now and then, so that each worker gets some."""
    headers = {"Authorization": f"Bearer {token}"}
    try:
        for number in range(calls):
            if number % 10 == 0:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", "/me", headers=headers)
            answer = connection.getresponse()
            answer.read()
            window = int(answer.getheader("x-ratelimit-reset", "0"))
            said.answers[window][answer.status] += 1
            if number % 10 == 9:
                connection.close()
        connection.close()
    except BaseException as error:
        said.failed.append(error)


def assert_shared(said: Said, per_minute: int) -> None:
    """In each window at least the limit, as far as so many came; less than a block each above."""
    limit = window_limit(per_minute)
    blocks = SERVERS * WORKERS * (max(1, limit // BLOCKS_PER_WINDOW) - 1)
    for counts in said.answers.values():
        assert set(counts) <= {200, 429}
        assert counts[200] >= min(limit, counts.total()), said.answers
        assert counts[200] <= limit + blocks, said.answers


def test_four_processes_let_the_limit_through_and_hardly_more(sharing: Four) -> None:
    said = burst(sharing, sharing.token("many", PER_MINUTE), 1_200)
    assert_shared(said, PER_MINUTE)
    assert any(counts[429] for counts in said.answers.values())


def test_a_low_limit_is_exact(sharing: Four) -> None:
    said = burst(sharing, sharing.token("few", LOW_PER_MINUTE), 80)
    assert_shared(said, LOW_PER_MINUTE)
    for counts in said.answers.values():
        assert counts[200] == min(window_limit(LOW_PER_MINUTE), counts.total())


def test_counting_in_each_process_is_caught() -> None:
    with four(APART) as apart:
        said = burst(apart, apart.token("apart", LOW_PER_MINUTE), 80)
    with pytest.raises(AssertionError, match="<="):
        assert_shared(said, LOW_PER_MINUTE)
