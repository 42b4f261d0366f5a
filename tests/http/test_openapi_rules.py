"""Components of the description, held against the code that decides."""

from __future__ import annotations

from itertools import product

import jsonschema_rs
from hypothesis import example, given
from hypothesis import strategies as st

from pastense.errors import ApiError
from pastense.limits import Limits
from pastense.metadata import metadata_type
from pastense.search import CUSTOM_PREFIX, FIELD_TYPES, parse_query
from pastense.service.events.rules import Judged, check_created_at, check_event_name
from pastense.service.webhooks.subscription_fields import read_change
from pastense.web.openapi import description
from pastense.wire.submission import Draft

NOW = 1_800_000_000


def accepts(name: str) -> jsonschema_rs.Validator:
    """A validator of one component, to be held against the code that decides."""
    document = description()
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(schema)


def judged(**fields: object) -> Judged:
    return Judged(Draft(fields, fields), 1, NOW, Limits())


WHITE = "".join(chr(n) for n in range(0x3001) if chr(n).isspace())
NAME_PARTS = st.text(
    st.sampled_from(WHITE + "ab:\x00\x07\x7f\x9f\ufeff\u200b\U0001f600"), max_size=9
)
EVENT_NAME, EVENT_TIME, METADATA = accepts("event_name"), accepts("event_time"), accepts("metadata")
FILTER = accepts("single_filter_search_request")
SUBSCRIPTION = accepts("update_subscription_request")


@given(NAME_PARTS)
@example("x" * 255)
@example(" " + "x" * 255 + "\n")
@example("x" * 256)
@example("x" + " " * 254 + "x")
@example("")
def test_the_pattern_of_names_is_the_rule_of_names(name):
    refused = check_event_name(judged(event_name=name))
    assert EVENT_NAME.is_valid(name) is (refused is None)


@given(st.text(st.sampled_from(WHITE + "*a\x07"), max_size=4))
@example("*")
@example("\x85*\u2003")
def test_a_name_that_is_trimmed_to_a_wildcard_is_none(name):
    try:
        read_change({"metadata": {"event_names": [name]}})
    except ApiError:
        refused = True
    else:
        refused = False
    assert SUBSCRIPTION.is_valid({"metadata": {"event_names": [name]}}) is not refused


TIME_TEXTS = st.text(st.sampled_from("0019+-. \u2003\x1e\n"), max_size=22)


@given(
    st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TIME_TEXTS | st.booleans()
)
@example(10**11)
@example(10**11 - 0.5)
@example(-0.5)
@example("-0")
@example(" +0000000012345678901 ")
@example("\x1e97")
def test_the_schema_of_times_is_the_rule_of_times(value):
    refused = check_created_at(judged(created_at=value))
    too_far = refused is not None and "ahead" in refused.message
    assert EVENT_TIME.is_valid(value) is (refused is None or too_far)


SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text("ab:/", max_size=9)
OBJECTS = st.dictionaries(
    st.sampled_from(["url", "value", "amount", "currency"]),
    SCALARS | st.sampled_from(["http://a", "usd", "USD", "us", 2999, -1]),
    max_size=3,
)


@given(SCALARS | OBJECTS | st.lists(SCALARS, max_size=2))
@example("x" * 2000)
@example("x" * 2001)
@example({"url": "https://example.org", "value": 3})
@example({"amount": 0, "currency": "eur"})
@example({"amount": True, "currency": "eur"})
def test_the_schema_of_metadata_is_the_rule_of_metadata(value):
    assert METADATA.is_valid({"key": value}) is (metadata_type("key", value) is not None)


SEARCH_VALUES = [
    None,
    True,
    0,
    -7,
    "5",
    "-5",
    "",
    "yes",
    "TRUE",
    [],
    [1, "a"],
    1.5e300,
    [-1.5e300],
    ["true"],
    [None],
    {},
]
SEARCH_OPERATORS = [
    "=",
    "!=",
    "IN",
    "NIN",
    ">",
    "<",
    ">=",
    "<=",
    "~",
    "!~",
    "^",
    "$",
    "AND",
    "like",
]
SEARCH_FIELDS = [*FIELD_TYPES, f"{CUSTOM_PREFIX}plan", CUSTOM_PREFIX, "password"]


def test_the_schema_of_filters_is_the_search_language():
    for field, comparison, value in product(SEARCH_FIELDS, SEARCH_OPERATORS, SEARCH_VALUES):
        one = {"field": field, "operator": comparison, "value": value}
        try:
            parse_query(one)
        except ApiError:
            is_query = False
        else:
            is_query = comparison != "AND"
        assert FILTER.is_valid(one) is is_query, one


def test_a_number_that_was_taken_may_be_answered(server):
    """An integer is within 64 bits, and a number with an exponent need not be."""
    fields = {"external_id": "n", "custom_attributes": {"a": 1e300, "b": -1.7e308, "c": 2**63 - 1}}
    answer = server.call("POST", "/contacts", fields)
    assert answer.json["custom_attributes"] == fields["custom_attributes"]
    assert accepts("contact").is_valid(answer.json)
