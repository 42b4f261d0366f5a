"""Declared types (decisions.md "Data attributes"): what is converted, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.attributes import DATA_TYPES, WrongType, as_declared, search_type
from pastense.limits import CREATED_AT_END_S, INTEGER_MAX, INTEGER_MIN
from pastense.model import DataAttribute

from .support import NOW


def declared(data_type: str, **fields: object) -> DataAttribute:
    """An attribute "a" of that type."""
    given = {"name": "a", "data_type": data_type, "created_at": NOW, "updated_at": NOW}
    return DataAttribute(**(given | fields))


@pytest.mark.parametrize(
    ("data_type", "sent", "kept"),
    [
        ("string", "x", "x"),
        ("string", "", ""),
        ("string", 5, "5"),
        ("string", 1.5, "1.5"),
        ("integer", 5, 5),
        ("integer", " -5 ", -5),
        ("integer", 5.0, 5),
        ("integer", str(INTEGER_MIN), INTEGER_MIN),
        ("float", 1.5, 1.5),
        ("float", 2, 2),
        ("float", "1.5e3", 1500.0),
        ("boolean", True, True),
        ("boolean", "FALSE", False),
        ("date", NOW, NOW),
        ("date", str(NOW), NOW),
        ("date", NOW + 0.9, NOW),
        ("date", -86_400, -86_400),
        ("datetime", 0, 0),
    ],
)
def test_what_clearly_is_of_the_type_is_converted(data_type, sent, kept):
    assert repr(as_declared(declared(data_type), sent)) == repr(kept)


@pytest.mark.parametrize(
    ("data_type", "sent"),
    [
        ("string", True),
        ("string", "x" * 2_001),
        ("integer", 1.5),
        ("integer", "1.5"),
        ("integer", "five"),
        ("integer", True),
        ("integer", INTEGER_MAX + 1),
        ("integer", "9" * 19),
        ("float", "much"),
        ("float", "nan"),
        ("float", "1e999"),
        ("float", True),
        ("boolean", 1),
        ("boolean", "yes"),
        ("date", "2027-01-15"),
        ("date", NOW * 1_000),
        ("date", -CREATED_AT_END_S),
        ("date", True),
        ("datetime", "now"),
    ],
)
def test_the_rest_is_refused_by_the_name_of_the_type(data_type, sent):
    with pytest.raises(WrongType, match=f"^a is declared as an? {data_type}: send "):
        as_declared(declared(data_type), sent)


def test_a_list_takes_its_options_only():
    listed = declared("string", options=("1-10", "11-20"))
    assert as_declared(listed, "1-10") == "1-10"
    with pytest.raises(WrongType, match="send one of its options"):
        as_declared(listed, "1 to 10")


def test_an_archived_attribute_is_not_written_but_taken_away():
    archived = declared("string", archived_at=NOW)
    with pytest.raises(WrongType, match="archived"):
        as_declared(archived, "x")
    assert as_declared(archived, None) is None


values = (
    st.none()
    | st.booleans()
    | st.integers(INTEGER_MIN, INTEGER_MAX)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("0123456789.eE+- truefals", max_size=25)
)


@given(st.sampled_from(DATA_TYPES), values)
def test_what_was_converted_once_stays_as_it_is(data_type, sent):
    attribute = declared(data_type)
    try:
        kept = as_declared(attribute, sent)
    except WrongType:
        return
    assert repr(as_declared(attribute, kept)) == repr(kept)


@pytest.mark.parametrize(
    ("attribute", "as_what"),
    [
        (declared("integer"), "integer"),
        (declared("date"), "date"),
        (declared("datetime"), "date"),
        (declared("integer", archived_at=NOW), "archived"),
    ],
)
def test_as_what_an_attribute_is_searched(attribute, as_what):
    assert search_type(attribute) == as_what
