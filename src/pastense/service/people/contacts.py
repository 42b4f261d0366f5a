"""Contacts as callers see them: made, found, changed, searched, and in whose words it fails.

Source: docs/wire.md "Contacts", decisions.md "Contacts".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pastense.attributes import search_type
from pastense.errors import ApiError, Conflict, NotFound, ParameterInvalid, ParameterNotFound
from pastense.limits import (
    CONTACTS_PER_PAGE_DEFAULT,
    CONTACTS_PER_PAGE_MAX,
    CUSTOM_ATTRIBUTES_MAX,
)
from pastense.model import AuditEntry, Contact, Json, Role, Workspace
from pastense.search import Declared, Query, Sort, parse_query, parse_sort
from pastense.service.people import deleting
from pastense.service.people.contact_fields import read_field as read_field
from pastense.service.people.contact_fields import read_fields as read_fields
from pastense.store.base import (
    AttributeRefused,
    ContactExists,
    ContactPage,
    Store,
    TooManyAttributes,
)
from pastense.wire import paging


def create_contact(
    store: Store, workspace: Workspace, body: dict[str, object], now: int
) -> Contact:
    """Add a user or a lead; raises `Conflict` in Intercom's words where an identifier is taken."""
    if all(body.get(name) is None for name in ("email", "external_id", "role")):
        message = "missing contact parameter: send email, external_id or role"
        raise ParameterNotFound(message, "email")
    fields: dict[str, Json] = {
        name: value for name, value in read_fields(body).items() if value is not None
    }
    with store_refusals():
        return store.contacts.create(workspace, fields, now)


def get_contact(store: Store, workspace: Workspace, contact_id: str) -> Contact:
    """The contact with that id, archived or not; raises `NotFound`."""
    return _one(store.contacts.find(workspace, "id", contact_id))


def get_by_external_id(store: Store, workspace: Workspace, external_id: str) -> Contact:
    """The contact with that external id, archived or not; raises `NotFound`."""
    return _one(store.contacts.find(workspace, "user_id", external_id))


def update_contact(
    store: Store, workspace: Workspace, contact_id: str, body: dict[str, object], now: int
) -> Contact:
    """Change the given fields; a null clears one. Raises `NotFound` and `Conflict`."""
    fields = read_fields(body)
    before = get_contact(store, workspace, contact_id)
    if fields.get("role") == Role.LEAD and before.role != Role.LEAD:
        raise ParameterInvalid("A user cannot become a lead again", "role")
    if fields.get("role", "") is None:
        del fields["role"]
    with store_refusals():
        return _present(store.contacts.update(workspace, contact_id, fields, now))


def archive_contact(
    store: Store, workspace: Workspace, contact_id: str, archived: bool, now: int
) -> Contact:
    """Archive or restore; doing it twice changes nothing. Raises `NotFound`."""
    get_contact(store, workspace, contact_id)
    return _present(store.contacts.set_archived(workspace, contact_id, archived, now))


def delete_contact(
    store: Store, workspace: Workspace, contact_id: str, entry: AuditEntry
) -> Contact:
    """Delete a user or a lead, as `deleting.delete_contact` does. Raises `NotFound`."""
    get_contact(store, workspace, contact_id)
    return deleting.delete_contact(store, workspace, contact_id, entry)


def block_contact(store: Store, workspace: Workspace, contact_id: str, now: int) -> Contact:
    """Mark as blocked; doing it twice changes nothing (decisions.md "Contacts"). Raises
    `NotFound`."""
    get_contact(store, workspace, contact_id)
    return _present(store.contacts.block(workspace, contact_id, now))


def search_contacts(
    store: Store,
    workspace: Workspace,
    query: Query | None,
    sort: Sort,
    per_page: int,
    starting_after: str | None,
) -> ContactPage:
    """One page of contacts that are not archived; raises `ParameterInvalid` on a bad cursor."""
    try:
        return store.contacts.search(workspace, query, sort, per_page, starting_after)
    except ValueError:
        message = "starting_after must be the cursor of an earlier page of the same search"
        raise ParameterInvalid(message, "starting_after") from None


def search_by_body(
    store: Store, workspace: Workspace, body: dict[str, object]
) -> tuple[ContactPage, int]:
    """The page that a search body asks for, and how many contacts it may have. Custom attributes
    are searched as they are declared now."""
    attributes = store.attributes.all(workspace)
    declared = {attribute.name: search_type(attribute) for attribute in attributes}
    query, sort, per_page, cursor = read_search(body, declared)
    return search_contacts(store, workspace, query, sort, per_page, cursor), per_page


def read_search(
    body: dict[str, object], declared: Declared | None = None
) -> tuple[Query, Sort, int, str | None]:
    """(query, sort, per_page, starting_after) of a search body."""
    pagination = body.get("pagination")
    if pagination is None:
        pagination = {}
    if not isinstance(pagination, dict):
        raise ParameterInvalid("pagination is an object with per_page", "pagination")
    cursor = pagination.get("starting_after")
    if cursor is not None and not isinstance(cursor, str):
        raise ParameterInvalid("starting_after must be a string", "pagination.starting_after")
    per_page = read_per_page(pagination.get("per_page"), "pagination.per_page")
    query = parse_query(body.get("query"), declared or {})
    return query, parse_sort(body.get("sort")), per_page, cursor


def read_per_page(value: object, field: str) -> int:
    """Contacts per page: 50 where it is not given, 1 to 150 otherwise."""
    return paging.read_per_page(value, CONTACTS_PER_PAGE_DEFAULT, CONTACTS_PER_PAGE_MAX, field)


@contextmanager
def store_refusals() -> Iterator[None]:
    """What a store refuses while it writes a contact, as the answer to the caller: `Conflict` in
    Intercom's words, or `ParameterInvalid` with the attribute."""
    try:
        yield
    except ContactExists as taken:
        raise _conflict(taken) from None
    except TooManyAttributes:
        message = f"A contact has at most {CUSTOM_ATTRIBUTES_MAX} custom attributes"
        raise ParameterInvalid(message, "custom_attributes") from None
    except AttributeRefused as refused:
        field = f"custom_attributes.{refused.name}"
        raise ParameterInvalid(refused.problem, field) from None


def _one(found: list[Contact]) -> Contact:
    return _present(found[0] if found else None)


def _present(contact: Contact | None) -> Contact:
    """A visitor is no contact to those who ask for contacts (decisions.md "Contacts")."""
    if contact is None or contact.role == Role.VISITOR:
        raise NotFound
    return contact


def _conflict(taken: ContactExists) -> ApiError:
    kind = "An archived contact" if taken.archived else "A contact"
    return Conflict(f"{kind} matching those details already exists with id={taken.contact_id}")
