"""What intercom-client 2 to 4 sends, replayed byte by byte (docs/wire.md "What breaks SDKs")."""

from __future__ import annotations

import pytest
from tests.support.sdk_wire import JSON, check_accepted, check_job, errors_of, named


def test_node_4_lists_by_user_with_every_parameter(wire, user, an_hour_ago):
    event = {"event_name": "x", "created_at": an_hour_ago, "user_id": user["external_id"]}
    wire.send("POST", "/events", JSON | wire.bearer, event)
    target = f"/events?type=user&user_id={user['external_id']}&per_page=2&summary=false"

    answer = wire.send("GET", target, JSON | wire.bearer | {"Accept": "*/*"})
    assert named(answer.json()["events"]) == [("x", an_hour_ago)]


def test_node_2_creates_an_event_with_its_own_names(wire, user, an_hour_ago):
    headers = JSON | wire.basic_app | {"User-Agent": "intercom-node-client/2.0.0"}
    event = {"event_name": "Foo", "created_at": an_hour_ago, "user_id": user["external_id"]}
    check_accepted(wire.send("POST", "/events", headers, event))
    assert named(wire.listed(user_id=user["external_id"])) == [("Foo", an_hour_ago)]


@pytest.mark.parametrize("version", ["3.2.1", "4.0.0"])
def test_node_3_and_4_create_an_event(wire, user, an_hour_ago, version):
    headers = JSON | wire.basic_token | {"User-Agent": f"intercom-node-client/{version}"}
    event = {"event_name": "Foo", "created_at": an_hour_ago, "id": user["id"], "metadata": {}}
    check_accepted(wire.send("POST", "/events", headers, event))
    assert named(wire.listed(user_id=user["external_id"])) == [("Foo", an_hour_ago)]


def test_node_2_sends_events_and_users_in_bulk(wire, user, unique, an_hour_ago):
    headers = JSON | wire.basic_app
    event = {"event_name": "Foo", "created_at": an_hour_ago, "user_id": user["external_id"]}
    item = {"method": "post", "data_type": "event", "data": event}

    job = check_job(wire.send("POST", "/bulk/events", headers, {"items": [item]}), 1)
    assert errors_of(wire, headers, job) == []
    assert named(wire.listed(user_id=user["external_id"])) == [("Foo", an_hour_ago)]

    refused = wire.send("POST", "/bulk/events", headers, {"items": [item | {"method": "delete"}]})
    assert refused.status == 400
    assert refused.json()["errors"][0]["message"].startswith("events do not support bulk delete")

    data = {"user_id": unique("node")}
    items = [
        {"method": "post", "data_type": "user", "data": data},
        {"method": "delete", "data_type": "user", "data": data | {"user_id": unique("nobody")}},
    ]
    job = check_job(wire.send("POST", "/bulk/users", headers, {"items": items}), 2)
    assert errors_of(wire, headers, job) == [("delete", "not_found", "User Not Found")]
