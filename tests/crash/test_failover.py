"""A primary that dies for good, and its standby in its place: every acknowledged event is there."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.crash.failover import FailoverRun, Pair
from tests.crash.test_kill import CYCLES_SETTING, assert_nothing_lost
from tests.crash.test_postgresql import assert_database_was_killed

CYCLES = 1


@pytest.fixture
def pair(request) -> Iterator[Pair]:
    made = Pair(is_synchronous=request.param)
    yield made
    made.stop()


@pytest.mark.parametrize("pair", [True], indirect=True, ids=["synchronous"])
def test_every_acknowledged_event_survives_the_loss_of_the_primary_once(tmp_path, pair):
    run = FailoverRun(tmp_path, pair)
    outcome = run.run(CYCLES)
    assert_database_was_killed(run, outcome)
    assert_nothing_lost(outcome)


@pytest.mark.parametrize("pair", [False], indirect=True, ids=["asynchronous"])
def test_the_control_that_does_not_wait_for_the_standby_is_caught(tmp_path, pair):
    outcome = FailoverRun(tmp_path, pair).run(CYCLES, stop_at_loss=True)
    assert outcome.findings.lost, "the verification did not see what was lost"


@pytest.mark.torture
@pytest.mark.skipif(CYCLES_SETTING not in os.environ, reason=f"{CYCLES_SETTING} is not set")
@pytest.mark.parametrize("pair", [True], indirect=True, ids=["synchronous"])
def test_many_more_cycles(tmp_path, long_run, pair):
    run = FailoverRun(tmp_path, pair)
    outcome = run.run(int(os.environ[CYCLES_SETTING]), long_run.say)
    long_run.end("the primary is lost, its standby promoted", outcome.found)
    assert_database_was_killed(run, outcome)
    assert_nothing_lost(outcome)
