"""Whatever goes wrong between the tracker and the server, each event is stored once."""

from __future__ import annotations

import random

import pytest

from tests.tracker.conftest import assert_adds_up, track_many, wait_until

FAULTS = {
    "429": lambda sandbox: sandbox.fail_next(1, status=429, retry_after_s=0),
    "500": lambda sandbox: sandbox.fail_next(2, status=500),
    "502": lambda sandbox: sandbox.fail_next(2, status=502),
    "503": lambda sandbox: sandbox.fail_next(2, status=503),
    "408": lambda sandbox: sandbox.fail_next(1, status=408),
    "401": lambda sandbox: sandbox.fail_next(3, status=401),
    "403": lambda sandbox: sandbox.fail_next(2, status=403),
    "413": lambda sandbox: sandbox.fail_next(1, status=413),
    "reset": lambda sandbox: sandbox.reset_connection(3),
    "lost answer": lambda sandbox: sandbox.lose_answer(2),
    "hang": lambda sandbox: sandbox.hang(0.05),
    "hang past the timeout": lambda sandbox: sandbox.hang(5),
    "stored, then hangs past the timeout": lambda sandbox: sandbox.hang(5, stored=True),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("spooled", [False, True], ids=["memory", "spool"])
def test_each_event_is_stored_once(name, spooled, sandbox, make_tracker, tmp_path):
    tracker = make_tracker(spool=tmp_path / "spool" if spooled else None, timeout=0.3)
    track_many(tracker, 10)
    assert tracker.flush(10)
    FAULTS[name](sandbox)
    track_many(tracker, 300, 2_000_000)
    assert tracker.flush(10)
    assert not sandbox.pending_faults
    stats = tracker.stats()
    assert stats.dropped_total == 0
    assert len(sandbox.events) == 310
    # What was stored and answered too late is a duplicate the second time.
    assert stats.sent + stats.duplicates == 310
    assert stats.queued == stats.spooled == 0
    assert stats.retried or name == "hang"


def test_the_server_says_how_long_to_wait(sandbox, make_tracker):
    sandbox.fail_next(1, status=429, retry_after_s=1)
    tracker = make_tracker()
    tracker.track("did", user_id="u1")
    assert not tracker.flush(0.9)
    assert len(sandbox.requests) == 1
    assert tracker.flush(5)
    assert_adds_up(tracker.stats(), 1)


def test_a_server_that_is_away_is_waited_for(sandbox, make_tracker, caplog):
    tracker = make_tracker()
    sandbox.reset_connection(5)
    track_many(tracker, 100)
    assert tracker.flush(10)
    assert_adds_up(tracker.stats(), 100)
    assert caplog.text.count("cannot be sent and wait") == 1


def test_a_revoked_token_keeps_the_events_and_is_said_once(sandbox, make_tracker, caplog):
    tracker = make_tracker()
    tracker.track("before", user_id="u1")
    assert tracker.flush(5)
    sandbox.revoke_token()
    track_many(tracker, 50)
    wait_until(lambda: tracker.stats().retried > 2)
    assert not tracker.flush(0.05)
    stats = tracker.stats()
    assert (stats.queued, stats.dropped_total) == (50, 0)
    assert caplog.text.count("401") == 1
    sandbox.empty()  # The token works again.
    sandbox.add_contact("u1")
    assert tracker.flush(5)
    assert len(sandbox.events) == 50


@pytest.mark.parametrize("seed", range(4))
def test_everything_adds_up_whatever_happens(seed, sandbox, make_tracker, tmp_path):
    """Random events and faults: tracked = stored + duplicates + dropped + waiting, always."""
    chance = random.Random(seed)
    told = []
    tracker = make_tracker(
        spool=tmp_path / "spool" if seed % 2 else None,
        when_full="drop",
        queue_events_max=chance.choice([20, 500]),
        unknown_contact_retry_s=chance.choice([0.0, 60.0]),
        on_drop=lambda event, reason: told.append((event, reason)),
        timeout=0.2,
    )
    lost_answers = 0
    for second in range(600):
        if chance.random() < 0.01:
            name = chance.choice([name for name in FAULTS if "hang" not in name])
            lost_answers += name == "lost answer"
            FAULTS[name](sandbox)
        who = chance.choice(["u1"] * 8 + ["nobody"])
        what = chance.choice(["did"] * 9 + ["x" * 300])
        tracker.track(what, user_id=who, created_at=1_000_000 + second - chance.randrange(2))
    tracker.flush(20)
    stats = tracker.stats()
    assert stats.tracked == 600
    settled = stats.sent + stats.duplicates + stats.dropped_total
    assert stats.tracked == settled + stats.queued
    assert stats.queued == stats.waiting_for_contact
    assert len(told) == stats.dropped_total
    stored = len(sandbox.events)
    assert stored == stats.sent if not lost_answers else stored >= stats.sent
    dropped_good = sum(event["user_id"] == "u1" and r.kind == "queue_full" for event, r in told)
    assert stored <= 600 - dropped_good
