"""The contact search language (docs/wire.md "Contact search"): what is read, each fault's path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.limits import INTEGER_MAX, INTEGER_MIN, SEARCH_VALUES_MAX
from pastense.search import FIELD_TYPES, Filter, Group, Sort, parse_query, parse_sort

from .support import attempt, refusal

NAME = {"field": "name", "operator": "=", "value": "Wash"}


def filtered(field: object, operator: object, value: object) -> dict:
    """One filter as it is sent."""
    return {"field": field, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (NAME, Filter("name", "=", "Wash", "string")),
        (filtered("name", "~", 5), Filter("name", "~", "5", "string")),
        (filtered("name", "!=", None), Filter("name", "!=", None, "string")),
        (
            filtered("external_id", "IN", ["a", 1]),
            Filter("external_id", "IN", ["a", "1"], "string"),
        ),
        (filtered("owner_id", ">", "12"), Filter("owner_id", ">", 12, "integer")),
        (filtered("owner_id", "=", "-12"), Filter("owner_id", "=", -12, "integer")),
        (
            filtered("owner_id", "=", "-9223372036854775808"),
            Filter("owner_id", "=", INTEGER_MIN, "integer"),
        ),
        (filtered("owner_id", "=", 12.0), Filter("owner_id", "=", 12, "integer")),
        (filtered("owner_id", "=", None), Filter("owner_id", "=", None, "integer")),
        (
            filtered("unsubscribed_from_emails", "=", "TRUE"),
            Filter("unsubscribed_from_emails", "=", True, "boolean"),
        ),
        (
            filtered("unsubscribed_from_emails", "!=", False),
            Filter("unsubscribed_from_emails", "!=", False, "boolean"),
        ),
        (filtered("created_at", ">", 172_799), Filter("created_at", ">", 86_400, "date")),
        (filtered("created_at", "=", "172800"), Filter("created_at", "=", 172_800, "date")),
        (filtered("created_at", "<", -1), Filter("created_at", "<", -86_400, "date")),
        (filtered("last_seen_at", "=", None), Filter("last_seen_at", "=", None, "date")),
        (
            filtered("custom_attributes.plan", "=", "pro"),
            Filter("custom_attributes.plan", "=", "pro", "custom"),
        ),
        (
            filtered("custom_attributes.a.b", ">=", 1.5),
            Filter("custom_attributes.a.b", ">=", 1.5, "custom"),
        ),
        (
            filtered("custom_attributes.n", "^", 5),
            Filter("custom_attributes.n", "^", "5", "custom"),
        ),
    ],
)
def test_filters_as_they_are_read(sent, read):
    assert repr(parse_query(sent)) == repr(read), "with the types: 1 is not True"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (filtered("tag_id", "=", 81), Filter("tag_id", "=", "81", "tag")),
        (filtered("tag_id", "!=", None), Filter("tag_id", "!=", None, "tag")),
        (filtered("segment_id", "IN", ["x"]), Filter("segment_id", "IN", ["x"], "string")),
        (filtered("location.country", "^", "I"), Filter("location.country", "^", "I", "string")),
        (
            filtered("has_hard_bounced", "=", "false"),
            Filter("has_hard_bounced", "=", False, "boolean"),
        ),
        (
            filtered("last_contacted_at", ">", 172_799),
            Filter("last_contacted_at", ">", 86_400, "date"),
        ),
        (filtered("session_count", ">=", "3"), Filter("session_count", ">=", 3, "integer")),
    ],
)
def test_fields_of_the_reference_as_they_are_read(sent, read):
    assert repr(parse_query(sent)) == repr(read)


DECLARED = {"n": "integer", "f": "float", "b": "boolean", "d": "date", "s": "string"}
DECLARED |= {"gone": "archived"}


@pytest.mark.parametrize(
    ("name", "operator", "value", "kept", "kind"),
    [
        ("n", ">=", "5", 5, "integer"),
        ("f", "<", "1.5", 1.5, "float"),
        ("f", "IN", [1, "2.5"], [1, 2.5], "float"),
        ("b", "=", "TRUE", True, "boolean"),
        ("d", ">", 172_799, 86_400, "date"),
        ("s", "=", 5, "5", "string"),
        ("other", "=", 5, 5, "custom"),
    ],
)
def test_declared_attributes_are_read_by_their_type(name, operator, value, kept, kind):
    field = f"custom_attributes.{name}"
    query = parse_query(filtered(field, operator, value), DECLARED)
    assert repr(query) == repr(Filter(field, operator, kept, kind))


@pytest.mark.parametrize(
    ("name", "operator", "value", "fault"),
    [
        ("n", "~", "5", "query.operator"),
        ("n", "=", "five", "query.value"),
        ("f", "=", "much", "query.value"),
        ("f", "=", True, "query.value"),
        ("b", ">", True, "query.operator"),
        ("d", "!=", 5, "query.operator"),
        ("d", "IN", [5], "query.operator"),
        ("d", "=", "2027-01-15", "query.value"),
        ("s", ">", "x", "query.operator"),
        ("gone", "=", "x", "query.field"),
    ],
)
def test_declared_attributes_take_what_their_type_takes(name, operator, value, fault):
    sent = filtered(f"custom_attributes.{name}", operator, value)
    assert refusal(parse_query, sent, DECLARED) == (400, "parameter_invalid", fault)


def test_groups_nest_twice():
    inner = {"operator": "OR", "value": [NAME, NAME]}
    outer = parse_query({"operator": "AND", "value": [inner, NAME]})
    name = Filter("name", "=", "Wash", "string")
    assert outer == Group("AND", [Group("OR", [name, name]), name])
    third = {"operator": "AND", "value": [{"operator": "AND", "value": [inner]}]}
    assert refusal(parse_query, third) == (400, "parameter_invalid", "query.value[0].value[0]")


@pytest.mark.parametrize("count", [0, 16])
def test_a_group_holds_1_to_15_filters(count):
    sent = {"operator": "AND", "value": [NAME] * count}
    assert refusal(parse_query, sent) == (400, "parameter_invalid", "query.value")
    assert len(parse_query({"operator": "AND", "value": [NAME] * 15}).conditions) == 15


def test_a_missing_query_has_a_code_of_its_own():
    assert refusal(parse_query, None) == (400, "parameter_not_found", "query")


BAD_QUERIES = [
    ("text", "query"),
    ([], "query"),
    ({}, "query.field"),
    ({"operator": "AND"}, "query.value"),
    ({"operator": "OR", "value": NAME}, "query.value"),
    ({"operator": "AND", "value": [NAME, 5]}, "query.value[1]"),
    ({"operator": "and", "value": [NAME]}, "query.field"),
    (filtered(5, "=", "a"), "query.field"),
    (filtered("unknown", "=", "a"), "query.field"),
    (filtered("custom_attributes.", "=", "a"), "query.field"),
    (filtered("custom_attributes", "=", "a"), "query.field"),
    (filtered("name", None, "a"), "query.operator"),
    (filtered("name", ["="], "a"), "query.operator"),
    (filtered("name", ">", "a"), "query.operator"),
    (filtered("created_at", ">=", 1), "query.operator"),
    (filtered("created_at", "!=", 1), "query.operator"),
    (filtered("unsubscribed_from_emails", "~", "t"), "query.operator"),
    (filtered("owner_id", "^", "1"), "query.operator"),
    (filtered("tag_id", "IN", ["1"]), "query.operator"),
    (filtered("tag_id", "~", "1"), "query.operator"),
    (filtered("tag_id", "=", True), "query.value"),
    ({"field": "name", "operator": "="}, "query.value"),
    (filtered("name", "=", True), "query.value"),
    (filtered("name", "=", ["a"]), "query.value"),
    (filtered("name", "=", {}), "query.value"),
    (filtered("name", "~", None), "query.value"),
    (filtered("name", "=", "x" * 2_001), "query.value"),
    (filtered("name", "IN", "a"), "query.value"),
    (filtered("name", "IN", []), "query.value"),
    (filtered("name", "NIN", ["a"] * (SEARCH_VALUES_MAX + 1)), "query.value"),
    (filtered("name", "IN", ["a", None]), "query.value[1]"),
    (filtered("name", "IN", ["a", ["b"]]), "query.value[1]"),
    (filtered("owner_id", "=", "twelve"), "query.value"),
    (filtered("owner_id", "=", ""), "query.value"),
    (filtered("owner_id", "=", "-"), "query.value"),
    (filtered("owner_id", "=", "--5"), "query.value"),
    (filtered("owner_id", "=", "5-"), "query.value"),
    (filtered("owner_id", "=", "٣"), "query.value"),
    (filtered("owner_id", "=", "²"), "query.value"),
    (filtered("owner_id", "=", 1.5), "query.value"),
    (filtered("owner_id", "=", True), "query.value"),
    (filtered("owner_id", ">", None), "query.value"),
    (filtered("owner_id", "=", INTEGER_MAX + 1), "query.value"),
    (filtered("owner_id", "=", INTEGER_MIN - 1), "query.value"),
    (filtered("owner_id", "=", "9" * 19), "query.value"),
    (filtered("owner_id", "=", "9" * 5_000), "query.value"),
    (filtered("owner_id", "=", 1e300), "query.value"),
    (filtered("unsubscribed_from_emails", "=", "yes"), "query.value"),
    (filtered("unsubscribed_from_emails", "=", 1), "query.value"),
    (filtered("created_at", ">", "2027-01-01"), "query.value"),
    (filtered("custom_attributes.a", "=", ["b"]), "query.value"),
    (filtered("custom_attributes.a", ">", {}), "query.value"),
    (filtered("custom_attributes.a", ">", None), "query.value"),
]


@pytest.mark.parametrize(("sent", "field"), BAD_QUERIES, ids=lambda it: str(it)[:60])
def test_a_fault_is_named_by_its_path(sent, field):
    assert refusal(parse_query, sent) == (400, "parameter_invalid", field)


scalars = (
    st.none()
    | st.booleans()
    | st.integers(INTEGER_MIN, INTEGER_MAX)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.text("0123456789-+. ", max_size=22)
)
operators = st.sampled_from(["=", "!=", "IN", "NIN", ">", "<", ">=", "<=", "~", "!~", "^", "$"])
fields = st.sampled_from([*FIELD_TYPES, "custom_attributes.a", "unknown"])
leaves = st.fixed_dictionaries(
    {"field": fields, "operator": operators, "value": scalars | st.lists(scalars, max_size=3)}
)
queries = st.recursive(
    leaves | scalars,
    lambda inner: st.fixed_dictionaries(
        {"operator": st.sampled_from(["AND", "OR"]), "value": st.lists(inner, max_size=3)}
    ),
    max_leaves=5,
)


@given(queries)
def test_any_query_is_read_or_refused(sent):
    query, error = attempt(parse_query, sent)
    if error is None:
        assert isinstance(query, Filter | Group)
    else:
        assert error.status == 400
        assert error.refusals[0].field.startswith("query")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (None, Sort("created_at", True)),
        ({}, Sort("created_at", True)),
        ({"field": "name", "order": "ascending"}, Sort("name", False)),
        ({"field": "email"}, Sort("email", True)),
        ({"field": "browser"}, Sort("browser", True)),
        ({"order": "descending"}, Sort("created_at", True)),
    ],
)
def test_sorts_as_they_are_read(sent, read):
    assert parse_sort(sent) == read


@pytest.mark.parametrize(
    ("sent", "code", "field"),
    [
        ("name", "parameter_invalid", "sort"),
        ([], "parameter_invalid", "sort"),
        ({"field": "unknown"}, "parameter_invalid", "sort.field"),
        ({"field": "custom_attributes.a"}, "parameter_invalid", "sort.field"),
        ({"field": None}, "parameter_invalid", "sort.field"),
        ({"field": "tag_id"}, "parameter_invalid", "sort.field"),
        ({"field": ["name"]}, "parameter_invalid", "sort.field"),
        ({"order": "up"}, "invalid_sort_order", "sort.order"),
        ({"order": ["ascending"]}, "invalid_sort_order", "sort.order"),
    ],
)
def test_a_bad_sort_is_refused(sent, code, field):
    assert refusal(parse_sort, sent) == (400, code, field)
