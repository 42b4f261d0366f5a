"""The assertions fail where they should, and their messages say what a person needs."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest

from tests.sandbox.raw import call, post_event


def message(act, *args, **kwargs) -> str:
    with pytest.raises(AssertionError) as caught:
        act(*args, **kwargs)
    return str(caught.value)


def test_what_was_tracked_is_found_by_any_part_of_it(sandbox):
    now = sandbox.clock.now()
    post_event(sandbox, "invited-friend", metadata={"plan": "pro", "seats": 3})
    [event] = sandbox.assert_tracked("invited-friend", user_id="u1", metadata={"plan": "pro"})
    assert event.metadata == {"plan": "pro", "seats": 3}
    sandbox.assert_tracked("invited-friend", id=event.contact_id, created_at=now)
    sandbox.assert_tracked("invited-friend", email="U1@example.org", times=None)
    sandbox.assert_tracked("invited-friend", created_at=datetime.fromtimestamp(now, UTC))
    sandbox.assert_not_tracked("invited-friend", metadata={"plan": "free"})


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"user_id": "u2"}, "user_id: expected 'u2', got 'u1'"),
        ({"email": "x@y.z"}, "email: expected 'x@y.z', got 'u1@example.org'"),
        ({"id": "0" * 24}, f"id: expected '{'0' * 24}', got"),
        ({"created_at": 5}, "created_at: expected 5, got"),
        ({"metadata": {"plan": "free"}}, "metadata.plan: expected 'free', got 'pro'"),
        ({"metadata": {"seats": True}}, "metadata.seats: expected True, got 1"),
        ({"metadata": {"team": "x"}}, "metadata.team: expected 'x', it was not sent"),
    ],
)
def test_each_difference_is_named(sandbox, wanted, said):
    post_event(sandbox, "invited-friend", metadata={"plan": "pro", "seats": 1})
    text = message(sandbox.assert_tracked, "invited-friend", **wanted)
    assert "found 0 (1 event is stored)" in text
    assert "Nearest:\n  - 'invited-friend' by user_id 'u1' at" in text
    assert said in text


def test_another_name_is_nearest_where_nothing_else_is(sandbox):
    post_event(sandbox, "invited_friend")
    text = message(sandbox.assert_tracked, "invited-friend")
    assert "event_name: expected 'invited-friend', got 'invited_friend'" in text


def test_too_many_are_listed(sandbox):
    now = sandbox.clock.now()
    for second in range(7):
        post_event(sandbox, created_at=now - second)
    text = message(sandbox.assert_tracked, "did")
    assert text.startswith("expected 'did', once; found 7 (7 events are stored)\nFound:\n")
    assert text.count("  - 'did'") == 5
    assert "  and 2 more" in text
    assert "Nearest" not in text
    assert "found 7" in message(sandbox.assert_not_tracked, "did", user_id="u1")
    assert "expected 'did', 8 times" in message(sandbox.assert_tracked, "did", times=8)
    assert len(sandbox.assert_tracked("did", times=7)) == 7


def test_same_second_duplicates_are_named(sandbox):
    post_event(sandbox, metadata={"n": 1})
    post_event(sandbox, metadata={"n": 2})
    text = message(sandbox.assert_tracked, "did", times=2)
    assert "Same-second duplicates" in text
    assert "metadata {'n': 2} was dropped" in text
    assert sandbox.events[0].copies == 2


def test_refusals_are_named_with_their_sentences_and_what_was_sent(sandbox):
    post_event(sandbox, user_id="nobody")
    post_event(sandbox, created_at=sandbox.clock.now() * 1000)
    call(sandbox, "POST", "/events", {"event_name": "did"}, token="wrong")
    sandbox.fail_next(status=429)
    post_event(sandbox)
    sandbox.reset_connection()
    with pytest.raises(ConnectionResetError):
        post_event(sandbox)
    text = message(sandbox.assert_tracked, "did")
    assert "POST /events: 404 not_found (user_id): User Not Found\n      sent {" in text
    assert '"user_id":"nobody"' in text
    assert "POST /events: 400 parameter_invalid (created_at): " in text
    assert "POST /events: 401 unauthorized: Access Token Invalid" in text
    assert "429 rate_limit_exceeded: Exceeded rate limit, by the fault fail_next" in text
    assert "Not answered:\n  - POST /events: the fault reset_connection" in text


def test_a_sandbox_that_nobody_asked_says_so(sandbox):
    assert "is its base_url what the code uses?" in message(sandbox.assert_tracked, "did")


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({"times": -1}, ValueError),
        ({"times": 1.5}, TypeError),
        ({"times": True}, TypeError),
        ({"metadata": ["a"]}, TypeError),
        ({"created_at": datetime(2027, 1, 1)}, ValueError),  # noqa: DTZ001 (that is the fault)
    ],
)
def test_what_can_never_be_met_is_an_error_of_the_test(sandbox, wanted, error):
    with pytest.raises(error):
        sandbox.assert_tracked("did", **wanted)
    with pytest.raises(TypeError):
        sandbox.assert_tracked(5)


def test_what_comes_later_is_waited_for(sandbox):
    later = threading.Timer(0.05, post_event, (sandbox,))
    later.start()
    assert sandbox.wait_for("did", user_id="u1")[0].user_id == "u1"
    later.join()


def test_waiting_ends(sandbox):
    began = time.monotonic()
    assert "found 0" in message(sandbox.wait_for, "did", timeout_s=0.05)
    post_event(sandbox)
    assert "found 1" in message(sandbox.wait_for, "did", times=0, timeout_s=20)
    assert time.monotonic() - began < 10
