"""Questions and rehearsals for the tests of what tells people why."""

from __future__ import annotations

from urllib.parse import urlencode

from pastense.service.administration.workspaces import create_workspace
from tests.support.inprocess import NOW, InProcess, Reply

PATH = "/pastense/v1/explain"


def ask(server: InProcess, token: str | None = None, **asked: object) -> dict:
    reply = server.call("GET", f"{PATH}?{urlencode(asked)}", token=token)
    assert reply.status == 200, reply
    return reply.json


def rehearse(server: InProcess, body: object, token: str | None = None) -> dict:
    reply = server.call("POST", PATH, body, token=token)
    assert reply.status == 200, reply
    return reply.json


def codes(told: dict) -> list[str]:
    return [finding["code"] for finding in told["findings"]]


def create(server: InProcess, token: str | None = None, **fields: object) -> dict:
    reply = server.call("POST", "/contacts", fields, token=token)
    assert reply.status == 200, reply
    return reply.json


def post(server: InProcess, token: str | None = None, **fields: object) -> Reply:
    event = {"event_name": "did", "created_at": NOW, "user_id": "u1"} | fields
    return server.call("POST", "/events", event, token=token)


def event(**fields: object) -> dict:
    return {"event_name": "did it", "created_at": NOW, "user_id": "u1"} | fields


def make_strict(server: InProcess) -> str:
    """A token of a workspace that creates contacts, prunes, and keeps only tracked keys."""
    workspace = create_workspace(server.store.workspaces, server.clock, "strict")
    admin = server.make_token("admin", workspace=workspace)
    change = {
        "create_unknown_contacts": True,
        "retention_days": 30,
        "tracked_keys_max": 1,
        "tracked_keys_enforced": True,
    }
    reply = server.call("PUT", "/pastense/v1/workspace", {"settings": change}, token=admin)
    assert reply.status == 200, reply
    token = server.make_token(workspace=workspace)
    create(server, token, external_id="known")
    return token
