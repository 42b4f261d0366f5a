"""Visitors over HTTP: made by our own call, found, changed, deleted, converted."""

from __future__ import annotations

import threading

import pytest

from pastense.identity import lead_user_id
from pastense.service.administration.workspaces import create_workspace
from tests.support.inprocess import InProcess, Reply

OLDER = {"Intercom-Version": "1.4"}


@pytest.fixture
def server(apart: InProcess) -> InProcess:
    """A workspace of the test's own is as good as a server, and quicker."""
    return apart


def add(server: InProcess, **fields: object) -> dict:
    reply = server.call("POST", "/pastense/v1/visitors", fields)
    assert reply.status == 200, reply
    return reply.json


def convert(server: InProcess, visitor: dict, **rest: object) -> Reply:
    body = {"visitor": {"user_id": visitor["user_id"]}, **rest}
    return server.call("POST", "/visitors/convert", body)


def test_the_whole_object(server: InProcess) -> None:
    visitor = add(server, name="Somebody", custom_attributes={"a": 1})
    assert (visitor["type"], visitor["anonymous"]) == ("visitor", True)
    assert visitor["user_id"] == lead_user_id(visitor["id"])
    assert (visitor["name"], visitor["custom_attributes"]) == ("Somebody", {"a": 1})
    assert visitor["created_at"] == visitor["updated_at"] == server.clock.now()
    for target in (
        f"/{visitor['id']}",
        f"/{visitor['user_id']}",
        f"?user_id={visitor['user_id']}",
        f"?id={visitor['id']}",
    ):
        assert server.call("GET", f"/visitors{target}").json == visitor
        assert server.call("GET", f"/visitors{target}", headers=OLDER).json == visitor
    own = add(server, user_id="x")
    assert (own["user_id"], server.call("GET", "/visitors?user_id=x").json) == ("x", own)
    assert server.call("POST", "/pastense/v1/visitors", {"user_id": "x"}).error[0] == 409


def test_a_visitor_is_no_contact_user_or_lead(server: InProcess) -> None:
    visitor = add(server, user_id="x")
    for path in (f"/contacts/{visitor['id']}", f"/users/{visitor['id']}", "/users?user_id=x"):
        assert server.call("GET", path).status == 404, path
    assert server.call("GET", f"/contacts/{visitor['id']}", headers=OLDER).status == 404
    assert server.call("GET", "/contacts", headers=OLDER).json["contacts"] == []
    assert server.call("GET", "/users").json["total_count"] == 0
    assert server.call("GET", "/contacts").json["total_count"] == 0
    user = server.call("POST", "/users", {"user_id": "u"}).json
    for path in (f"/visitors/{user['id']}", "/visitors?user_id=u"):
        assert server.call("GET", path).error == (404, "not_found", None)


def test_changing_a_visitor(server: InProcess) -> None:
    visitor = add(server, name="a")
    server.clock.move(5)
    body = {"user_id": visitor["user_id"], "name": "b", "custom_attributes": {"x": 1}, "utm": 1}
    reply = server.call("PUT", "/visitors", body)
    assert reply.json == visitor | {
        "name": "b",
        "custom_attributes": {"x": 1},
        "updated_at": server.clock.now(),
    }
    assert reply.headers["pastense-ignored-fields"] == "utm"
    assert (
        server.call("PUT", "/visitors/", {"id": visitor["id"], "phone": "1"}).json["phone"] == "1"
    )
    assert server.call("POST", "/visitors", {"id": visitor["id"], "name": "c"}).json["name"] == "c"
    put = server.call("PUT", f"/visitors/{visitor['id']}", {"name": "d", "email": "a@b.c"})
    assert (put.json["name"], put.json["email"]) == ("d", "a@b.c")


def test_deleting_a_visitor(server: InProcess) -> None:
    visitor = add(server, user_id="x")
    server.post_event(user_id="x")
    assert server.call("DELETE", f"/visitors/{visitor['id']}", {}).json == visitor
    assert server.call("DELETE", f"/visitors/{visitor['id']}", {}).error[0] == 404
    log = server.call("GET", "/pastense/v1/audit", token=server.make_token("admin"))
    assert [entry["act"] for entry in log.json["data"]].count("visitor deleted") == 1
    assert server.call("GET", "/visitors?user_id=x").status == 404
    assert add(server, user_id="x")["id"] != visitor["id"]
    assert server.listed("user_id=x") == []


def test_events_of_a_visitor(server: InProcess) -> None:
    visitor = add(server)
    assert server.post_event(user_id=visitor["user_id"]).status == 202
    assert server.post_event(user_id=None, id=visitor["id"], event_name="other").status == 202
    assert len(server.listed(f"intercom_user_id={visitor['id']}")) == 2


def test_becoming_a_lead(server: InProcess) -> None:
    visitor = add(server, name="a")
    server.post_event(user_id=visitor["user_id"])
    for _ in range(2):
        lead = convert(server, visitor, type="lead").json
        assert (lead["type"], lead["role"], lead["id"]) == ("contact", "lead", visitor["id"])
    assert server.call("GET", f"/visitors/{visitor['id']}").status == 404
    assert len(server.listed(f"user_id={visitor['user_id']}")) == 1
    body = {"visitor": {"id": add(server)["id"]}, "type": "lead"}
    older = server.call("POST", "/visitors/convert", body, OLDER).json
    assert (older["type"], older["anonymous"]) == ("contact", True), "in the words of 1.x"
    assert convert(server, add(server)).json["role"] == "lead", "without a type and a user"


def test_becoming_a_lead_that_is_there(server: InProcess) -> None:
    lead = server.call("POST", "/contacts", {}, OLDER).json
    visitor = add(server)
    server.post_event(user_id=visitor["user_id"])
    for _ in range(2):
        merged = convert(server, visitor, type="lead", user={"user_id": lead["user_id"]})
        assert merged.json["id"] == lead["id"]
    assert len(server.listed(f"intercom_user_id={lead['id']}")) == 1


def test_becoming_a_user(server: InProcess) -> None:
    visitor = add(server, name="a")
    server.post_event(user_id=visitor["user_id"])
    user = convert(server, visitor, type="user", user={"user_id": "x", "email": "a@b.c"}).json
    assert (user["id"], user["role"], user["external_id"]) == (visitor["id"], "user", "x")
    other = add(server)
    server.post_event(user_id=other["user_id"], event_name="as a visitor")
    for _ in range(2):
        merged = convert(server, other, type="user", user={"email": "A@b.c"})
        assert merged.json["id"] == user["id"]
    assert server.call("GET", f"/visitors/{other['id']}").status == 404
    assert len(server.listed("user_id=x")) == 2
    body = {"visitor": {"user_id": add(server)["user_id"]}, "user": {"id": user["id"]}}
    older = server.call("POST", "/visitors/convert", body, OLDER).json
    assert (older["type"], older["id"]) == ("user", user["id"])


def test_a_visitor_is_found_by_its_email(server: InProcess) -> None:
    visitor = add(server, email="v@b.c")
    body = {"visitor": {"email": "V@b.c"}, "user": {"user_id": "x"}, "type": "user"}
    assert server.call("POST", "/visitors/convert", body).json["id"] == visitor["id"]
    assert server.call("POST", "/visitors/convert", body).error == (404, "not_found", "visitor")


def test_many_conversions_at_once_make_one_user(server: InProcess) -> None:
    visitors = [add(server) for _ in range(4)]
    replies: list[Reply] = []
    threads = [
        threading.Thread(
            target=lambda v=v: replies.append(
                convert(server, v, type="user", user={"user_id": "x"})
            )
        )
        for v in visitors * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply.status for reply in replies] == [200] * 12
    assert len({reply.json["id"] for reply in replies}) == 1


def test_another_workspace_knows_nobody(server: InProcess) -> None:
    visitor = add(server, user_id="x")
    other = create_workspace(server.store.workspaces, server.clock, "other")
    token = server.make_token(workspace=other)
    for method, path, body in (
        ("GET", f"/visitors/{visitor['id']}", None),
        ("GET", "/visitors?user_id=x", None),
        ("PUT", "/visitors", {"user_id": "x", "name": "n"}),
        ("PUT", f"/visitors/{visitor['id']}", {"name": "n"}),
        ("DELETE", f"/visitors/{visitor['id']}", None),
        ("POST", "/visitors/convert", {"visitor": {"id": visitor["id"]}, "type": "lead"}),
    ):
        assert server.call(method, path, body, token=token).status == 404, (method, path)
    assert server.call("GET", f"/visitors/{visitor['id']}").json == visitor


OURS, CONVERT = "/pastense/v1/visitors", "/visitors/convert"
NOBODY = (400, "parameter_not_found", "user_id")
REFUSED = {
    "user id": ("POST", OURS, {"user_id": []}, (400, "parameter_invalid", "user_id")),
    "generated": (
        "POST",
        OURS,
        {"user_id": lead_user_id("0" * 24)},
        (400, "parameter_invalid", "user_id"),
    ),
    "name": ("POST", OURS, {"name": 5}, (400, "parameter_invalid", "name")),
    "taken": ("POST", OURS, {"user_id": "u1"}, (409, "conflict", None)),
    "find nobody": ("GET", "/visitors", None, NOBODY),
    "find by email": ("GET", "/visitors?email=a", None, NOBODY),
    "find unknown": ("GET", "/visitors?user_id=x", None, (404, "not_found", None)),
    "show unknown": ("GET", "/visitors/x", None, (404, "not_found", None)),
    "change nobody": ("PUT", "/visitors", {"name": "n"}, NOBODY),
    "change unknown": ("PUT", "/visitors", {"id": "x"}, (404, "not_found", None)),
    "update unknown": ("PUT", "/visitors/x", {}, (404, "not_found", None)),
    "delete unknown": ("DELETE", "/visitors/x", None, (404, "not_found", None)),
    "convert nobody": ("POST", CONVERT, {}, (400, "parameter_not_found", "visitor")),
    "convert text": ("POST", CONVERT, {"visitor": "x"}, (400, "parameter_invalid", "visitor")),
    "convert type": (
        "POST",
        CONVERT,
        {"visitor": {"id": "x"}, "type": "admin"},
        (400, "parameter_invalid", "type"),
    ),
    "convert into nobody": (
        "POST",
        CONVERT,
        {"visitor": {"id": "x"}, "type": "user"},
        (400, "parameter_not_found", "user"),
    ),
    "convert into a list": (
        "POST",
        CONVERT,
        {"visitor": {"id": "x"}, "user": []},
        (400, "parameter_invalid", "user"),
    ),
    "convert unknown": (
        "POST",
        CONVERT,
        {"visitor": {"id": "x"}, "type": "lead"},
        (404, "not_found", "visitor"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(shared: InProcess, name: str) -> None:
    method, path, body, expected = REFUSED[name]
    reply = shared.call(method, path, body)
    assert reply.error == expected
    if expected[0] == 404:
        assert reply.json["errors"][0]["message"] == "Visitor Not Found"


def test_scopes(shared: InProcess) -> None:
    reader, writer = (shared.make_token(f"contacts:{word}") for word in ("read", "write"))
    for path in ("/visitors", "/visitors/x"):
        assert shared.call("GET", path, token=writer).status == 403
    for method, path in (
        ("POST", OURS),
        ("PUT", "/visitors"),
        ("POST", "/visitors"),
        ("PUT", "/visitors/x"),
        ("DELETE", "/visitors/x"),
        ("POST", CONVERT),
    ):
        assert shared.call(method, path, {}, token=reader).status == 403, path
