"""The target of `GET /events`."""

from __future__ import annotations

import pytest

from pastense.compat.errors import ApiTypeError, ApiValueError
from pastense.compat.query import read_filter, read_summary, target


def test_parameters_stand_in_the_documented_order():
    asked = {"since": "1.5", "per_page": 2, "summary": True, "type": "user"}
    found = target({**asked, "filter": {"user_id": "a b&c=d"}})
    assert found == "/events?user_id=a%20b%26c%3Dd&type=user&summary=true&per_page=2&since=1.5"


def test_what_is_none_or_left_out_is_not_sent():
    asked = {"filter": {"email": "a@b"}, "type": "user"}
    assert target(asked) == target(asked | {"summary": None}) == "/events?email=a%40b&type=user"


@pytest.mark.parametrize("name", ["user_id", "intercom_user_id", "email"])
def test_one_identifier(name):
    assert read_filter({name: "1"}) == (name, "1")


@pytest.mark.parametrize("bad", [None, {}, {"id": "1"}, {"user_id": "1", "email": "2"}, "1"])
def test_anything_else_is_a_value_error(bad):
    with pytest.raises(ApiValueError, match="filter must be a dict with exactly one"):
        read_filter(bad)


@pytest.mark.parametrize(
    "asked", [{"type": None}, {"type": 1}, {"summary": 1}, {"summary": "true"}, {"other": 1}]
)
def test_bad_parameters(asked):
    with pytest.raises(ApiTypeError):
        target({"filter": {"user_id": "1"}, "type": "user", **asked})


def test_a_summary_is_asked_for_or_not():
    assert (read_summary(True), read_summary(False)) == (True, False)
