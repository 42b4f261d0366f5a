"""Bulk events over HTTP: the way of a submission, with a job as the answer."""

from __future__ import annotations

import itertools
import json
import re

import pytest

from pastense.errors import Unavailable
from pastense.limits import JOB_ERROR_BYTES_MAX
from pastense.store.base import StoreError
from tests.support.inprocess import NOW, InProcess, Reply, in_process

COUNTS = ("pastense-stored", "pastense-duplicates", "pastense-ignored-keys")


_people = itertools.count(1)


@pytest.fixture
def user(shared: InProcess) -> str:
    """A user of the test's own."""
    external_id = f"bulk-{next(_people)}"
    assert shared.call("POST", "/contacts", {"external_id": external_id}).status == 200
    return external_id


def event(name: str = "did", user_id: object = "u1", **fields: object) -> dict:
    data = {"event_name": name, "created_at": NOW, "user_id": user_id} | fields
    data = {key: value for key, value in data.items() if value is not None}
    return {"method": "post", "data_type": "event", "data": data}


def submit(server: InProcess, *items: object, **more: object) -> Reply:
    return server.call("POST", "/bulk/events", {"items": list(items), **more})


def counts(reply: Reply) -> tuple[str | None, ...]:
    return tuple(reply.headers.get(name) for name in COUNTS)


def feed(server: InProcess, job: dict, query: str = "") -> list[dict]:
    return server.call("GET", f"/jobs/{job['id']}/error{query}").json["items"]


def test_many_events_are_stored_before_the_job_is_answered(shared: InProcess, user: str) -> None:
    items = [event("did", user, created_at=NOW - second) for second in range(1_000)]

    reply = submit(shared, *items)

    assert (reply.status, counts(reply)) == (202, ("1000", "0", None))
    summary = shared.call("GET", f"/events?type=user&user_id={user}&summary=true").json
    assert summary["events"][0]["count"] == 1_000
    again = submit(shared, *items)
    assert (again.status, counts(again)) == (202, ("0", "1000", None))
    assert again.json["id"] != reply.json["id"]


def test_the_job_says_what_was_done(shared: InProcess, user: str) -> None:
    reply = submit(shared, event("a", user), event("b", user))

    job = reply.json
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert re.fullmatch("job_[0-9a-f]{16}", job["id"])
    [task] = job.pop("tasks")
    address = f"http://127.0.0.1:{shared.port}/jobs/{job['id']}"
    assert job == {
        "app_id": shared.store.admin.workspaces()[0].id,
        "id": job["id"],
        "name": "api_bulk_job",
        "state": "completed",
        "created_at": NOW,
        "updated_at": NOW,
        "completed_at": NOW,
        "closing_at": NOW + 900,
        "links": {"self": address, "error": f"{address}/error"},
    }
    assert task == {
        "id": task["id"],
        "item_count": 2,
        "created_at": NOW,
        "started_at": NOW,
        "completed_at": NOW,
        "state": "completed",
    }


def test_each_item_is_judged_on_its_own(shared: InProcess, user: str) -> None:
    bad_time = event("bad", user, created_at="soon", metadata={"cart": "A1"})
    reply = submit(
        shared, event("good", user), bad_time, event(user_id="nobody"), event("good", user)
    )

    assert (reply.status, counts(reply)) == (202, ("1", "1", None))
    job = reply.json
    first, second = feed(shared, job)
    assert first == {
        "type": "job_item",
        "id": f"{job['id']}-1",
        "updated_at": NOW,
        "method": "post",
        "data_type": "event",
        "data": bad_time["data"],
        "error": {
            "code": "parameter_invalid",
            "message": "created_at must be whole Unix seconds, UTC",
            "field": "created_at",
        },
    }
    assert (second["id"], second["data"]["user_id"]) == (f"{job['id']}-2", "nobody")
    assert second["error"] == {
        "code": "not_found",
        "message": "User Not Found",
        "field": "user_id",
    }
    assert [e["event_name"] for e in shared.listed(f"user_id={user}")] == ["good"]


def test_items_are_counted_like_any_submission(server: InProcess) -> None:
    metadata = {f"k{n}": n for n in range(12)}
    reply = submit(server, event(metadata=metadata), event("x", user_id="nobody"))

    assert counts(reply) == ("1", "0", "2")
    admin = server.make_token("admin")
    counters = server.call("GET", "/pastense/v1/counters", token=admin).json["counters"]
    assert counters["events_stored"] == 1
    assert counters["events_refused_not_found"] == 1
    assert counters["metadata_keys_ignored"] == 2


def test_the_older_spellings_of_an_event(shared: InProcess, user: str) -> None:
    named = {"user": {"user_id": user}}
    older = event("older", None, **named, created=NOW - 5, created_at=None)
    numbers = event("numbers", user, type="event", created_at=str(NOW - 9), metadata=None)
    numbers.pop("data_type")
    strange = event("strange", None, user="u1")

    reply = submit(shared, older, numbers, strange)

    assert counts(reply)[:2] == ("2", "0")
    listed = [(e["event_name"], e["created_at"]) for e in shared.listed(f"user_id={user}")]
    assert listed == [("older", NOW - 5), ("numbers", NOW - 9)]
    assert [item["error"]["field"] for item in feed(shared, reply.json)] == ["user"]


def test_an_open_job_is_added_to(server: InProcess) -> None:
    job = submit(server, event("a"), event(user_id="nobody")).json
    server.clock.move(899)

    reply = submit(server, event(user_id="nobody"), event("b"), job={"id": job["id"]})

    assert reply.status == 202
    assert (reply.json["id"], reply.json["updated_at"]) == (job["id"], NOW + 899)
    assert [task["item_count"] for task in reply.json["tasks"]] == [2, 2]
    assert [item["id"][-2:] for item in feed(server, job)] == ["-1", "-2"]


def test_a_closed_job_takes_nothing(server: InProcess) -> None:
    job = submit(server, event("a")).json
    server.clock.move(900)

    reply = submit(server, event("b"), job={"id": job["id"]})

    assert reply.error == (403, "forbidden", "job.id")
    message = f"job {job['id']} is closed for new task updates"
    assert reply.json["errors"][0]["message"] == message
    assert [e["event_name"] for e in server.listed()] == ["a"]


def test_an_unknown_job_takes_nothing(shared: InProcess, user: str) -> None:
    reply = submit(shared, event("b", user), job={"id": "job_5ca1ab1eca11ab1e"})

    assert reply.error == (404, "job_not_found", "job.id")
    assert reply.json["errors"][0]["message"] == "job job_5ca1ab1eca11ab1e not found"
    assert shared.listed(f"user_id={user}") == []


def test_a_new_job_may_be_named(shared: InProcess, user: str) -> None:
    job = submit(shared, event("did", user), job={"name": "import", "closing_at": NOW + 5}).json
    assert (job["name"], job["closing_at"]) == ("import", NOW + 5)
    job = submit(shared, event("did", user), job={"id": None}).json
    assert (job["name"], job["closing_at"]) == ("api_bulk_job", NOW + 900)
    kept = submit(
        shared, event("did", user), job={"id": job["id"], "name": "x", "closing_at": 1}
    ).json
    assert (kept["name"], kept["closing_at"]) == ("api_bulk_job", NOW + 900)


def test_forbidden_texts_and_numbers_refuse_their_item_only(shared: InProcess, user: str) -> None:
    body = json.dumps(
        {
            "items": [
                event("good", user),
                event("bad", user),
                event("worse", user),
                event("last", user),
            ]
        }
    )
    spoiled = body.replace('"bad"', '"bad\\ud800"').replace('"worse", ', f'"worse", "x": {2**63}, ')
    spoiled = spoiled.replace('"last"', '"last", "a\\u0000b": [1e300, 2e400]')

    reply = shared.call("POST", "/bulk/events", spoiled.encode())

    assert counts(reply)[:2] == ("1", "0")
    items = feed(shared, reply.json)
    assert [item["error"]["field"] for item in items] == ["event_name", "x", "body"]
    assert items[0]["data"]["event_name"] == "bad\ufffd"
    assert items[1]["data"]["x"] is None
    assert items[2]["data"]["a\ufffdb"] == [1e300, None]


def test_a_large_refused_item_is_shown_by_its_identifiers(shared: InProcess, user: str) -> None:
    fields = {"user_id": 7, "email": "Ada@Example.org", "note": "x" * JOB_ERROR_BYTES_MAX}
    reply = submit(shared, event(**fields, created_at="soon"))

    [item] = feed(shared, reply.json)
    assert item["data"] == {"user_id": "7", "email": "Ada@Example.org"}


def test_the_body_may_be_larger_than_that_of_a_list(tmp_path) -> None:
    with in_process(tmp_path, body_bytes_max=2_000, bulk_body_bytes_max=5_000) as server:
        assert submit(server, event(note="x" * 4_000)).status == 202
        assert submit(server, event(note="x" * 5_000)).error == (413, "payload_too_large", "body")
        listed = server.call("POST", "/events", event(note="x" * 4_000)["data"])
        assert listed.error == (413, "payload_too_large", "body")


def test_any_version_and_a_trailing_slash(shared: InProcess, user: str) -> None:
    for version in ("1.0", "1.4", "2.0", "2.17", "Unstable"):
        body = {"items": [event(version, user)]}
        reply = shared.call("POST", "/bulk/events/", body, {"Intercom-Version": version})
        assert (reply.status, reply.headers["intercom-version"]) == (202, version)
    assert len(shared.listed(f"user_id={user}")) == 5


def test_nothing_is_stored_where_the_job_cannot_be_written(
    shared: InProcess, user: str, monkeypatch
) -> None:
    """Both are one transaction."""

    def broken(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(shared.store.jobs, "record", broken)
        reply = submit(shared, event("lost", user))
    assert reply.error == (503, Unavailable.code, None)
    assert reply.headers["retry-after"] == "1"
    assert shared.listed(f"user_id={user}") == []

    again = submit(shared, event("lost", user))
    assert (again.status, counts(again)[:2]) == (202, ("1", "0"))


def test_a_job_that_was_forgotten_meanwhile_is_told_of(
    shared: InProcess, user: str, monkeypatch
) -> None:
    """Between the look for the job and the writing of the events."""
    job = submit(shared, event("first", user)).json

    with monkeypatch.context() as patched:
        patched.setattr(shared.store.jobs, "record", lambda *_: None)
        reply = submit(shared, event("second", user), job={"id": job["id"]})
    assert reply.error == (404, "job_not_found", None)


def test_a_call_of_which_everything_is_refused_is_in_its_job(shared: InProcess, user: str) -> None:
    reply = submit(shared, event("bad", user, created_at="soon"), event("worse", user, metadata=[]))

    assert (reply.status, counts(reply)[:2]) == (202, ("0", "0"))
    fields = [item["error"]["field"] for item in feed(shared, reply.json)]
    assert fields == ["created_at", "metadata"]


ONE = [event()]
REFUSED: dict[str, tuple[object, tuple[int, str, str]]] = {
    "no body": (b"", (400, "parameter_not_found", "items")),
    "nothing": ({}, (400, "parameter_not_found", "items")),
    "items are null": ({"items": None}, (400, "parameter_not_found", "items")),
    "items are an object": ({"items": {}}, (400, "parameter_invalid", "items")),
    "no items": ({"items": []}, (400, "parameter_invalid", "items")),
    "too many": ({"items": [1] * 1_001}, (400, "parameter_invalid", "items")),
    "a list": ([], (400, "parameter_invalid", "body")),
    "not JSON": (b"{", (400, "bad_request", "body")),
    "an item is text": ({"items": ["x"]}, (400, "parameter_invalid", "items[0]")),
    "no method": (
        {"items": [{"data_type": "event", "data": {}}]},
        (400, "parameter_invalid", "items[0].method"),
    ),
    "method is a list": (
        {"items": [{"method": [], "data": {}}]},
        (400, "parameter_invalid", "items[0].method"),
    ),
    "delete": (
        {"items": [event(), event() | {"method": "delete"}]},
        (400, "parameter_invalid", "items[1].method"),
    ),
    "another data type": (
        {"items": [event() | {"data_type": "user"}]},
        (400, "parameter_invalid", "items[0].data_type"),
    ),
    "data type is an object": (
        {"items": [event() | {"data_type": {}}]},
        (400, "parameter_invalid", "items[0].data_type"),
    ),
    "no data": ({"items": [{"method": "post"}]}, (400, "parameter_invalid", "items[0].data")),
    "data is text": (
        {"items": [event() | {"data": "x"}]},
        (400, "parameter_invalid", "items[0].data"),
    ),
    "job is text": ({"items": ONE, "job": "job_1"}, (400, "parameter_invalid", "job")),
    "job id is a number": ({"items": ONE, "job": {"id": 5}}, (400, "parameter_invalid", "job.id")),
    "job id holds NUL": (
        {"items": ONE, "job": {"id": "a\x00"}},
        (400, "parameter_invalid", "job.id"),
    ),
    "empty job id": ({"items": ONE, "job": {"id": ""}}, (404, "job_not_found", "job.id")),
    "name of the job": ({"items": ONE, "job": {"name": 5}}, (400, "parameter_invalid", "name")),
    "long name of the job": (
        {"items": ONE, "job": {"name": "x" * 256}},
        (400, "parameter_invalid", "name"),
    ),
    "closing of the job": (
        {"items": ONE, "job": {"closing_at": "soon"}},
        (400, "parameter_invalid", "closing_at"),
    ),
    "closing too late": (
        {"items": ONE, "job": {"closing_at": NOW + 86_401}},
        (400, "parameter_invalid", "closing_at"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_call(shared: InProcess, name: str) -> None:
    body, expected = REFUSED[name]
    assert shared.call("POST", "/bulk/events", body).error == expected
    assert shared.listed() == []


def test_every_faulty_item_of_a_refused_call_is_named(shared: InProcess) -> None:
    reply = submit(shared, 5, event(), {"method": "put"}, event() | {"data": []})

    assert reply.status == 400
    fields = [error["field"] for error in reply.json["errors"]]
    assert fields == ["items[0]", "items[2].method", "items[3].data"]
    assert shared.listed() == []


def test_delete_is_refused_in_the_words_of_the_sdks(shared: InProcess) -> None:
    reply = submit(shared, event() | {"method": "delete"})
    message = "events do not support bulk delete: method must be post"
    assert reply.json["errors"][0]["message"] == message


def test_wrong_method_media_type_and_scope(shared: InProcess) -> None:
    assert shared.call("GET", "/bulk/events").error == (405, "method_not_allowed", None)
    reply = shared.call("POST", "/bulk/events", b"x", {"Content-Type": "text/plain"})
    assert reply.error == (415, "media_type_not_supported", "Content-Type")
    for scope in ("events:read", "contacts:write", "admin"):
        token = shared.make_token(scope)
        reply = shared.call("POST", "/bulk/events", {"items": ONE}, token=token)
        assert reply.error == (403, "forbidden", None)
    assert submit(shared).status == 400  # A control: this token has the scope.
