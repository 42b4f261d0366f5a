"""Contacts as callers see them, on a real store (docs/wire.md and decisions.md, "Contacts")."""

from __future__ import annotations

import base64

import pytest

from pastense.errors import ApiError
from pastense.model import AuditEntry
from pastense.search import Sort, parse_query
from pastense.service.people import contacts as service
from pastense.service.people.attributes import declare
from pastense.service.people.contacts import read_per_page, read_search
from tests.unit.support import NOW, refusal

UNKNOWN = "000000000000000000000000"
ENTRY = AuditEntry(1, NOW, "test", "contact deleted")


def cursor(text: str) -> str:
    """A cursor as a caller might make it up."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(("value", "read"), [(None, 50), (1, 1), ("150", 150), (150, 150)])
def test_contacts_per_page(value, read):
    assert read_per_page(value, "per_page") == read


@pytest.mark.parametrize("value", [0, -1, 151, "many", "", True, [], 2.5])
def test_a_bad_per_page_is_refused(value):
    assert refusal(read_per_page, value, "pagination.per_page") == (
        400,
        "parameter_invalid",
        "pagination.per_page",
    )


def test_a_search_body_is_read_in_its_parts():
    sent = {
        "query": {"field": "role", "operator": "=", "value": "user"},
        "sort": {"field": "name", "order": "ascending"},
        "pagination": {"per_page": 5, "starting_after": "abc"},
    }
    query, sort, per_page, after = read_search(sent)
    assert (query.field, sort, per_page, after) == ("role", Sort("name", False), 5, "abc")
    assert read_search({"query": sent["query"]})[1:] == (Sort(), 50, None)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "parameter_not_found", "query"),
        ({"pagination": []}, "parameter_invalid", "pagination"),
        ({"pagination": {"starting_after": 5}}, "parameter_invalid", "pagination.starting_after"),
        ({"pagination": {"per_page": 0}}, "parameter_invalid", "pagination.per_page"),
    ],
)
def test_a_bad_search_body_is_refused(body, code, field):
    assert refusal(read_search, body) == (400, code, field)


def test_a_contact_is_a_user_unless_it_says_otherwise(store, workspace):
    made = service.create_contact(store, workspace, {"email": "a@b.de"}, NOW)
    assert (made.role, made.email, made.external_id) == ("user", "a@b.de", None)
    assert (made.created_at, made.updated_at) == (NOW, NOW)
    assert service.get_contact(store, workspace, made.id) == made


@pytest.mark.parametrize("body", [{}, {"name": "Wash"}, {"email": None, "role": None}])
def test_a_contact_needs_an_email_an_external_id_or_a_role(store, workspace, body):
    assert refusal(service.create_contact, store, workspace, body, NOW) == (
        400,
        "parameter_not_found",
        "email",
    )


def test_a_taken_identifier_is_a_conflict_in_intercoms_words(store, workspace):
    body = {"external_id": "u1", "email": "A@b.de"}
    made = service.create_contact(store, workspace, body, NOW)
    words = f"^A contact matching those details already exists with id={made.id}$"
    for taken in ({"external_id": "u1"}, {"email": "a@B.de"}):
        with pytest.raises(ApiError, match=words) as caught:
            service.create_contact(store, workspace, taken, NOW)
        assert caught.value.status == 409
    service.archive_contact(store, workspace, made.id, True, NOW)
    with pytest.raises(ApiError, match=r"^An archived contact matching those details"):
        service.create_contact(store, workspace, body, NOW)


def test_leads_may_share_an_email_and_users_may_not(store, workspace):
    lead = {"email": "a@b.de", "role": "lead"}
    first = service.create_contact(store, workspace, lead, NOW)
    second = service.create_contact(store, workspace, lead, NOW)
    assert first.id != second.id
    service.create_contact(store, workspace, {"email": "a@b.de"}, NOW)
    found = refusal(service.update_contact, store, workspace, first.id, {"role": "user"}, NOW)
    assert found == (409, "conflict", None)


def test_an_update_changes_what_is_given_and_a_null_clears(store, workspace):
    body = {
        "external_id": "u1",
        "name": "Wash",
        "phone": "+49",
        "custom_attributes": {"a": 1, "b": 2},
    }
    made = service.create_contact(store, workspace, body, NOW)
    change = {"name": None, "custom_attributes": {"a": None, "c": "d"}, "role": None}
    changed = service.update_contact(store, workspace, made.id, change, NOW + 5)
    assert (changed.name, changed.phone, changed.role) == (None, "+49", "user")
    assert changed.custom_attributes == {"b": 2, "c": "d"}
    assert (changed.created_at, changed.updated_at) == (NOW, NOW + 5)


def test_custom_attributes_stay_within_their_number_over_many_calls(store, workspace):
    made = service.create_contact(store, workspace, {"external_id": "u1"}, NOW)
    first = {"custom_attributes": {f"a{n}": n for n in range(250)}}
    service.update_contact(store, workspace, made.id, first, NOW)
    more = {"custom_attributes": {"b": 1}}
    found = refusal(service.update_contact, store, workspace, made.id, more, NOW)
    assert found == (400, "parameter_invalid", "custom_attributes")


def test_a_user_never_becomes_a_lead(store, workspace):
    made = service.create_contact(store, workspace, {"role": "lead"}, NOW)
    assert service.update_contact(store, workspace, made.id, {"role": "user"}, NOW).role == "user"
    found = refusal(service.update_contact, store, workspace, made.id, {"role": "lead"}, NOW)
    assert found == (400, "parameter_invalid", "role")


def test_nobody_is_not_found(store, workspace):
    for call, *further in (
        (service.get_contact,),
        (service.get_by_external_id,),
        (service.update_contact, {}, NOW),
        (service.update_contact, {"role": "lead"}, NOW),
        (service.archive_contact, True, NOW),
        (service.block_contact, NOW),
        (service.delete_contact, ENTRY),
    ):
        assert refusal(call, store, workspace, UNKNOWN, *further) == (404, "not_found", None)


def test_archiving_twice_changes_nothing(store, workspace):
    made = service.create_contact(store, workspace, {"external_id": "u1"}, NOW)
    first = service.archive_contact(store, workspace, made.id, True, NOW + 1)
    again = service.archive_contact(store, workspace, made.id, True, NOW + 2)
    assert (first.archived_at, again.archived_at) == (NOW + 1, NOW + 1)
    assert service.get_by_external_id(store, workspace, "u1") == first
    back = service.archive_contact(store, workspace, made.id, False, NOW + 3)
    assert back.archived_at is None


def test_a_visitor_is_no_contact(store, workspace):
    fields = {"role": "visitor", "external_id": "v1"}
    visitor = store.contacts.create(workspace, fields, NOW)
    for call, *further in (
        (service.get_contact,),
        (service.update_contact, {"name": "x"}, NOW),
        (service.archive_contact, True, NOW),
        (service.block_contact, NOW),
        (service.delete_contact, ENTRY),
    ):
        found = refusal(call, store, workspace, visitor.id, *further)
        assert found == (404, "not_found", None)
    assert refusal(service.get_by_external_id, store, workspace, "v1")[0] == 404
    assert store.contacts.find(workspace, "id", visitor.id) == [visitor], "unchanged"
    for body in ({"role": "visitor"}, {"role": "visitor", "external_id": "v2"}):
        found = refusal(service.create_contact, store, workspace, body, NOW)
        assert found == (400, "parameter_invalid", "role")


def test_blocking_twice_keeps_the_first_time(store, workspace):
    made = service.create_contact(store, workspace, {"external_id": "u1"}, NOW)
    assert made.blocked_at is None
    service.block_contact(store, workspace, made.id, NOW + 1)
    again = service.block_contact(store, workspace, made.id, NOW + 2)
    assert (again.blocked_at, again.updated_at) == (NOW + 1, NOW + 1)


def test_a_declared_attribute_is_converted_or_refused(store, workspace):
    declare(store, workspace, {"name": "age", "model": "contact", "data_type": "integer"}, 1, ENTRY)
    body = {"external_id": "u1", "custom_attributes": {"age": "5", "free": "5"}}
    made = service.create_contact(store, workspace, body, NOW)
    assert made.custom_attributes == {"age": 5, "free": "5"}
    wrong = {"custom_attributes": {"age": "five"}}
    field = "custom_attributes.age"
    found = refusal(service.update_contact, store, workspace, made.id, wrong, NOW)
    assert found == (400, "parameter_invalid", field)
    found = refusal(service.create_contact, store, workspace, wrong | {"role": "user"}, NOW)
    assert found == (400, "parameter_invalid", field)


FORGED = ["é", "!", "", "abc", cursor("[]"), cursor('["a"]'), cursor("[1.5,1]"), cursor("[1,1,1]")]


@pytest.mark.parametrize("after", [*FORGED, cursor("[null,1]"), cursor('["x",1]'), cursor("{}")])
def test_a_made_up_cursor_is_refused(store, workspace, after):
    found = refusal(service.search_contacts, store, workspace, None, Sort(), 5, after)
    assert found == (400, "parameter_invalid", "starting_after")


@pytest.mark.parametrize(
    ("sort", "after"),
    [
        (Sort(), cursor("[99999999999999999999,1]")),
        (Sort(), cursor("[1,99999999999999999999]")),
        (Sort("name"), cursor('["a",-99999999999999999999]')),
    ],
)
def test_a_cursor_beyond_64_bits_is_refused(store, workspace, sort, after):
    found = refusal(service.search_contacts, store, workspace, None, sort, 5, after)
    assert found == (400, "parameter_invalid", "starting_after")


@pytest.mark.parametrize("operator", ["=", ">", "<"])
@pytest.mark.parametrize("value", [2**63 - 1, -(2**63)])
def test_a_date_at_the_end_of_64_bits_is_searched_or_refused(store, workspace, operator, value):
    """A whole day around the last second lies outside of what the store can hold."""
    service.create_contact(store, workspace, {"role": "user"}, NOW)
    sent = {"field": "created_at", "operator": operator, "value": value}
    try:
        query = parse_query(sent)
    except ApiError as error:
        found = [(refused.code, refused.field) for refused in error.refusals]
        expected = [("parameter_invalid", "query.value")]
    else:
        page = service.search_contacts(store, workspace, query, Sort(), 5, None)
        found = [page.total_count]
        expected = [int((operator, value > 0) in ((">", False), ("<", True)))]
    assert found == expected


@pytest.mark.parametrize("field", ["name", "email", "created_at", "last_seen_at", "owner_id"])
@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_pages_of_a_search_show_everybody_once(store, workspace, field, order):
    for number in range(7):
        body = {"external_id": f"u{number}", "name": f"n{number % 2}" if number % 3 else None}
        body |= {"owner_id": -number if number % 2 else None, "email": f"{number}@B.de"}
        service.create_contact(store, workspace, body, NOW + number % 3)
    seen, after = [], None
    for _ in range(4):
        page = service.search_contacts(
            store, workspace, None, Sort(field, order == "descending"), 2, after
        )
        assert page.total_count == 7
        seen += [contact.external_id for contact in page.contacts]
        after = page.next_cursor
    assert after is None
    assert sorted(seen) == [f"u{number}" for number in range(7)]
