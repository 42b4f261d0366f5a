"""What older and other SDKs send, replayed byte by byte (docs/wire.md "What breaks SDKs")."""

from __future__ import annotations

import json
from urllib.parse import quote, urlsplit

import pytest

JSON = {"Content-Type": "application/json", "Accept": "application/json"}
RUBY = {
    "Accept": "application/vnd.intercom.3+json",
    "AcceptEncoding": "gzip, deflate",  # the gem's own spelling; it asks for nothing
    "Content-Type": "application/json",
    "User-Agent": "Intercom-Ruby/4.2.2",
}


@pytest.fixture
def user(wire, unique):
    external_id = unique("legacy")
    return wire.new_contact(external_id=external_id, email=f"{external_id}@example.org")


def check_accepted(answer) -> None:
    """Ruby 3 and 4 parse any byte that follows a 202, so there may be none."""
    assert (answer.status, answer.body) == (202, b"")
    assert answer.headers["Content-Length"] in (None, "0")


def named(events: list[dict]) -> list[tuple]:
    return [(event["event_name"], event["created_at"]) for event in events]


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


@pytest.mark.parametrize("name", ["ruby 4", "python 3", "php 4"])
def test_delete_with_a_body_of_an_empty_object(wire, user, name):
    answer = wire.send("DELETE", f"/contacts/{user['id']}", JSON | wire.bearer, {})

    assert answer.status == 200
    assert answer.json() == {
        "type": "contact",
        "id": user["id"],
        "external_id": user["external_id"],
        "deleted": True,
    }
    assert wire.send("GET", f"/contacts/{user['id']}", wire.bearer).status == 404


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


@pytest.mark.parametrize("body", [None, b"", {}], ids=["no body", "zero bytes", "empty object"])
@pytest.mark.parametrize("path", ["/events", "/events/summaries"])
def test_fern_clients_send_nothing_or_an_empty_object(wire, path, body):
    answer = wire.send("POST", path, JSON | wire.bearer, body)

    assert answer.status == 400
    [error] = answer.json()["errors"]
    assert error["code"] == "parameter_not_found"
    if path == "/events":
        assert error["message"] == "missing data parameter"


@pytest.mark.parametrize("missing", ["created_at", "event_name"])
def test_java_1_and_node_events_that_lack_a_key(wire, user, an_hour_ago, missing, facts):
    event = {"event_name": "x", "created_at": an_hour_ago, "user_id": user["external_id"]}
    del event[missing]
    answer = wire.send("POST", "/events", JSON | wire.basic_app, event)

    assert answer.status == 400
    facts.check_error(answer.json(), "parameter_not_found", "missing data parameter")
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


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


def test_go_2_saves_with_app_id_and_reads_the_first_error(wire, user, unique, an_hour_ago):
    headers = JSON | wire.basic_app | {"User-Agent": "intercom-go/0.0.1"}
    event = {"email": user["email"], "event_name": "PAGE_VIEW", "created_at": an_hour_ago}
    check_accepted(wire.send("POST", "/events", headers, event))
    assert named(wire.listed(email=user["email"])) == [("PAGE_VIEW", an_hour_ago)]

    answer = wire.send("POST", "/events", headers, event | {"email": unique("no") + "@example.org"})
    assert answer.status == 404
    [error] = answer.json()["errors"]
    assert (error["code"], error["message"]) == ("not_found", "User Not Found")


def test_node_4_lists_by_user_with_every_parameter(wire, user, an_hour_ago):
    event = {"event_name": "x", "created_at": an_hour_ago, "user_id": user["external_id"]}
    wire.send("POST", "/events", JSON | wire.bearer, event)
    target = f"/events?type=user&user_id={user['external_id']}&per_page=2&summary=false"

    answer = wire.send("GET", target, JSON | wire.bearer | {"Accept": "*/*"})
    assert named(answer.json()["events"]) == [("x", an_hour_ago)]


@pytest.mark.parametrize("accept", ["application/json", "*/*", RUBY["Accept"], "text/html", None])
def test_any_accept_header_is_answered_in_json(wire, accept):
    headers = wire.bearer if accept is None else wire.bearer | {"Accept": accept}
    answer = wire.send("GET", "/me", headers)

    assert answer.status == 200
    assert answer.json()["type"] == "admin"


@pytest.mark.parametrize(
    "credentials",
    [None, ("pst_of_nobody", ""), ("pi3243fa", "pst_of_nobody"), ("", "")],
    ids=["none", "python 3", "ruby 2", "empty"],
)
def test_wrong_credentials_in_either_basic_form(wire, credentials, an_hour_ago, facts):
    event = {"event_name": "x", "created_at": an_hour_ago, "user_id": "anyone"}
    headers = JSON | wire.basic(*credentials) if credentials else JSON
    answer = wire.send("POST", "/events", headers, event)

    assert answer.status == 401
    facts.check_error(answer.json(), "unauthorized", "Access Token Invalid")
