"""`kill -9` under load: every acknowledged event is there once, and nothing else is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.cycles import ACKNOWLEDGED_MIN, CrashRun, Outcome
from tests.crash.load import CONNECTIONS

CYCLES = 20
CYCLES_SETTING = "PASTENSE_TEST_CRASH_CYCLES"
EARLY = str(Path(__file__).with_name("early_acknowledge.py"))


def assert_under_load(outcome: Outcome) -> None:
    """The run was a test at all: work was done before each kill and cut off by the kills."""
    assert min(outcome.acknowledged_per_cycle) >= ACKNOWLEDGED_MIN
    assert outcome.ledger.requests_cut_off >= outcome.cycles * CONNECTIONS // 2


def assert_nothing_lost(outcome: Outcome) -> None:
    assert outcome.findings.shown() == {}, outcome.found
    assert outcome.check_exit == 0, outcome.check_said


def test_every_acknowledged_event_survives_kill_9_once(tmp_path):
    outcome = CrashRun(tmp_path).run(CYCLES)
    assert_under_load(outcome)
    assert_nothing_lost(outcome)


def test_the_control_that_acknowledges_before_commit_is_caught(tmp_path):
    """The same load and the same verification must see the loss, or they prove nothing."""
    outcome = CrashRun(tmp_path, program=(EARLY,)).run(CYCLES, stop_at_loss=True)
    assert_under_load(outcome)
    assert outcome.findings.lost, "the verification did not see what the control lost"


@pytest.mark.torture
@pytest.mark.skipif(CYCLES_SETTING not in os.environ, reason=f"{CYCLES_SETTING} is not set")
def test_many_more_cycles(tmp_path, long_run):
    outcome = CrashRun(tmp_path).run(int(os.environ[CYCLES_SETTING]), long_run.say)
    long_run.end("the server is killed, SQLite", outcome.found)
    assert_under_load(outcome)
    assert_nothing_lost(outcome)
