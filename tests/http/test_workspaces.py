"""Workspaces are apart: no operation shows or touches anything of another workspace.

`CALLS` has an entry for every operation that is served. Each entry says how the operation is
called with a token of one workspace and with the ids of another one. A new operation without an
entry makes the first test fail.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pastense.model import Workspace
from pastense.service.administration.access import SCOPES
from pastense.service.administration.workspaces import create_workspace
from pastense.web.app import OPERATIONS
from tests.http.foreign_calls import CALLS, EMAIL, MARK, OLDER, RECEIVER, Call
from tests.support.inprocess import NOW, InProcess, Reply, in_process

NOT_OF_A_WORKSPACE = {"migrations", "secrets", "leases", "scrub", "sqlite_sequence"}
"""Tables that belong to the store as a whole."""


@dataclass
class Apart:
    """A server with one full workspace, and tokens of the others by their names."""

    server: InProcess
    path: Path
    full: Workspace
    tokens: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)

    def seed(self, method: str, path: str, body: object = None, headers: Any = None) -> Any:
        """One call in the full workspace, which must succeed."""
        token = self.server.secret
        reply = self.server.call(method, path, body, headers, token=token)
        assert 200 <= reply.status < 300, (path, reply)
        return reply.json

    def call(self, method: str, path: str, call: Call) -> Reply:
        """One call from another workspace."""
        body, token = put_in(call.body, self.ids), self.tokens[call.by]
        return self.server.call(method, path, body, call.headers, token=token)

    def rows(self) -> dict[str, list[tuple]]:
        """All rows of the store that belong to the full workspace, by table."""
        with closing(sqlite3.connect(self.path)) as connection:
            names = [
                n
                for (n,) in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")
            ]
            return {
                name: connection.execute(f"SELECT * FROM {name} AS t WHERE {condition}").fetchall()
                for name in names
                if name not in NOT_OF_A_WORKSPACE
                for condition in [self._belongs(connection, name)]
            }

    def _belongs(self, connection: sqlite3.Connection, table: str) -> str:
        """The condition for a row of the table to be the full workspace's."""
        number = self.full.number
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        if table == "workspaces":
            return f"number = {number}"
        if "workspace" in columns:
            return f"workspace = {number}"
        owners = {
            "contact": "contacts",
            "job": "jobs",
            "subscription": "subscriptions",
            "tag": "tags",
        }
        for column, owner in owners.items():
            if column in columns:
                of_it = f"SELECT number FROM {owner} WHERE workspace = {number}"
                return f"{column} IN ({of_it})"
        raise AssertionError(f"whose are the rows of {table}? see NOT_OF_A_WORKSPACE")


def fill(apart: Apart) -> None:
    """Give the full workspace one of everything that can be made."""
    ids, seed = apart.ids, apart.seed
    fields = {"external_id": f"{MARK}-1", "email": EMAIL, "name": f"{MARK} Ada"}
    ids["user"] = seed("POST", "/contacts", {**fields, "role": "user"})["id"]
    ids["lead"] = seed("POST", "/contacts", {"role": "lead", "name": f"{MARK} Lead"})["id"]
    visitor = {"user_id": f"{MARK}-visitor"}
    ids["visitor"] = seed("POST", "/pastense/v1/visitors", visitor)["id"]
    event = {"event_name": f"{MARK}-event", "created_at": NOW, "metadata": {MARK: MARK}}
    seed("POST", "/events", event | {"id": ids["user"]})
    ids["event"] = seed("GET", f"/events?type=user&user_id={MARK}-1")["events"][0]["id"]
    history = {"event_name": f"{MARK}-past", "count": 2, "first": 5, "last": 6}
    seed("POST", "/events/summaries", {"id": ids["user"], "event_summaries": history})
    items = [{"method": "post", "data_type": "event", "data": {"event_name": MARK, "id": MARK}}]
    ids["job"] = seed("POST", "/bulk/events", {"items": items})["id"]
    ids["tag"] = seed("POST", "/tags", {"name": f"{MARK}-tag"})["id"]
    seed("POST", f"/contacts/{ids['user']}/tags", {"id": ids["tag"]})
    declared = {"name": f"{MARK}_attribute", "model": "contact", "data_type": "string"}
    ids["attribute"] = str(seed("POST", "/data_attributes", declared)["id"])
    ids["token"] = seed("POST", "/pastense/v1/tokens", {"name": f"{MARK}-token"})["id"]
    ids["subscription"] = seed("POST", "/subscriptions", RECEIVER)["id"]
    refused = {"event_name": f"{MARK}-refused", "created_at": NOW, "id": "nobody"}
    assert apart.server.call("POST", "/events", refused).status == 404
    assert MARK in str(seed("GET", "/pastense/v1/refusals"))
    change = {"name": f"{MARK} workspace", "settings": {"list_window_days": 12_345}}
    seed("PUT", "/pastense/v1/workspace", change)
    keep_cursors(apart)


def keep_cursors(apart: Apart) -> None:
    """Where a second page of each list of the full workspace begins."""
    ids, seed = apart.ids, apart.seed
    assert apart.server.call("GET", "/contacts/nobody").status == 404, "a second refusal"
    query = {"field": "name", "operator": "~", "value": MARK}
    search = {"query": query, "sort": {"field": "name"}, "pagination": {"per_page": 1}}
    pages = {
        "contacts_after": seed("GET", "/contacts?per_page=1"),
        "search_after": seed("POST", "/contacts/search", search),
        "audit_after": seed("GET", "/pastense/v1/audit?per_page=1"),
        "tokens_after": seed("GET", "/pastense/v1/tokens?per_page=1"),
        "refusals_after": seed("GET", "/pastense/v1/refusals?per_page=1"),
        "names_after": seed("GET", "/pastense/v1/event_names?per_page=1"),
    }
    ids.update({name: page["pages"]["next"]["starting_after"] for name, page in pages.items()})
    ids["users_scroll"] = seed("GET", "/users/scroll")["scroll_param"]
    ids["leads_scroll"] = seed("GET", "/contacts/scroll", headers=OLDER)["scroll_param"]


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    folder = tmp_path_factory.mktemp("apart")
    with in_process(folder, webhook_private_targets=True) as server:
        server.secret = server.make_token(*SCOPES)
        tokens = {}
        for name in ("other", "maker", "fresh"):
            workspace = create_workspace(server.store.workspaces, server.clock, name)
            tokens[name] = server.make_token(*SCOPES, workspace=workspace)
        full = server.store.admin.workspaces()[0]
        found = Apart(server, folder / "pastense.db", full, tokens)
        fill(found)
        own = {"own": {"role": "user", "external_id": "own"}, "own_lead": {"role": "lead"}}
        for name, fields in own.items():
            reply = found.call("POST", "/contacts", Call("", fields))
            found.ids[name] = reply.json["id"]
        found.ids["own_tag"] = found.call("POST", "/tags", Call("", {"name": "own"})).json["id"]
        yield found


SERVED = {f"{operation.method} {operation.path}": operation for operation in OPERATIONS}


def test_every_operation_has_an_entry() -> None:
    """Add to `CALLS` how the operation is called with another workspace's ids."""
    assert SERVED.keys() - CALLS.keys() == set(), "these operations have no entry in CALLS"
    assert CALLS.keys() - SERVED.keys() == set(), "these entries have no operation"
    older = [name for name, operation in SERVED.items() if operation.older is not None]
    assert [name for name in older if not any(c.headers == OLDER for c in CALLS[name])] == []


def put_in(value: Any, ids: dict[str, str]) -> Any:
    """The value with the ids in the places of their names."""
    if isinstance(value, dict):
        return {key: put_in(inner, ids) for key, inner in value.items()}
    if isinstance(value, list):
        return [put_in(inner, ids) for inner in value]
    if isinstance(value, str):
        for name, known in ids.items():
            value = value.replace("{" + name + "}", known)
    return value


ALL = [(name, index) for name, calls in CALLS.items() for index in range(len(calls))]


@pytest.mark.parametrize(("name", "index"), ALL, ids=[f"{name} {index}" for name, index in ALL])
def test_nothing_of_another_workspace_is_seen_or_touched(
    apart: Apart, name: str, index: int
) -> None:
    call, method = CALLS[name][index], name.split()[0]
    before = apart.rows()
    reply = apart.call(method, put_in(call.path, apart.ids), call)
    assert reply.status == call.status, reply
    text = reply.body.decode()
    others = {word: known for word, known in apart.ids.items() if "own" not in word}
    theirs = {word for word, known in others.items() if len(known) > 9 and MARK not in known}
    echoed = {word for word in theirs if "{" + word + "}" in call.path + str(call.body)}
    shown = [word for word in theirs - echoed if apart.ids[word] in text]
    assert shown == [], reply
    assert call.by == "maker" or MARK not in text, reply
    assert call.check is None or call.check(reply.json), reply
    assert apart.rows() == before


def test_the_rows_of_the_full_workspace_are_found(apart: Apart) -> None:
    """The control: what the other test compares is there, and a change in it is seen."""
    before = apart.rows()
    full = ["contacts", "events", "summaries", "event_names", "tokens", "audit", "workspaces"]
    full += [
        "subscriptions",
        "subscription_names",
        "jobs",
        "job_errors",
        "tags",
        "contact_tags",
        "data_attributes",
    ]
    assert [table for table in full if not before[table]] == []
    apart.seed("PUT", f"/contacts/{apart.ids['lead']}", {"name": f"{MARK} Other"})
    changed = apart.rows()
    assert [table for table in before if before[table] != changed[table]] == ["contacts"]
    assert MARK in str(apart.seed("GET", "/contacts")), "whoever looks from inside sees it"


def test_each_workspace_has_its_own_counters(apart: Apart) -> None:
    full = apart.server.call("GET", "/pastense/v1/counters").json["counters"]
    theirs = apart.call("GET", "/pastense/v1/counters", Call("", by="fresh")).json["counters"]
    assert (full["events_stored"], full["events_refused_not_found"]) == (1, 1)
    assert set(theirs.values()) == {0}
    assert apart.server.call("GET", "/me", token="pst_wrong").status == 401
    after = apart.server.call("GET", "/pastense/v1/counters").json["counters"]
    assert after == full, "a refusal without a token is nobody's"
