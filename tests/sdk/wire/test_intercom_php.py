"""What intercom-php 4 sends, replayed byte by byte (docs/wire.md "What breaks SDKs")."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.support.sdk_wire import JSON, check_accepted, check_job, errors_of, named


def test_php_4_sends_a_content_type_with_get_and_follows_next_verbatim(wire, user, an_hour_ago):
    headers = JSON | wire.basic_app | {"User-Agent": "Intercom-PHP/4.4.0"}
    for number in range(3):
        event = {
            "event_name": "bought",
            "created_at": an_hour_ago + number,
            "user_id": user["external_id"],
        }
        check_accepted(wire.send("POST", "/events", headers, event))
    first = wire.send(
        "GET", f"/events?user_id={user['external_id']}&per_page=2&type=user", headers
    ).json()
    url = urlsplit(first["pages"]["next"])
    assert f"{url.scheme}://{url.netloc}" == f"http://{wire.host}"
    second = wire.send("GET", f"{url.path}?{url.query}", headers).json()

    assert [e["created_at"] - an_hour_ago for e in first["events"] + second["events"]] == [2, 1, 0]
    assert second["pages"]["next"] is None


def test_php_4_submits_events_and_users_in_bulk(wire, user, unique, an_hour_ago):
    headers = JSON | wire.basic_app | {"User-Agent": "Intercom-PHP/4.5.1"}
    event = {
        "event_name": "Eventful 1",
        "created_at": an_hour_ago,
        "user_id": user["external_id"],
        "metadata": [],  # PHP writes an empty array so, where an object is meant.
    }
    named_well = {"method": "post", "data_type": "event", "data": event | {"metadata": {"a": 1}}}
    items = [named_well, {"method": "post", "data_type": "event", "data": event}]

    job = check_job(wire.send("POST", "/bulk/events", headers, {"items": items}), 2)

    [error] = errors_of(wire, headers, job)
    assert error == ("post", "parameter_invalid", "metadata must be an object")
    assert named(wire.listed(user_id=user["external_id"])) == [("Eventful 1", an_hour_ago)]
    user_id = unique("php")
    items = [{"method": "post", "data_type": "user", "data": {"user_id": user_id, "name": "Ada"}}]
    job = check_job(wire.send("POST", "/bulk/users", headers, {"items": items}), 1)
    assert errors_of(wire, headers, job) == []
    assert wire.send("GET", f"/users?user_id={user_id}", headers).json()["name"] == "Ada"
