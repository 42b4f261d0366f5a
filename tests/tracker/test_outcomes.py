"""What is told of an event whose attempt got no answer: never that it is missing when it may be
there, and never that nobody knows when it is known."""

from __future__ import annotations

import pytest

from pastense.client.http import HttpTransport
from pastense.client.messages import Headers, Response
from tests.tracker.conftest import assert_adds_up, track_many, wait_until


@pytest.fixture
def told():
    return []


@pytest.fixture
def tracker(make_tracker, told):
    """Knows already that the server takes lists; notes what is dropped."""
    made = make_tracker(on_drop=lambda event, reason: told.append(reason))
    made.track("warm", user_id="u1", created_at=1)
    assert made.flush(5)
    return made


def close_in_the_middle(tracker):
    """Close once an attempt came to nothing."""
    before = tracker.stats().retried
    wait_until(lambda: tracker.stats().retried > before)
    tracker.close(0)
    return tracker.stats()


def test_what_was_stored_without_an_answer_is_not_told_to_be_missing(sandbox, tracker, told):
    sandbox.lose_answer(1000)
    track_many(tracker, 10)
    wait_until(lambda: len(sandbox.events) == 11)
    stats = close_in_the_middle(tracker)
    assert {reason.kind for reason in told} == {"outcome_unknown"}
    assert (stats.dropped_total, stats.outcome_unknown) == (0, 10)


def test_of_what_was_never_sent_it_is_known_that_it_is_missing(sandbox, tracker, told):
    sandbox.lose_answer(1000)
    track_many(tracker, 10)
    wait_until(lambda: len(sandbox.events) == 11)
    track_many(tracker, 5, 2_000_000)
    stats = close_in_the_middle(tracker)
    assert stats.dropped == {"closed": 5}
    assert stats.outcome_unknown == 10
    assert len(sandbox.events) == stats.tracked - stats.dropped_total


def test_an_answer_that_is_under_way_at_the_close_is_not_known(sandbox, tracker, told):
    sandbox.hang(30, stored=True)
    track_many(tracker, 10)
    wait_until(lambda: len(sandbox.events) == 11)
    tracker.close(0)
    assert (tracker.stats().dropped_total, tracker.stats().outcome_unknown) == (0, 10)


@pytest.mark.parametrize("status", [401, 408, 429, 503])
def test_an_answer_that_nothing_was_stored_is_known(status, sandbox, tracker, told):
    sandbox.fail_next(1000, status=status)
    track_many(tracker, 10)
    stats = close_in_the_middle(tracker)
    assert (stats.dropped, stats.outcome_unknown) == ({"closed": 10}, 0)
    assert len(sandbox.events) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_answer_from_before_the_server_is_not_known(status, sandbox, tracker):
    sandbox.fail_next(1000, status=status)
    track_many(tracker, 10)
    assert close_in_the_middle(tracker).outcome_unknown == 10


def test_a_server_that_is_not_there_has_nothing(make_tracker):
    tracker = make_tracker(base_url="http://127.0.0.1:9")
    track_many(tracker, 10)
    stats = close_in_the_middle(tracker)
    assert (stats.dropped, stats.outcome_unknown) == ({"closed": 10}, 0)


def test_a_later_answer_makes_it_known(sandbox, tracker, told):
    sandbox.lose_answer(2)
    track_many(tracker, 10)
    assert tracker.flush(5)
    tracker.close()
    stats = tracker.stats()
    assert (told, stats.outcome_unknown) == ([], 0)
    assert stats.sent + stats.duplicates == 11 == len(sandbox.events)


def test_a_refusal_after_an_attempt_without_an_answer_says_so(sandbox, tracker, told):
    sandbox.lose_answer(1)
    tracker.track("x" * 300, user_id="u1", created_at=5)
    assert tracker.flush(5)
    tracker.track("x" * 300, user_id="u1", created_at=6)
    assert tracker.flush(5)
    assert [(reason.kind, reason.after_no_answer) for reason in told] == [
        ("refused", True),
        ("refused", False),
    ]
    assert tracker.stats().dropped == {"refused": 2}
    assert len(sandbox.events) == 1


def test_with_a_spool_what_is_not_known_is_asked_again(sandbox, make_tracker, tmp_path, told):
    options = {"spool": tmp_path / "spool", "on_drop": lambda event, reason: told.append(reason)}
    sandbox.lose_answer(1000)
    tracker = make_tracker(**options)
    track_many(tracker, 10)
    stats = close_in_the_middle(tracker)
    assert (told, stats.outcome_unknown, stats.spooled) == ([], 0, 10)
    sandbox.clear_faults()
    after = make_tracker(**options)
    assert after.flush(5)
    assert after.stats().sent + after.stats().duplicates == 10 == len(sandbox.events)


def test_no_contact_is_asked_for_while_the_tracker_closes(sandbox, make_tracker, monkeypatch):
    """One more attempt is the flush's; a further one could be cut off by the end."""
    monkeypatch.setattr("pastense.client.tracking.pace.CONTACT_PAUSE_S", 0.01)
    tracker = make_tracker()
    tracker.track("did", user_id="nobody")
    wait_until(lambda: tracker.stats().waiting_for_contact)
    sandbox.hang(0.3)
    track_many(tracker, 5)
    wait_until(lambda: not sandbox.pending_faults)
    tracker.close(5)
    stats = tracker.stats()
    assert (stats.dropped, stats.outcome_unknown) == ({"closed": 1}, 0)
    assert_adds_up(stats, 5)


class SignInPage:
    """A network that answers a few requests with a page of its own, and lets the others through."""

    def __init__(self, base_url, pages):
        self._inner = HttpTransport(base_url)
        self.pages = pages

    def send(self, request):
        if self.pages:
            self.pages -= 1
            return Response(200, Headers(), b"<html>Please accept our terms</html>")
        return self._inner.send(request)

    def close(self):
        self._inner.close()


def test_the_page_of_a_network_is_not_taken_for_the_server(sandbox, make_tracker):
    transport = SignInPage(sandbox.base_url, 2)
    tracker = make_tracker(transport=transport)
    track_many(tracker, 10)
    assert tracker.flush(5)
    transport.pages = 2
    track_many(tracker, 10, 2_000_000)
    assert tracker.flush(5)
    assert not transport.pages
    assert_adds_up(tracker.stats(), 20)
    assert len(sandbox.events) == 20
