"""Bad input to the contact calls has a status, a code and a field."""

from __future__ import annotations

import pytest

from tests.support.inprocess import InProcess

CONTACTS = {
    "nothing": ({}, (400, "parameter_not_found", "email")),
    "only a name": ({"name": "x"}, (400, "parameter_not_found", "email")),
    "role": ({"role": "admin"}, (400, "parameter_invalid", "role")),
    "role is a list": ({"role": ["user"]}, (400, "parameter_invalid", "role")),
    "long external id": ({"external_id": "x" * 256}, (400, "parameter_invalid", "external_id")),
    "empty external id": ({"external_id": ""}, (400, "parameter_invalid", "external_id")),
    "external id is true": ({"external_id": True}, (400, "parameter_invalid", "external_id")),
    "long email": ({"email": "x" * 255}, (400, "parameter_invalid", "email")),
    "email is a number": ({"email": 5}, (400, "parameter_invalid", "email")),
    "name is a list": ({"role": "lead", "name": []}, (400, "parameter_invalid", "name")),
    "owner": ({"role": "lead", "owner_id": "me"}, (400, "parameter_invalid", "owner_id")),
    "huge owner": ({"role": "lead", "owner_id": 2**63}, (400, "parameter_invalid", "owner_id")),
    "time": ({"role": "lead", "signed_up_at": "x"}, (400, "parameter_invalid", "signed_up_at")),
    "flag": (
        {"role": "lead", "unsubscribed_from_emails": "no"},
        (400, "parameter_invalid", "unsubscribed_from_emails"),
    ),
    "attributes": (
        {"role": "lead", "custom_attributes": []},
        (400, "parameter_invalid", "custom_attributes"),
    ),
    "nested attribute": (
        {"role": "lead", "custom_attributes": {"a": {}}},
        (400, "parameter_invalid", "custom_attributes.a"),
    ),
    "NUL": ({"role": "lead", "name": "\x00"}, (400, "parameter_invalid", "name")),
    "taken": ({"external_id": "u1"}, (409, "conflict", None)),
}


@pytest.mark.parametrize("name", CONTACTS)
def test_refused_contact(shared: InProcess, name: str) -> None:
    body, expected = CONTACTS[name]
    assert shared.call("POST", "/contacts", body).error == expected


SEARCHES = {
    "no query": ({}, "parameter_not_found", "query"),
    "query is text": ({"query": "x"}, "parameter_invalid", "query"),
    "no field": ({"query": {"operator": "=", "value": 1}}, "parameter_invalid", "query.field"),
    "unknown field": (
        {"query": {"field": "shoe", "operator": "=", "value": 1}},
        "parameter_invalid",
        "query.field",
    ),
    "unknown operator": (
        {"query": {"field": "role", "operator": "==", "value": 1}},
        "parameter_invalid",
        "query.operator",
    ),
    "date with >=": (
        {"query": {"field": "created_at", "operator": ">=", "value": 1}},
        "parameter_invalid",
        "query.operator",
    ),
    "date in words": (
        {"query": {"field": "created_at", "operator": ">", "value": "foorbar"}},
        "parameter_invalid",
        "query.value",
    ),
    "IN without a list": (
        {"query": {"field": "role", "operator": "IN", "value": "user"}},
        "parameter_invalid",
        "query.value",
    ),
    "empty group": (
        {"query": {"operator": "AND", "value": []}},
        "parameter_invalid",
        "query.value",
    ),
    "order": (
        {
            "query": {"field": "role", "operator": "=", "value": "user"},
            "sort": {"field": "name", "order": "up"},
        },
        "invalid_sort_order",
        "sort.order",
    ),
    "per page": (
        {
            "query": {"field": "role", "operator": "=", "value": "user"},
            "pagination": {"per_page": 0},
        },
        "parameter_invalid",
        "pagination.per_page",
    ),
    "cursor": (
        {
            "query": {"field": "role", "operator": "=", "value": "user"},
            "pagination": {"starting_after": "nonsense"},
        },
        "parameter_invalid",
        "starting_after",
    ),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_refused_search(shared: InProcess, name: str) -> None:
    body, code, field = SEARCHES[name]
    assert shared.call("POST", "/contacts/search", body).error == (400, code, field)


def test_a_search_nested_too_deep(shared: InProcess) -> None:
    query: dict[str, object] = {"field": "role", "operator": "=", "value": "user"}
    for _ in range(3):
        query = {"operator": "AND", "value": [query]}
    reply = shared.call("POST", "/contacts/search", {"query": query})
    assert reply.error == (400, "parameter_invalid", "query.value[0].value[0]")
