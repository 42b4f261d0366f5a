"""What a caller gives, as it goes over the wire."""

from __future__ import annotations

import enum
import math
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.client.values import (
    Money,
    RichLink,
    before_cursor,
    identifier_text,
    identifiers,
    metadata_values,
    plain,
    seconds,
    since_cursor,
)

NAIVE = datetime(2026, 11, 21)  # noqa: DTZ001 (that is what it is for)
AWARE = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 (the strategy adds the zone)
    max_value=datetime(2900, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)
PLAIN = st.one_of(st.text(), st.integers(-(2**63), 2**63 - 1), st.booleans(), st.none())
FINITE = st.floats(allow_nan=False, allow_infinity=False)


class Text(str):
    """As Django's SafeString."""

    def __str__(self) -> str:
        return "not this"


class Whole(int):
    """As a number of a library of its own."""


class Broken(float):
    """As numpy's float64."""


class Plan(str, enum.Enum):  # noqa: UP042 (people have such ones)
    PRO = "pro"


@given(AWARE)
def test_a_datetime_is_its_second_in_utc_whatever_its_zone(moment):
    value = seconds(moment)
    assert datetime.fromtimestamp(value, UTC) <= moment
    assert moment < datetime.fromtimestamp(value, UTC) + timedelta(seconds=1)
    assert seconds(moment.astimezone(UTC)) == value


@given(st.integers(), FINITE)
def test_numbers_are_seconds_and_a_fraction_is_cut_off(whole, broken):
    assert seconds(whole) == whole
    assert seconds(broken) == math.trunc(broken)


@pytest.mark.parametrize(
    ("time", "error", "said"),
    [
        (NAIVE, ValueError, "no time zone"),
        (float("nan"), ValueError, "finite"),
        (float("inf"), ValueError, "finite"),
        ("1", TypeError, "datetime or seconds"),
        (True, TypeError, "datetime or seconds"),
        (None, TypeError, "datetime or seconds"),
        (NAIVE.date(), TypeError, "datetime or seconds"),
    ],
)
def test_what_is_no_moment_is_refused(time, error, said):
    with pytest.raises(error, match=said):
        seconds(time)


@given(AWARE.filter(lambda moment: moment.timestamp() > 1))
def test_the_cursors_of_a_moment_take_in_its_whole_second_once(moment):
    since, before = int(since_cursor(moment)), int(before_cursor(moment))
    # Events lie from the second's beginning on; both bounds leave out what lies exactly there.
    assert before == math.ceil(moment.timestamp()) * 1000
    assert since == before - 1


def test_a_cursor_stays_what_it_is_and_a_number_is_none():
    assert since_cursor("1389913941000.0042") == before_cursor("1389913941000.0042")
    for value in (1389913941, "", None):
        with pytest.raises(TypeError, match="take a datetime"):
            since_cursor(value)
    with pytest.raises(ValueError, match="no time zone"):
        before_cursor(NAIVE)


def test_who_is_meant():
    assert identifiers("a", None, None) == {"user_id": "a"}
    assert identifiers(7, None, "a@b") == {"user_id": "7", "email": "a@b"}
    assert identifiers(None, "c1", None) == {"id": "c1"}
    assert identifiers(Text("a"), Whole(3), Plan.PRO) == {"user_id": "a", "id": "3", "email": "pro"}
    with pytest.raises(ValueError, match="Say whose"):
        identifiers(None, None, None)
    for value in (True, 1.5, b"a", ["a"]):
        with pytest.raises(TypeError, match="user_id must be"):
            identifiers(value, None, None)


@given(st.integers())
def test_a_number_stands_for_its_decimal_text(number):
    assert identifier_text("id", number) == str(number)


@given(st.dictionaries(st.text(), PLAIN | FINITE, max_size=12))
def test_plain_values_go_as_they_are_and_in_their_order(metadata):
    sent = metadata_values(metadata)
    assert sent == metadata
    assert list(sent) == list(metadata)


@given(st.text(), st.integers(-(2**63), 2**63 - 1), FINITE)
def test_types_of_their_own_go_as_what_they_are(text, whole, broken):
    given = {Text("k"): Text(text), "w": Whole(whole), "b": Broken(broken), "e": Plan.PRO}
    sent = metadata_values(given)
    assert sent == {"k": text, "w": whole, "b": broken, "e": "pro"}
    assert [type(value) for value in sent.values()] == [str, int, float, str]
    assert type(next(iter(sent))) is str
    assert msgspec.json.decode(msgspec.json.encode(sent)) == sent


def test_plain_leaves_everything_else_alone():
    things = (None, True, [1], {"a": 1}, b"x")
    assert all(plain(thing) is thing for thing in things)


def test_all_six_kinds_of_details_go_as_the_wire_wants_them():
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    sent = metadata_values(
        {
            "plan": "pro",
            "seats": 5,
            "order_date": moment,
            "page": "https://example.org",
            "order": RichLink("HTTPS://example.org/1", "1"),
            "price": Money(34999, "eur"),
            "later": MappingProxyType({"amount": 1, "currency": "usd"}),
        }
    )
    assert msgspec.json.decode(msgspec.json.encode(sent)) == {
        "plan": "pro",
        "seats": 5,
        "order_date": 1795219200,
        "page": "https://example.org",
        "order": {"url": "HTTPS://example.org/1", "value": "1"},
        "price": {"amount": 34999, "currency": "eur"},
        "later": {"amount": 1, "currency": "usd"},
    }


@pytest.mark.parametrize(
    ("metadata", "error", "said"),
    [
        ([("a", 1)], TypeError, "metadata is a dict"),
        ({1: "a"}, TypeError, "keys of metadata"),
        ({"when": datetime(2026, 1, 1, tzinfo=UTC)}, ValueError, "name it when_date"),
        ({"a_date": NAIVE}, ValueError, "no time zone"),
        ({"a": float("nan")}, ValueError, "metadata.a must be finite"),
        ({"a": Broken("inf")}, ValueError, "metadata.a must be finite"),
        ({"a": b"x"}, TypeError, "metadata.a must be"),
        ({"a": NAIVE.date()}, TypeError, "metadata.a must be"),
        ({"a": object()}, TypeError, "metadata.a must be"),
    ],
)
def test_what_could_never_be_right_is_refused(metadata, error, said):
    with pytest.raises(error, match=said):
        metadata_values(metadata)


@pytest.mark.parametrize(
    ("amount", "currency", "error"),
    [
        (1.5, "eur", TypeError),
        (True, "eur", TypeError),
        ("1", "eur", TypeError),
        (-1, "eur", ValueError),
        (1, "euro", ValueError),
        (1, "e1r", ValueError),
        (1, None, ValueError),
    ],
)
def test_an_amount_is_checked_when_it_is_made(amount, currency, error):
    with pytest.raises(error, match="Money takes"):
        Money(amount, currency)


@pytest.mark.parametrize(
    ("url", "value", "error"),
    [
        ("ftp://a", "b", ValueError),
        ("a", "b", ValueError),
        (1, "b", TypeError),
        ("http://a", 1, TypeError),
    ],
)
def test_a_link_is_checked_when_it_is_made(url, value, error):
    with pytest.raises(error, match="RichLink takes"):
        RichLink(url, value)


def test_amounts_and_links_are_values():
    assert Money(1, "eur") == Money(1, "eur")
    assert len({RichLink("http://a", "b"), RichLink("http://a", "b")}) == 1
    with pytest.raises(AttributeError):
        Money(1, "eur").amount = 2
