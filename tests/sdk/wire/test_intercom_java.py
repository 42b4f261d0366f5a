"""What intercom-java 1 to 4 sends, replayed byte by byte (docs/wire.md "What breaks SDKs")."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from tests.support.sdk_wire import JSON, check_accepted, check_job, named


def test_java_2_event_carries_its_type_and_always_metadata(wire, user, an_hour_ago):
    event = {
        "type": "event",
        "event_name": "invited-friend",
        "created_at": an_hour_ago,
        "user_id": user["external_id"],
        "metadata": {"invitee_vip": True, "found_date": 12909364407, "at_ms": 1700000000000},
    }
    bare = event | {"event_name": "left", "metadata": {}}
    headers = JSON | wire.basic_token | {"User-Agent": "intercom-java/2.8.2"}
    check_accepted(wire.send("POST", "/events", headers, event))
    check_accepted(wire.send("POST", "/events", headers, bare))

    listed = {item["event_name"]: item["metadata"] for item in wire.listed(email=user["email"])}
    assert listed == {"invited-friend": event["metadata"], "left": {}}


def test_java_4_unstable_sends_the_filter_in_encoded_brackets(wire, user, an_hour_ago):
    headers = JSON | wire.bearer | {"Intercom-Version": "2.14"}
    event = {"event_name": "x", "created_at": an_hour_ago, "user_id": user["external_id"]}
    wire.send("POST", "/events", headers, event)
    spellings = [
        f"filter%5Buser_id%5D={user['external_id']}",
        f"filter[user_id]={user['external_id']}",
        f"filter%5Bemail%5D={quote(user['email'])}",
        f"filter%5Bintercom_user_id%5D={user['id']}",
        "filter=" + quote(json.dumps({"user_id": user["external_id"]})),
        "filter=" + quote(json.dumps({"intercom_user_id": user["id"]}, separators=(",", ":"))),
        f"user_id={user['external_id']}",
        f"email={quote(user['email'])}",
        f"intercom_user_id={user['id']}",
    ]
    for spelling in spellings:
        answer = wire.send("GET", f"/events?{spelling}&type=user", headers)
        assert answer.status == 200, spelling
        assert named(answer.json()["events"]) == [("x", an_hour_ago)], spelling


@pytest.mark.parametrize("missing", ["created_at", "event_name"])
def test_java_1_and_node_events_that_lack_a_key(wire, user, an_hour_ago, missing, facts):
    event = {"event_name": "x", "created_at": an_hour_ago, "user_id": user["external_id"]}
    del event[missing]
    answer = wire.send("POST", "/events", JSON | wire.basic_app, event)

    assert answer.status == 400
    facts.check_error(answer.json(), "parameter_not_found", "missing data parameter")
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


def java_item(event: dict, **more: object) -> dict:
    """An item as Jackson writes it: each object with its type."""
    data = {"type": "event", "metadata": {}} | event
    return {"type": "job_item", "method": "post", "data_type": "event", "data": data} | more


def test_java_2_submits_events_and_adds_to_the_job_it_was_given(wire, user, unique, an_hour_ago):
    headers = JSON | wire.basic_token | {"User-Agent": "intercom-java/2.8.2"}
    event = {"event_name": "ordered", "created_at": an_hour_ago, "user_id": user["external_id"]}
    stranger = java_item(event | {"user_id": unique("nobody")})

    job = check_job(
        wire.send("POST", "/bulk/events", headers, {"items": [java_item(event), stranger]}), 2
    )
    # The whole job object goes back, tasks and links included.
    sent = {"type": "job", **job, "tasks": [{"type": "job_task", **t} for t in job["tasks"]]}
    body = {"items": [java_item(event | {"event_name": "paid"})], "job": sent}
    check_job(wire.send("POST", "/bulk/events", headers, body), 2, 1)

    assert sorted(named(wire.listed(user_id=user["external_id"]))) == [
        ("ordered", an_hour_ago),
        ("paid", an_hour_ago),
    ]


def test_java_2_lists_the_error_feed_of_events(wire, unique, an_hour_ago):
    headers = JSON | wire.basic_token
    event = {"event_name": "ordered", "created_at": an_hour_ago, "user_id": unique("nobody")}
    job = wire.send("POST", "/bulk/events", headers, {"items": [java_item(event)]}).json()

    feed = wire.send("GET", f"/jobs/{job['id']}/error", headers).json()

    [item] = feed["items"]
    assert item["type"] == "job_item"
    assert (type(item["id"]), type(item["updated_at"])) == (str, int)
    assert (item["method"], item["data_type"]) == ("post", "event")
    assert item["data"] == {"type": "event", "metadata": {}, **event}
    assert set(item["error"]) <= {"type", "code", "message", "field"}
    assert all(isinstance(address, str) for address in feed["pages"].values())


def test_java_2_without_a_data_type(wire, unique):
    # So did 2.2 send users (intercom-java#83).
    headers = JSON | wire.basic_token
    user_id = unique("untyped")
    data = {"user_id": user_id, "custom_attributes": {"is_staff": False, "plan": None}}
    job = wire.send("POST", "/bulk/users", headers, {"items": [{"method": "post", "data": data}]})

    check_job(job, 1)
    assert wire.send("GET", f"/users?user_id={user_id}", headers).status == 200


def test_java_2_finds_and_updates_a_job(wire, user, an_hour_ago):
    headers = JSON | wire.basic_token
    event = {"event_name": "ordered", "created_at": an_hour_ago, "email": user["email"]}
    job = check_job(wire.send("POST", "/bulk/events", headers, {"items": [java_item(event)]}), 1)

    changed = {"type": "job", **job, "name": "import", "closing_at": job["closing_at"] + 60}
    updated = check_job(wire.send("POST", f"/jobs/{job['id']}", headers, changed), 1)

    assert (updated["name"], updated["closing_at"]) == ("import", job["closing_at"] + 60)
    assert check_job(wire.send("GET", f"/jobs/{job['id']}", headers), 1) == updated


def test_java_4_asks_for_the_status_of_a_job(wire, user, an_hour_ago, facts):
    headers = JSON | wire.bearer | {"Intercom-Version": "2.14"}
    event = {"event_name": "ordered", "created_at": an_hour_ago, "email": user["email"]}
    job = wire.send("POST", "/bulk/events", headers, {"items": [java_item(event)]}).json()

    status = wire.send("GET", f"/jobs/status/{job['id']}", headers).json()

    assert (status["type"], status["id"], status["status"]) == ("job", job["id"], "success")
    unknown = wire.send("GET", "/jobs/status/job_1", headers)
    assert unknown.status == 404
    facts.check_error(unknown.json(), "job_not_found", "Job Not Found")
