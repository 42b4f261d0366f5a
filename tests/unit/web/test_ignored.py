"""The header that names fields which were not kept."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.limits import IGNORED_FIELDS_CHARACTERS_MAX
from pastense.service.tally import Tally
from pastense.web.ignored import ignored_headers

KEPT = frozenset(["name"])


def shown(body: dict[str, object]) -> tuple[str, int]:
    """The value of the header, and how many fields were counted."""
    tally = Tally()
    headers = ignored_headers(tally, 1, body, KEPT)
    assert len(headers) <= 1
    value = headers[0][1].decode("ascii") if headers else ""
    assert tally.counts(2)["contact_fields_ignored"] == 0, "another workspace"
    return value, tally.counts(1)["contact_fields_ignored"]


@pytest.mark.parametrize(
    ("body", "value", "count"),
    [
        ({}, "", 0),
        ({"name": "x"}, "", 0),
        ({"companies": None}, "", 0),
        ({"companies": [], "name": "x", "é, x\r\n": 1}, "companies,%C3%A9%2C%20x%0D%0A", 2),
        ({"x" * 5_000: 1}, "...", 1),
        ({f"field_{n:03}": n for n in range(200)}, None, 200),
    ],
    ids=lambda it: str(it)[:30],
)
def test_names_are_told_and_counted(body, value, count):
    told, counted = shown(body)
    assert counted == count
    if value is None:
        assert told.endswith(",field_098,...")
    else:
        assert told == value


@given(st.dictionaries(st.text(max_size=300), st.just(1), max_size=20))
def test_any_names_make_one_safe_header(body):
    told, counted = shown(body)
    names = told.split(",") if told else []
    assert len(told) <= IGNORED_FIELDS_CHARACTERS_MAX
    assert counted == len(body.keys() - KEPT)
    complete = names[:-1] if names[-1:] == ["..."] else names
    assert {unquote(name) for name in complete} <= body.keys() - KEPT
