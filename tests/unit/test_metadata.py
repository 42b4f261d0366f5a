"""The six metadata types, and the quota of keys (decisions.md, "Submitting an event")."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pastense.limits import INTEGER_MAX, INTEGER_MIN, TEXT_CHARACTERS_MAX
from pastense.metadata import metadata_type, take_first_keys

SHAPES = ({"url", "value"}, {"amount", "currency"})
keys = st.text(max_size=20)
plain_keys = keys.filter(lambda key: not key.endswith("_date"))
date_keys = st.text(max_size=20).map(lambda start: start + "_date")
integers = st.integers(INTEGER_MIN, INTEGER_MAX)
floats = st.floats(allow_nan=False, allow_infinity=False)
fractions = floats.filter(lambda value: not value.is_integer())
texts = st.text(max_size=20)
urls = st.builds(str.__add__, st.sampled_from(["http://", "https://"]), texts)
no_urls = texts.filter(lambda text: not text.startswith(("http://", "https://")))
rich_links = st.fixed_dictionaries({"url": urls, "value": texts})
currencies = st.text("abcXYZ", min_size=3, max_size=3)
amounts = st.fixed_dictionaries({"amount": st.integers(0, INTEGER_MAX), "currency": currencies})
scalars = st.none() | st.booleans() | integers | floats | texts


ACCEPTED = st.one_of(
    st.tuples(keys, no_urls, st.just("string")),
    st.tuples(keys, urls, st.just("link")),
    st.tuples(plain_keys, integers | floats, st.just("number")),
    st.tuples(date_keys, integers | integers.map(float), st.just("date")),
    st.tuples(date_keys, fractions, st.just("number")),
    st.tuples(keys, st.booleans(), st.just("boolean")),
    st.tuples(keys, st.none(), st.just("null")),
    st.tuples(keys, rich_links, st.just("rich_link")),
    st.tuples(keys, amounts, st.just("monetary_amount")),
)
"""(key, value, type): the six types, booleans and null, under any key."""
lists = st.lists(scalars | rich_links, max_size=3)
objects = st.dictionaries(texts, scalars | rich_links | lists, max_size=4)


@settings(max_examples=300)
@given(ACCEPTED)
def test_the_six_types_and_booleans_and_null_are_accepted(accepted):
    key, value, kind = accepted
    assert metadata_type(key, value) == kind


@given(keys, lists | objects)
def test_a_list_or_another_object_is_refused(key, value):
    assume(isinstance(value, list) or set(value) not in SHAPES)
    assert metadata_type(key, value) is None


@given(keys, rich_links | amounts, st.text(min_size=1), scalars)
def test_one_more_key_makes_an_object_invalid(key, value, further, inner):
    assume(further not in value)
    assert metadata_type(key, value | {further: inner}) is None


BAD_OBJECTS = [
    {"url": "ftp://x", "value": "v"},
    {"url": "HTTP", "value": "v"},
    {"url": 1, "value": "v"},
    {"url": None, "value": "v"},
    {"url": "https://x", "value": None},
    {"url": "https://x", "value": True},
    {"url": "https://x", "value": ["v"]},
    {"url": "https://x", "value": {"v": 1}},
    {"url": "https://x", "value": 2**63},
    {"url": "https://x", "value": "v" * 2_001},
    {"url": "https://" + "x" * 1_993, "value": "v"},
    {"amount": -1, "currency": "eur"},
    {"amount": 1.5, "currency": "eur"},
    {"amount": 2.0**63, "currency": "eur"},
    {"amount": "100", "currency": "eur"},
    {"amount": True, "currency": "eur"},
    {"amount": None, "currency": "eur"},
    {"amount": 2**63, "currency": "eur"},
    {"amount": 1, "currency": "eu"},
    {"amount": 1, "currency": "euro"},
    {"amount": 1, "currency": "e1r"},
    {"amount": 1, "currency": "éur"},
    {"amount": 1, "currency": "eur\n"},
    {"amount": 1, "currency": 978},
    {"amount": 1, "currency": None},
    {"url": "https://x", "currency": "eur"},
    {"url": "https://x"},
    {"amount": 1},
    {},
]


@pytest.mark.parametrize("value", BAD_OBJECTS, ids=lambda value: str(value)[:50])
def test_an_object_that_is_nearly_right_is_refused(value):
    assert metadata_type("key", value) is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x" * TEXT_CHARACTERS_MAX, "string"),
        ("😀" * TEXT_CHARACTERS_MAX, "string"),
        ("x" * (TEXT_CHARACTERS_MAX + 1), None),
        (INTEGER_MAX, "number"),
        (INTEGER_MAX + 1, None),
        (INTEGER_MIN, "number"),
        (INTEGER_MIN - 1, None),
        ({"amount": 0, "currency": "USD"}, "monetary_amount"),
        ({"amount": INTEGER_MAX, "currency": "usd"}, "monetary_amount"),
        ({"url": "http://", "value": ""}, "rich_link"),
        ({"value": 5, "url": "https://x"}, "rich_link"),
        ({"url": "https://" + "x" * 1_992, "value": "v" * 2_000}, "rich_link"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_values_at_their_bounds(value, kind):
    assert metadata_type("key", value) == kind


@pytest.mark.parametrize("value", ["text", 1, None, True, {"amount": 1, "currency": "eur"}])
def test_a_key_has_at_most_255_characters(value):
    assert metadata_type("k" * 255, value) is not None
    assert metadata_type("k" * 256, value) is None


@given(st.dictionaries(texts, scalars, max_size=30), st.integers(0, 20))
def test_the_quota_keeps_the_first_keys_in_the_order_sent(metadata, keys_max):
    kept, ignored = take_first_keys(metadata, keys_max)
    assert list(kept.items()) == list(metadata.items())[:keys_max]
    assert [*kept, *ignored] == list(metadata)


def test_the_eleventh_key_goes_even_when_it_sorts_first():
    sent = {f"k{number}": number for number in range(10)} | {"a": 1}
    kept, ignored = take_first_keys(sent, 10)
    assert list(kept) == [f"k{number}" for number in range(10)]
    assert ignored == ("a",)


def test_a_whole_amount_may_be_written_with_a_point() -> None:
    """JSON has one kind of number: 100.0 is the integer 100."""
    assert metadata_type("price", {"amount": 100.0, "currency": "eur"}) == "monetary_amount"
