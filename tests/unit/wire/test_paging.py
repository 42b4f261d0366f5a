"""Which page of a list is asked for."""

from __future__ import annotations

import re

import pytest

from pastense.errors import ParameterInvalid
from pastense.web.openapi.schemas_values import per_page_pattern
from pastense.wire.paging import read_before, read_per_page


@pytest.mark.parametrize(
    ("value", "read"),
    [(None, 20), ("1", 1), (1, 1), (7.0, 7), ("150", 150), (150, 150), (" 0150\x1f", 150)],
)
def test_how_many_items(value, read):
    assert read_per_page(value, 20, 150) == read


@pytest.mark.parametrize(
    "value", ["", "0", 0, -1, "151", 151, 1.5, "ten", True, [], "9" * 5_000, "+5"]
)
def test_too_many_and_no_number_at_all(value):
    with pytest.raises(ParameterInvalid) as refused:
        read_per_page(value, 20, 150, "pagination.per_page")
    [refusal] = refused.value.refusals
    assert (refusal.field, refusal.message) == ("pagination.per_page", "per_page must be 1 to 150")


@pytest.mark.parametrize(
    ("value", "read"), [(None, None), ("", None), ("0", 0), ("12", 12), ("9" * 18, 10**18 - 1)]
)
def test_where_it_begins(value, read):
    assert read_before(value) == read


@pytest.mark.parametrize("value", ["x", "-1", "+1", " 1", "1.0", "٣", "9" * 19])
def test_a_place_that_no_page_gave(value):
    with pytest.raises(ParameterInvalid, match="starting_after must be what"):
        read_before(value)


def is_read(value: str) -> bool:
    try:
        read_per_page(value, 20, 150)
    except ParameterInvalid:
        return False
    return True


@pytest.mark.parametrize("number", ["0", "1", "9", "10", "99", "100", "149", "150", "151", "1000"])
@pytest.mark.parametrize("zeros", [0, 1, 14, 15, 16, 17, 18, 19])
@pytest.mark.parametrize("around", ["", " ", "\u2003\x1f"])
def test_the_described_pattern_allows_what_is_read(number, zeros, around):
    value = around + "0" * zeros + number + around
    assert (re.search(per_page_pattern(150), value) is not None) is is_read(value)


def test_the_described_pattern_allows_no_sign():
    assert not is_read("+5")
    assert not re.search(per_page_pattern(150), "+5")
