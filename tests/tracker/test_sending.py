"""Events are sent in the background, in lists where the server takes lists."""

from __future__ import annotations

import json
import threading
import time

import pytest

from pastense.client.http import HttpTransport
from pastense.client.messages import Headers, Response
from pastense.client.tracking import pace
from pastense.errors import NotFound, ParameterInvalid
from pastense.testing import Sandbox
from tests.tracker.conftest import assert_adds_up, track_many, wait_until


class OtherServer:
    """Answers as Intercom itself does: without our header, and with headers of a rate window of
    `calls` per second where that is given."""

    def __init__(self, base_url, calls=None):
        self._inner = HttpTransport(base_url)
        self._calls = calls
        self._window = (0, 0)
        self.late = 0
        self.lists = 0

    def send(self, request):
        self.lists += b'"data":[' in request.body
        answer = self._inner.send(request)
        pairs = [(n, v) for n, v in answer.headers.items() if not n.startswith("pastense")]
        if self._calls:
            pairs += self._rate_headers()
        return Response(answer.status, Headers(tuple(pairs)), answer.body, answer.reason)

    def _rate_headers(self):
        now = int(time.time())
        taken = self._window[1] + 1 if self._window[0] == now else 1
        self._window = (now, taken)
        self.late += taken > self._calls
        left = max(0, self._calls - taken)
        return [("x-ratelimit-remaining", str(left)), ("x-ratelimit-reset", str(now + 1))]

    def close(self):
        self._inner.close()


def posted(sandbox):
    """How many events each request had; 0 for a single one."""
    bodies = [json.loads(request.body) for request in sandbox.requests if request.body]
    return [len(body.get("data", [])) for body in bodies]


def test_track_returns_and_the_event_arrives(sandbox, make_tracker):
    tracker = make_tracker()
    before = int(time.time())
    tracker.track(event_name="invited-friend", user_id="u1", metadata={"friend": "Jo"})
    [event] = sandbox.wait_for("invited-friend", user_id="u1", metadata={"friend": "Jo"})
    assert before <= event.created_at <= time.time()
    assert tracker.flush(5)
    assert_adds_up(tracker.stats(), 1)


def test_lists_are_sent_once_the_header_was_seen(sandbox, make_tracker):
    tracker = make_tracker()
    track_many(tracker, 2500)
    assert tracker.flush(10)
    assert_adds_up(tracker.stats(), 2500)
    first, *lists = posted(sandbox)
    assert first == 0
    assert sum(lists) == 2499
    assert max(lists) <= 1000
    assert len(lists) < 20


def test_a_lonely_event_needs_no_second_request(sandbox, make_tracker):
    tracker = make_tracker()
    tracker.track("one", user_id="u1")
    assert tracker.flush(5)
    tracker.track("two", user_id="u1")
    assert tracker.flush(5)
    assert posted(sandbox) == [0, 1]


def test_the_time_is_fixed_when_track_is_called(sandbox, make_tracker):
    sandbox.hang(1.2)
    tracker = make_tracker()
    tracker.track("first", user_id="u1")
    wait_until(lambda: not sandbox.pending_faults)
    now = int(time.time())
    tracker.track("second", user_id="u1")
    assert tracker.flush(5)
    assert now <= sandbox.events[-1].created_at <= now + 1 < time.time()


def test_other_servers_get_single_calls(sandbox, make_tracker):
    transport = OtherServer(sandbox.base_url)
    tracker = make_tracker(transport=transport)
    track_many(tracker, 40)
    assert tracker.flush(10)
    assert transport.lists == 0
    assert_adds_up(tracker.stats(), 40)


def test_the_rate_window_is_kept(sandbox, make_tracker):
    transport = OtherServer(sandbox.base_url, calls=10)
    tracker = make_tracker(transport=transport)
    track_many(tracker, 15)
    assert tracker.flush(10)
    assert transport.late == 0
    assert_adds_up(tracker.stats(), 15)


def test_refused_events_do_not_hold_up_the_others(sandbox, make_tracker):
    told = []
    tracker = make_tracker(on_drop=lambda event, reason: told.append((event, reason)))
    for number in range(100):
        name = "did" if number % 10 else "x" * 300
        tracker.track(name, user_id="u1", created_at=1_000_000 + number)
    assert tracker.flush(5)
    stats = tracker.stats()
    assert_adds_up(stats, 90)
    assert stats.dropped == {"refused": 10}
    assert sorted(event["created_at"] % 100 for event, _ in told) == list(range(0, 100, 10))
    assert {reason.kind for _, reason in told} == {"refused"}
    assert all(isinstance(reason.error, ParameterInvalid) for _, reason in told)


def test_a_contact_that_comes_later_is_waited_for(sandbox, make_tracker, monkeypatch):
    monkeypatch.setattr(pace, "CONTACT_PAUSE_S", 0.02)
    tracker = make_tracker()
    tracker.track("signed-up", user_id="later")
    track_many(tracker, 50)
    assert not tracker.flush(5)  # It waits still.
    assert_adds_up(tracker.stats(), 50)
    assert tracker.stats().waiting_for_contact == tracker.stats().queued == 1
    sandbox.add_contact("later")
    sandbox.wait_for("signed-up", user_id="later")
    assert tracker.flush(5)
    assert_adds_up(tracker.stats(), 51)


def test_a_flush_asks_for_unknown_contacts_at_once(sandbox, make_tracker, monkeypatch):
    monkeypatch.setattr(pace, "CONTACT_PAUSE_S", 60.0)
    tracker = make_tracker()
    tracker.track("signed-up", user_id="later")
    assert not tracker.flush(5)
    sandbox.add_contact("later")
    assert tracker.flush(5)
    assert_adds_up(tracker.stats(), 1)


def test_a_contact_that_never_comes_is_given_up(sandbox, make_tracker, monkeypatch):
    monkeypatch.setattr(pace, "CONTACT_PAUSE_S", 0.05)
    told = []
    tracker = make_tracker(unknown_contact_retry_s=0.3, on_drop=lambda *it: told.append(it))
    begun = time.monotonic()
    tracker.track("did", user_id="nobody")
    wait_until(lambda: told)
    assert 0.3 <= time.monotonic() - begun < 3
    [(event, reason)] = told
    assert event["user_id"] == "nobody"
    assert reason.kind == "unknown_contact"
    assert isinstance(reason.error, NotFound)
    assert len(posted(sandbox)) == 4  # At once, then after 0.05, 0.15 and, the last, 0.3 s.
    assert_adds_up(tracker.stats(), 0)


def test_repeats_within_a_second_are_counted_and_said_once(sandbox, make_tracker, caplog):
    tracker = make_tracker()
    for _ in range(4):
        tracker.track("did", user_id="u1", created_at=5)
    tracker.track("did", user_id="u1", created_at=6)
    assert tracker.flush(5)
    stats = tracker.stats()
    assert stats.repeats == 3
    assert caplog.text.count("same name and second") == 1
    assert_adds_up(stats, 2)
    assert stats.duplicates == 3


@pytest.mark.parametrize(
    "limits", [{"body_bytes_max": 4000}, {"list_items_max": 70}], ids=["413", "400"]
)
def test_lists_that_are_too_much_for_a_server_are_halved(limits, make_tracker):
    with Sandbox(**limits) as narrow:
        narrow.add_contact("u1")
        tracker = make_tracker(base_url=narrow.base_url, token=narrow.token)
        track_many(tracker, 300)
        tracker.track("large", user_id="u1", metadata={"a": "x" * 1990, "b": "y" * 1990})
        assert tracker.flush(10)
        stats = tracker.stats()
        large = int("body_bytes_max" in limits)
        assert stats.dropped == ({"refused": 1} if large else {})
        assert_adds_up(stats, 301 - large)
        tracker.close()


def test_threads_share_one_tracker(sandbox, make_tracker):
    tracker = make_tracker()
    parts = [
        threading.Thread(target=track_many, args=(tracker, 250, 1_000_000 + n * 1000))
        for n in range(8)
    ]
    for part in parts:
        part.start()
    for part in parts:
        part.join()
    assert tracker.flush(10)
    assert_adds_up(tracker.stats(), 2000)
    assert len(sandbox.events) == 2000


def test_nothing_is_opened_before_it_is_needed(sandbox, make_tracker):
    before = threading.active_count()
    tracker = make_tracker()
    assert threading.active_count() == before
    assert tracker.stats().tracked == 0
    tracker.close()
    with pytest.raises(RuntimeError, match="closed"):
        tracker.track("did", user_id="u1")


def test_a_closed_tracker_takes_nothing(sandbox, make_tracker):
    with make_tracker() as tracker:
        tracker.track("did", user_id="u1")
    sandbox.assert_tracked("did", user_id="u1")
    with pytest.raises(RuntimeError, match="closed"):
        tracker.track("did", user_id="u1")
    tracker.close()
    assert tracker.stats().sent == 1
    assert not [t for t in threading.enumerate() if t.name == "pastense.tracker"]
