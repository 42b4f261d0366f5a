"""Every fault in turn, processes killed at random: nothing is lost, or it is said what is."""

from __future__ import annotations

import os

import pytest

from tests.tracker.torture import FAULTS, Torture

EVENTS = 2_000
EVENTS_SETTING = "PASTENSE_TEST_TRACKER_EVENTS"


def run(sandbox, tmp_path, events, *, kill, spooled, **options):
    ledgers = tmp_path / "ledgers"
    ledgers.mkdir()
    if spooled:
        options["spool"] = str(tmp_path / "spool")
    sandbox.empty()
    outcome = Torture(sandbox, ledgers, events, kill=kill, **options).run()
    assert len(outcome.attempted) == events
    assert len(outcome.tracked) >= events - outcome.kills
    assert outcome.faults >= len(FAULTS), "every fault must have come"
    if kill:
        assert outcome.kills >= events // 250
    return outcome


def assert_nothing_lost(outcome):
    assert not outcome.lost, outcome.table()
    assert len(outcome.stored) == len(set(outcome.stored)), outcome.table()
    assert outcome.tracked <= set(outcome.stored) <= outcome.attempted, outcome.table()
    assert not outcome.dropped | outcome.unknown


def assert_the_missing_are_told(outcome):
    assert not outcome.lost, outcome.table()
    assert not outcome.unknown, outcome.table()
    told = outcome.dropped & outcome.tracked
    assert outcome.missing == told - outcome.told_and_stored, outcome.table()
    assert len(outcome.told_and_stored) <= outcome.kills, outcome.table()
    assert outcome.dropped, "nothing was dropped: the queue was too large for a test"
    assert len(outcome.stored) == len(set(outcome.stored))


def test_with_the_spool_nothing_is_lost(sandbox, tmp_path):
    assert_nothing_lost(run(sandbox, tmp_path, EVENTS, kill=True, spooled=True))


def test_the_control_without_a_spool_is_seen_to_lose(sandbox, tmp_path):
    """The same kills and the same look must see a loss, or they prove nothing."""
    outcome = run(sandbox, tmp_path, EVENTS // 2, kill=True, spooled=False)
    assert outcome.lost, "the look did not see what was lost"


def test_with_drop_what_is_missing_was_told_also_by_the_killed(sandbox, tmp_path):
    options = {"when_full": "drop", "queue_events_max": 20}
    outcome = run(sandbox, tmp_path, EVENTS // 2, kill=True, spooled=True, **options)
    assert_the_missing_are_told(outcome)


def test_with_drop_in_memory_the_counter_equals_what_is_missing(sandbox, tmp_path):
    options = {"when_full": "drop", "queue_events_max": 20}
    outcome = run(sandbox, tmp_path, EVENTS, kill=False, spooled=False, **options)
    assert_the_missing_are_told(outcome)
    assert outcome.counted == len(outcome.missing)


@pytest.mark.torture
@pytest.mark.skipif(EVENTS_SETTING not in os.environ, reason=f"{EVENTS_SETTING} is not set")
@pytest.mark.parametrize("policy", ["spool", "drop", "memory"])
def test_many_more_events(policy, sandbox, tmp_path, long_run):
    events = int(os.environ[EVENTS_SETTING])
    options = {} if policy == "spool" else {"when_full": "drop", "queue_events_max": 20}
    kill = policy != "memory"
    outcome = run(sandbox, tmp_path, events, kill=kill, spooled=kill, **options)
    long_run.say(f"\n{policy}: {outcome.table()}")
    if policy == "spool":
        long_run.end("processes with a tracker are killed", outcome.found)
    if policy == "spool":
        assert_nothing_lost(outcome)
    else:
        assert_the_missing_are_told(outcome)
    if policy == "memory":
        assert outcome.counted == len(outcome.missing)
