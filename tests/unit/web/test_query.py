"""Query strings: spellings of the events filter, cursors, flags (docs/wire.md "Listing events")."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.identity import event_ticks, format_cursor
from pastense.web.query import read_event_query, read_pairs, single_values
from tests.unit.support import attempt, refusal

GOOD = b"type=user&user_id=u1"
U1 = [("user_id", "user_id", "u1")]


def query(text: str):
    """The query of a good request with something added."""
    return read_event_query(GOOD + text.encode())


def test_the_least_a_query_must_say():
    asked = read_event_query(GOOD)
    assert asked.identifiers == U1
    assert (asked.summary, asked.per_page, asked.before, asked.since) == (False, 15, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "user_id=u1",
        "filter[user_id]=u1",
        "filter%5Buser_id%5D=u1",
        "filter=" + quote('{"user_id":"u1"}'),
        "filter=" + quote('{"user_id":"u1"}') + "&user_id=u1&filter[user_id]=u1",
        "user_id=u1&user_id=u1",
    ],
)
def test_the_filter_in_its_four_spellings(text):
    assert read_event_query(b"type=user&" + text.encode()).identifiers == U1


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("id", "id"),
        ("intercom_user_id", "id"),
        ("user_id", "user_id"),
        ("email", "email"),
    ],
)
def test_each_identifier_in_each_spelling(name, kind):
    for text in (
        urlencode({name: "a+b@c.de"}),
        urlencode({f"filter[{name}]": "a+b@c.de"}),
        urlencode({"filter": json.dumps({name: "a+b@c.de", "type": "user"})}),
    ):
        found = read_event_query(b"type=user&" + text.encode()).identifiers
        assert found == [(name, kind, "a+b@c.de")]


def test_several_identifiers_come_the_strongest_first():
    asked = read_event_query(b"email=e&type=user&user_id=u&intercom_user_id=i&user_id=v")
    names = [(name, value) for name, _, value in asked.identifiers]
    assert names == [("intercom_user_id", "i"), ("user_id", "u"), ("user_id", "v"), ("email", "e")]


def test_a_number_in_the_json_filter_is_its_decimal_text():
    found = read_event_query(b"type=user&filter=" + quote('{"user_id":25}').encode()).identifiers
    assert found == [("user_id", "user_id", "25")]


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("", "parameter_invalid", "type"),
        ("user_id=u1", "parameter_invalid", "type"),
        ("type=lead&user_id=u1", "parameter_invalid", "type"),
        ("type=User&user_id=u1", "parameter_invalid", "type"),
        ("type=user&type=lead&user_id=u1", "parameter_invalid", "type"),
        ("type=user", "parameter_not_found", "user_id"),
        ("type=user&filter={}", "parameter_not_found", "user_id"),
        ("type=user&filter=", "parameter_not_found", "user_id"),
        ("type=user&user_id=", "parameter_invalid", "user_id"),
        ("type=user&user_id=" + "u" * 256, "parameter_invalid", "user_id"),
        ("type=user&email=" + "e" * 255, "parameter_invalid", "email"),
        ("type=user&filter[email]=", "parameter_invalid", "email"),
        ("type=user&filter=u1", "parameter_invalid", "filter"),
        ("type=user&filter=[]", "parameter_invalid", "filter"),
        ('type=user&filter={"user_id":"%5Cu0000"}', "parameter_invalid", "filter"),
        ('type=user&filter={"user_id":null}', "parameter_invalid", "user_id"),
        ('type=user&filter={"email":[]}', "parameter_invalid", "email"),
        ("type=user&user_id=a%00b", "parameter_invalid", "user_id"),
        ("type=user&user_id=u1&other=a%00b", "parameter_invalid", "other"),
    ],
    ids=lambda it: it[:50],
)
def test_a_bad_query_is_refused_with_its_field(text, code, field):
    assert refusal(read_event_query, text.encode()) == (400, code, field)


def test_nul_in_a_name_is_refused_as_anywhere():
    """decisions.md: NUL anywhere is 400 `parameter_invalid`."""
    status, code, _ = refusal(read_event_query, GOOD + b"&a%00b=1")
    assert (status, code) == (400, "parameter_invalid")


@pytest.mark.parametrize(
    "text", [b"&a=%ff", b"&%ff=a", b"&a=%ed%a0%80", b"&a=\xc3\xa9", b"&a=1" * 200], ids=repr
)
def test_what_is_no_percent_encoded_utf_8_is_a_bad_request(text):
    assert refusal(read_event_query, GOOD + text) == (400, "bad_request", "query")


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("1", True),
        ("false", False),
        ("False", False),
        ("0", False),
    ],
)
def test_summary_is_read_whatever_its_case(text, flag):
    assert query(f"&summary={text}").summary is flag


@pytest.mark.parametrize("text", ["", "yes", "2", "null", "true,true"])
def test_another_summary_is_refused(text):
    assert refusal(query, f"&summary={text}") == (400, "parameter_invalid", "summary")


@pytest.mark.parametrize(("text", "per_page"), [("1", 1), ("15", 15), ("150", 150), ("007", 7)])
def test_per_page(text, per_page):
    assert query(f"&per_page={text}").per_page == per_page


@pytest.mark.parametrize(
    "text", ["", "0", "151", "-1", "1.5", "%2B5", "1e1", "many", "%D9%A3", "%C2%B2", "9" * 5_000]
)
def test_another_per_page_is_refused(text):
    assert refusal(query, f"&per_page={text}") == (400, "parameter_invalid", "per_page")


@given(st.integers(0, 10**11 - 1), st.integers(0, 9_999_999), st.sampled_from(["before", "since"]))
def test_cursors_are_read_exactly(created_at, slot, name):
    ticks = event_ticks(created_at, slot)
    asked = query(f"&{name}={format_cursor(ticks)}")
    assert getattr(asked, name) == ticks


def test_both_cursors_may_be_given():
    asked = query("&before=5&since=3.0001")
    assert (asked.before, asked.since) == (50_000, 30_001)


@pytest.mark.parametrize("name", ["before", "since"])
@pytest.mark.parametrize("text", ["", "-1", "abc", "1.00000", "1e3", "+5", "9" * 16])
def test_a_bad_cursor_is_refused(name, text):
    assert refusal(query, f"&{name}={text}") == (400, "parameter_invalid", name)


def test_pairs_keep_their_order_and_blank_values():
    assert read_pairs(b"b=1&a=&b=%C3%A9+x&c") == [("b", "1"), ("a", ""), ("b", "é x"), ("c", "")]
    assert read_pairs(b"") == []


def test_a_parameter_may_stand_twice_only_with_one_value():
    assert single_values([("a", "1"), ("b", "2"), ("a", "1")], ("a", "b")) == {"a": "1", "b": "2"}
    assert single_values([("c", "1"), ("c", "2")], ("a", "b")) == {}, "nobody looks at c"
    pairs = [("a", "1"), ("a", "2")]
    assert refusal(lambda given: single_values(given, ("a",)), pairs) == (
        400,
        "parameter_invalid",
        "a",
    )


words = st.sampled_from(
    ["type=user", "user_id=u", "filter=", "{", "}", '"', "[", "]", "%", "%00", "%ff", "&", "=", "a"]
)


@given(
    st.binary(max_size=60) | st.lists(words, max_size=12).map(lambda them: "&".join(them).encode())
)
def test_any_query_is_read_or_refused(text):
    asked, error = attempt(read_event_query, text)
    if error is None:
        assert asked.identifiers
    else:
        assert error.status == 400
