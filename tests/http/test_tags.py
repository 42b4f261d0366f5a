"""Tags and segments over HTTP."""

from __future__ import annotations

import time

import pytest

from tests.support.inprocess import NOW, InProcess


def make(server: InProcess, name: str, **more: object) -> dict:
    reply = server.call("POST", "/tags", {"name": name, **more})
    assert reply.status == 200, reply
    return reply.json


def create(server: InProcess, **fields: object) -> dict:
    reply = server.call("POST", "/contacts", fields)
    assert reply.status == 200, reply
    return reply.json


def test_tags_are_made_found_renamed_and_deleted(server: InProcess) -> None:
    made = make(server, " Independent ")
    assert made == {"type": "tag", "id": made["id"], "name": "Independent"}
    assert make(server, "INDEPENDENT") == made
    path = f"/tags/{made['id']}"
    assert server.call("GET", path).json == made
    assert server.call("GET", "/tags").json == {"type": "list", "data": [made]}
    older = server.call("GET", "/tags", headers={"Intercom-Version": "1.4"})
    assert older.json == {"type": "tag.list", "tags": [made]}
    assert make(server, "Free", id=made["id"]) == made | {"name": "Free"}
    reply = server.call("DELETE", path)
    assert (reply.status, reply.body) == (200, b"")
    for method in ("GET", "DELETE"):
        reply = server.call(method, path)
        assert reply.error == (404, "not_found", None)
        assert reply.json["errors"][0]["message"] == "Resource Not Found"
    assert server.call("GET", "/tags").json["data"] == []
    acts = [(entry.act, entry.detail) for entry in server.store.audit.page(1, None, 3)]
    assert acts == [(f"tag {word}", {"tag": made["id"]}) for word in ("deleted", "renamed", "made")]


def test_a_contact_is_tagged_and_untagged(shared: InProcess) -> None:
    contact, tag = create(shared, external_id="25"), make(shared, "Manual tag")
    path = f"/contacts/{contact['id']}/tags"
    admin = {"type": "admin", "id": shared.call("GET", "/me").json["id"]}
    wanted = {**tag, "applied_at": NOW, "applied_by": admin}
    assert shared.call("POST", path, {"id": tag["id"]}).json == wanted
    assert shared.call("POST", path, {"id": int(tag["id"])}).json == wanted, "twice is once"
    assert shared.call("GET", path).json == {"type": "list", "data": [wanted]}
    shown = shared.call("GET", f"/contacts/{contact['id']}").json
    assert shown["tags"] == {
        "type": "list",
        "data": [{"type": "tag", "id": tag["id"], "url": f"/tags/{tag['id']}"}],
        "url": path,
        "total_count": 1,
        "has_more": False,
    }
    assert shared.call("DELETE", f"{path}/{tag['id']}", b"{}").json == wanted
    reply = shared.call("DELETE", f"{path}/{tag['id']}")
    assert reply.error == (404, "not_found", None)
    assert reply.json["errors"][0]["message"] == "Resource Not Found"
    assert shared.call("GET", path).json["data"] == []


def test_a_contact_shows_ten_tags(shared: InProcess) -> None:
    contact = create(shared, external_id="26")
    for number in range(12):
        make(shared, f"tag {number}", users=[{"user_id": "26"}])
    tags = shared.call("GET", f"/contacts/{contact['id']}").json["tags"]
    assert (len(tags["data"]), tags["total_count"], tags["has_more"]) == (10, 12, True)
    assert len(shared.call("GET", tags["url"]).json["data"]) == 12


def test_many_users_in_one_call(shared: InProcess) -> None:
    ids = {name: create(shared, external_id=name)["id"] for name in ("a", "b", "c")}
    users = [{"user_id": "a"}, {"id": ids["b"]}, {"user_id": "c"}]
    tag = make(shared, "vip", users=users)
    make(shared, "VIP", users=[{"user_id": "b", "untag": True}, {"user_id": "c", "untag": False}])
    query = {"field": "tag_id", "operator": "=", "value": tag["id"]}
    found = shared.call("POST", "/contacts/search", {"query": query}).json["data"]
    assert {contact["external_id"] for contact in found} == {"a", "c"}
    reply = shared.call("POST", "/tags", {"name": "vip", "users": [*users, {"email": "x@y.z"}]})
    assert reply.error == (404, "not_found", "users[3].email")
    assert reply.json["errors"][0]["message"] == "User Not Found"
    found = shared.call("POST", "/contacts/search", {"query": query}).json
    assert found["total_count"] == 2, "nothing of the call was done"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"test": "invalid"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": ["x"]}, "name"),
        ({"name": "test", "companies": [{"company_id": "123"}]}, "companies"),
        ({"name": "test", "contacts": [{"id": "123"}]}, "contacts"),
        ({"name": "test", "users": "all"}, "users"),
        ({"name": "test", "users": [{}]}, "users[0]"),
        ({"name": "test", "users": [{"id": "x"}] * 1_001}, "users"),
        ({"name": "test", "id": "1", "users": [{"id": "x"}]}, "users"),
    ],
    ids=lambda it: str(it)[:40],
)
def test_a_bad_call_is_refused(shared: InProcess, body: object, field: str) -> None:
    reply = shared.call("POST", "/tags", body)
    assert reply.error == (400, "parameter_invalid", field)
    assert reply.json["errors"][0]["message"].startswith("invalid tag parameters")


def test_a_name_that_another_tag_has(shared: InProcess) -> None:
    first, second = make(shared, "first"), make(shared, "second")
    reply = shared.call("POST", "/tags", {"name": "SECOND", "id": first["id"]})
    assert reply.error == (409, "conflict", "name")
    assert f"id={second['id']}" in reply.json["errors"][0]["message"]
    assert shared.call("POST", "/tags", {"name": "c", "id": "9999"}).error == (
        404,
        "not_found",
        "id",
    )


@pytest.mark.parametrize("contact_id", ["nobody", "1", "%20", "x%2Fy"])
def test_an_unknown_contact(shared: InProcess, contact_id: str) -> None:
    tag = make(shared, "known")
    path = f"/contacts/{contact_id}"
    for method, tail, body in (
        ("GET", "tags", None),
        ("POST", "tags", {"id": tag["id"]}),
        ("DELETE", f"tags/{tag['id']}", None),
        ("GET", "segments", None),
        ("POST", "block", None),
    ):
        reply = shared.call(method, f"{path}/{tail}", body)
        assert reply.error == (404, "not_found", None)
        assert reply.json["errors"][0]["message"] == "User Not Found"


@pytest.mark.parametrize("tag_id", ["0", "99999", "x", "1.5", "%C2%B2", "9" * 40])
def test_an_unknown_tag(shared: InProcess, tag_id: str) -> None:
    user = shared.call("GET", "/contacts/find_by_external_id/u1").json["id"]
    for method, path in (
        ("GET", f"/tags/{tag_id}"),
        ("DELETE", f"/tags/{tag_id}"),
        ("DELETE", f"/contacts/{user}/tags/{tag_id}"),
    ):
        reply = shared.call(method, path)
        assert reply.error == (404, "not_found", None)
        assert reply.json["errors"][0]["message"] == "Resource Not Found"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, (400, "parameter_not_found", "id")),
        ({"id": None}, (400, "parameter_not_found", "id")),
        ({"id": ["1"]}, (400, "parameter_invalid", "id")),
        ({"id": "x"}, (404, "not_found", None)),
        ({"id": -1}, (404, "not_found", None)),
    ],
)
def test_a_bad_attachment(shared: InProcess, body: object, error: tuple) -> None:
    user = shared.call("GET", "/contacts/find_by_external_id/u1").json["id"]
    assert shared.call("POST", f"/contacts/{user}/tags", body).error == error


def test_what_a_deleted_tag_left_goes_behind_the_answer(server: InProcess) -> None:
    tag = make(server, "gone", users=[{"user_id": "u1"}])
    server.call("DELETE", f"/tags/{tag['id']}")
    query = {"field": "tag_id", "operator": "!=", "value": None}
    assert server.call("POST", "/contacts/search", {"query": query}).json["total_count"] == 0
    deadline = time.monotonic() + 10
    while server.store._database.query("SELECT 1 FROM contact_tags"):
        assert time.monotonic() < deadline, "the rows stay"
        time.sleep(0.02)


def test_scopes(shared: InProcess) -> None:
    reader = shared.make_token("contacts:read")
    assert shared.call("GET", "/tags", token=reader).status == 200
    assert shared.call("GET", "/segments", token=reader).status == 200
    for method, path in (("POST", "/tags"), ("DELETE", "/tags/1"), ("POST", "/contacts/x/tags")):
        assert shared.call(method, path, {}, token=reader).error[:2] == (403, "forbidden")


def test_there_are_no_segments_yet(shared: InProcess) -> None:
    for query in ("", "?include_count=true"):
        reply = shared.call("GET", f"/segments{query}")
        assert reply.json == {"type": "segment.list", "segments": []}
    reply = shared.call("GET", "/segments?include_count=many")
    assert reply.error == (400, "parameter_invalid", "include_count")
    reply = shared.call("GET", "/segments/56203d253cba154d39010062")
    assert reply.error == (404, "not_found", None)
    assert reply.json["errors"][0]["message"] == "Resource Not Found"
    user = shared.call("GET", "/contacts/find_by_external_id/u1").json["id"]
    assert shared.call("GET", f"/contacts/{user}/segments").json == {"type": "list", "data": []}
