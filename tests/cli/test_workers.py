"""`pastense serve --workers`: several processes behind one port, watched by the one that began
them."""

from __future__ import annotations

import http.client
import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.support.postgresql import shared_server
from tests.support.server import STOP_TIMEOUT_S, RunningServer, is_over, start_server
from tests.support.waiting import wait_until

ANSWER_S = 2.0
LAST_LINE = "Stopped: everything that was answered 202 is on disk.\n"


@pytest.fixture
def server() -> Iterator[RunningServer]:
    """Two workers in a group of their own, as a terminal begins them."""
    cluster = shared_server()
    with cluster.database() as name:
        running = start_server(cluster.address(name), "--workers", "2", own_group=True)
        try:
            # It says that it listens before it begins them.
            wait_until(lambda: len(running.workers()) == 2)
            yield running
        finally:
            if running.process.poll() is None:
                running.kill_group()


def is_serving(server: RunningServer) -> bool:
    """Whether the port is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_serving_without(server: RunningServer, worker: int) -> bool:
    """Whether it is answered while that worker stands still. It may have been stopped with a lock
    of the store in its hands, for which the other one waits at its start: so this is asked anew."""
    os.kill(worker, signal.SIGSTOP)
    try:
        return is_serving(server)
    finally:
        os.kill(worker, signal.SIGCONT)


def assert_stopped(server: RunningServer, code: int, workers: list[int]) -> None:
    """It ended so, said so, and left nobody behind."""
    assert code == 0
    wait_until(lambda: server.printed[-1] == LAST_LINE)
    wait_until(lambda: all(map(is_over, workers)))
    assert "Traceback" not in "".join(server.errors), server.errors


def test_both_serve_one_that_is_killed_is_replaced_and_sigterm_ends_all(server) -> None:
    first = server.workers()
    for worker in first:
        wait_until(lambda worker=worker: is_serving_without(server, worker))
    assert server.workers() == first
    os.kill(first[0], signal.SIGKILL)
    wait_until(lambda: len(set(server.workers()) - {first[0]}) == 2)
    said = f"server process {first[0]} ended with -9; another one takes its place"
    wait_until(lambda: said in "".join(server.errors))
    assert is_serving(server)
    workers = server.workers()
    assert first[1] in workers
    assert_stopped(server, server.stop(), workers)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_reaches_all_of_them_from_the_terminal(server, times) -> None:
    workers = server.workers()
    wait_until(lambda: is_serving(server))
    for _ in range(times):
        os.killpg(server.process.pid, signal.SIGINT)
        time.sleep(0.1)
    assert_stopped(server, server.process.wait(STOP_TIMEOUT_S), workers)


def test_none_stays_behind_a_parent_that_was_killed(server) -> None:
    workers = server.workers()
    wait_until(lambda: is_serving(server))
    server.kill()
    wait_until(lambda: not is_serving(server))
    wait_until(lambda: all(map(is_over, workers)))
