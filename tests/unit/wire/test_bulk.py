"""What a bulk call may look like, and what of a refused item can be shown."""

from __future__ import annotations

import json
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.errors import ManyRefused
from pastense.wire.bulk import EVENTS, LEADS, USERS, BulkItem, parse_bulk, presentable
from tests.unit.support import refusal

POST = {"method": "post", "data_type": "event", "data": {"a": 1}}


def parse(body: object, kind=EVENTS, items_max: int = 3):
    return parse_bulk(json.dumps(body).encode(), kind, items_max)


def test_a_call_with_and_without_a_job():
    call = parse({"items": [POST]})
    assert (call.items, call.job_id, call.job) == ([BulkItem("post", "event", {"a": 1})], None, {})
    call = parse({"items": [POST], "job": {"id": "job_1", "name": "x"}})
    assert (call.job_id, call.job) == ("job_1", {"id": "job_1", "name": "x"})
    assert parse({"items": [POST], "job": None}).job_id is None


@pytest.mark.parametrize(("kind", "name"), [(EVENTS, "event"), (USERS, "user"), (LEADS, "contact")])
def test_the_data_type_may_be_left_out(kind, name):
    for item in ({"method": "post", "data": {}}, {"method": "post", "data": {}, "data_type": None}):
        assert parse({"items": [item]}, kind).items[0].data_type == name


def test_people_may_be_deleted_and_events_may_not():
    item = {"method": "delete", "data": {}}
    assert [parse({"items": [item]}, kind).items[0].method for kind in (USERS, LEADS)] == [
        "delete",
        "delete",
    ]
    assert refusal(parse, {"items": [item]}) == (400, "parameter_invalid", "items[0].method")


def test_only_the_item_with_a_forbidden_text_has_a_problem():
    bad = POST | {"data": {"b": ["\x00"]}}
    strange = POST | {"note": {"c": "\ud800"}}
    items = parse({"items": [POST, bad, strange]}).items

    assert [item.problem and item.problem.field for item in items] == [None, "b[0]", "note.c"]
    assert [item.data for item in items] == [{"a": 1}, {"b": ["\x00"]}, {"a": 1}]


def test_a_forbidden_text_beside_the_items_refuses_the_call():
    body = {"items": [POST], "job": {"id": "\ud800"}}
    assert refusal(parse, body) == (400, "parameter_invalid", "job.id")


def test_one_refusal_for_each_faulty_item():
    with pytest.raises(ManyRefused) as caught:
        parse({"items": [1, POST, {"method": "x", "data_type": "y"}]})
    assert [r.field for r in caught.value.refusals] == ["items[0]", "items[2].method"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=9,
)


@given(JSON)
def test_whatever_is_refused_can_be_shown(value):
    shown = presentable(value)
    text = msgspec.json.encode(shown).decode()
    assert "\\u0000" not in text
    assert json.loads(text) == msgspec.json.decode(text) == shown


def test_what_may_stand_there_is_left_alone():
    value = {"text": "😀 ä", "numbers": [2**63 - 1, -(2**63), 1.5, True, None]}
    assert presentable(value) == value
    assert presentable([2**63, -(2**63) - 1, math.inf, math.nan, "a\x00b\udfff"]) == [
        None,
        None,
        None,
        None,
        "a\ufffdb\ufffd",
    ]
