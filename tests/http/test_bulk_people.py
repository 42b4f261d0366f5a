"""Bulk users and leads over HTTP: saved or archived one by one, many to a transaction."""

from __future__ import annotations

import pytest

from pastense.limits import BULK_STEP_ITEMS_MAX
from pastense.store.base import StoreError
from tests.support.inprocess import InProcess, Reply


def person(method: str = "post", kind: str = "user", **data: object) -> dict:
    return {"method": method, "data_type": kind, "data": data}


def submit(server: InProcess, *items: object, path: str = "users", **more: object) -> Reply:
    return server.call("POST", f"/bulk/{path}", {"items": list(items), **more})


def feed(server: InProcess, reply: Reply) -> list[dict]:
    return server.call("GET", f"/jobs/{reply.json['id']}/error").json["items"]


def find(server: InProcess, external_id: str) -> Reply:
    return server.call("GET", f"/contacts/find_by_external_id/{external_id}")


def total(server: InProcess) -> int:
    return server.call("GET", "/contacts?per_page=1").json["total_count"]


def test_a_thousand_users_are_saved_and_saved_again(server: InProcess) -> None:
    items = [person(user_id=f"b-{n}", email=f"b-{n}@example.org") for n in range(1_000)]

    for _ in range(2):
        reply = submit(server, *items)
        assert (reply.status, reply.headers["pastense-stored"]) == (202, "1000")
        assert reply.json["tasks"][0]["item_count"] == 1_000
        assert feed(server, reply) == []
    assert total(server) == 1_001
    assert find(server, "b-999").json["email"] == "b-999@example.org"


def test_later_items_see_the_earlier_ones(server: InProcess) -> None:
    reply = submit(
        server,
        person(user_id="x", name="first", custom_attributes={"plan": "team"}),
        person(user_id="x", name="second"),
        person(email="x@example.org", name="third"),
        person(email="X@example.org", user_id="y"),
        person("delete", user_id="x"),
        person("delete", email="x@example.org"),
    )

    assert (reply.headers["pastense-stored"], feed(server, reply)) == ("6", [])
    x, y = find(server, "x").json, find(server, "y").json
    assert (x["name"], x["custom_attributes"]) == ("second", {"plan": "team"})
    assert (y["name"], y["email"]) == ("third", "X@example.org")
    assert total(server) == 1  # All but u1 are archived.


def test_each_item_is_judged_on_its_own(server: InProcess) -> None:
    reply = submit(
        server,
        person(user_id="good", companies=[{"id": 5}], name=None),
        person(name="nobody"),
        person(user_id="bad", email=5),
        person("delete", user_id="missing", email="missing@example.org"),
        person(id="5ba682d23d7cf92bef87bfd4", name="x"),
        person(user_id="last", custom_attributes={"a": {}}),
    )

    assert (reply.status, reply.headers["pastense-stored"]) == (202, "1")
    assert reply.headers["pastense-ignored-fields"] == "companies"
    refused = [(i["id"][-1], i["error"]["code"], i["error"]["field"]) for i in feed(server, reply)]
    assert [place for place, _, _ in refused] == ["1", "2", "3", "4", "5"]
    assert [code for _, code, _ in refused] == [
        "parameter_not_found",
        "parameter_invalid",
        "not_found",
        "not_found",
        "parameter_invalid",
    ]
    assert [field for _, _, field in refused][1] == "email"
    item = feed(server, reply)[2]
    assert (item["method"], item["data_type"]) == ("delete", "user")
    assert item["data"] == {"user_id": "missing", "email": "missing@example.org"}
    assert find(server, "good").status == 200
    assert find(server, "bad").status == find(server, "last").status == 404


def test_an_email_that_another_user_has(server: InProcess) -> None:
    server.call("POST", "/contacts", {"external_id": "u2", "email": "two@example.org"})
    reply = submit(server, person(user_id="u1", email="two@example.org", name="changed"))

    [item] = feed(server, reply)
    assert item["error"]["code"] == "conflict"
    assert find(server, "u1").json["name"] is None


def test_users_and_events_go_into_one_job(server: InProcess) -> None:
    first = submit(server, person(user_id="fresh"))
    event = {"event_name": "did", "created_at": server.clock.now(), "user_id": "fresh"}
    item = {"method": "post", "data_type": "event", "data": event}
    job = {"id": first.json["id"]}

    reply = server.call("POST", "/bulk/events", {"items": [item], "job": job})

    assert [task["item_count"] for task in reply.json["tasks"]] == [1, 1]
    assert len(server.listed("user_id=fresh")) == 1


def test_leads_are_added_changed_and_archived(server: InProcess) -> None:
    reply = submit(server, person(kind="contact", email="a@example.org"), path="contacts")
    assert (reply.status, reply.headers["pastense-stored"]) == (202, "1")
    [lead] = [c for c in server.call("GET", "/contacts").json["data"] if c["role"] == "lead"]

    reply = submit(
        server,
        person(kind="lead", id=lead["id"], name="Ada"),
        person("delete", kind="contact", email="a@example.org"),
        person("delete", kind="contact", id=lead["id"]),
        person("delete", kind="contact", id="5ba682d23d7cf92bef87bfd4"),
        path="contacts",
    )

    assert reply.headers["pastense-stored"] == "2"
    errors = [(i["id"][-1], i["error"]["code"]) for i in feed(server, reply)]
    assert errors == [("1", "parameter_not_found"), ("3", "not_found")]
    shown = server.call("GET", f"/contacts/{lead['id']}").json
    assert (shown["name"], total(server)) == ("Ada", 1)


def test_what_was_committed_before_the_store_failed_stays(server: InProcess, monkeypatch) -> None:
    items = [person(user_id=f"c-{n}") for n in range(BULK_STEP_ITEMS_MAX + 1)]
    together, calls = server.store.together, []

    def failing():
        calls.append(1)
        if len(calls) == 2:
            raise StoreError("the disk is full")
        return together()

    with monkeypatch.context() as patched:
        patched.setattr(server.store, "together", failing)
        reply = submit(server, *items)
    assert reply.error == (503, "service_unavailable", None)
    assert total(server) == 1 + BULK_STEP_ITEMS_MAX

    assert submit(server, *items).headers["pastense-stored"] == str(len(items))
    assert total(server) == 1 + len(items)


def test_people_stay_when_their_job_cannot_be_written(server: InProcess, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(server.store.jobs, "record", broken)
        reply = submit(server, person(user_id="kept"))
    assert reply.error == (503, "service_unavailable", None)
    assert "send the call again" in reply.json["errors"][0]["message"]
    assert reply.headers["retry-after"] == "1"
    assert total(server) == 2


ONE = [{"method": "post", "data": {"user_id": "u1"}}]
REFUSED = {
    "nothing": ({}, "parameter_not_found", "items"),
    "no items": ({"items": []}, "parameter_invalid", "items"),
    "too many": ({"items": ONE * 1_001}, "parameter_invalid", "items"),
    "method": ({"items": [ONE[0] | {"method": "put"}]}, "parameter_invalid", "items[0].method"),
    "data": ({"items": [ONE[0] | {"data": None}]}, "parameter_invalid", "items[0].data"),
    "job": ({"items": ONE, "job": []}, "parameter_invalid", "job"),
}


@pytest.mark.parametrize("path", ["users", "contacts"])
@pytest.mark.parametrize("name", REFUSED)
def test_refused_call(shared: InProcess, name: str, path: str) -> None:
    body, code, field = REFUSED[name]
    assert shared.call("POST", f"/bulk/{path}", body).error == (400, code, field)


@pytest.mark.parametrize(("path", "kind"), [("users", "contact"), ("contacts", "user")])
def test_a_data_type_of_another_call(shared: InProcess, path: str, kind: str) -> None:
    reply = submit(shared, person(kind=kind, user_id="u1"), path=path)
    assert reply.error == (400, "parameter_invalid", "items[0].data_type")


@pytest.mark.parametrize("path", ["users", "contacts"])
def test_scope_method_and_unknown_job(shared: InProcess, path: str) -> None:
    for scope in ("events:write", "contacts:read", "admin"):
        token = shared.make_token(scope)
        reply = shared.call("POST", f"/bulk/{path}", {"items": ONE}, token=token)
        assert reply.error == (403, "forbidden", None)
    assert shared.call("GET", f"/bulk/{path}").status == 405
    kind = path.removesuffix("s")
    reply = submit(shared, person(kind=kind, user_id="u9"), path=path, job={"id": "job_1"})
    assert reply.error == (404, "job_not_found", "job.id")
    assert find(shared, "u9").status == 404
