"""Leads over HTTP: what /contacts means under the versions 1.x."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from pastense.identity import lead_user_id
from pastense.service.administration.workspaces import create_workspace
from pastense.service.older import converting
from tests.support.inprocess import InProcess, Reply

OLDER = {"Intercom-Version": "1.4"}


@pytest.fixture
def server(apart: InProcess) -> InProcess:
    """A workspace of the test's own is as good as a server, and quicker."""
    return apart


def call(server: InProcess, method: str, path: str, body: object = None) -> Reply:
    """A call as an older SDK makes it."""
    return server.call(method, path, body, OLDER)


def save(server: InProcess, **fields: object) -> dict:
    reply = call(server, "POST", "/contacts", fields)
    assert reply.status == 200, reply
    return reply.json


def convert(server: InProcess, lead: dict, **user: object) -> Reply:
    body = {"contact": {"user_id": lead["user_id"]}, "user": user}
    return call(server, "POST", "/contacts/convert", body)


def test_the_whole_object(server: InProcess) -> None:
    lead = save(server, email="A@b.c", name="Ann", custom_attributes={"a": 1}, new_session=True)
    assert (lead["type"], lead["anonymous"], lead["session_count"]) == ("contact", True, 1)
    assert lead["user_id"] == lead_user_id(lead["id"])
    assert (lead["email"], lead["name"], lead["custom_attributes"]) == ("A@b.c", "Ann", {"a": 1})
    for target in (f"/{lead['id']}", f"?user_id={lead['user_id']}", f"/{lead['user_id']}"):
        assert call(server, "GET", f"/contacts{target}").json == lead
    contact = server.call("GET", f"/contacts/{lead['id']}").json
    assert (contact["type"], contact["role"], contact["external_id"]) == ("contact", "lead", None)


def test_the_version_of_the_token_decides_as_the_header_does(server: InProcess) -> None:
    token = server.make_token(version="1.4")
    assert "anonymous" in server.call("POST", "/contacts", {}, token=token).json
    newer = {"Intercom-Version": "2.14", "User-Agent": "Intercom-Ruby/3.9.5"}
    reply = server.call("POST", "/contacts", {"role": "lead"}, newer, token=token)
    assert (reply.json["role"], reply.headers["intercom-version"]) == ("lead", "2.14")
    assert server.call("POST", "/contacts", {}, newer, token=token).error[0] == 400


def test_every_creation_makes_another_lead(server: InProcess) -> None:
    leads = [save(server, email="a@b.c") for _ in range(2)] + [save(server)]
    assert len({lead["id"] for lead in leads}) == 3
    server.call("POST", "/users", {"email": "a@b.c"})
    page = call(server, "GET", "/contacts?email=A@B.C").json
    assert (page["type"], page["total_count"], page["limited"]) == ("contact.list", 2, False)
    assert [lead["id"] for lead in page["contacts"]] == [leads[1]["id"], leads[0]["id"]]
    assert call(server, "GET", "/contacts").json["total_count"] == 3


def test_changing_a_lead_by_any_of_its_names(server: InProcess) -> None:
    lead = save(server, email="a@b.c", phone="1")
    own = server.call("POST", "/contacts", {"role": "lead", "external_id": "x"}).json
    server.clock.move(5)
    changed = save(server, id=lead["id"], user_id=lead["user_id"], name="a", email=None)
    assert changed == lead | {"name": "a", "email": None, "updated_at": server.clock.now()}
    assert save(server, user_id=lead["user_id"], name="b")["name"] == "b"
    put = call(server, "PUT", f"/contacts/{lead['id']}", {"user_id": lead["user_id"], "name": "c"})
    assert put.json["name"] == "c"
    named = save(server, user_id="x", name="own")
    assert (named["id"], named["user_id"]) == (own["id"], "x"), "its own is shown where it has one"
    assert call(server, "GET", "/contacts").json["total_count"] == 2


def test_events_know_the_generated_user_id(server: InProcess) -> None:
    lead = save(server)
    assert server.post_event(user_id=lead["user_id"]).status == 202
    assert server.post_event(user_id=None, id=lead["id"]).status == 202, "the same, a duplicate"
    imported = {"event_name": "did", "count": 2, "first": 5, "last": 6}
    body = {"user_id": lead["user_id"], "event_summaries": imported}
    assert server.call("POST", "/events/summaries", body).status == 200
    for name, value in (("user_id", lead["user_id"]), ("intercom_user_id", lead["id"])):
        query = f"/events?type=user&{name}={value}"
        assert len(server.call("GET", query).json["events"]) == 1
        [summary] = server.call("GET", f"{query}&summary=true").json["events"]
        assert summary["count"] == 3
    both = f"user_id={lead['user_id']}&intercom_user_id={lead['id']}"
    assert len(server.listed(both)) == 1, "both name the same contact"
    item = {
        "event_name": "other",
        "created_at": server.clock.now(),
        "user": {"user_id": lead["user_id"]},
    }
    assert server.call("POST", "/events", {"data": [item]}).status == 202
    assert len(server.listed(f"user_id={lead['user_id']}")) == 2


def test_archiving_a_lead(server: InProcess) -> None:
    first, second = save(server), save(server)
    assert call(server, "DELETE", f"/contacts/{first['id']}", {}).json["id"] == first["id"]
    assert call(server, "DELETE", f"/contacts/{first['id']}", {}).status == 200
    assert call(server, "DELETE", f"/contacts?user_id={second['user_id']}").status == 200
    assert call(server, "GET", f"/contacts/{first['id']}").error == (404, "not_found", None)
    assert call(server, "GET", "/contacts").json["contacts"] == []
    assert save(server, id=first["id"], name="back")["id"] == first["id"]
    assert call(server, "GET", f"/contacts/{first['id']}").status == 200
    body = {"intercom_user_id": second["id"]}
    assert server.call("POST", "/user_delete_requests", body).json == {"id": second["id"]}
    assert save(server, email="x@y.z")["id"] not in (first["id"], second["id"])


def test_converting_in_place(server: InProcess) -> None:
    lead = save(server, email="l@b.c", name="Ann", phone="1")
    server.post_event(user_id=lead["user_id"])
    user = convert(server, lead, user_id="x", signed_up_at=5).json
    assert (user["type"], user["id"], user["user_id"]) == ("user", lead["id"], "x")
    assert (user["email"], user["name"], user["signed_up_at"]) == ("l@b.c", "Ann", 5)
    assert len(server.listed("user_id=x")) == len(server.listed(f"user_id={lead['user_id']}")) == 1
    assert convert(server, lead, user_id="x").json["id"] == lead["id"], "again is the same"
    assert convert(server, lead, user_id="y").error == (404, "not_found", "contact")
    assert call(server, "GET", f"/contacts/{lead['id']}").status == 404, "it is a lead no more"
    other = convert(server, save(server), email="new@b.c").json
    assert (other["user_id"], other["email"]) == (None, "new@b.c")


def test_converting_into_a_user_that_is_there(server: InProcess) -> None:
    user = server.call("POST", "/users", {"user_id": "x", "email": "a@b.c"}).json
    by_id, by_user_id, by_email, by_both = (save(server, name=str(n)) for n in range(4))
    server.post_event(user_id=by_id["user_id"], event_name="as a lead")
    for lead, named in (
        (by_id, {"id": user["id"]}),
        (by_user_id, {"user_id": "x"}),
        (by_email, {"email": "A@b.c"}),
        (by_both, {"user_id": "x", "email": "other@b.c"}),
    ):
        for _ in range(2):
            merged = convert(server, lead, **named)
            assert (merged.status, merged.json["id"]) == (200, user["id"])
        assert call(server, "GET", f"/contacts/{lead['id']}").status == 404
    assert merged.json["name"] == "0", "what the user had not came from the first"
    assert merged.json["email"] == "a@b.c"
    assert len(server.listed("user_id=x")) == 1
    assert len(server.listed(f"user_id={by_id['user_id']}")) == 1, "the old name leads there"
    assert server.post_event(user_id=by_id["user_id"], event_name="later").status == 202
    assert len(server.listed("user_id=x")) == 2


def test_an_archived_user_comes_back_when_a_lead_becomes_it(server: InProcess) -> None:
    user = server.call("POST", "/users", {"user_id": "x"}).json
    server.call("DELETE", f"/users/{user['id']}")
    assert convert(server, save(server), user_id="x").json["id"] == user["id"]
    assert server.call("GET", "/users?user_id=x").status == 200


def test_identifiers_of_others_are_refused(server: InProcess) -> None:
    user = server.call("POST", "/users", {"user_id": "x", "email": "a@b.c"}).json
    own = server.call("POST", "/contacts", {"role": "lead", "external_id": "lead"}).json
    lead = save(server, email="a@b.c")
    taken = convert(server, lead, user_id="new")
    assert taken.error == (409, "conflict", None), "its email is the user's"
    assert user["id"] in taken.json["errors"][0]["message"]
    assert convert(server, save(server), user_id="lead").error == (409, "conflict", None)
    assert convert(server, save(server), id=own["id"]).error == (404, "not_found", "user.id")
    assert convert(server, save(server), user_id="y", email="a@b.c").error[0] == 409


@pytest.mark.parametrize("named", [{"user_id": "x"}, {"email": "a@b.c"}])
def test_many_conversions_at_once_make_one_user(server: InProcess, named: dict) -> None:
    leads = [save(server) for _ in range(3)]
    for number, lead in enumerate(leads):
        server.post_event(user_id=lead["user_id"], event_name=f"e{number}")
    replies: list[Reply] = []
    threads = [
        threading.Thread(target=lambda lead=lead: replies.append(convert(server, lead, **named)))
        for lead in leads * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply.status for reply in replies] == [200] * 12
    [user_id] = {reply.json["id"] for reply in replies}
    assert len(server.listed(f"intercom_user_id={user_id}")) == 3
    assert call(server, "GET", "/contacts").json["total_count"] == 0


@pytest.mark.parametrize("quicker", ["same", "other", "archived"])
def test_a_quicker_call_changes_what_was_read(
    server: InProcess, monkeypatch: pytest.MonkeyPatch, quicker: str
) -> None:
    """Between the reading of the people and the writing, somebody else converts the lead into
    the same or another user, or archives the target: it is all looked up again."""
    target = server.call("POST", "/users", {"user_id": "there"}).json
    lead = save(server)
    acts = {
        "same": lambda: convert(server, lead, user_id="new"),
        "other": lambda: convert(server, lead, user_id="elsewhere"),
        "archived": lambda: server.call("DELETE", f"/users/{target['id']}"),
    }
    waiting = [acts[quicker]]
    read = converting._find_target if quicker == "archived" else converting._find_source

    def read_before_another_call(*args: Any) -> Any:
        found = read(*args)
        if waiting:
            assert waiting.pop()().status == 200
        return found

    monkeypatch.setattr(converting, read.__name__, read_before_another_call)
    reply = convert(server, lead, user_id="new" if quicker == "same" else "there")
    if quicker == "other":
        assert reply.error == (404, "not_found", "contact")
    else:
        assert reply.status == 200, reply
        assert reply.json["id"] == (lead if quicker == "same" else target)["id"]


def test_another_workspace_knows_nobody(server: InProcess) -> None:
    lead = save(server, email="a@b.c")
    other = create_workspace(server.store.workspaces, server.clock, "other")
    token = server.make_token(workspace=other, version="1.4")
    for method, path, body in (
        ("GET", f"/contacts/{lead['id']}", None),
        ("GET", f"/contacts?user_id={lead['user_id']}", None),
        ("PUT", f"/contacts/{lead['id']}", {"name": "n"}),
        ("POST", "/contacts", {"user_id": lead["user_id"], "name": "n"}),
        ("DELETE", f"/contacts/{lead['id']}", None),
        ("POST", "/contacts/convert", {"contact": {"id": lead["id"]}, "user": {"user_id": "x"}}),
        ("POST", "/events", {"event_name": "e", "created_at": 5, "user_id": lead["user_id"]}),
        ("GET", f"/events?type=user&user_id={lead['user_id']}", None),
    ):
        assert server.call(method, path, body, token=token).status == 404, (method, path)
    assert server.call("GET", "/contacts?email=a@b.c", token=token).json["contacts"] == []
    assert call(server, "GET", f"/contacts/{lead['id']}").json == lead


CONVERT = "/contacts/convert"
REFUSED = {
    "unknown": ("GET", "/contacts/x", None, (404, "not_found", None)),
    "unknown user_id": ("GET", "/contacts?user_id=x", None, (404, "not_found", None)),
    "save unknown": ("POST", "/contacts", {"user_id": "x"}, (404, "not_found", None)),
    "put unknown": ("PUT", "/contacts/x", {}, (404, "not_found", None)),
    "archive unknown": ("DELETE", "/contacts/x", None, (404, "not_found", None)),
    "archive nobody": ("DELETE", "/contacts", None, (400, "parameter_not_found", "user_id")),
    "archive by email": (
        "DELETE",
        "/contacts?email=a",
        None,
        (400, "parameter_not_found", "user_id"),
    ),
    "email": ("POST", "/contacts", {"email": 5}, (400, "parameter_invalid", "email")),
    "a list": ("POST", "/contacts", [], (400, "parameter_invalid", "body")),
    "two names": (
        "POST",
        "/contacts",
        {"id": "x", "user_id": lead_user_id("0" * 24)},
        (400, "parameter_invalid", "user_id"),
    ),
    "per page": ("GET", "/contacts?per_page=61", None, (400, "parameter_invalid", "per_page")),
    "phone": ("GET", "/contacts?phone=", None, (400, "parameter_invalid", "phone")),
    "cursor": (
        "GET",
        "/contacts/scroll?scroll_param=1",
        None,
        (400, "parameter_invalid", "scroll_param"),
    ),
    "convert nothing": ("POST", CONVERT, {}, (400, "parameter_not_found", "contact")),
    "convert text": ("POST", CONVERT, {"contact": "x"}, (400, "parameter_invalid", "contact")),
    "convert by email": (
        "POST",
        CONVERT,
        {"contact": {"email": "a"}, "user": {"user_id": "x"}},
        (400, "parameter_not_found", "contact"),
    ),
    "convert id": (
        "POST",
        CONVERT,
        {"contact": {"id": []}},
        (400, "parameter_invalid", "contact.id"),
    ),
    "convert into nobody": (
        "POST",
        CONVERT,
        {"contact": {"id": "x"}},
        (400, "parameter_not_found", "user"),
    ),
    "convert into a list": (
        "POST",
        CONVERT,
        {"contact": {"id": "x"}, "user": []},
        (400, "parameter_invalid", "user"),
    ),
    "convert into a number": (
        "POST",
        CONVERT,
        {"contact": {"id": "x"}, "user": {"email": 5}},
        (400, "parameter_invalid", "user.email"),
    ),
    "convert unknown": (
        "POST",
        CONVERT,
        {"contact": {"id": "x"}, "user": {"user_id": "x"}},
        (404, "not_found", "contact"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(shared: InProcess, name: str) -> None:
    method, path, body, expected = REFUSED[name]
    assert call(shared, method, path, body).error == expected


def test_what_only_the_older_versions_have(shared: InProcess) -> None:
    for method, path in (
        ("DELETE", "/contacts?user_id=x"),
        ("GET", "/contacts/scroll"),
        ("POST", "/contacts/convert"),
    ):
        reply = shared.call(method, path, {} if method == "POST" else None)
        assert reply.error == (400, "intercom_version_invalid", "Intercom-Version"), path
        assert "1.4" in reply.json["errors"][0]["message"]


def test_scopes(shared: InProcess) -> None:
    reader, writer = (
        shared.make_token(f"contacts:{word}", version="1.4") for word in ("read", "write")
    )
    for path in ("/contacts", "/contacts/scroll", "/contacts/x"):
        assert shared.call("GET", path, token=writer).status == 403
    for method, path in (
        ("POST", "/contacts"),
        ("PUT", "/contacts/x"),
        ("DELETE", "/contacts/x"),
        ("POST", "/contacts/convert"),
    ):
        assert shared.call(method, path, {}, token=reader).status == 403, path
