"""The sandbox's own calls: all that Python has, and nowhere but in a sandbox."""

from __future__ import annotations

import pytest

from tests.sandbox.raw import call, post_event
from tests.support.inprocess import in_process

BASE = "/pastense/v1"


def own(sandbox, method: str, path: str, body: object = None):
    """A call without a token."""
    return call(sandbox, method, f"{BASE}/{path}", body, token="")


def test_a_server_that_serves_has_none_of_them(tmp_path):
    with in_process(tmp_path) as server:
        calls = [("POST", "faults"), ("PUT", "clock"), ("DELETE", "sandbox"), ("GET", "faults")]
        calls.append(("POST", "sandbox/assert_tracked"))
        body = {"fault": "fail_next"}
        statuses = [server.call(method, f"{BASE}/{path}", body).status for method, path in calls]
        assert statuses == [404] * 5
        assert server.call("GET", "/me").status == 200


def test_faults_are_added_listed_and_taken_back(sandbox):
    fault = {"fault": "fail_next", "count": 2, "status": 429, "path": "/events"}
    reply = own(sandbox, "POST", "faults", fault)
    assert (reply.status, reply.json["data"][0]["status"]) == (200, 429)
    assert post_event(sandbox).status == 429
    [waiting] = own(sandbox, "GET", "faults").json["data"]
    assert (waiting["fault"], waiting["count"], waiting["path"]) == ("fail_next", 1, "/events")
    assert own(sandbox, "DELETE", "faults").status == 204
    assert post_event(sandbox).status == 202
    for more in ({"fault": "hang", "seconds": 0.01}, {"fault": "revoke_token"}):
        assert own(sandbox, "POST", "faults", more).status == 200
    assert post_event(sandbox).status == 401


@pytest.mark.parametrize("kind", ["reset_connection", "lose_answer"])
def test_connections_are_cut_as_from_python(sandbox, kind):
    assert own(sandbox, "POST", "faults", {"fault": kind}).status == 200
    with pytest.raises(ConnectionError):
        post_event(sandbox)
    sandbox.assert_tracked("did", times=int(kind == "lose_answer"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "fault must be fail_next, hang"),
        ({"fault": "explode"}, "fault must be"),
        ({"fault": ["hang"]}, "fault must be"),
        ({"fault": "fail_next", "status": 200}, "status must be an HTTP status from 400 to 599"),
        ({"fault": "fail_next", "count": 0}, "count must be"),
        ({"fault": "fail_next", "count": "many"}, "count"),
        ({"fault": "fail_next", "stauts": 500}, "stauts is not known here"),
        ({"fault": "hang"}, "seconds must be"),
        ({"fault": "hang", "seconds": 1, "path": "events"}, "path must begin with a slash"),
        ({"fault": "revoke_token", "count": 1}, "fault must be"),
        ([], ""),
        (b"{", ""),
    ],
)
def test_a_bad_fault_is_a_400(sandbox, body, words):
    reply = own(sandbox, "POST", "faults", body)
    assert reply.status == 400
    assert words in reply.json["errors"][0]["message"]
    assert sandbox.pending_faults == []


def test_the_clock_is_set_moved_and_frozen(sandbox):
    assert own(sandbox, "PUT", "clock", {"now": 2_000_000_000, "frozen": True}).json == {
        "now": 2_000_000_000,
        "frozen": True,
    }
    assert own(sandbox, "PUT", "clock", {"move_s": -60}).json["now"] == 1_999_999_940
    assert own(sandbox, "GET", "clock").json["frozen"] is True
    assert own(sandbox, "PUT", "clock", {"frozen": False}).json["frozen"] is False
    for bad in ({"now": 10**13}, {"now": "noon"}, {"frozen": 1}, {"move_s": None}, {"add": 1}):
        assert own(sandbox, "PUT", "clock", bad).status == 400, bad


def test_records_profile_and_emptying(sandbox):
    post_event(sandbox, metadata={"a": 1})
    post_event(sandbox, metadata={"a": 2})
    post_event(sandbox, user_id="nobody")
    shown = own(sandbox, "GET", "sandbox").json
    assert shown["counts"] == {"contacts": 1, "events": 1, "requests": 3}
    lists = ("events", "contacts", "duplicates", "refusals", "requests")
    found = {name: own(sandbox, "GET", f"sandbox/{name}").json["data"] for name in lists}
    assert [len(found[name]) for name in lists] == [1, 1, 1, 1, 3]
    assert found["events"][0]["metadata"] == {"a": 1}
    assert found["requests"][2]["status"] == 404
    reply = own(sandbox, "PUT", "sandbox", {"profile": "like-intercom", "event_names_max": 1})
    assert reply.json["settings"] == {"profile": "like-intercom", "event_names_max": 1}
    assert own(sandbox, "PUT", "sandbox", {"profile": "none"}).status == 400
    assert own(sandbox, "DELETE", "sandbox").status == 204
    assert own(sandbox, "GET", "sandbox").json["counts"]["events"] == 0


def test_an_assertion_in_any_language(sandbox):
    post_event(sandbox, metadata={"a": 1})
    wanted = {"event_name": "did", "user_id": "u1", "metadata": {"a": 1}}
    path = "sandbox/assert_tracked"
    assert own(sandbox, "POST", path, wanted).json["data"][0]["user_id"] == "u1"
    reply = own(sandbox, "POST", path, wanted | {"times": 2})
    assert (reply.status, "found 1" in reply.json["message"]) == (422, True)
    for bad in ({}, {"event_name": 5}, wanted | {"time": 1}, wanted | {"timeout_s": "5"}):
        assert own(sandbox, "POST", path, bad).status == 400


def test_an_unknown_path_or_method_is_answered_as_elsewhere(sandbox):
    reply = own(sandbox, "PATCH", "faults")
    assert (reply.status, reply.headers["allow"]) == (405, "DELETE, GET, POST")
    assert own(sandbox, "GET", "sandbox/nothing").status == 404
    assert call(sandbox, "GET", f"{BASE}/faultsy").status == 404
    assert [request.path for request in sandbox.requests] == [f"{BASE}/faultsy"]
