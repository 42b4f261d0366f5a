"""Contacts over HTTP, whole: parallel creations, visitors, blocking, what is not kept, and every
field of the reference's search."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter

import pytest

from pastense.search import SORT_FIELDS, UNSET_FIELD_TYPES
from tests.support.inprocess import NOW, InProcess

AT_ONCE = 100


@pytest.mark.parametrize("body", [{"external_id": "one"}, {"email": "one@example.org"}])
def test_one_of_a_hundred_creations_at_once_wins(shared: InProcess, body: dict) -> None:
    """All connections are open and all requests but their last byte sent before any is whole."""
    text = json.dumps(body).encode()
    barrier, statuses = threading.Barrier(AT_ONCE), []

    def attempt() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=20)
        connection.putrequest("POST", "/contacts")
        connection.putheader("Authorization", f"Bearer {shared.secret}")
        connection.putheader("Content-Length", str(len(text)))
        connection.endheaders(text[:-1])
        barrier.wait(20)
        connection.send(text[-1:])
        answer = connection.getresponse()
        statuses.append((answer.status, answer.read()))
        connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert Counter(status for status, _ in statuses) == {200: 1, 409: AT_ONCE - 1}
    (made,) = [json.loads(reply) for status, reply in statuses if status == 200]
    words = f"A contact matching those details already exists with id={made['id']}"
    messages = {json.loads(r)["errors"][0]["message"] for s, r in statuses if s == 409}
    assert messages == {words}
    name, value = next(iter(body.items()))
    assert search(shared, {"field": name, "operator": "=", "value": value}) == [made["external_id"]]


def test_a_visitor_is_no_contact(shared: InProcess) -> None:
    workspace = shared.store.admin.workspaces()[0]
    fields = {"role": "visitor", "external_id": "v1"}
    visitor = shared.store.contacts.create(workspace, fields, NOW)
    tag = shared.call("POST", "/tags", {"name": "a"}).json
    path = f"/contacts/{visitor.id}"
    for method, call, body in (
        ("GET", path, None),
        ("PUT", path, {"name": "x"}),
        ("DELETE", path, None),
        ("POST", f"{path}/archive", None),
        ("POST", f"{path}/unarchive", None),
        ("POST", f"{path}/block", None),
        ("GET", f"{path}/tags", None),
        ("POST", f"{path}/tags", {"id": tag["id"]}),
        ("GET", f"{path}/segments", None),
        ("GET", "/contacts/find_by_external_id/v1", None),
    ):
        assert shared.call(method, call, body).error == (404, "not_found", None), call
    reply = shared.call("POST", "/tags", {"name": "a", "users": [{"user_id": "v1"}]})
    assert reply.error == (404, "not_found", "users[0].user_id")
    assert search(shared, {"field": "id", "operator": "=", "value": visitor.id}) == []
    assert "v1" not in everybody(shared)
    for body in ({"role": "visitor"}, {"role": "visitor", "external_id": "v2"}):
        assert shared.call("POST", "/contacts", body).error == (400, "parameter_invalid", "role")
    user = shared.call("GET", "/contacts").json["data"][0]
    reply = shared.call("PUT", f"/contacts/{user['id']}", {"role": "visitor"})
    assert reply.error == (400, "parameter_invalid", "role")
    assert shared.store.contacts.find(workspace, "id", visitor.id) == [visitor], "unchanged"


def test_a_blocked_contact_goes_on_as_before(shared: InProcess) -> None:
    contact = shared.call("POST", "/contacts", {"external_id": "25"}).json
    path = f"/contacts/{contact['id']}"
    wanted = {"type": "contact", "id": contact["id"], "external_id": "25", "blocked": True}
    for _ in range(2):
        assert shared.call("POST", f"{path}/block").json == wanted
    shared.call("POST", f"{path}/archive")
    assert shared.call("POST", f"{path}/block").json == wanted
    shared.call("POST", f"{path}/unarchive")
    assert shared.call("GET", path).json == contact
    assert shared.post_event(user_id="25").status == 202
    assert "25" in everybody(shared)


def test_what_is_not_kept_is_told(server: InProcess) -> None:
    body = {"external_id": "25", "companies": [{"id": "1"}], "language_override": "de", "name": "x"}
    made = server.call("POST", "/contacts", body)
    assert made.headers["pastense-ignored-fields"] == "companies,language_override"
    path = f"/contacts/{made.json['id']}"
    changed = server.call("PUT", path, {"email_verified": True, "a, b": 1, "avatar": None})
    assert changed.headers["pastense-ignored-fields"] == "email_verified,a%2C%20b"
    for reply in (
        server.call("PUT", path, {"name": "y", "companies": None}),
        server.call("PUT", path, {"role": "admin", "companies": []}),
    ):
        assert "pastense-ignored-fields" not in reply.headers
    counters = server.call("GET", "/pastense/v1/counters", token=server.make_token("admin")).json
    assert counters["counters"]["contact_fields_ignored"] == 4, "what was refused is not counted"


def search(server: InProcess, query: object, **more: object) -> list[str]:
    reply = server.call("POST", "/contacts/search", {"query": query, **more})
    assert reply.status == 200, reply
    return [contact["external_id"] for contact in reply.json["data"]]


def everybody(server: InProcess) -> list[str]:
    """The external ids of all contacts, in the order of their creation."""
    query = {"field": "role", "operator": "!=", "value": "nothing"}
    return search(server, query, sort={"field": "created_at", "order": "ascending"})


OPERATORS = {
    "string": ("=", "!=", "~", "!~", "^", "$"),
    "integer": ("=", "!=", ">", "<", ">=", "<="),
    "boolean": ("=", "!="),
    "date": ("=", ">", "<"),
    "tag": ("=", "!="),
}
OPERANDS = {"string": "x", "integer": 7, "boolean": True, "date": NOW, "tag": "7"}
FINDS_NOTHING_SET = ("!=", "!~")
"""The operators that also find contacts without a value."""


@pytest.mark.parametrize("field", UNSET_FIELD_TYPES)
def test_what_nothing_here_sets_is_searched_as_null_or_false(shared: InProcess, field: str) -> None:
    kind = UNSET_FIELD_TYPES[field]
    for operator in OPERATORS[kind]:
        query = {"field": field, "operator": operator, "value": OPERANDS[kind]}
        wanted = len(everybody(shared)) if operator in FINDS_NOTHING_SET else 0
        assert len(search(shared, query)) == wanted
    if kind == "string":
        assert "u1" in search(shared, {"field": field, "operator": "NIN", "value": ["x"]})
        assert search(shared, {"field": field, "operator": "IN", "value": ["x"]}) == []
    nothing = {"field": field, "operator": "=", "value": False if kind == "boolean" else None}
    assert len(search(shared, nothing)) == len(everybody(shared))


@pytest.mark.parametrize("field", SORT_FIELDS)
def test_every_field_but_a_tag_orders_a_search(shared: InProcess, field: str) -> None:
    query = {"field": "role", "operator": "!=", "value": "nothing"}
    found = search(shared, query, sort={"field": field, "order": "ascending"})
    assert sorted(map(str, found)) == sorted(map(str, everybody(shared)))
    if field in UNSET_FIELD_TYPES:
        assert found == everybody(shared), "equal ones follow in order of creation"


def test_pages_of_a_search_by_what_nobody_has(server: InProcess) -> None:
    for number in range(4):
        server.call("POST", "/contacts", {"external_id": f"c{number}"})
    query = {"field": "role", "operator": "!=", "value": "nothing"}
    for field in ("browser", "has_hard_bounced", "last_contacted_at"):
        seen, pagination = [], {"per_page": 2}
        while pagination:
            body = {"query": query, "sort": {"field": field}, "pagination": pagination}
            page = server.call("POST", "/contacts/search", body).json
            seen += [contact["external_id"] for contact in page["data"]]
            pagination = page["pages"].get("next")
        assert seen == ["c3", "c2", "c1", "c0", "u1"]


def test_a_search_with_more_values_than_a_statement_has_parameters(shared: InProcess) -> None:
    values = [f"{number}" for number in range(1_000)]
    one = {"field": "external_id", "operator": "NIN", "value": values}
    group = {"operator": "AND", "value": [one] * 15}
    assert "u1" in search(shared, {"operator": "AND", "value": [group] * 3})
