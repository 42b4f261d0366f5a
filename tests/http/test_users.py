"""Users of the older API over HTTP: saved, found, listed, scrolled, archived, deleted."""

from __future__ import annotations

import threading

import pytest

from pastense.identity import lead_user_id
from pastense.service.administration.workspaces import create_workspace
from tests.support.inprocess import InProcess


@pytest.fixture
def server(apart: InProcess) -> InProcess:
    """A workspace of the test's own is as good as a server, and quicker."""
    return apart


def save(server: InProcess, **fields: object) -> dict:
    reply = server.call("POST", "/users", fields)
    assert reply.status == 200, reply
    return reply.json


def test_the_whole_object(server: InProcess) -> None:
    sent = {
        "user_id": "25",
        "email": "Wash@serenity.io",
        "phone": "+1123456789",
        "name": "Hoban Washburne",
        "avatar": {"type": "avatar", "image_url": "https://example.org/128Wash.jpg"},
        "signed_up_at": 1392731331,
        "last_request_at": 1397574667,
        "unsubscribed_from_emails": True,
        "custom_attributes": {"paid": True, "spent": 155.5},
        "new_session": True,
    }
    user = save(server, **sent)
    for field in sent.keys() - {"new_session"}:
        assert user[field] == sent[field]
    assert (user["type"], user["anonymous"], user["session_count"]) == ("user", False, 1)
    assert user["remote_created_at"] == user["signed_up_at"]
    assert user["created_at"] == user["updated_at"] == server.clock.now()
    assert user["app_id"] == server.workspace.id
    for target in (user["id"], "?user_id=25", "?email=wash@SERENITY.io", f"?id={user['id']}"):
        path = f"/users{target}" if target.startswith("?") else f"/users/{target}"
        assert server.call("GET", path).json == user
    contact = server.call("GET", f"/contacts/{user['id']}").json
    assert (contact["role"], contact["external_id"]) == ("user", "25")
    assert contact["last_seen_at"] == 1397574667


def test_saving_again_changes_what_is_sent(server: InProcess) -> None:
    user = save(server, user_id="25", name="a", phone="1", custom_attributes={"x": 1, "y": 2})
    server.clock.move(10)
    change = {"phone": None, "custom_attributes": {"y": None}, "update_last_request_at": True}
    changed = save(server, user_id="25", **change)
    assert changed == user | {
        "phone": None,
        "custom_attributes": {"x": 1},
        "last_request_at": server.clock.now(),
        "updated_at": server.clock.now(),
    }
    renamed = server.call("PUT", f"/users/{user['id']}", {"user_id": "26", "name": "b"}).json
    assert renamed == changed | {"user_id": "26", "name": "b"}
    assert save(server, id=user["id"], email="a@b.c")["email"] == "a@b.c"
    assert save(server, email="A@B.C", name="c")["id"] == user["id"]
    assert server.call("GET", "/users").json["total_count"] == 1


def test_parallel_savings_of_one_user_id(server: InProcess) -> None:
    replies = []

    def attempt() -> None:
        replies.append(server.call("POST", "/users", {"user_id": "one", "new_session": True}))

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply.status for reply in replies] == [200] * 20
    assert len({reply.json["id"] for reply in replies}) == 1
    assert server.call("GET", "/users?user_id=one").json["session_count"] == 20


def test_who_has_the_identifier_already(server: InProcess) -> None:
    first, second = save(server, user_id="a", email="a@b.c"), save(server, user_id="b")
    for body in ({"user_id": "b", "email": "a@b.c"}, {"id": second["id"], "user_id": "a"}):
        reply = server.call("POST", "/users", body)
        assert reply.error == (409, "conflict", None)
        assert first["id"] in reply.json["errors"][0]["message"]
    lead = server.call("POST", "/contacts", {"role": "lead", "external_id": "lead"}).json
    assert server.call("POST", "/users", {"user_id": "lead"}).error == (409, "conflict", None)
    assert server.call("POST", "/users", {"id": lead["id"]}).error == (404, "not_found", "id")
    assert server.call("GET", f"/users/{lead['id']}").error == (404, "not_found", None)
    assert server.call("GET", "/users?user_id=lead").error == (404, "not_found", None)


def test_a_new_user_gets_events_and_a_generated_user_id_never_becomes_its_own(
    server: InProcess,
) -> None:
    user = save(server, user_id="25")
    generated = lead_user_id(user["id"])
    assert server.post_event(user_id=generated).status == 202
    assert len(server.listed("user_id=25")) == len(server.listed(f"user_id={generated}")) == 1
    assert save(server, user_id=generated, name="n")["user_id"] == "25"
    stranger = lead_user_id("0" * 24)
    assert server.call("POST", "/users", {"user_id": stranger}).error == (404, "not_found", "id")
    expected = (400, "parameter_invalid", "external_id")
    assert server.call("POST", "/contacts", {"external_id": stranger}).error == expected
    body = {"external_id": generated}
    assert server.call("PUT", f"/contacts/{user['id']}", body).error == expected
    assert server.post_event(user_id=stranger).error == (404, "not_found", "user_id")


def test_archiving_and_coming_back(server: InProcess) -> None:
    users = [save(server, user_id=name, email=f"{name}@b.c") for name in "abc"]
    for target in (f"/{users[0]['id']}", "?user_id=b", "?email=C@b.c"):
        reply = server.call("DELETE", f"/users{target}", {})
        assert (reply.status, reply.json["type"]) == (200, "user")
        assert server.call("DELETE", f"/users{target}").status == 200, "twice changes nothing"
    for user in users:
        assert server.call("GET", f"/users/{user['id']}").error == (404, "not_found", None)
        assert server.post_event(user_id=user["user_id"]).status == 404
    assert server.call("GET", "/users").json["total_count"] == 0
    assert save(server, user_id="a")["id"] == users[0]["id"]
    assert server.post_event(user_id="a").status == 202


def test_deletion_for_ever(server: InProcess) -> None:
    user = save(server, user_id="25")
    server.post_event(user_id="25")
    server.call("DELETE", f"/users/{user['id']}")
    body = {"intercom_user_id": user["id"]}
    reply = server.call("POST", "/user_delete_requests", body)
    assert (reply.status, reply.json) == (200, {"id": user["id"]})
    log = server.call("GET", "/pastense/v1/audit", token=server.make_token("admin"))
    assert [entry["act"] for entry in log.json["data"]].count("contact deleted") == 1
    assert user["id"] not in log.body.decode(), "the log names the act and not the person"
    assert server.call("POST", "/user_delete_requests", body).error == (404, "not_found", None)
    assert save(server, user_id="25")["id"] != user["id"]
    assert server.listed("user_id=25") == []


def test_pages_lead_to_each_other(server: InProcess) -> None:
    for name in "abcde":
        save(server, user_id=name)
        server.clock.move(1)
    page = server.call("GET", "/users?per_page=2&order=asc&sort=created_at&created_since=1").json
    seen = [page]
    while seen[-1]["pages"]["next"]:
        address = seen[-1]["pages"]["next"]
        assert address.startswith(f"http://127.0.0.1:{server.port}/users?per_page=2&page=")
        seen.append(server.call("GET", address.partition(str(server.port))[2]).json)
    assert [u["user_id"] for page in seen for u in page["users"]] == list("abcde")
    assert [p["pages"]["page"] for p in seen] == [1, 2, 3]
    assert {(p["type"], p["total_count"], p["pages"]["total_pages"]) for p in seen} == {
        ("user.list", 5, 3)
    }


def test_the_scroll_has_everybody_once(server: InProcess) -> None:
    for number in range(120):
        fields = {"external_id": str(number)}
        server.store.contacts.create(server.workspace, fields, server.clock.now())
    seen, target = [], "/users/scroll"
    while True:
        batch = server.call("GET", target).json
        assert batch["type"] == "user.list"
        if not batch["users"]:
            break
        seen += [user["user_id"] for user in batch["users"]]
        target = f"/users/scroll?scroll_param={batch['scroll_param']}"
    assert seen == list(map(str, range(120)))


def test_what_is_not_kept_is_told(server: InProcess) -> None:
    body = {"user_id": "25", "companies": [{"id": 1}], "last_seen_ip": "1.2.3.4", "phone": None}
    reply = server.call("POST", "/users", body)
    assert reply.headers["pastense-ignored-fields"] == "companies,last_seen_ip"
    reply = server.call("PUT", f"/users/{reply.json['id']}", {"name": "n"})
    assert "pastense-ignored-fields" not in reply.headers


def test_another_workspace_knows_nobody(server: InProcess) -> None:
    user = save(server, user_id="25", email="a@b.c")
    other = create_workspace(server.store.workspaces, server.clock, "other")
    token = server.make_token(workspace=other)
    for method, path, body in (
        ("GET", f"/users/{user['id']}", None),
        ("GET", "/users?user_id=25", None),
        ("GET", "/users?email=a@b.c", None),
        ("PUT", f"/users/{user['id']}", {"name": "n"}),
        ("POST", "/users", {"id": user["id"], "name": "n"}),
        ("DELETE", f"/users/{user['id']}", None),
        ("DELETE", "/users?user_id=25", None),
        ("POST", "/user_delete_requests", {"intercom_user_id": user["id"]}),
    ):
        assert server.call(method, path, body, token=token).status == 404, (method, path)
    assert server.call("GET", "/users", token=token).json["total_count"] == 0
    assert server.call("GET", "/users/scroll", token=token).json["users"] == []
    assert server.call("POST", "/users", {"user_id": "25"}, token=token).json["id"] != user["id"]
    assert server.call("GET", f"/users/{user['id']}").json == user


REFUSED = {
    "nobody": ("POST", "/users", {}, (400, "parameter_not_found", "user_id")),
    "only a name": ("POST", "/users", {"name": "n"}, (400, "parameter_not_found", "user_id")),
    "a list": ("POST", "/users", [], (400, "parameter_invalid", "body")),
    "no JSON": ("POST", "/users", b"{", (400, "bad_request", "body")),
    "user id": ("POST", "/users", {"user_id": []}, (400, "parameter_invalid", "user_id")),
    "long": ("POST", "/users", {"user_id": "x" * 256}, (400, "parameter_invalid", "user_id")),
    "email": ("POST", "/users", {"email": 5}, (400, "parameter_invalid", "email")),
    "NUL": ("POST", "/users", {"user_id": "\x00"}, (400, "parameter_invalid", "user_id")),
    "unknown id": ("POST", "/users", {"id": "x"}, (404, "not_found", "id")),
    "session": (
        "POST",
        "/users",
        {"user_id": "r", "new_session": "yes"},
        (400, "parameter_invalid", "new_session"),
    ),
    "time": (
        "POST",
        "/users",
        {"user_id": "r", "remote_created_at": 10**12},
        (400, "parameter_invalid", "remote_created_at"),
    ),
    "attributes": (
        "POST",
        "/users",
        {"user_id": "r", "custom_attributes": {"a": {}}},
        (400, "parameter_invalid", "custom_attributes.a"),
    ),
    "put unknown": ("PUT", "/users/x", {"name": "n"}, (404, "not_found", None)),
    "get unknown": ("GET", "/users/x", None, (404, "not_found", None)),
    "find nobody": ("GET", "/users?user_id=x", None, (404, "not_found", None)),
    "find empty": ("GET", "/users?user_id=", None, (400, "parameter_invalid", "user_id")),
    "find twice": ("GET", "/users?email=a&email=b", None, (400, "parameter_invalid", "email")),
    "page": ("GET", "/users?page=0", None, (400, "parameter_invalid", "page")),
    "per page": ("GET", "/users?per_page=61", None, (400, "parameter_invalid", "per_page")),
    "order": ("GET", "/users?order=up", None, (400, "parameter_invalid", "order")),
    "segment": ("GET", "/users?segment_id=1", None, (404, "not_found", "segment_id")),
    "cursor": (
        "GET",
        "/users/scroll?scroll_param=x",
        None,
        (400, "parameter_invalid", "scroll_param"),
    ),
    "archive nobody": ("DELETE", "/users", None, (400, "parameter_not_found", "user_id")),
    "archive unknown": ("DELETE", "/users?email=x", None, (404, "not_found", None)),
    "delete nobody": (
        "POST",
        "/user_delete_requests",
        {},
        (400, "parameter_not_found", "intercom_user_id"),
    ),
    "delete a list": (
        "POST",
        "/user_delete_requests",
        {"intercom_user_id": []},
        (400, "parameter_invalid", "intercom_user_id"),
    ),
    "delete unknown": (
        "POST",
        "/user_delete_requests",
        {"intercom_user_id": "x"},
        (404, "not_found", None),
    ),
    "no method": ("PATCH", "/users", None, (405, "method_not_allowed", None)),
    "scroll is no id": ("PUT", "/users/scroll", {}, (405, "method_not_allowed", None)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(shared: InProcess, name: str) -> None:
    method, path, body, expected = REFUSED[name]
    assert shared.call(method, path, body).error == expected


def test_scopes(shared: InProcess) -> None:
    reader = shared.make_token("contacts:read")
    writer = shared.make_token("contacts:write")
    assert shared.call("GET", "/users", token=writer).error[0] == 403
    assert shared.call("GET", "/users/scroll", token=writer).error[0] == 403
    for method, path in (
        ("POST", "/users"),
        ("DELETE", "/users"),
        ("PUT", "/users/x"),
        ("DELETE", "/users/x"),
        ("POST", "/user_delete_requests"),
    ):
        assert shared.call(method, path, {}, token=reader).error[0] == 403, (method, path)
