"""Counts over HTTP, as the older SDKs read them."""

from __future__ import annotations

import pytest

from pastense.model import AuditEntry
from pastense.service.administration.workspaces import create_workspace
from pastense.store.base import TagChange
from tests.support.inprocess import InProcess

NOTHING = {"count": 0}


@pytest.fixture
def server(apart: InProcess) -> InProcess:
    """A workspace of the test's own is as good as a server, and quicker."""
    return apart


def tag(server: InProcess, name: str, *contact_ids: str) -> None:
    workspace = server.workspace
    entry = AuditEntry(workspace.number, server.clock.now(), "test", "tag created")
    changes = [TagChange("id", contact_id) for contact_id in contact_ids]
    server.store.tags.apply(workspace, name, changes, None, entry)


def counts(server: InProcess, query: str = "", **more: str) -> dict:
    reply = server.call("GET", f"/counts{query}", **more)
    assert reply.status == 200, reply
    return reply.json


def test_all_and_each_kind(server: InProcess) -> None:
    users = [server.call("POST", "/users", {"user_id": str(n)}).json["id"] for n in range(3)]
    leads = [server.call("POST", "/contacts", {"role": "lead"}).json["id"] for _ in range(2)]
    server.call("POST", "/pastense/v1/visitors", {})
    server.call("DELETE", f"/users/{users[2]}")
    tag(server, "paid", *users[:2], leads[0])
    tag(server, "name")
    assert counts(server) == {
        "type": "count.hash",
        "company": NOTHING,
        "segment": NOTHING,
        "tag": {"count": 2},
        "user": {"count": 2},
        "lead": {"count": 2},
    }, "archived ones and visitors are left out"
    for query, kind, found in (
        ("type=user", "user", {"count": 2}),
        ("type=user&count=tag", "user", {"tag": [{"paid": 2}, {"name": 0}]}),
        ("type=user&count=segment", "user", {"segment": []}),
        ("type=lead", "lead", {"count": 2}),
        ("type=lead&count=tag", "lead", {"tag": [{"paid": 1}, {"name": 0}]}),
        ("type=company", "company", NOTHING),
        ("type=company&count=tag", "company", {"tag": []}),
        ("type=company&count=user", "company", {"user": []}),
    ):
        assert counts(server, f"?{query}") == {"type": "count", kind: found}, query
    other = create_workspace(server.store.workspaces, server.clock, "other")
    nothing = counts(server, token=server.make_token(workspace=other))
    kinds = ("company", "segment", "tag", "user", "lead")
    assert nothing == {"type": "count.hash"} | dict.fromkeys(kinds, NOTHING)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("type=conversation", "type"),
        ("type=USER", "type"),
        ("type=", "type"),
        ("count=tag", "type"),
        ("type=user&count=admin", "count"),
        ("type=user&count=", "count"),
        ("type=lead&count=user", "count"),
        ("type=user&type=lead", "type"),
    ],
)
def test_refused(shared: InProcess, query: str, field: str) -> None:
    assert shared.call("GET", f"/counts?{query}").error == (400, "parameter_invalid", field)


def test_scope(shared: InProcess) -> None:
    token = shared.make_token("contacts:write", "events:read")
    assert shared.call("GET", "/counts", token=token).status == 403
