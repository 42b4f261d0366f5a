"""Values are kept as they are or refused: none is turned into something else on the way."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

import pytest

from pastense.compat.checks import json_object, list_of, mapping, one_of, plain, text, whole
from pastense.compat.errors import ApiTypeError, ApiValueError
from pastense.compat.models import EventSummaries, IntercomVersion


class Name(StrEnum):
    A = "a"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        (True, True),
        ("a", "a"),
        (Name.A, "a"),
        (IntercomVersion("2.14"), "2.14"),
        (2**63 - 1, 2**63 - 1),
        (1.5, 1.5),
        (Decimal("2.0"), 2),
        ((1, [2]), [1, [2]]),
        (MappingProxyType({"b": 1, "a": 2}), {"b": 1, "a": 2}),
        (EventSummaries(count=1), {"count": 1}),
    ],
)
def test_what_json_can_hold(value, kept):
    assert plain("x", value) == kept
    assert type(plain("x", value)) is type(kept)


@pytest.mark.parametrize("value", [b"", {1}, object(), 1j, iter([])])
def test_what_json_cannot_hold(value):
    with pytest.raises(ApiTypeError, match="x must be text, a number, a boolean"):
        plain("x", value)


@pytest.mark.parametrize("value", [float("inf"), Decimal("-Infinity"), 2**63, -(2**64)])
def test_numbers_that_no_server_takes(value):
    with pytest.raises(ApiValueError, match=r"x\[0\] must be a"):
        plain("x", [value])


def test_objects_are_copied_in_their_order():
    given = {"b": {"c": 1}, "a": 2}
    kept = json_object("x", given)
    given["b"]["c"] = 2
    assert list(kept.items()) == [("b", {"c": 1}), ("a", 2)]
    with pytest.raises(ApiTypeError, match=r"a key of x\.b must be a text"):
        json_object("x", {"b": {1: 1}})
    with pytest.raises(ApiTypeError, match="x must be a dict, not list"):
        mapping("x", [])


def test_small_checks():
    assert (text("x", "a"), whole("x", Decimal("5"))) == ("a", 5)
    assert one_of("a", "b")("x", "b") == "b"
    with pytest.raises(ApiValueError, match="x must be a or b, not 'c'"):
        one_of("a", "b")("x", "c")
    assert list_of(dict)("x", ({"a": 1},)) == [{"a": 1}]
    with pytest.raises(ApiTypeError, match="x must be a list, not str"):
        list_of(dict)("x", "abc")
