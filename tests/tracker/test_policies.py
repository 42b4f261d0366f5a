"""What happens when as many events wait as may: said by the policy, never in silence."""

from __future__ import annotations

import errno
import os
import threading
import time

import pytest

from pastense.client.tracking import segments
from tests.tracker.conftest import assert_adds_up, track_many, wait_until


@pytest.fixture
def busy(sandbox, make_tracker):
    """A tracker whose sender waits for an answer, with one event under way."""

    def make(**given):
        sandbox.hang(30)
        tracker = make_tracker(**given)
        tracker.track("first", user_id="u1")
        wait_until(lambda: not sandbox.pending_faults)
        return tracker

    return make


def test_drop_counts_and_tells_what_is_missing(sandbox, busy):
    told = []
    tracker = busy(when_full="drop", queue_events_max=10, on_drop=lambda *it: told.append(it))
    begun = time.monotonic()
    track_many(tracker, 25)
    assert time.monotonic() - begun < 1
    assert [event["created_at"] for event, _ in told] == list(range(1_000_010, 1_000_025))
    assert {str(reason) for _, reason in told} == {str(told[0][1])}
    sandbox.clear_faults()
    assert tracker.flush(10)
    assert tracker.stats().dropped == {"queue_full": 15}
    assert_adds_up(tracker.stats(), 11)
    assert len(sandbox.events) == 26 - len(told)


def test_block_waits_for_room(sandbox, busy):
    tracker = busy(when_full="block", queue_events_max=10)
    track_many(tracker, 10)
    waiting = threading.Thread(target=track_many, args=(tracker, 30, 2_000_000))
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()
    assert tracker.stats().tracked == 11
    sandbox.clear_faults()
    waiting.join(10)
    assert tracker.flush(10)
    assert_adds_up(tracker.stats(), 41)


def test_block_waits_no_longer_than_it_may(busy):
    told = []
    tracker = busy(
        when_full="block",
        queue_events_max=1,
        block_timeout_s=0.1,
        on_drop=lambda event, reason: told.append(reason.kind),
    )
    begun = time.monotonic()
    track_many(tracker, 2)
    assert 0.1 <= time.monotonic() - begun < 5
    assert told == ["queue_full"]


def test_whoever_waits_for_room_is_told_that_the_tracker_was_closed(busy):
    tracker = busy(when_full="block", queue_events_max=1)
    tracker.track("second", user_id="u1")
    raised = []

    def wait():
        try:
            tracker.track("third", user_id="u1")
        except RuntimeError as error:
            raised.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    waiting.join(0.05)
    tracker.close(0)
    waiting.join(5)
    assert len(raised) == 1
    assert tracker.stats().tracked == 2


def test_the_spool_takes_what_memory_would_not(sandbox, busy, tmp_path):
    tracker = busy(spool=tmp_path / "spool", queue_events_max=10)
    track_many(tracker, 5000)
    assert tracker.stats().spooled == 5001
    sandbox.clear_faults()
    assert tracker.flush(20)
    assert_adds_up(tracker.stats(), 5001)


def test_a_full_spool_is_said(sandbox, busy, tmp_path):
    told = []
    tracker = busy(
        spool=tmp_path / "spool",
        spool_bytes_max=2000,
        on_drop=lambda event, reason: told.append(reason.kind),
    )
    track_many(tracker, 100)
    assert set(told) == {"spool_full"}
    assert 50 < len(told) < 90
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.events")) <= 2000
    sandbox.clear_faults()
    assert tracker.flush(10)
    assert_adds_up(tracker.stats(), 101 - len(told))
    track_many(tracker, 20, 3_000_000)
    assert tracker.flush(10)
    assert_adds_up(tracker.stats(), 121 - len(told))


def test_block_with_a_spool_waits_for_bytes_too(sandbox, busy, tmp_path):
    tracker = busy(spool=tmp_path / "spool", spool_bytes_max=2000, when_full="block")
    waiting = threading.Thread(target=track_many, args=(tracker, 100))
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()
    sandbox.clear_faults()
    waiting.join(10)
    assert tracker.flush(10)
    assert_adds_up(tracker.stats(), 101)


def test_a_disk_that_fails_is_said_and_used_again(sandbox, make_tracker, tmp_path, monkeypatch):
    told = []
    tracker = make_tracker(spool=tmp_path / "spool", on_drop=lambda *it: told.append(it))
    track_many(tracker, 10)

    def full(descriptor, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(segments.os, "write", full)
    track_many(tracker, 3, 2_000_000)
    monkeypatch.undo()
    track_many(tracker, 10, 3_000_000)
    assert tracker.flush(10)
    assert tracker.stats().dropped == {"spool_failed": 3}
    assert {reason.error.errno for _, reason in told} == {errno.ENOSPC}
    assert_adds_up(tracker.stats(), 20)


def test_on_drop_that_fails_does_not_end_the_sender(sandbox, make_tracker, caplog):
    def fail(event, reason):
        raise RuntimeError("broken callback")

    tracker = make_tracker(on_drop=fail)
    tracker.track("x" * 300, user_id="u1")
    track_many(tracker, 5)
    assert tracker.flush(5)
    assert_adds_up(tracker.stats(), 5)
    assert "broken callback" in caplog.text


def test_on_drop_may_track(sandbox, make_tracker):
    """The sender never waits for itself, so this cannot stand still."""
    made = []

    def note(event, reason):
        if event["event_name"] != "dropped":
            for _ in range(3):
                made[0].track("dropped", user_id="u1", created_at=event["created_at"])

    made.append(make_tracker(when_full="block", queue_events_max=1, on_drop=note))
    made[0].track("x" * 300, user_id="u1", created_at=5)
    assert made[0].flush(5)
    made[0].flush(5)
    stats = made[0].stats()
    assert stats.tracked == 4
    assert_adds_up(stats, 1)


def test_on_drop_may_flush_and_close(sandbox, make_tracker):
    """The sender, which calls it, does not wait for itself."""
    flushed = []

    def note(event, reason):
        flushed.append(made[0].flush())
        made[0].close()

    made = [make_tracker(on_drop=note)]
    made[0].track("x" * 300, user_id="u1", created_at=5)
    wait_until(lambda: flushed)
    assert flushed == [False]
    with pytest.raises(RuntimeError, match="closed"):
        made[0].track("did", user_id="u1")


def test_a_flush_ends_with_the_tracker(sandbox, busy):
    """One that waits when the tracker is closed, and one that comes later."""
    tracker = busy()
    track_many(tracker, 5)
    found = []
    waiting = threading.Thread(target=lambda: found.append(tracker.flush()))
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    tracker.close(0)
    waiting.join(5)
    assert found == [False]
    assert tracker.stats().dropped_total + tracker.stats().outcome_unknown == 6
    assert not tracker.flush()


def test_a_flush_after_a_good_end_has_nothing_to_wait_for(sandbox, make_tracker):
    tracker = make_tracker()
    track_many(tracker, 5)
    tracker.close()
    assert tracker.flush()
