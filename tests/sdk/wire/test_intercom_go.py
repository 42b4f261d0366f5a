"""What intercom-go 2 sends, replayed byte by byte (docs/wire.md "What breaks SDKs")."""

from __future__ import annotations

from tests.support.sdk_wire import JSON, check_accepted, check_job, errors_of, named


def test_go_2_saves_with_app_id_and_reads_the_first_error(wire, user, unique, an_hour_ago):
    headers = JSON | wire.basic_app | {"User-Agent": "intercom-go/0.0.1"}
    event = {"email": user["email"], "event_name": "PAGE_VIEW", "created_at": an_hour_ago}
    check_accepted(wire.send("POST", "/events", headers, event))
    assert named(wire.listed(email=user["email"])) == [("PAGE_VIEW", an_hour_ago)]

    answer = wire.send("POST", "/events", headers, event | {"email": unique("no") + "@example.org"})
    assert answer.status == 404
    [error] = answer.json()["errors"]
    assert (error["code"], error["message"]) == ("not_found", "User Not Found")


def test_go_2_submits_adds_to_and_finds_a_job_of_events(wire, user, unique, an_hour_ago):
    headers = JSON | wire.basic_app | {"User-Agent": "intercom-go/0.0.1"}
    event = {"user_id": user["external_id"], "event_name": "bought", "created_at": an_hour_ago}
    item = {"method": "post", "data_type": "event", "data": event}
    stranger = item | {"data": event | {"user_id": unique("nobody")}}

    job = check_job(wire.send("POST", "/bulk/events", headers, {"items": [item]}), 1)
    # The id of the job stands before the items.
    more = {"job": {"id": job["id"]}, "items": [stranger, item]}
    check_job(wire.send("POST", "/bulk/events", headers, more), 1, 2)
    found = check_job(wire.send("GET", f"/jobs/{job['id']}", headers), 1, 2)

    # Its map of links holds texts only.
    assert {type(link) for link in found["links"].values()} == {str}
    assert errors_of(wire, headers, job) == [("post", "not_found", "User Not Found")]
    assert named(wire.listed(user_id=user["external_id"])) == [("bought", an_hour_ago)]


def test_go_2_submits_users(wire, unique):
    headers = JSON | wire.basic_app
    user_id = unique("go")
    data = {"user_id": user_id, "email": f"{user_id}@example.org", "companies": []}
    items = [
        {"method": "post", "data_type": "user", "data": data | {"new_session": True}},
        {"method": "delete", "data_type": "user", "data": data},
    ]

    job = check_job(wire.send("POST", "/bulk/users", headers, {"items": items}), 2)

    assert errors_of(wire, headers, job) == []
    assert wire.send("GET", f"/users?user_id={user_id}", headers).status == 404


def test_go_2_reads_the_first_error_of_a_job_that_is_not_there(wire, facts):
    answer = wire.send("GET", "/jobs/job_5ca1ab1eca11ab1e", JSON | wire.basic_app)
    assert answer.status == 404
    facts.check_error(answer.json(), "job_not_found", "job job_5ca1ab1eca11ab1e not found")
