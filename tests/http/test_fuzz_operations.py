"""Nearly right requests for every operation: never a 5xx, never a hang, always a clear refusal.

The suite sends a few thousand; PASTENSE_TEST_FUZZ_REQUESTS says how many more. One workspace is
called, with limits that change on the way; another one stands beside it and must stay as it is.
"""

from __future__ import annotations

import http.client
import logging
import os
import random
import re
import time
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from pastense.errors import STATUS_BY_CODE
from pastense.limits import IGNORED_FIELDS_CHARACTERS_MAX
from pastense.model import Workspace
from pastense.service.administration.access import SCOPES
from pastense.service.administration.workspaces import create_workspace
from pastense.versions import is_known
from pastense.web.app import OPERATIONS
from tests.http.test_workspaces import Apart, fill
from tests.support.inprocess import NOW, InProcess, Reply, in_process
from tests.support.nearly_right import Generator, Pools, Request

REQUESTS = int(os.environ.get("PASTENSE_TEST_FUZZ_REQUESTS", "3000"))
ANSWER_WITHIN_S = float(os.environ.get("PASTENSE_TEST_FUZZ_ANSWER_S", "5"))
TURN = 150
"""After so many requests the workspace gets other settings, and time goes on."""
SETTINGS = (
    {},
    {"profile": "like-intercom"},
    {"rate_limit_per_minute": 600},
    {"retention_days": 1, "list_window_days": 2},
    {"create_unknown_contacts": True, "event_names_max": 5},
    {"tracked_keys_enforced": True, "tracked_keys_max": 1, "metadata_keys_max": 0},
)
HOOK = {
    "url": "http://127.0.0.1:9/closed",
    "topics": ["event.created"],
    "metadata": {"event_names": ["invited-friend", "order/paid"]},
}
OPEN = {
    f"{operation.method} {operation.path}" for operation in OPERATIONS if operation.scope is None
}
"""Calls that need no token, and look at no version."""
NEVER_FOUND = {"GET /segments/{segment_id}", "DELETE /contacts/{contact_id}/tags/{tag_id}"}
"""There are no segments yet; and hardly ever is it a contact and just its tag."""
AFTER_VERSION = (403, 409, 410, 422)
"""Refusals that only come once the version was looked at."""
TEXT_CHARACTERS_MAX = 2_500
"""An error may repeat a little of what was sent, never all of it."""


class Runner:
    """Sends requests to one server and judges the answers."""

    def __init__(self, server: InProcess, workspace: Workspace, seed: int) -> None:
        self.server, self.workspace = server, workspace
        self.chance = random.Random(seed)
        self.statuses: dict[str, Counter[int]] = defaultdict(Counter)
        self.slowest_s = 0.0
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.pools = Pools()
        self.renew_tokens()

    def renew_tokens(self) -> None:
        """Fresh tokens: the requests may revoke those that there are."""
        make = self.server.make_token
        every = make(*SCOPES, workspace=self.workspace)
        older = make(*SCOPES, workspace=self.workspace, version="1.4")
        single = [make(scope, workspace=self.workspace) for scope in SCOPES]
        self.valid = [every] * 12 + [older] + single
        expired = make(*SCOPES, workspace=self.workspace, expires_at=NOW - 5)
        self.invalid = [expired, "pst_" + "0" * 48, "nonsense"]

    def seed(self, method: str, path: str, body: object = None) -> dict:
        reply = self.server.call(method, path, body, token=self.valid[0])
        assert reply.status < 300, (path, reply)
        return reply.json or {}

    def fill(self, foreign: Apart) -> None:
        """Make one of everything, and what was merged, deleted or archived."""
        user = {"external_id": "u1", "email": "ann@example.org", "role": "user"}
        ids = {"contact": [self.seed("POST", "/contacts", user)["id"]], "lead": []}
        leads = [self.seed("POST", "/contacts", {"role": "lead"})["id"] for _ in range(4)]
        merged, deleted, archived, lead = leads
        self.seed("POST", "/contacts/merge", {"from": merged, "into": ids["contact"][0]})
        self.seed("DELETE", f"/contacts/{deleted}")
        self.seed("POST", f"/contacts/{archived}/archive")
        ids["contact"] += [*leads, foreign.ids["user"]]
        ids["user"] = [ids["contact"][0], foreign.ids["user"]]
        ids["lead"] += [lead, merged, foreign.ids["lead"]]
        visitor = self.seed("POST", "/pastense/v1/visitors", {})["id"]
        ids["visitor"] = [visitor, foreign.ids["visitor"]]
        ids["tag"] = [self.seed("POST", "/tags", {"name": "a"})["id"], foreign.ids["tag"]]
        declared = {"name": "seats", "model": "contact", "data_type": "integer"}
        ids["attribute"] = [str(self.seed("POST", "/data_attributes", declared)["id"])]
        event = {"event_name": "invited-friend", "created_at": NOW - 60, "user_id": "u1"}
        self.seed("POST", "/events", event)
        ids["subscription"] = [self.seed("POST", "/subscriptions", HOOK)["id"]]
        item = {"method": "post", "data_type": "event", "data": event | {"user_id": "zz"}}
        ids["job"] = [self.seed("POST", "/bulk/events", {"items": [item]})["id"]]
        ids["token"] = [self.seed("POST", "/pastense/v1/tokens", {})["id"]]
        for kind in ("attribute", "subscription", "job", "token"):
            ids[kind].append(foreign.ids[kind])
        ids["event_name"] = ["invited-friend", "order/paid", "a", "b", "nobody-sent-it"]
        ids["external_id"] = ["u1", "u2", "314159", "unknown", "a/b"]
        ids["email"] = ["ann@example.org", "bob@example.org", "nobody@example.org"]
        self.pools.fixed = ids

    def turn(self, number: int) -> None:
        """Other settings, a little later, with tokens that are valid."""
        self.server.clock.move(11)
        self.renew_tokens()  # What is known of a token is believed for half a second: so fresh
        change = {name: None for one in SETTINGS for name in one}
        change |= SETTINGS[number % len(SETTINGS)]
        self.seed("PUT", "/pastense/v1/workspace", {"settings": change})
        self.renew_tokens()  # ones know the settings at once.
        fresh = {"/contacts": {"role": "lead"}, "/pastense/v1/visitors": {}, "/tags": {"name": "a"}}
        fresh |= {"/users": {"user_id": "u1"}, "/pastense/v1/tokens": {}}
        for path, body in fresh.items():
            self.pools.learn(self.seed("POST", path, body))
        hook = self.server.call("POST", "/subscriptions", HOOK, token=self.valid[0])
        self.pools.learn(hook.json)  # Or there are as many as there may be.

    def run(self, requests: int) -> None:
        generator = Generator(self.chance, self.pools)
        for number in range(requests):
            if number % TURN == 0:
                self.turn(number // TURN)
            request = generator.next()
            tokens = self.valid if self.chance.random() < 0.97 else self.invalid
            token = self.chance.choice(tokens)
            reply = self.send(request, token)
            self.judge(request, token, reply)
            self.statuses[request.label][reply.status] += 1
            if reply.body and reply.status < 300:
                self.pools.learn(reply.json)

    def send(self, request: Request, token: str) -> Reply:
        headers = {"Authorization": f"Bearer {token}"}
        if request.version is not None:
            headers["Intercom-Version"] = request.version
        started = time.monotonic()
        self.connection.request(request.method, request.target, request.body, headers)
        answer = self.connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        reply = Reply(answer.status, names, answer.read())
        taken_s = time.monotonic() - started
        self.slowest_s = max(self.slowest_s, taken_s)
        assert taken_s < ANSWER_WITHIN_S, (request, token, taken_s)
        return reply

    def judge(self, request: Request, token: str, reply: Reply) -> None:
        told = (request, token, reply)
        assert reply.status < 500, told
        for name in ("x-request-id", "pastense", "intercom-version", "content-length"):
            assert reply.headers.get(name), (name, told)
        assert all(v.isascii() and len(v) < 4_200 for v in reply.headers.values()), told
        ignored = reply.headers.get("pastense-ignored-fields", "")
        assert len(ignored) <= IGNORED_FIELDS_CHARACTERS_MAX, told
        assert re.fullmatch(r"[\w.~%,-]*", ignored, re.ASCII), told
        known = request.version is not None and is_known(request.version)
        if (
            known
            and request.label not in OPEN
            and (reply.status < 300 or reply.status in AFTER_VERSION)
        ):
            assert reply.headers["intercom-version"] == request.version, told
        if request.method == "HEAD":
            assert reply.body == b"", told
            return
        assert int(reply.headers["content-length"]) == len(reply.body), told
        if reply.body:
            assert reply.headers["content-type"] == "application/json; charset=utf-8", told
            assert isinstance(reply.json, dict), told
        if reply.status >= 300:
            self.judge_refusal(reply, told)

    def judge_refusal(self, reply: Reply, told: object) -> None:
        found = reply.json
        assert found.keys() == {"type", "request_id", "errors"}, told
        assert found["type"] == "error.list", told
        assert found["request_id"] == reply.headers["x-request-id"], told
        assert found["errors"], told
        for error in found["errors"]:
            assert error.keys() == {"code", "message", "field"}, told
            assert error["code"] in STATUS_BY_CODE, told
            assert 0 < len(error["message"]) <= TEXT_CHARACTERS_MAX, told
            assert error["field"] is None or 0 < len(error["field"]) <= TEXT_CHARACTERS_MAX, told
        statuses = {STATUS_BY_CODE[error["code"]] for error in found["errors"]}
        assert statuses == {reply.status} or reply.status == 422, told
        assert reply.status != 405 or reply.headers["allow"], told


def test_nearly_right_requests(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with in_process(tmp_path, webhook_private_targets=True) as server:
        server.secret = server.make_token(*SCOPES)
        full = server.store.admin.workspaces()[0]
        foreign = Apart(server, tmp_path / "pastense.db", full, {})
        fill(foreign)
        before = foreign.rows()
        own = create_workspace(server.store.workspaces, server.clock, "own")
        runner = Runner(server, own, seed=REQUESTS)
        with closing(runner.connection):
            runner.fill(foreign)
            runner.run(REQUESTS)
        assert list(server.store.events.recount(lambda *_: None)) == []
        assert foreign.rows() == before
        assert server.call("POST", "/events", {}).error == (
            400,
            "parameter_not_found",
            "event_name",
        )
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []
    every = sum(runner.statuses.values(), Counter())
    assert {200, 202, 400, 401, 403, 404, 405, 409, 422, 429} <= every.keys(), every
    silent = [
        label
        for label in (f"{operation.method} {operation.path}" for operation in OPERATIONS)
        if not any(status < 300 for status in runner.statuses[label])
    ]
    assert set(silent) <= NEVER_FOUND, "these never succeeded"
    print(sum(every.values()), sorted(every.items()), f"slowest {runner.slowest_s:.3f} s")
