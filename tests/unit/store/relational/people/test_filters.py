"""Contact searches as SQL, compared with the same search in Python on the same contacts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.clock import ManualClock
from pastense.model import Contact, Json
from pastense.search import DAY_S, Filter, Group, Query, Sort
from pastense.store.opening import open_store
from pastense.store.relational.people.filters import Compiler
from pastense.store.sqlite.connection import TEXTS
from tests.unit.support import NOW

PEOPLE: list[dict[str, Json]] = [
    {"external_id": "a", "name": "Wash", "email": "Wash@Serenity.io", "owner_id": 1},
    {"external_id": "b", "name": "wash", "owner_id": -5, "unsubscribed_from_emails": True},
    {"external_id": "c", "name": "50% _x_ 'quoted' \\", "phone": "+49", "role": "lead"},
    {"external_id": "d", "name": "", "email": "zoe@b.de", "custom_attributes": {"plan": "pro"}},
    {"external_id": "e", "custom_attributes": {"plan": "free", "age": 5, "x.y": 1.5}},
    {"external_id": "été", "name": "été😀", "custom_attributes": {"age": -1, "paid": True}},
    {"external_id": "g", "last_seen_at": 0, "signed_up_at": DAY_S},
    {"external_id": "h", "last_seen_at": DAY_S - 1, "signed_up_at": DAY_S + 5},
    {"external_id": "i", "last_seen_at": DAY_S, "signed_up_at": NOW},
]


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """A store with some people: returns how to search it, as sorted external ids."""
    path = tmp_path_factory.mktemp("filters") / "pastense.db"
    store, _ = open_store(f"sqlite:{path}", ManualClock(NOW), 1.0)
    workspace = store.admin.workspaces()[0]
    made = [store.contacts.create(workspace, fields, NOW) for fields in PEOPLE]
    gone = store.contacts.create(workspace, {"external_id": "gone", "name": "Wash"}, NOW)
    store.contacts.set_archived(workspace, gone.id, True, NOW)

    def search(query: Query) -> list[str]:
        page = store.contacts.search(workspace, query, Sort(), 100, None)
        assert page.total_count == len(page.contacts)
        return sorted(contact.external_id for contact in page.contacts)

    yield search, made
    store.close()


Search = Callable[[Query], list[str]]
texts = st.sampled_from(
    ["", "Wash", "wash", "W", "h", "%", "_", "'", "\\", "50%", "été", "é", "😀", "x", "Serenity"]
)
TEXT_TESTS: dict[str, Callable[[str | None, str], bool]] = {
    "=": lambda value, operand: value == operand,
    "!=": lambda value, operand: value != operand,
    "~": lambda value, operand: value is not None and operand in value,
    "!~": lambda value, operand: value is None or operand not in value,
    "^": lambda value, operand: value is not None and value.startswith(operand),
    "$": lambda value, operand: value is not None and value.endswith(operand),
}


def matching(contacts: list[Contact], test: Callable[[Contact], bool]) -> list[str]:
    """The external ids of the contacts that pass a test written in Python."""
    return sorted(contact.external_id for contact in contacts if test(contact))


@given(st.sampled_from(["name", "phone", "external_id"]), st.sampled_from(list(TEXT_TESTS)), texts)
def test_text_operators_mean_what_python_means(people, field, operator, operand):
    search, contacts = people
    wanted = matching(contacts, lambda c: TEXT_TESTS[operator](getattr(c, field), operand))
    assert search(Filter(field, operator, operand, "string")) == wanted


@given(st.sampled_from(list(TEXT_TESTS)), st.sampled_from(["WASH@serenity.IO", "Zoe", ".DE", "@"]))
def test_emails_compare_without_regard_to_case(people, operator, operand):
    search, contacts = people
    test, lowered = TEXT_TESTS[operator], operand.lower()
    wanted = matching(contacts, lambda c: test(c.email and c.email.lower(), lowered))
    assert search(Filter("email", operator, operand, "string")) == wanted


@given(st.sampled_from(["=", "!=", ">", "<", ">=", "<="]), st.integers(-6, 2))
def test_numbers_compare_as_numbers_and_nothing_as_nothing(people, operator, operand):
    search, contacts = people
    tests = {
        "=": lambda value: value == operand,
        "!=": lambda value: value != operand,
        ">": lambda value: value is not None and value > operand,
        "<": lambda value: value is not None and value < operand,
        ">=": lambda value: value is not None and value >= operand,
        "<=": lambda value: value is not None and value <= operand,
    }
    wanted = matching(contacts, lambda c: tests[operator](c.owner_id))
    assert search(Filter("owner_id", operator, operand, "integer")) == wanted


@given(st.sampled_from(["IN", "NIN"]), st.lists(texts, min_size=1, max_size=4))
def test_lists_hold_or_do_not_hold_the_value(people, operator, operands):
    search, contacts = people
    wanted = matching(contacts, lambda c: (c.name in operands) == (operator == "IN"))
    assert search(Filter("name", operator, operands, "string")) == wanted


@pytest.mark.parametrize(
    ("operator", "day", "wanted"),
    [
        ("=", 0, ["g", "h"]),
        ("=", DAY_S, ["i"]),
        (">", 0, ["i"]),
        (">", DAY_S, []),
        ("<", DAY_S, ["g", "h"]),
        ("<", 0, []),
        ("=", None, ["a", "b", "c", "d", "e", "été"]),
    ],
)
def test_dates_match_by_the_day(people, operator, day, wanted):
    search, _ = people
    assert search(Filter("last_seen_at", operator, day, "date")) == wanted


@pytest.mark.parametrize(
    ("field", "operator", "value", "wanted"),
    [
        ("plan", "=", "pro", ["d"]),
        ("plan", "!=", "pro", ["a", "b", "c", "e", "g", "h", "i", "été"]),
        ("plan", "IN", ["pro", "free"], ["d", "e"]),
        ("plan", "~", "r", ["d", "e"]),
        ("plan", "^", "fr", ["e"]),
        ("plan", "=", None, ["a", "b", "c", "g", "h", "i", "été"]),
        ("age", ">", 0, ["e"]),
        ("age", "<=", 0, ["été"]),
        ("age", ">=", 4.5, ["e"]),
        ("x.y", "=", 1.5, ["e"]),
        ("paid", "=", True, ["été"]),
        ("missing", "=", "x", []),
        ("$.plan", "=", "pro", []),
        ("plan' OR 1=1 --", "=", "pro", []),
    ],
)
def test_custom_attributes_are_found_by_their_name(people, field, operator, value, wanted):
    search, _ = people
    assert search(Filter(f"custom_attributes.{field}", operator, value, "custom")) == wanted


def test_a_text_attribute_is_not_greater_than_any_number(people):
    search, _ = people
    assert search(Filter("custom_attributes.plan", ">", 5, "custom")) == []


@pytest.mark.parametrize(
    ("flag", "wanted"), [(True, ["b"]), (False, ["a", "c", "d", "e", "g", "h", "i", "été"])]
)
def test_booleans(people, flag, wanted):
    search, _ = people
    assert search(Filter("unsubscribed_from_emails", "=", flag, "boolean")) == wanted


@pytest.mark.parametrize(
    ("domain", "wanted"),
    [("serenity.io", ["a"]), ("Serenity.IO", ["a"]), ("b.de", ["d"]), ("b", [])],
)
def test_an_email_domain_is_what_follows_the_at(people, domain, wanted):
    search, _ = people
    assert search(Filter("email_domain", "=", domain, "string")) == wanted


def test_the_domain_that_is_shown_is_the_one_that_is_found(store, workspace):
    """`wire.views` shows what follows the last @; an email may hold an earlier one in quotes."""
    store.contacts.create(workspace, {"email": '"a@b"@c.de'}, NOW)
    query = Filter("email_domain", "=", "c.de", "string")
    assert store.contacts.search(workspace, query, Sort(), 5, None).total_count == 1


def test_groups_join_their_conditions(people):
    search, _ = people
    wash, quoted = Filter("name", "^", "W", "string"), Filter("name", "~", "'", "string")
    lead = Filter("role", "=", "lead", "string")
    assert search(Group("OR", [wash, quoted])) == ["a", "c"]
    assert search(Group("AND", [wash, quoted])) == []
    assert search(Group("AND", [Group("OR", [wash, quoted]), lead])) == ["c"]
    assert search(Group("OR", [wash, Group("AND", [quoted, lead])])) == ["a", "c"]


def test_every_value_is_a_parameter_and_never_text():
    evil = "x'; DROP TABLE contacts; --"
    query = Group(
        "AND",
        [
            Filter("name", "=", evil, "string"),
            Filter("name", "IN", [evil, "b"], "string"),
            Filter("name", "$", evil, "string"),
            Filter(f"custom_attributes.{evil}", "~", evil, "custom"),
        ],
    )
    condition = Compiler(TEXTS.file("filters.sql")).compile_query(query)
    assert "DROP" not in condition.sql
    assert condition.sql.count("?") == len(condition.parameters) == 5
    assert condition.parameters == [evil, f'["{evil}","b"]', evil, evil, evil]


@pytest.mark.parametrize(
    ("field", "is_text", "sql"),
    [
        ("name", True, "coalesce(c.name, '')"),
        ("email", True, "coalesce(c.email_key, '')"),
        ("owner_id", False, "coalesce(c.owner_id, -9223372036854775807)"),
    ],
)
def test_contacts_without_a_value_come_first(field, is_text, sql):
    assert Compiler(TEXTS.file("filters.sql")).sort_expression(field, is_text) == sql
