"""`kill -9` of server processes and of PostgreSQL: every acknowledged event is there once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.cycles import Outcome
from tests.crash.postgresql import (
    ACKNOWLEDGED_BETWEEN,
    WORKERS,
    DatabaseRun,
    RestartRun,
    WorkersRun,
)
from tests.crash.test_kill import CYCLES_SETTING, EARLY, assert_nothing_lost
from tests.support.postgresql import Server, shared_server

CYCLES = 1
CONTROL_CYCLES = 10
LATE = str(Path(__file__).with_name("late_commit.py"))
KILLED = {
    "workers": "servers are killed, PostgreSQL",
    "database": "PostgreSQL itself is killed",
}
SLOW_WRITER = {"wal_writer_delay": "10s", "wal_writer_flush_after": "100MB"}
"""What a commit does not wait for is written so late that a kill comes before it."""


@pytest.fixture
def address() -> Iterator[str]:
    """A database of the test's own on the server of all tests, which nobody kills."""
    server = shared_server()
    with server.database() as name:
        yield server.address(name)


@pytest.fixture
def cluster() -> Iterator[Server]:
    """A server of the test's own, as careful with its files as it is by default."""
    server = Server(fsync="on", full_page_writes="on", **SLOW_WRITER)
    yield server
    server.stop()


def assert_workers_were_killed(run: WorkersRun, outcome: Outcome) -> None:
    """The run was a test at all: work was done and cut off."""
    assert run.workers_killed >= outcome.cycles
    assert min(outcome.acknowledged_per_cycle) >= 2 * ACKNOWLEDGED_BETWEEN
    assert outcome.ledger.requests_cut_off >= outcome.cycles * 2


def assert_database_was_killed(run: DatabaseRun, outcome: Outcome) -> None:
    """The run was a test at all, and the server's processes lived through it."""
    assert min(outcome.acknowledged_per_cycle) >= 2 * ACKNOWLEDGED_BETWEEN
    assert outcome.ledger.requests_overloaded >= outcome.cycles, "nobody met a closed database"
    assert outcome.ledger.requests_cut_off == 0
    assert len(run.workers_seen) == WORKERS


def test_every_acknowledged_event_survives_the_kill_of_workers_once(tmp_path, address):
    run = WorkersRun(tmp_path, address)
    outcome = run.run(CYCLES)
    assert_workers_were_killed(run, outcome)
    assert_nothing_lost(outcome)


def test_the_control_that_acknowledges_before_commit_is_caught(tmp_path, address):
    run = WorkersRun(tmp_path, address, program=(EARLY,))
    outcome = run.run(CONTROL_CYCLES, stop_at_loss=True)
    assert_workers_were_killed(run, outcome)
    assert outcome.findings.lost, "the verification did not see what the control lost"


def test_every_acknowledged_event_survives_the_kill_of_the_database_once(tmp_path, cluster):
    run = RestartRun(tmp_path, cluster)
    outcome = run.run(CYCLES)
    assert_database_was_killed(run, outcome)
    assert_nothing_lost(outcome)


def test_the_control_whose_commits_do_not_wait_for_the_disk_is_caught(tmp_path, cluster):
    outcome = RestartRun(tmp_path, cluster, program=(LATE,)).run(CONTROL_CYCLES, stop_at_loss=True)
    assert outcome.findings.lost, "the verification did not see what the control lost"


@pytest.mark.torture
@pytest.mark.skipif(CYCLES_SETTING not in os.environ, reason=f"{CYCLES_SETTING} is not set")
@pytest.mark.parametrize("kind", KILLED)
def test_many_more_cycles(tmp_path, long_run, request, kind):
    run: WorkersRun
    if kind == "workers":
        run = WorkersRun(tmp_path, request.getfixturevalue("address"))
    else:
        run = RestartRun(tmp_path, request.getfixturevalue("cluster"))
    outcome = run.run(int(os.environ[CYCLES_SETTING]), long_run.say)
    long_run.end(KILLED[kind], outcome.found)
    assert_nothing_lost(outcome)
