"""Whole numbers and times as callers send them; fractions are cut from times only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.wire.numbers import any_number, decimal_text, row_number, whole_number, whole_seconds

SENT = {
    7: (7, 7),
    -5: (-5, -5),
    5.0: (5, 5),
    5.9: (None, 5),
    -0.5: (None, -1),
    "5": (5, 5),
    " +5 ": (5, 5),
    "\u2003\x1f5\x1e\x85": (5, 5),
    "-5": (-5, -5),
    "5.9": (None, None),
    "--5": (None, None),
    "\u0665": (None, None),
    "": (None, None),
    "9" * 20: (None, None),
}


@pytest.mark.parametrize("sent", SENT, ids=repr)
def test_numbers_and_times(sent: object) -> None:
    assert (whole_number(sent), whole_seconds(sent)) == SENT[sent]


@pytest.mark.parametrize("sent", [True, False, None, [], {}, b"5"], ids=repr)
def test_nothing_else_is_a_number(sent: object) -> None:
    assert whole_number(sent) is None
    assert whole_seconds(sent) is None


@given(st.integers(-(10**18), 10**18))
def test_every_spelling_of_a_whole_number(number: int) -> None:
    assert whole_number(str(number)) == whole_seconds(str(number)) == number


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (12, "12"),
        (12.0, "12"),
        (1e22, "10000000000000000000000"),
        (0.5, "0.5"),
        (1e-7, "0.0000001"),
        (-1.25, "-1.25"),
    ],
)
def test_decimal_text_has_no_exponent(sent: float, text: str) -> None:
    assert decimal_text(sent) == text


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (5, 5),
        (0.5, 0.5),
        ("5", 5.0),
        (" -1.5e3 ", -1500.0),
        ("99999999999999999999", 1e20),
        ("", None),
        ("1e999", None),
        ("nan", None),
        ("Infinity", None),
        ("1_000", None),
        ("٣", None),
        (True, None),
        (None, None),
        ([], None),
    ],
    ids=repr,
)
def test_any_number_may_come_in_a_string(sent: object, read: object) -> None:
    assert repr(any_number(sent)) == repr(read)


def test_numbers_of_rows_are_digits_alone():
    found = {"0": 0, "007": 7, "9" * 18: 10**18 - 1}
    assert {text: row_number(text) for text in found} == found
    for text in ("", "-1", "+1", " 1", "1.0", "1e3", "x", "٣", "²", "9" * 19):
        assert row_number(text) is None, text
