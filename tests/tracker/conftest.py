"""A sandbox, trackers that send to it, and pauses that fit a test."""

from __future__ import annotations

import time

import pytest

from pastense.client.tracking import pace, worker
from pastense.client.tracking.tracker import Tracker
from pastense.testing import Sandbox


@pytest.fixture(scope="session")
def sandbox_server():
    with Sandbox() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_server):
    """Empty, with a user "u1"."""
    sandbox_server.empty()
    sandbox_server.add_contact("u1")
    yield sandbox_server
    sandbox_server.clear_faults()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Failures are followed by short pauses, and a sender that is under way is not awaited."""
    monkeypatch.setattr(worker, "STOP_TIMEOUT_S", 0.05)
    monkeypatch.setattr(pace, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(pace, "BACKOFF_MAX_S", 0.1)


@pytest.fixture
def make_tracker(sandbox):
    made = []

    def make(**given):
        options = {"base_url": sandbox.base_url, "token": sandbox.token} | given
        made.append(Tracker(**options))
        return made[-1]

    yield make
    for tracker in made:
        tracker.close(0)


def track_many(tracker, count, begin=1_000_000, **given):
    """Events of one contact, one a second."""
    fields = {"event_name": "did", "user_id": "u1"} | given
    for second in range(begin, begin + count):
        tracker.track(created_at=second, **fields)


def wait_until(holds, timeout_s=10.0, explain=lambda: "it did not come to be"):
    """Look every few milliseconds whether something holds."""
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, explain()
        time.sleep(0.005)


def assert_adds_up(stats, stored):
    """Nothing is unaccounted for, once nothing moves; `stored` is what the server has of it."""
    settled = stored + stats.duplicates + stats.dropped_total
    assert stats.sent == stored, stats
    assert stats.tracked + stats.recovered == settled + stats.queued, stats
