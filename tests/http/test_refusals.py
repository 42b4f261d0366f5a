"""The latest refusals: kept where errors leave, listed for their own workspace."""

from __future__ import annotations

import dataclasses
import json
import logging
import sqlite3
from contextlib import closing

import pytest

from pastense.service.administration.workspaces import create_workspace
from tests.support.inprocess import NOW, InProcess, in_process

PATH = "/pastense/v1/refusals"


@pytest.fixture
def server(shared: InProcess) -> InProcess:
    """The module's server, seen from a fresh workspace with a user "u1"."""
    workspace = create_workspace(shared.store.workspaces, shared.clock, "own")
    own = dataclasses.replace(shared, secret=shared.make_token(workspace=workspace))
    assert own.call("POST", "/contacts", {"external_id": "u1"}).status == 200
    return own


def listed(server: InProcess, query: str = "", token: str | None = None) -> list[dict]:
    reply = server.call("GET", f"{PATH}?{query}", token=token)
    assert reply.status == 200, reply
    return reply.json["data"]


def test_one_refused_event(server: InProcess) -> None:
    reply = server.post_event(event_name="bought", user_id="nobody")
    token_id = server.call("GET", "/me").json["id"]
    [kept] = listed(server)
    assert int(kept.pop("id")) > 0
    assert [kept] == [
        {
            "type": "pastense.refusal",
            "created_at": server.clock.now(),
            "request_id": reply.headers["x-request-id"],
            "method": "POST",
            "path": "/events",
            "status": 404,
            "code": "not_found",
            "field": "user_id",
            "message": "User Not Found",
            "token": {"id": token_id, "name": "test"},
            "event_name": "bought",
            "cut": False,
        }
    ]


def test_half_a_surrogate_pair_in_any_place_can_be_listed(server: InProcess) -> None:
    half = "\ud83d"
    good = {"event_name": "did", "created_at": NOW, "user_id": "u1"}
    bad = [{"event_name": half}, {"metadata": {half: half}}, {"user_id": half}, {half: 1}]
    items = [good | change for change in bad]
    job = [{"method": "post", "data_type": "event", "data": item} for item in items]
    calls = [("/events", item, 400) for item in items]
    calls += [("/events", {"data": items}, 422), ("/bulk/events", {"items": job}, 202)]
    calls += [("/pastense/v1/explain", {"data": items}, 200), ("/contacts", {half: half}, 400)]
    for path, body, status in calls:
        reply = server.call("POST", path, json.dumps(body).encode())
        assert reply.status == status, (path, body, reply)
        listed(server)
    replies = {
        path: server.call("POST", path, json.dumps(body).encode()) for path, body, _ in calls
    }
    feed = server.call("GET", f"/jobs/{replies['/bulk/events'].json['id']}/error")
    assert len(feed.json["items"]) == len(items)
    names = {kept["event_name"] for kept in listed(server)}
    assert {"did", "\ufffd"} <= names


def test_each_item_of_a_list_counts(server: InProcess) -> None:
    items = [
        {"event_name": "good", "created_at": NOW, "user_id": "u1"},
        {"event_name": "bad time", "created_at": -1, "user_id": "u1"},
        {"event_name": 5, "created_at": NOW, "user_id": "u1"},
        "no object",
        {"event_name": "stranger", "created_at": NOW, "user_id": "nobody"},
    ]
    assert server.call("POST", "/events", {"data": items}).status == 422
    kept = listed(server)
    assert [(one["field"], one["event_name"], one["status"]) for one in kept] == [
        ("data[4].user_id", "stranger", 422),
        ("data[3]", None, 422),
        ("data[2].event_name", None, 422),
        ("data[1].created_at", "bad time", 422),
    ]
    assert len({one["request_id"] for one in kept}) == 1


def test_each_item_of_a_bulk_call_counts(server: InProcess) -> None:
    items = [
        {"method": "post", "data_type": "event", "data": {"event_name": "a", "created_at": NOW}},
        {
            "method": "post",
            "data_type": "event",
            "data": {"event_name": "b", "created_at": NOW, "user_id": "nobody"},
        },
    ]
    assert server.call("POST", "/bulk/events", {"items": items}).status == 202
    kept = [(one["path"], one["status"], one["code"]) for one in listed(server)]
    assert kept == [
        ("/bulk/events", 202, "not_found"),
        ("/bulk/events", 202, "parameter_not_found"),
    ]


def test_paths_are_templates(server: InProcess) -> None:
    server.call("GET", "/contacts/someone")
    server.call("GET", "/contacts/find_by_external_id/ada%40example.org")
    server.call("PUT", "/contacts/someone", b"{")
    server.call("GET", "/nowhere/ada")
    paths = [one["path"] for one in listed(server)]
    assert paths == [
        "/contacts/{contact_id}",
        "/contacts/find_by_external_id/{external_id}",
        "/contacts/{contact_id}",
    ], "an unknown path is refused before the token is looked at"


def test_refusals_before_a_token_is_known_are_in_the_log(tmp_path, caplog) -> None:
    with in_process(tmp_path) as server, caplog.at_level(logging.INFO, "pastense.web"):
        counted = server.state.counters(server.store.admin.workspaces()[0].number)
        for _ in range(10):
            server.call("GET", "/me", token="pst_wrong")
        server.call("GET", "/nowhere")
        server.call("GET", "/me", headers={"Authorization": ""})
        assert listed(server) == []
        assert server.state.counters(server.store.admin.workspaces()[0].number) == counted
    start = "refused for no workspace since the start:"
    lines = [one.getMessage() for one in caplog.records if one.getMessage().startswith("refused")]
    assert lines == [
        f"{start} 1 unauthorized",
        f"{start} 10 unauthorized",
        f"{start} 1 not_found",
    ]


def test_who_is_known_but_may_not_is_listed(server: InProcess) -> None:
    assert server.call("GET", "/pastense/v1/counters").status == 403
    [forbidden] = listed(server)
    assert forbidden["code"] == "forbidden"


def test_workspaces_see_their_own(server: InProcess) -> None:
    other = create_workspace(server.store.workspaces, server.clock, "other")
    theirs = server.make_token(workspace=other)
    server.call("GET", "/contacts/mine")
    server.call("POST", "/events", b"{", token=theirs)
    assert [one["code"] for one in listed(server)] == ["not_found"]
    assert [one["code"] for one in listed(server, token=theirs)] == ["bad_request"]


def test_pages_and_filters(server: InProcess) -> None:
    start = server.clock.now()
    for n in range(6):
        server.post_event(user_id="nobody" if n % 2 else None, event_name=f"e{n}")
        server.clock.move(1)
    first = server.call("GET", f"{PATH}?per_page=4").json
    following = first["pages"]["next"]
    assert following == {"per_page": 4, "starting_after": first["data"][-1]["id"]}
    server.post_event(user_id="nobody", event_name="meanwhile")
    query = f"per_page=4&starting_after={following['starting_after']}"
    second = server.call("GET", f"{PATH}?{query}").json
    assert "next" not in second["pages"]
    names = [one["event_name"] for one in first["data"] + second["data"]]
    assert names == ["e5", "e4", "e3", "e2", "e1", "e0"]
    found = listed(server, "code=parameter_not_found&field=user_id")
    assert [one["event_name"] for one in found] == ["e4", "e2", "e0"]
    assert [one["event_name"] for one in listed(server, f"since={start + 5}")] == [
        "meanwhile",
        "e5",
    ]
    assert listed(server, "since=2027-01-16T09:00:00Z") == []
    assert listed(server, "field=created_at") == []


BAD = {
    "per_page=0": "per_page",
    "per_page=151": "per_page",
    "per_page=x": "per_page",
    "starting_after=x": "starting_after",
    "starting_after=-1": "starting_after",
    "starting_after=" + "9" * 19: "starting_after",
    "since=yesterday": "since",
    "since=": "since",
    "code=a&code=b": "code",
    "field=%00": "field",
}


@pytest.mark.parametrize("query", BAD)
def test_bad_queries(shared: InProcess, query: str) -> None:
    assert shared.call("GET", f"{PATH}?{query}").error == (400, "parameter_invalid", BAD[query])


def test_the_scope(shared: InProcess) -> None:
    writer = shared.make_token("events:write")
    assert shared.call("GET", PATH, token=writer).error == (403, "forbidden", None)


def test_the_ring_has_its_bound(tmp_path) -> None:
    with in_process(tmp_path, refusals_kept_max=3) as server:
        items = [{"event_name": f"e{n}", "created_at": NOW} for n in range(9)]
        server.call("POST", "/events", {"data": items})
        assert [one["event_name"] for one in listed(server)] == ["e8", "e7", "e6"]


def test_nothing_of_a_person_is_kept(server: InProcess) -> None:
    """Each identifier of somebody who is refused, in every way that repeats it to the caller."""
    ada = {"external_id": "lovelace-1815", "email": "ada@example.org", "name": "Ada Lovelace"}
    contact = server.call("POST", "/contacts", ada).json
    repeated = [
        server.call("POST", "/contacts", {"email": "ADA@example.org"}),
        server.call("POST", "/contacts", ada),
        server.post_event(id=contact["id"], created_at=-1, metadata={"who": "ada@example.org"}),
        server.post_event(user_id="lovelace-1815", metadata={"ada@example.org": []}),
        server.post_event(event_name="ada@example.org", user_id="nobody"),
        server.post_event(user_id="lovelace-1815", event_name="x" * 300),
        server.call("GET", "/events?type=user&user_id=lovelace-1815&per_page=0"),
        server.call("GET", f"/contacts/{contact['id']}/nothing"),
        server.call("PUT", f"/contacts/{contact['id']}", {"role": "lead", "name": "Ada Lovelace"}),
    ]
    server.call("DELETE", f"/contacts/{contact['id']}")
    repeated.append(server.call("GET", f"/contacts/{contact['id']}"))
    repeated.append(server.post_event(user_id="lovelace-1815"))
    assert all(reply.status >= 400 for reply in repeated)
    answers = "".join(reply.body.decode() for reply in repeated)
    assert contact["id"] in answers, "the control: answers do repeat it"
    kept = listed(server)
    assert len(kept) >= len(repeated) - 1
    text = json.dumps(kept).lower()
    for private in (*map(str.lower, ada.values()), contact["id"], "lovelace"):
        assert private not in text
    raw = repr([*server.state.refusals._kept]).lower()
    assert "lovelace" not in raw
    assert "ada@" not in raw


def test_an_email_of_several_is_kept_without_it(server: InProcess) -> None:
    for name in ("twin 1", "twin 2"):
        server.call("POST", "/contacts", {"external_id": name})
    share = (
        "UPDATE contacts SET email = 'a@b.de', email_key = 'a@b.de' WHERE external_id LIKE 'tw%'"
    )
    with closing(sqlite3.connect(server.store._database.path)) as connection, connection:
        assert connection.execute(share).rowcount == 2
    reply = server.post_event(user_id=None, email="a@b.de")
    assert "a@b.de" in reply.json["errors"][0]["message"]
    [kept] = listed(server)
    assert kept["message"] == (
        "Multiple existing users match this email address [email] - "
        "must be more specific using user_id"
    )


def test_a_request_that_breaks_is_listed(server: InProcess, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(server.store.contacts, "find", broken)
    reply = server.call("GET", "/contacts/x")
    assert reply.status == 500
    [kept] = listed(server)
    assert (kept["code"], kept["request_id"]) == ("server_error", reply.headers["x-request-id"])
    assert "planted" not in json.dumps(kept)
