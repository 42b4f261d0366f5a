"""Contact searches as SQL, compared with the same search in Python on the same contacts."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.clock import ManualClock
from pastense.model import AuditEntry, Contact, Json, Workspace
from pastense.search import (
    DAY_S,
    FIELD_TYPES,
    SORT_FIELDS,
    UNSET_FIELD_TYPES,
    Filter,
    Group,
    Query,
    Sort,
)
from pastense.store.base import Store
from pastense.store.postgresql.connection import TEXTS as POSTGRESQL_TEXTS
from pastense.store.relational.people.filters import Compiler
from pastense.store.sqlite.connection import TEXTS as SQLITE_TEXTS
from pastense.store.statements import Texts
from tests.store.conftest import MAKERS
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


ALL_TEXTS = pytest.mark.parametrize("texts_of", [SQLITE_TEXTS, POSTGRESQL_TEXTS])


@pytest.fixture(scope="module", params=MAKERS)
def opened(request, tmp_path_factory):
    """Each store in turn, open."""
    open_one, _ = MAKERS[request.param](tmp_path_factory.mktemp("filters"))
    store = open_one(ManualClock(NOW))
    yield store
    store.close()


@pytest.fixture(scope="module")
def people(opened: Store):
    """A store with some people: returns how to search it, as sorted external ids."""
    store, workspace = opened, opened.admin.workspaces()[0]
    made = [store.contacts.create(workspace, fields, NOW) for fields in PEOPLE]
    gone = store.contacts.create(workspace, {"external_id": "gone", "name": "Wash"}, NOW)
    store.contacts.set_archived(workspace, gone.id, True, NOW)

    def search(query: Query) -> list[str]:
        page = store.contacts.search(workspace, query, Sort(), 100, None)
        assert page.total_count == len(page.contacts)
        return sorted(contact.external_id for contact in page.contacts)

    return search, made


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


def test_the_domain_that_is_shown_is_the_one_that_is_found(opened: Store):
    """`wire.views` shows what follows the last @; an email may hold an earlier one in quotes."""
    workspace = elsewhere(opened)
    opened.contacts.create(workspace, {"email": '"a@b"@c.de'}, NOW)
    query = Filter("email_domain", "=", "c.de", "string")
    assert opened.contacts.search(workspace, query, Sort(), 5, None).total_count == 1


def elsewhere(store: Store) -> Workspace:
    """A new workspace, where nobody is."""
    number = len(store.admin.workspaces())
    made = Workspace(0, f"elsewhere{number}", "Elsewhere", NOW)
    return store.workspaces.create(made, AuditEntry(None, NOW, "test", "made"))


NUMBERS: list[int | float] = [
    *(0, -1, 5, 1.5, 0.1 + 0.2, 0.3, -0.0, 1e300, -1e300, 5e-324),
    *(2**53, 2**53 + 1, float(2**53), 2**60, float(2**60), 2**60 + 40, float(2**63)),
    *(2**63 - 1025, -(2**63), float(-(2**63)), 1e18, 10**18),
]
NUMBER_TESTS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, operand: value == operand,
    ">": lambda value, operand: value > operand,
    "<": lambda value, operand: value < operand,
    ">=": lambda value, operand: value >= operand,
    "<=": lambda value, operand: value <= operand,
    "IN": lambda value, operand: value == operand,
}


def test_numbers_of_attributes_compare_exactly_and_come_back_as_they_were(opened: Store):
    """A double that is no whole number of 64 bits, one that is, and integers beside it."""
    workspace = elsewhere(opened)
    for place, number in enumerate(NUMBERS):
        fields: dict[str, Json] = {"phone": str(place), "custom_attributes": {"n": number}}
        made = opened.contacts.create(workspace, fields, NOW)
        assert repr(made.custom_attributes) == repr({"n": number})
    for operator, test in NUMBER_TESTS.items():
        for operand in NUMBERS:
            value = [operand] if operator == "IN" else operand
            query = Filter("custom_attributes.n", operator, value, "custom")
            page = opened.contacts.search(workspace, query, Sort(), 100, None)
            found = sorted(repr(contact.custom_attributes["n"]) for contact in page.contacts)
            wanted = sorted(repr(number) for number in NUMBERS if test(number, operand))
            assert found == wanted, (operator, operand)


FIELDS = [name for name in SORT_FIELDS if name not in UNSET_FIELD_TYPES] + [
    *("referrer", "marked_email_as_spam", "last_replied_at"),
]
"""All that a contact has, and of what it never has one of each type."""


def sort_value(contact: Contact, field: str) -> str | float:
    """What a contact is ordered by; one without a value comes as the smallest."""
    if field in UNSET_FIELD_TYPES:
        return 0
    email = (contact.email or "").lower()
    emails = {"email": email, "email_domain": email.rpartition("@")[2]}
    value = emails[field] if field in emails else getattr(contact, field)
    lowest = "" if FIELD_TYPES[field] == "string" else -math.inf
    return lowest if value is None else value


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("field", FIELDS)
def test_pages_in_every_order_hold_everybody_once(people, opened: Store, field, descending):
    _, contacts = people
    workspace, sort = opened.admin.workspaces()[0], Sort(field, descending)
    page = opened.contacts.search(workspace, None, sort, 2, None)
    seen = list(page.contacts)
    while page.next_cursor is not None:
        page = opened.contacts.search(workspace, None, sort, 2, page.next_cursor)
        seen += page.contacts
    wanted = sorted(contacts, key=lambda c: (sort_value(c, field), c.number), reverse=descending)
    assert seen == wanted


@pytest.mark.parametrize("field", [name for name in FIELDS if FIELD_TYPES[name] != "date"])
def test_every_field_compares_with_null_and_with_its_own_type(people, field):
    search, contacts = people
    kind = FIELD_TYPES[field]
    operand = {"string": "wash", "integer": 1, "boolean": True}[kind]
    everybody = sorted(contact.external_id for contact in contacts)
    same, other = (search(Filter(field, operator, operand, kind)) for operator in ("=", "!="))
    unset, given = (search(Filter(field, operator, None, kind)) for operator in ("=", "!="))
    assert sorted(same + other) == sorted(unset + given) == everybody
    assert same == search(Filter(field, "IN", [operand], kind))
    assert other == search(Filter(field, "NIN", [operand], kind))
    if field == "referrer":
        assert unset == other == everybody


def test_groups_join_their_conditions(people):
    search, _ = people
    wash, quoted = Filter("name", "^", "W", "string"), Filter("name", "~", "'", "string")
    lead = Filter("role", "=", "lead", "string")
    assert search(Group("OR", [wash, quoted])) == ["a", "c"]
    assert search(Group("AND", [wash, quoted])) == []
    assert search(Group("AND", [Group("OR", [wash, quoted]), lead])) == ["c"]
    assert search(Group("OR", [wash, Group("AND", [quoted, lead])])) == ["a", "c"]


@ALL_TEXTS
def test_every_value_is_a_parameter_and_never_text(texts_of: Texts):
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
    condition = Compiler(texts_of.file("filters.sql")).compile_query(query)
    assert "DROP" not in condition.sql
    assert condition.sql.count("?") == len(condition.parameters) == 5
    assert condition.parameters == [evil, f'["{evil}","b"]', evil, evil, evil]


@ALL_TEXTS
@pytest.mark.parametrize(
    ("field", "is_text", "sql"),
    [
        ("name", True, "coalesce(c.name, '')"),
        ("email", True, "coalesce(c.email_key, '')"),
        ("owner_id", False, "coalesce(c.owner_id, -9223372036854775807)"),
    ],
)
def test_contacts_without_a_value_come_first(texts_of: Texts, field, is_text, sql):
    assert Compiler(texts_of.file("filters.sql")).sort_expression(field, is_text) == sql
