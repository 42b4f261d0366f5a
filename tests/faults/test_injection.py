"""No text is ever taken for SQL: whatever stands in any place of any operation, no 5xx, nothing
changes that was not asked for, and what is kept comes back to the letter.

Each place gets a few of the payloads in the suite, and all of them in `make torture`
(PASTENSE_TEST_INJECTION_PAYLOADS).
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from pastense.search import Filter
from pastense.service.administration.access import SCOPES
from pastense.service.administration.workspaces import create_workspace
from pastense.store.relational.people.filters import Compiler, Condition
from tests.faults.hostile_texts import PAYLOADS, Place, places
from tests.faults.rows import Execute, rows_of
from tests.http.foreign_calls import MARK, RECEIVER
from tests.support.inprocess import NOW, InProcess, in_process
from tests.support.postgresql import shared_server

EACH = int(os.environ.get("PASTENSE_TEST_INJECTION_PAYLOADS", "1"))
GONE = re.compile("DELETE|merge|convert|delete_requests")
"""Calls after which there may be nothing left to call; then everything is made anew."""
HOOK = RECEIVER | {"metadata": {"event_names": ["nobody-sends-this"]}}


class Hostile:
    """A server on one database, a workspace that is called and one that must stay as it is."""

    def __init__(self, server: InProcess, execute: Execute, database: str) -> None:
        self.server, self.database = server, database
        self.execute = execute
        self.still = server.store.admin.workspaces()[0]
        server.secret = server.make_token(*SCOPES)
        self._filled = 0
        self.fill()
        called = create_workspace(server.store.workspaces, server.clock, "called")
        self.still_token, server.secret = (
            server.secret,
            server.make_token(*SCOPES, workspace=called),
        )
        self.called = called
        self.token = server.secret
        self.ids = self.fill()
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)

    def make(self, path: str, body: object) -> str:
        """One thing more in the workspace of the present token; its id."""
        reply = self.server.call("POST", path, body)
        assert 200 <= reply.status < 300, (path, reply)
        return str(reply.json["id"]) if reply.body else ""

    def fill(self) -> dict[str, str]:
        """One of everything; the ids by the names that paths give them."""
        self._filled += 1
        me = f"{MARK}-{self._filled}"
        fields = {"role": "user", "external_id": me, "email": f"{me}@example.org"}
        user = self.make("/contacts", fields | {"custom_attributes": {"plan": MARK}})
        event = {"event_name": "done", "created_at": NOW, "id": user, "metadata": {MARK: MARK}}
        self.make("/events", event)
        attribute = {"name": f"seats_{me}", "model": "contact", "data_type": "string"}
        item = {"method": "post", "data_type": "event", "data": event}
        return {
            "contact_id": user,
            "user_id": user,
            "visitor_id": self.make("/pastense/v1/visitors", {}),
            "external_id:path": me,
            "event_name": "done",
            "tag_id": self.make("/tags", {"name": me}),
            "segment_id": "5ba682d23d7cf92bef87bfd4",
            "data_attribute_id": self.make("/data_attributes", attribute),
            "job_id": self.make("/bulk/events", {"items": [item]}),
            "subscription_id": self.make("/subscriptions", HOOK),
            "token_id": self.make("/pastense/v1/tokens", {"name": MARK}),
        }

    def send(self, place: Place, text: str) -> int:
        """One request; its status."""
        target, body, headers = place.request(text, self.ids)
        given = {"Authorization": f"Bearer {self.token}"} | headers
        self.connection.request(place.method, target, body, given)
        answer = self.connection.getresponse()
        said = answer.read()
        assert answer.status < 500, (place.label, place.where, place.key, text, said)
        if answer.status < 300 and GONE.search(place.label):
            self.forget(self.ids["subscription_id"])
            self.ids = self.fill()
        if answer.status < 300 and place.label == "POST /subscriptions":
            self.forget(json.loads(said)["id"])
        if answer.status < 300 and place.label == "PUT /pastense/v1/workspace":
            self.free()
        return answer.status

    def forget(self, subscription: str) -> None:
        """Delete a webhook, perhaps once more: a workspace has at most a hundred."""
        path = f"/subscriptions/{subscription}"
        assert self.server.call("DELETE", path, token=self.token).status in (200, 404)

    def free(self) -> None:
        """Take away what the called workspace has set: no rate limit is to refuse a payload."""
        self.server.clock.move(11)
        body = {"settings": {"rate_limit_per_minute": None, "profile": None}}
        assert (
            self.server.call("PUT", "/pastense/v1/workspace", body, token=self.token).status == 200
        )

    def rows(self) -> dict[str, list[str]]:
        """What must stay as it is."""
        return rows_of(self.execute, self.database, self.still.number)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def hostile(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Hostile]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    if request.param == "sqlite":

        def execute(statement: str) -> list[tuple]:
            with closing(sqlite3.connect(folder / "pastense.db")) as connection:
                return connection.execute(statement).fetchall()

        with in_process(folder, webhook_private_targets=True) as server:
            hostile = Hostile(server, execute, "sqlite")
            with closing(hostile.connection):
                yield hostile
        return
    cluster = shared_server()
    with cluster.database() as name:
        address = cluster.address(name)
        with in_process(folder, address, webhook_private_targets=True) as server:
            hostile = Hostile(server, lambda words: cluster.execute(words, name), "postgresql")
            with closing(hostile.connection):
                yield hostile


def chosen(place: Place, number: int) -> list[str]:
    """So many of the payloads for a place, always the same ones."""
    seed = f"{place.label} {place.where} {place.key} {number}"
    begin = zlib.crc32(seed.encode()) % len(PAYLOADS)
    return [PAYLOADS[(begin + step) % len(PAYLOADS)] for step in range(min(EACH, len(PAYLOADS)))]


def test_no_text_in_any_place_is_taken_for_sql(hostile: Hostile, caplog) -> None:
    before, seen = hostile.rows(), Counter()
    tables = set(before)
    for number, place in enumerate(places()):
        for text in chosen(place, number):
            seen[hostile.send(place, text)] += 1
    after = hostile.rows()
    assert set(after) == tables
    assert {table: after[table] for table in tables if after[table] != before[table]} == {}
    assert list(hostile.server.store.events.recount(lambda *_: None)) == []
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
    assert sum(seen.values()) > 800 * EACH, seen
    assert seen[200] > 150 * EACH, seen
    assert seen[429] == 0, seen
    print(seen)


def test_the_control_a_change_in_the_other_workspace_is_seen(hostile: Hostile) -> None:
    before = hostile.rows()
    hostile.server.call("POST", "/tags", {"name": "another"}, token=hostile.still_token)
    assert hostile.rows() != before


def test_the_control_a_search_that_is_glued_together_is_caught(
    hostile: Hostile, monkeypatch
) -> None:
    """The same payloads must break a compiler that puts texts into its statement."""

    def glued(_: Compiler, query: Filter) -> Condition:
        return Condition(f"c.name = '{query.value}'", [])

    monkeypatch.setattr(Compiler, "compile_query", glued)
    caught = []
    for text in PAYLOADS:
        query = {"query": {"field": "name", "operator": "=", "value": text}}
        reply = hostile.server.call("POST", "/contacts/search", query, token=hostile.token)
        caught.append(reply.status >= 500 or reply.json["total_count"] > 0)
    assert sum(caught) >= 3, "those that close the quote"


def returned(hostile: Hostile, path: str) -> object:
    """The JSON body of a call that must succeed."""
    reply = hostile.server.call("GET", path, token=hostile.token)
    assert reply.status == 200, (path, reply)
    return reply.json


@pytest.mark.parametrize("index", range(len(PAYLOADS)))
def test_what_is_kept_comes_back_to_the_letter(hostile: Hostile, index: int) -> None:
    text = PAYLOADS[index]
    label = " ".join(text.split())
    call, token = hostile.server.call, hostile.token
    fields = {"role": "user", "external_id": f"{index}{text}", "name": text, "phone": text}
    made = call("POST", "/contacts", fields | {"custom_attributes": {"note": text}}, token=token)
    assert made.status == 200, made
    contact = returned(hostile, f"/contacts/{made.json['id']}")
    assert (contact["name"], contact["phone"]) == (text, text)
    assert (contact["external_id"], contact["custom_attributes"]) == (
        f"{index}{text}",
        {"note": text},
    )
    found = returned(hostile, f"/contacts/find_by_external_id/{quote(f'{index}{text}', safe='')}")
    assert found["id"] == made.json["id"]
    event = {"event_name": label, "created_at": NOW, "metadata": {text: text}, "id": contact["id"]}
    assert call("POST", "/events", event, token=token).status == 202
    [listed] = returned(hostile, f"/events?type=user&intercom_user_id={contact['id']}")["events"]
    assert (listed["event_name"], listed["metadata"]) == (label, {text: text})
    name = returned(hostile, f"/pastense/v1/event_names/{quote(label, safe='')}")
    assert (name["name"], name["count"]) == (label, 1)
    names = returned(hostile, f"/pastense/v1/event_names?q={quote(label, safe='')}")
    assert [one["name"] for one in names["data"]] == [label]
    tag = call("POST", "/tags", {"name": label}, token=token).json["id"]
    assert returned(hostile, f"/tags/{tag}")["name"] == label


@pytest.mark.parametrize("operator", ["=", "~", "^", "$", "IN"])
def test_a_search_finds_the_text_and_nothing_else(hostile: Hostile, operator: str) -> None:
    for index, text in enumerate(PAYLOADS):
        value = [text] if operator == "IN" else text
        query = {"field": "custom_attributes.mine", "operator": operator, "value": value}
        body = {"role": "lead", "name": text, "custom_attributes": {"mine": text}}
        if operator == "=":
            assert hostile.server.call("POST", "/contacts", body, token=hostile.token).status == 200
        for one in (query, query | {"field": "name"}):
            reply = hostile.server.call(
                "POST", "/contacts/search", {"query": one}, token=hostile.token
            )
            assert reply.status == 200, reply
            assert {c["name"] for c in reply.json["data"]} <= {text}, (index, one)
