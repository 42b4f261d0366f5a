"""`POST /contacts/merge` over HTTP: who may become whom, and what the old id then answers."""

from __future__ import annotations

import threading

import pytest

from pastense import limits
from tests.support.inprocess import InProcess


def create(server: InProcess, **fields: object) -> dict:
    reply = server.call("POST", "/contacts", fields)
    assert reply.status == 200, reply
    return reply.json


def merge(server: InProcess, source: object, target: object):
    return server.call("POST", "/contacts/merge", {"from": source, "into": target})


@pytest.fixture
def pair(shared: InProcess) -> tuple[dict, dict]:
    """A lead and a user, each with an event."""
    lead, user = create(shared, role="lead"), create(shared, role="user")
    for contact in (lead, user):
        assert shared.post_event(id=contact["id"], user_id=None).status == 202
    return lead, user


def test_a_lead_becomes_a_part_of_a_user(shared, pair):
    lead, user = pair
    shared.post_event(id=lead["id"], user_id=None, event_name="else")
    reply = merge(shared, lead["id"], user["id"])
    assert (reply.status, reply.json["id"], reply.json["role"]) == (200, user["id"], "user")
    for who in (lead["id"], user["id"]):
        names = [event["event_name"] for event in shared.listed(f"intercom_user_id={who}")]
        assert sorted(names) == ["did", "else"]
    assert shared.post_event(id=lead["id"], user_id=None, event_name="late").status == 202
    assert len(shared.listed(f"intercom_user_id={user['id']}")) == 3


def test_a_merge_that_is_sent_again_is_answered_alike(shared, pair):
    lead, user = pair
    first, again = (merge(shared, lead["id"], user["id"]) for _ in range(2))
    assert (first.status, again.status) == (200, 200)
    assert first.json["id"] == again.json["id"]


@pytest.mark.parametrize(
    ("version", "status", "code"),
    [
        ("2.14", 404, "not_found"),
        ("2.15", 404, "not_found"),
        ("2.16", 410, "contact_merged"),
        ("2.17", 410, "contact_merged"),
        ("Preview", 410, "contact_merged"),
        ("Unstable", 410, "contact_merged"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PUT", ""), ("POST", "/archive")])
def test_the_old_id_under_each_version(shared, pair, method, path, version, status, code):
    lead, user = pair
    merge(shared, lead["id"], user["id"])
    headers = {"Intercom-Version": version}
    reply = shared.call(method, f"/contacts/{lead['id']}{path}", {}, headers)
    assert reply.error[:2] == (status, code)
    link = f'</contacts/{user["id"]}>; rel="canonical"'
    assert reply.headers.get("link") == (link if status == 410 else None)


def test_the_old_id_cannot_be_deleted_or_merged_elsewhere(shared, pair):
    lead, user = pair
    merge(shared, lead["id"], user["id"])
    assert shared.call("DELETE", f"/contacts/{lead['id']}").error[:2] == (404, "not_found")
    other = create(shared, role="user")
    assert merge(shared, lead["id"], other["id"]).error[:2] == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, (400, "parameter_not_found", "from")),
        ({"from": None, "into": "x"}, (400, "parameter_not_found", "from")),
        ({"from": "x"}, (400, "parameter_not_found", "into")),
        ({"from": "x", "into": ""}, (400, "parameter_not_found", "into")),
        ({"from": ["x"], "into": "y"}, (400, "parameter_not_found", "from")),
        ({"from": True, "into": "y"}, (400, "parameter_not_found", "from")),
        ({"from": "x", "into": "y"}, (404, "not_found", None)),
    ],
)
def test_what_is_no_pair_of_contacts(shared, body, error):
    assert shared.call("POST", "/contacts/merge", body).error == error


@pytest.mark.parametrize(
    ("source", "target", "field"),
    [("user", "user", "from"), ("user", "lead", "from"), ("lead", "lead", "into")],
)
def test_who_may_not_become_whom(shared, source, target, field):
    one, other = (create(shared, role=role)["id"] for role in (source, target))
    assert merge(shared, one, other).error == (400, "parameter_invalid", field)


def test_the_same_contact_and_an_archived_one_are_refused(shared, pair):
    lead, user = pair
    assert merge(shared, lead["id"], lead["id"]).error == (400, "parameter_invalid", "into")
    shared.call("POST", f"/contacts/{user['id']}/archive")
    assert merge(shared, lead["id"], user["id"]).error == (400, "parameter_invalid", "into")


def test_a_merge_needs_the_right_scope(shared, pair):
    lead, user = pair
    reading = shared.make_token("contacts:read")
    body = {"from": lead["id"], "into": user["id"]}
    assert shared.call("POST", "/contacts/merge", body, token=reading).status == 403


def test_many_merges_at_once_leave_one_result(shared):
    """Ten callers merge one lead into ten users: it goes into one of them, whole."""
    lead = create(shared, role="lead")
    for second in range(5):
        shared.post_event(id=lead["id"], user_id=None, created_at=shared.clock.now() - second)
    users = [create(shared, role="user")["id"] for _ in range(10)]
    replies: list[int] = []

    def run(user: str) -> None:
        replies.append(merge(shared, lead["id"], user).status)

    threads = [threading.Thread(target=run, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(replies) == [200] + [404] * 9
    counts = [len(shared.listed(f"intercom_user_id={user}")) for user in users]
    assert sorted(counts) == [0] * 9 + [5]


def test_reads_see_a_large_lead_whole_while_it_moves(server, monkeypatch):
    """The steps go on behind the answer; every read on the way shows every event once."""
    monkeypatch.setattr(limits, "MERGE_EVENTS_MAX", 10)
    monkeypatch.setattr(limits, "MOVE_STEP_EVENTS_MAX", 5)
    lead, user = create(server, role="lead"), create(server, role="user")
    now = server.clock.now()
    items = [{"id": lead["id"], "event_name": "did", "created_at": now - n} for n in range(100)]
    assert server.call("POST", "/events", {"data": items}).status == 202
    assert merge(server, lead["id"], user["id"]).status == 200
    reads = 0
    while server.store.leaving.remains().moves:
        for who in (lead["id"], user["id"]):
            times = [event["created_at"] for event in server.listed(f"intercom_user_id={who}")]
            assert times == list(range(now, now - 100, -1))
        reads += 1
    assert reads > 1, "it was over before anybody looked"


def test_who_was_merged_is_told_where_it_is_asked_for(shared, pair):
    lead, user = pair
    wanted = [
        {
            "type": "merge_history",
            "source_contact_id": lead["id"],
            "source_contact_role": "lead",
            "merged_at": shared.clock.now(),
        }
    ]
    asked = "?include_merge_history=true"
    body = {"from": lead["id"], "into": user["id"]}
    merged = shared.call("POST", f"/contacts/merge{asked}", body)
    shown = shared.call("GET", f"/contacts/{user['id']}{asked}")
    changed = shared.call("PUT", f"/contacts/{user['id']}{asked}", {"name": "Ann"})
    for reply in (merged, shown, changed):
        assert reply.json["merge_history"] == wanted
    query = {"query": {"field": "id", "operator": "=", "value": user["id"]}}
    found = shared.call("POST", f"/contacts/search{asked}", query)
    assert [contact["merge_history"] for contact in found.json["data"]] == [wanted]
    assert "merge_history" not in shared.call("GET", f"/contacts/{user['id']}").json


def test_a_flag_that_is_none_is_refused_before_anything_is_done(shared, pair):
    lead, user = pair
    body = {"from": lead["id"], "into": user["id"]}
    reply = shared.call("POST", "/contacts/merge?include_merge_history=maybe", body)
    assert reply.error == (400, "parameter_invalid", "include_merge_history")
    assert shared.call("GET", f"/contacts/{lead['id']}").status == 200
