"""What the Ruby gem 0.3 to 4.2 sends, replayed byte by byte (docs/wire.md "What breaks SDKs")."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from tests.support.sdk_wire import JSON, RUBY, check_accepted, check_job, errors_of, named


def test_ruby_0_3_event_create_posts_a_list_with_users_inside(wire, user, unique, an_hour_ago):
    other = wire.new_contact(email=f"{unique('bob')}@example.com")
    body = {
        "type": "event.list",
        "data": [
            {
                "type": "event",
                "event_name": "invited-friend",
                "created": an_hour_ago,
                "user": {"user_id": user["external_id"]},
                "metadata": {"invitee_email": "pi@example.org", "invite_date": an_hour_ago},
            },
            {
                "type": "event",
                "event_name": "accepted-invite",
                "created": an_hour_ago + 1,
                "user": {"email": other["email"]},
            },
        ],
    }
    answer = wire.send("POST", "/events", JSON | wire.basic_app, body)

    check_accepted(answer)
    assert answer.headers["Pastense-Stored"] == "2"
    assert answer.headers["Pastense-Duplicates"] == "0"
    [event] = wire.listed(user_id=user["external_id"])
    assert (event["event_name"], event["created_at"]) == ("invited-friend", an_hour_ago)
    assert event["metadata"] == {"invitee_email": "pi@example.org", "invite_date": an_hour_ago}
    assert named(wire.listed(email=other["email"])) == [("accepted-invite", an_hour_ago + 1)]


def test_ruby_1_0_save_batch_events_has_a_default_user(wire, user, unique, an_hour_ago):
    other = wire.new_contact(external_id=unique("other"))
    batch = {
        "type": "event.list",
        "user": {"user_id": user["external_id"]},
        "data": [
            {"type": "event", "event_name": "opened", "created": an_hour_ago},
            {"type": "event", "event_name": "opened", "created": an_hour_ago},
            {"type": "event", "event_name": "closed", "created": an_hour_ago},
            {
                "type": "event",
                "event_name": "opened",
                "created": an_hour_ago,
                "user": {"user_id": other["external_id"]},
            },
        ],
    }
    first = wire.send("POST", "/events", JSON | wire.basic_app, batch)
    again = wire.send("POST", "/events", JSON | wire.basic_app, batch)

    for answer, stored, duplicates in ((first, "3", "1"), (again, "0", "4")):
        check_accepted(answer)
        assert answer.headers["Pastense-Stored"] == stored
        assert answer.headers["Pastense-Duplicates"] == duplicates
    assert sorted(named(wire.listed(user_id=user["external_id"]))) == [
        ("closed", an_hour_ago),
        ("opened", an_hour_ago),
    ]
    assert named(wire.listed(user_id=other["external_id"])) == [("opened", an_hour_ago)]


def test_ruby_2_flat_event_with_both_basic_parts(wire, user, an_hour_ago):
    body = {
        "event_name": "placed-order",
        "created_at": an_hour_ago,
        "email": user["email"],
        "metadata": {"order_number": {"value": "34-34", "url": "https://example.org/34"}},
    }
    check_accepted(wire.send("POST", "/events", RUBY | wire.basic_app, body))

    [event] = wire.listed(email=user["email"])
    assert event["metadata"] == body["metadata"]


def test_ruby_4_find_all_follows_next_in_absolute_form(wire, user, an_hour_ago):
    for number in range(5):
        body = {
            "event_name": "viewed",
            "created_at": an_hour_ago + number,
            "user_id": user["external_id"],
        }
        check_accepted(wire.send("POST", "/events", RUBY | wire.bearer, body))
    target = f"/events?type=user&user_id={user['external_id']}&per_page=2"

    seconds = []
    while target is not None:
        page = wire.send("GET", target, RUBY | wire.bearer).json()
        assert {event["type"] for event in page["events"]} == {"event"}
        seconds += [event["created_at"] - an_hour_ago for event in page["events"]]
        # The gem's paginator puts the whole URL into the request line.
        target = page["pages"]["next"]
        assert target is None or urlsplit(target).netloc == wire.host

    assert seconds == [4, 3, 2, 1, 0]


def test_ruby_4_absolute_form_ignores_the_authority(wire, user, an_hour_ago):
    event = {"event_name": "seen", "created_at": an_hour_ago, "user_id": user["external_id"]}
    wire.send("POST", "/events", JSON | wire.bearer, event)
    target = f"https://api.intercom.io/events?type=user&user_id={user['external_id']}"

    answer = wire.send("GET", target, RUBY | wire.bearer)

    assert named(answer.json()["events"]) == [("seen", an_hour_ago)]
    assert urlsplit(answer.json()["pages"]["since"]).netloc == wire.host


def test_ruby_4_sends_a_number_as_id(wire, unique, an_hour_ago):
    number = int(unique("7").split("-")[1]) + 5_000_000
    wire.new_contact(external_id=str(number))
    event = {"event_name": "Eventful 1", "created_at": an_hour_ago, "user_id": number}
    check_accepted(wire.send("POST", "/events", RUBY | wire.bearer, event))
    assert named(wire.listed(user_id=str(number))) == [("Eventful 1", an_hour_ago)]

    answer = wire.send(
        "POST",
        "/events",
        RUBY | wire.bearer,
        {"event_name": "Eventful 1", "created_at": an_hour_ago, "id": 123},
    )
    assert answer.status == 404
    assert answer.json()["errors"][0]["message"] == "User Not Found"


@pytest.mark.parametrize("generation", [3, 4])
def test_ruby_3_and_4_submit_bulk_job(wire, user, unique, an_hour_ago, generation):
    headers = RUBY | (wire.basic_app if generation == 3 else wire.bearer)
    event = {
        "event_name": "ordered-item",
        "created_at": an_hour_ago,
        "user_id": user["external_id"],
        "metadata": {"order_date": an_hour_ago, "stripe_invoice": "inv_3434343434"},
    }
    item = {"method": "post", "data_type": "event", "data": event}
    stranger = item | {"data": event | {"user_id": unique("nobody")}}
    later = item | {"data": event | {"created_at": an_hour_ago + 1}}

    job = check_job(wire.send("POST", "/bulk/events", headers, {"items": [item, stranger]}), 2)
    more = {"items": [later, item], "job": {"id": job["id"]}}
    again = check_job(wire.send("POST", "/bulk/events", headers, more), 2, 2)
    found = check_job(wire.send("GET", f"/jobs/{job['id']}", headers), 2, 2)

    assert job["name"] == "api_bulk_job"
    assert again["id"] == found["id"] == job["id"]
    assert errors_of(wire, headers, job) == [("post", "not_found", "User Not Found")]
    assert named(wire.listed(user_id=user["external_id"])) == [
        ("ordered-item", an_hour_ago + 1),
        ("ordered-item", an_hour_ago),
    ]


def test_ruby_4_submits_users_in_bulk(wire, unique):
    saved, gone = unique("saved"), wire.new_contact(external_id=unique("gone"))
    items = [
        {"method": "post", "data_type": "user", "data": {"user_id": saved, "companies": []}},
        {"method": "delete", "data_type": "user", "data": {"user_id": gone["external_id"]}},
        {"method": "delete", "data_type": "user", "data": {"email": f"{saved}@example.org"}},
    ]
    headers = RUBY | wire.bearer

    job = check_job(wire.send("POST", "/bulk/users", headers, {"items": items}), 3)

    assert errors_of(wire, headers, job) == [("delete", "not_found", "User Not Found")]
    assert wire.send("GET", f"/users?user_id={saved}", headers).json()["user_id"] == saved
    assert wire.send("GET", f"/users?user_id={gone['external_id']}", headers).status == 404


def test_ruby_4_raises_by_the_status_where_a_job_is_not_there(wire):
    for path in ("/jobs/job_abcd1234", "/jobs/job_abcd1234/error"):
        assert wire.send("GET", path, RUBY | wire.bearer).status == 404
