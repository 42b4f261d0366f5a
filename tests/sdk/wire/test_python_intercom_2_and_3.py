"""What python-intercom 2 and 3 send, replayed byte by byte (docs/wire.md "What breaks SDKs")."""

from __future__ import annotations

from tests.support.sdk_wire import JSON, check_accepted, check_job, errors_of, named


def test_python_3_posts_a_float_to_a_trailing_slash(wire, user, an_hour_ago):
    event = {
        "event_name": "eventful",
        "created_at": float(an_hour_ago) + 0.75,
        "user_id": user["external_id"],
    }
    answer = wire.send("POST", "/events/", JSON | wire.basic_token, event)

    check_accepted(answer)
    assert named(wire.listed(user_id=user["external_id"])) == [("eventful", an_hour_ago)]


def test_python_3_creates_contacts_with_a_trailing_slash(wire, unique):
    external_id = unique("slash")
    answer = wire.send("POST", "/contacts/", JSON | wire.basic_token, {"external_id": external_id})

    assert answer.status == 200
    assert answer.json()["external_id"] == external_id


def test_python_3_asks_for_a_summary_with_a_capital_true(wire, user, an_hour_ago, facts):
    event = {"event_name": "x", "created_at": an_hour_ago, "user_id": user["external_id"]}
    wire.send("POST", "/events/", JSON | wire.basic_token, event)
    for spelling in ("True", "true", "TRUE", "1"):
        target = f"/events?type=user&user_id={user['external_id']}&summary={spelling}"
        answer = wire.send("GET", target, JSON | wire.basic_token)
        assert answer.json()["type"] == "event.summary"
        assert answer.json()["events"] == [
            {
                "name": "x",
                "first": facts.iso(an_hour_ago),
                "last": facts.iso(an_hour_ago),
                "count": 1,
                "description": None,
            }
        ]
    target = f"/events?type=user&user_id={user['external_id']}&summary=False"
    assert wire.send("GET", target, JSON | wire.basic_token).json()["type"] == "event.list"


def test_python_3_reads_next_inside_pages_and_only_its_path(wire, user):
    page = wire.send("GET", f"/events?type=user&user_id={user['external_id']}", wire.basic_token)

    assert page.json()["events"] == []
    assert page.json()["pages"]["next"] is None


def test_python_2_posts_with_and_without_a_slash(wire, user, an_hour_ago):
    headers = JSON | wire.basic_app | {"User-Agent": "python-intercom/2.1.1"}
    event = {"event_name": "created", "created_at": an_hour_ago, "user_id": user["external_id"]}

    check_accepted(wire.send("POST", "/events/", headers, event))
    check_accepted(wire.send("POST", "/events", headers, event | {"event_name": "saved"}))

    assert sorted(named(wire.listed(user_id=user["external_id"]))) == [
        ("created", an_hour_ago),
        ("saved", an_hour_ago),
    ]


def test_python_3_submits_bulk_jobs(wire, user, unique, an_hour_ago):
    headers = JSON | wire.basic_token | {"User-Agent": "python-intercom/3.1.0"}
    event = {"event_name": "bulked", "created_at": an_hour_ago, "user_id": user["external_id"]}
    items = [
        {"method": "post", "data_type": "event", "data": event},
        {"method": "post", "data_type": "event", "data": event | {"user_id": unique("nobody")}},
    ]

    job = check_job(wire.send("POST", "/bulk/events", headers, {"items": items}), 2)
    more = {"items": items[:1], "job": {"id": job["id"]}}
    check_job(wire.send("POST", "/bulk/events", headers, more), 2, 1)

    # Its resources take no `type` for an attribute, and no list of errors may stand in a feed.
    feed = wire.send("GET", f"/jobs/{job['id']}/error", headers).json()
    assert feed.get("type") != "error.list"
    assert errors_of(wire, headers, job) == [("post", "not_found", "User Not Found")]
    assert named(wire.listed(user_id=user["external_id"])) == [("bulked", an_hour_ago)]


def test_python_3_submits_users_with_numbers_for_ids(wire, unique):
    headers = JSON | wire.basic_token
    number = int(unique("7").split("-")[1]) + 7_000_000
    data = {"user_id": number, "email": f"{unique('alice')}@example.com"}
    saved = {"method": "post", "data_type": "user", "data": data}
    archived = {"method": "delete", "data_type": "user", "data": data}

    check_job(wire.send("POST", "/bulk/users", headers, {"items": [saved]}), 1)
    assert wire.send("GET", f"/users?user_id={number}", headers).json()["user_id"] == str(number)
    job = check_job(wire.send("POST", "/bulk/users", headers, {"items": [archived]}), 1)
    assert errors_of(wire, headers, job) == []
    assert wire.send("GET", f"/users?user_id={number}", headers).status == 404
