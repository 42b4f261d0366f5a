"""Events over HTTP: stored once, listed newest first, counted, paged both ways."""

from __future__ import annotations

import json
import uuid
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from pastense.limits import Limits
from tests.support.inprocess import NOW, InProcess, in_process

DAY_S = 86_400


def names(events: list[dict]) -> list[str]:
    return [event["event_name"] for event in events]


def follow(server: InProcess, url: str) -> dict:
    """Get an absolute URL of an answer, as older SDKs do."""
    parts = urlsplit(url)
    assert parts.scheme == "http"
    assert parts.netloc == f"127.0.0.1:{server.port}"
    reply = server.call("GET", f"{parts.path}?{parts.query}")
    assert reply.status == 200, reply
    return reply.json


def test_one_event_from_post_to_list(server: InProcess) -> None:
    metadata = {
        "order_date": 1392036272,
        "link": "https://example.org",
        "rich": {"url": "https://example.org/1", "value": "3434"},
        "price": {"amount": 34999, "currency": "eur"},
        "load": 3.67,
        "paid": True,
        "none": None,
        "text": 'é\u2028😀\\"',
    }
    reply = server.post_event(event_name="  placed order ", metadata=metadata)
    assert (reply.status, reply.body) == (202, b"")
    assert reply.headers["content-length"] == "0"
    contact = server.call("GET", "/contacts/find_by_external_id/u1").json
    listed = server.call("GET", "/events?type=user&user_id=u1").json
    assert list(listed["events"][0]["metadata"].items()) == list(metadata.items()), "order as sent"
    assert listed == {
        "type": "event.list",
        "email": None,
        "intercom_user_id": contact["id"],
        "user_id": "u1",
        "events": [
            {
                "type": "event",
                "id": reply.headers["pastense-event-id"],
                "created_at": NOW,
                "event_name": "placed order",
                "user_id": "u1",
                "email": None,
                "intercom_user_id": contact["id"],
                "metadata": metadata,
            }
        ],
        "pages": {
            "next": None,
            "since": f"http://127.0.0.1:{server.port}/events?intercom_user_id={contact['id']}"
            f"&type=user&since={NOW * 1000}",
        },
    }
    assert uuid.UUID(listed["events"][0]["id"]).version == 1


def test_the_first_copy_wins_whole(server: InProcess) -> None:
    first = server.post_event(metadata={"copy": 1})
    again = server.post_event(metadata={"copy": 2, "more": True})
    assert (again.status, again.body) == (202, b"")
    assert again.headers["pastense-event-id"] == first.headers["pastense-event-id"]
    assert [event["metadata"] for event in server.listed()] == [{"copy": 1}]
    summary = server.call("GET", "/events?type=user&user_id=u1&summary=true").json
    assert summary["events"][0]["count"] == 1
    counters = server.call("GET", "/pastense/v1/counters", token=server.make_token("admin")).json
    assert counters["counters"]["events_stored"] == 1
    assert counters["counters"]["events_duplicate"] == 1


@pytest.mark.parametrize("created_at", [NOW, NOW + 0.9, str(NOW), f" {NOW} ", float(NOW)], ids=repr)
def test_the_same_second_in_every_spelling(shared: InProcess, created_at: object) -> None:
    shared.post_event(event_name="spelt", created_at=created_at)
    assert names(shared.listed()).count("spelt") == 1


def test_bounds_of_time_are_inclusive(server: InProcess) -> None:
    assert server.post_event(created_at=0).status == 202
    assert server.post_event(created_at=NOW + DAY_S).status == 202
    summary = server.call("GET", "/events?type=user&user_id=u1&summary=true").json["events"]
    assert summary == [
        {
            "name": "did",
            "first": "1970-01-01T00:00:00.000Z",
            "last": "2027-01-16T08:00:00.000Z",
            "count": 2,
            "description": None,
        }
    ]


def test_identifiers_the_strongest_wins(server: InProcess) -> None:
    user = server.call("POST", "/contacts", {"external_id": 77, "email": "A@b.c"}).json
    lead = server.call("POST", "/contacts", {"role": "lead", "email": "lead@b.c"}).json
    cases = [
        ({"id": lead["id"], "user_id": "u1", "email": "a@b.c"}, lead),
        ({"intercom_user_id": lead["id"], "user_id": "u1"}, lead),
        ({"user_id": 77, "email": "nobody@b.c"}, user),
        ({"user_id": None, "email": "a@B.C"}, user),
    ]
    for index, (identifiers, contact) in enumerate(cases):
        assert server.post_event(event_name=f"case {index}", **identifiers).status == 202
        assert names(server.listed(f"intercom_user_id={contact['id']}"))[0] == f"case {index}"
    reply = server.post_event(user_id=None, email="lead@b.c")
    assert reply.error == (404, "not_found", "email"), "a lead is addressed by its id"


def test_archived_contacts_refuse_events_and_are_read(server: InProcess) -> None:
    server.post_event()
    contact = server.call("GET", "/contacts/find_by_external_id/u1").json["id"]
    server.call("POST", f"/contacts/{contact}/archive")
    assert server.post_event(event_name="late").error == (404, "not_found", "user_id")
    assert names(server.listed()) == ["did"]
    server.call("POST", f"/contacts/{contact}/unarchive")
    assert server.post_event(event_name="late").status == 202
    assert names(server.listed()) == ["late", "did"], "one second, by slot"


def test_ten_keys_are_kept_and_the_rest_is_said(server: InProcess) -> None:
    metadata = {f"k{index}": index for index in range(12)}
    reply = server.post_event(metadata=metadata)
    assert (reply.status, reply.headers["pastense-ignored-keys"]) == (202, "2")
    assert list(server.listed()[0]["metadata"]) == [f"k{index}" for index in range(10)]
    counters = server.call("GET", "/pastense/v1/counters", token=server.make_token("admin")).json
    assert counters["counters"]["metadata_keys_ignored"] == 2


def test_the_legacy_list(server: InProcess) -> None:
    body = {
        "type": "event.list",
        "user": {"user_id": "u1"},
        "data": [
            {"type": "event", "event_name": "a", "created": NOW},
            {"type": "event", "event_name": "a", "created": NOW},
            {"type": "event", "event_name": "b", "created_at": NOW - 1, "user": {"user_id": "u1"}},
            {"event_name": "c", "created": NOW - 2, "user_id": "u1"},
        ],
    }
    reply = server.call("POST", "/events", body)
    assert (reply.status, reply.body) == (202, b"")
    assert reply.headers["pastense-stored"] == "3"
    assert reply.headers["pastense-duplicates"] == "1"
    assert names(server.listed()) == ["a", "b", "c"]
    again = server.call("POST", "/events", body)
    assert (again.headers["pastense-stored"], again.headers["pastense-duplicates"]) == ("0", "4")


@pytest.mark.parametrize(
    "query",
    [
        "user_id=u1",
        "filter[user_id]=u1",
        "filter%5Buser_id%5D=u1",
        "filter=" + quote('{"user_id":"u1"}'),
        "user_id=u1&user_id=u1&filter[user_id]=u1",
        "summary=False&user_id=u1",
        "summary=0&user_id=u1&unknown=x",
    ],
)
def test_every_spelling_of_the_filter(shared: InProcess, query: str) -> None:
    shared.post_event(event_name="spelling")
    assert "spelling" in names(shared.listed(query))


@pytest.mark.parametrize("spelling", ["true", "True", "TRUE", "1"])
def test_every_spelling_of_summary(shared: InProcess, spelling: str) -> None:
    reply = shared.call("GET", f"/events?type=user&user_id=u1&summary={spelling}")
    assert reply.json["type"] == "event.summary"


def test_several_identifiers_must_name_one_contact(server: InProcess) -> None:
    one = server.call("GET", "/contacts/find_by_external_id/u1").json["id"]
    other = server.call("POST", "/contacts", {"external_id": "u2", "email": "u2@b.c"}).json
    same = f"/events?type=user&user_id=u1&intercom_user_id={one}"
    assert server.call("GET", same).status == 200
    different = f"/events?type=user&user_id=u1&intercom_user_id={other['id']}"
    assert server.call("GET", different).error == (400, "parameter_invalid", "user_id")
    assert server.call("GET", "/events?type=user&user_id=u1&email=u2@b.c").status == 400
    both = f"/events?type=user&user_id=u2&email=U2@b.c&filter[intercom_user_id]={other['id']}"
    assert server.call("GET", both).status == 200
    unknown = "/events?type=user&user_id=u1&email=nobody@b.c"
    assert server.call("GET", unknown).error == (404, "not_found", "email")


def test_paging_back_and_forth_inside_one_second(server: InProcess) -> None:
    items = [{"event_name": f"n{i:02}", "created_at": NOW, "user_id": "u1"} for i in range(50)]
    assert server.call("POST", "/events", {"data": items}).status == 202
    page = server.call("GET", "/events?type=user&user_id=u1&per_page=7").json
    newest = page["pages"]["since"]
    seen = names(page["events"])
    while page["pages"]["next"]:
        page = follow(server, page["pages"]["next"])
        seen += names(page["events"])
    assert seen == [f"n{index:02}" for index in reversed(range(50))]
    empty = follow(server, newest)
    assert (empty["events"], empty["pages"]["since"]) == ([], newest), "gives its since back"
    server.post_event(event_name="later")
    assert names(follow(server, newest)["events"]) == ["later"]


def test_since_survives_into_next(server: InProcess) -> None:
    for second in range(6):
        server.post_event(created_at=NOW - second)
    since = (NOW - 4) * 1000
    page = server.call("GET", f"/events?type=user&user_id=u1&per_page=3&since={since}").json
    assert [event["created_at"] - NOW for event in page["events"]] == [0, -1, -2]
    query = dict(parse_qsl(urlsplit(page["pages"]["next"]).query))
    assert (query["since"], query["per_page"]) == (str(since), "3")
    rest = follow(server, page["pages"]["next"])
    assert [event["created_at"] - NOW for event in rest["events"]] == [-3], "since is exclusive"
    assert rest["pages"]["next"] is None


def test_an_empty_contact_has_pages_too(server: InProcess) -> None:
    page = server.call("GET", "/events?type=user&user_id=u1").json
    assert (page["events"], page["pages"]["next"]) == ([], None)
    server.post_event()
    assert names(follow(server, page["pages"]["since"])["events"]) == ["did"]


def test_the_list_window(server: InProcess) -> None:
    server.post_event(event_name="old", created_at=NOW - 90 * DAY_S)
    server.post_event(event_name="edge", created_at=NOW - 90 * DAY_S + 1)
    assert names(server.listed()) == ["edge"]
    server.clock.move(1)
    assert names(server.listed()) == []
    summary = server.call("GET", "/events?type=user&user_id=u1&summary=1").json["events"]
    assert [item["name"] for item in summary] == ["edge", "old"]


def test_imported_summaries_stand_beside_recorded_events(server: InProcess) -> None:
    server.post_event()
    item = {"event_name": "did", "count": 5, "first": 100, "last": 200}
    for _ in range(2):
        reply = server.call("POST", "/events/summaries", {"user_id": "u1", "event_summaries": item})
        assert (reply.status, reply.body) == (200, b"")
    listed = {"user_id": "u1", "event_summaries": [item | {"event_name": "never seen"}]}
    assert server.call("POST", "/events/summaries", listed).status == 200
    summary = server.call("GET", "/events?type=user&user_id=u1&summary=true").json["events"]
    assert [(i["name"], i["count"], i["first"][:4], i["last"][:4]) for i in summary] == [
        ("did", 6, "1970", "2027"),
        ("never seen", 5, "1970", "1970"),
    ]
    assert names(server.listed()) == ["did"], "an import is no event"


def test_urls_follow_the_host_and_nobody_else(server: InProcess) -> None:
    path = "/events?type=user&user_id=u1"
    asked = {"Host": "events.example.org:8443", "X-Forwarded-Host": "evil.example", "Accept": "*/*"}
    since = server.call("GET", path, headers=asked).json["pages"]["since"]
    assert since.startswith("http://events.example.org:8443/events?")


def test_settings_change_the_rules(tmp_path) -> None:
    changed = {
        "create_unknown_contacts": True,
        "event_names_max": 2,
        "list_window_days": 0,
        "metadata_keys_max": 1,
        "body_bytes_max": 500,
    }
    assert all(getattr(Limits(), name) != value for name, value in changed.items())
    with in_process(tmp_path, **changed) as server:
        assert server.post_event(user_id="new", created_at=5).status == 202
        assert server.post_event(user_id=None, email="New@b.c").status == 202
        assert server.post_event(id="5" * 24).error == (404, "not_found", "id")
        assert names(server.listed("user_id=new")) == ["did"], "no window"
        assert server.listed("email=new@B.C")[0]["email"] == "New@b.c"
        assert server.post_event(event_name="second", metadata={"a": 1, "b": 2}).status == 202
        assert list(server.listed()[0]["metadata"]) == ["a"]
        reply = server.post_event(event_name="third")
        assert reply.error == (422, "422", "event_name")
        message = reply.json["errors"][0]["message"]
        assert message == "Cannot have more than 2 active event names"
        assert server.post_event(event_name="x" * 600).error == (413, "payload_too_large", "body")


def test_unknown_contacts_are_created_once_however_they_come(tmp_path) -> None:
    with in_process(tmp_path, create_unknown_contacts=True) as server:
        items = [
            {"event_name": f"n{index}", "created_at": NOW, "email": email}
            for index, email in enumerate(["a@b.c", "A@b.c", "a@B.c"])
        ]
        assert server.call("POST", "/events", {"data": items}).status == 202
        assert len(server.listed("email=a@b.c")) == 3
        assert server.call("GET", "/contacts").json["total_count"] == 2


def test_nothing_is_logged_of_a_request(
    server: InProcess, caplog: pytest.LogCaptureFixture
) -> None:
    server.post_event(event_name="secret-name", metadata={"a": "secret-value"})
    server.call("GET", "/events?type=user&user_id=secret-user")
    server.call("POST", "/events", json.dumps({"event_name": "secret-name"}).encode()[:-3])
    assert "secret" not in caplog.text
    assert server.secret not in caplog.text


def test_forwarded_headers_count_only_from_trusted_proxies(tmp_path) -> None:
    forwarded = {"X-Forwarded-Host": "events.example.org, inner", "X-Forwarded-Proto": "https"}
    path = "/events?type=user&user_id=u1"
    for folder, proxies, expected in (
        ("trusted", ("127.0.0.0/8",), "https://events.example.org/"),
        ("other", ("10.0.0.0/8",), "http://127.0.0.1:"),
    ):
        (tmp_path / folder).mkdir()
        with in_process(tmp_path / folder, trusted_proxies=proxies) as server:
            since = server.call("GET", path, headers=forwarded).json["pages"]["since"]
            assert since.startswith(expected)


def test_a_public_url_wins(tmp_path) -> None:
    with in_process(tmp_path, public_url="https://events.example.org/api/") as server:
        page = server.call("GET", "/events?type=user&user_id=u1").json
        assert page["pages"]["since"].startswith("https://events.example.org/api/events?")
