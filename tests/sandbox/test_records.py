"""What the sandbox tells of contacts, events, refusals and requests, and how it is set up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from pastense.testing import Sandbox
from pastense.web.server import CannotListen
from tests.sandbox.raw import call, post_event


def test_contacts_in_their_order(sandbox):
    lead = sandbox.add_lead("l@example.org", name="Lea", custom_attributes={"plan": "pro"})
    assert [contact.role for contact in sandbox.contacts] == ["user", "lead"]
    assert sandbox.contacts[1] == lead
    assert (lead.name, lead.custom_attributes, lead.user_id) == ("Lea", {"plan": "pro"}, None)
    assert call(sandbox, "DELETE", f"/contacts/{lead.id}").status == 200
    assert [contact.user_id for contact in sandbox.contacts] == ["u1"]
    with pytest.raises(ValueError, match="already exists"):
        sandbox.add_contact("u1")
    with pytest.raises(ValueError, match="email"):
        sandbox.add_contact("u3", email="x" * 300)


def test_events_oldest_first_and_as_they_are_listed(sandbox):
    now = sandbox.clock.now()
    for second, name in ((2, "b"), (1, "c"), (3, "a")):
        post_event(sandbox, name, created_at=now - second)
    assert [event.event_name for event in sandbox.events] == ["a", "b", "c"]
    listed = call(sandbox, "GET", "/events?type=user&user_id=u1").json["events"]
    assert [event["id"] for event in listed] == [event.id for event in reversed(sandbox.events)]
    with pytest.raises(AttributeError):
        sandbox.events[0].event_name = "x"


def test_items_of_lists_and_bulk_calls_tell_what_was_sent(sandbox):
    now = sandbox.clock.now()
    good = {"event_name": "good", "user_id": "u1", "created_at": now}
    bad = {"event_name": "bad", "user_id": "nobody", "created_at": now}
    assert call(sandbox, "POST", "/events", {"data": [good, bad]}).status == 422
    items = [{"method": "post", "data_type": "event", "data": one} for one in (good, bad)]
    assert call(sandbox, "POST", "/bulk/events", {"items": items}).status < 300
    seen = [(r.path, r.status, r.code, r.event_name, r.sent) for r in sandbox.refusals]
    assert seen == [
        ("/events", 422, "not_found", "bad", bad),
        ("/bulk/events", 202, "not_found", "bad", None),
    ]
    assert [duplicate.user_id for duplicate in sandbox.duplicates] == ["u1"]


def test_requests_tell_what_came(sandbox):
    post_event(sandbox, metadata={"a": 1})
    call(sandbox, "GET", "/me?x=1")
    first, second = sandbox.requests
    assert (first.number, first.method, first.path, first.status) == (1, "POST", "/events", 202)
    assert first.headers["authorization"] == f"Bearer {sandbox.token}"
    assert b'"metadata"' in first.body
    assert first.at == sandbox.clock.now()
    assert (second.query, second.status, second.fault, second.body) == ("x=1", 200, None, b"")


def test_the_clock_sets_the_bounds_and_the_window(sandbox):
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    assert post_event(sandbox, created_at=int(moment.timestamp())).status == 400
    sandbox.clock.set(moment)
    assert post_event(sandbox).status == 202
    assert len(call(sandbox, "GET", "/events?type=user&user_id=u1").json["events"]) == 1
    sandbox.clock.move(timedelta(days=91))
    assert call(sandbox, "GET", "/events?type=user&user_id=u1").json["events"] == []
    sandbox.assert_tracked("did", created_at=moment)


@pytest.mark.intercom_sandbox(profile="like-intercom", event_names_max=2)
def test_a_marker_chooses_the_profile(sandbox):
    assert sandbox.settings == {"profile": "like-intercom", "event_names_max": 2}
    statuses = [post_event(sandbox, name).status for name in ("a", "b", "c")]
    assert statuses == [202, 202, 422]
    assert "Cannot have more than 2 active event names" in sandbox.refusals[0].message


def test_the_profile_of_another_test_is_gone_and_may_be_chosen_on_the_way(sandbox):
    assert sandbox.settings == {"profile": "open"}
    assert "x-ratelimit-limit" not in post_event(sandbox).headers
    sandbox.use_profile("like-intercom")
    assert post_event(sandbox).headers["x-ratelimit-limit"] == "1667"
    sandbox.use_profile(create_unknown_contacts=True)
    assert post_event(sandbox, user_id="new").status == 202
    sandbox.assert_tracked("did", user_id="new")
    with pytest.raises(ValueError, match="profile must be open or like-intercom"):
        sandbox.use_profile("like-segment")
    with pytest.raises(ValueError, match="did you mean event_names_max"):
        sandbox.use_profile(event_name_max=3)


def test_many_clients_at_once(sandbox):
    now = sandbox.clock.now()
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(post_event, sandbox, created_at=now - n) for n in range(40)]
    assert {one.result().status for one in sent} == {202}
    sandbox.assert_tracked("did", times=40)


def test_without_pytest_it_is_a_context():
    with (
        Sandbox(profile="like-intercom", body_bytes_max=100, token="my-own") as one,
        Sandbox() as two,
    ):
        one.add_contact("u1")
        assert (one.token, post_event(one).status) == ("my-own", 202)
        assert post_event(one, metadata={"a": "x" * 100}).status == 413
        assert (two.contacts, post_event(two).status) == ([], 404)
        folder = one._engine._folder.path
        with pytest.raises(CannotListen, match="is taken"):
            Sandbox(port=int(one.base_url.rsplit(":")[-1]))
    assert not folder.exists()
    one.close()
    with pytest.raises(RuntimeError, match="closed"):
        one.empty()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"profile": "none"}, "profile must be"),
        ({"event_names_max": -1}, "event_names_max must be"),
        ({"body_bytes_max": 0}, "body_bytes_max"),
        ({"body_byte_max": 5}, "is no setting"),
        ({"token": "two words"}, "a token has"),
        ({"queue_events_max": 10}, "queue_events_max must be at least"),
    ],
)
def test_what_cannot_be_set_up_is_said(given, words):
    with pytest.raises(ValueError, match=words):
        Sandbox(**given)


def test_one_that_was_never_started_can_be_closed():
    sandbox = Sandbox()
    folder = sandbox._engine._folder.path
    sandbox.close()
    assert not folder.exists()
