"""Contacts as callers see them: which fields may be written, and in whose words it fails.

Source: docs/wire.md "Contacts", decisions.md "Contacts".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pastense.errors import ApiError, Conflict, NotFound, ParameterInvalid, ParameterNotFound
from pastense.limits import (
    CONTACTS_PER_PAGE_DEFAULT,
    CONTACTS_PER_PAGE_MAX,
    CREATED_AT_END_S,
    CUSTOM_ATTRIBUTES_MAX,
    INTEGER_MAX,
    INTEGER_MIN,
    METADATA_KEY_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
)
from pastense.model import Contact, Json, Role, Workspace
from pastense.search import Query, Sort, parse_query, parse_sort
from pastense.store.base import ContactExists, ContactPage, Store, TooManyAttributes
from pastense.wire.numbers import whole_number, whole_seconds
from pastense.wire.submission import identifier_problem, identifier_text


def create_contact(
    store: Store, workspace: Workspace, body: dict[str, object], now: int
) -> Contact:
    """Add a contact; raises `Conflict` in Intercom's words where an identifier is taken."""
    if all(body.get(name) is None for name in ("email", "external_id", "role")):
        message = "missing contact parameter: send email, external_id or role"
        raise ParameterNotFound(message, "email")
    fields: dict[str, Json] = {
        name: value for name, value in read_fields(body).items() if value is not None
    }
    try:
        return store.contacts.create(workspace, fields, now)
    except ContactExists as taken:
        raise _conflict(taken) from None


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
    if fields.get("role") == Role.LEAD and get_contact(store, workspace, contact_id).role != "lead":
        raise ParameterInvalid("A user cannot become a lead again", "role")
    if fields.get("role", "") is None:
        del fields["role"]
    try:
        return _present(store.contacts.update(workspace, contact_id, fields, now))
    except ContactExists as taken:
        raise _conflict(taken) from None
    except TooManyAttributes:
        message = f"A contact has at most {CUSTOM_ATTRIBUTES_MAX} custom attributes"
        raise ParameterInvalid(message, "custom_attributes") from None


def archive_contact(
    store: Store, workspace: Workspace, contact_id: str, archived: bool, now: int
) -> Contact:
    """Archive or restore; doing it twice changes nothing. Raises `NotFound`."""
    return _present(store.contacts.set_archived(workspace, contact_id, archived, now))


def delete_contact(store: Store, workspace: Workspace, contact_id: str, now: int) -> Contact:
    """Make a contact unreachable and erase the first of what it did; the rest is erased behind
    the answer. Raises `NotFound`."""
    deleted = _present(store.contacts.delete(workspace, contact_id, now))
    store.contacts.erase_step()
    return deleted


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


def read_search(body: dict[str, object]) -> tuple[Query, Sort, int, str | None]:
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
    return parse_query(body.get("query")), parse_sort(body.get("sort")), per_page, cursor


def read_per_page(value: object, field: str) -> int:
    """Contacts per page: 50 where it is not given, 1 to 150 otherwise."""
    per_page = CONTACTS_PER_PAGE_DEFAULT if value is None else whole_number(value)
    if per_page is None or not 1 <= per_page <= CONTACTS_PER_PAGE_MAX:
        raise ParameterInvalid(f"per_page must be 1 to {CONTACTS_PER_PAGE_MAX}", field)
    return per_page


def read_fields(body: dict[str, object]) -> dict[str, Json]:
    """The writable fields of a body, checked; others are not looked at."""
    return {name: read(name, body[name]) for name, read in _READERS.items() if name in body}


def _read_role(field: str, value: object) -> Json:
    if value is None or value in (Role.USER, Role.LEAD):
        return value if isinstance(value, str) else None
    raise ParameterInvalid("role must be user or lead", field)


def _read_identifier(field: str, value: object) -> Json:
    if value is None:
        return None
    text = identifier_text(value) if field == "external_id" else value
    text = text if isinstance(text, str) else None
    problem = identifier_problem(field, text)
    if problem is not None:
        raise ParameterInvalid(problem, field)
    return text


def _read_text(field: str, value: object) -> Json:
    if value is None or (isinstance(value, str) and len(value) <= TEXT_CHARACTERS_MAX):
        return value
    raise ParameterInvalid(
        f"{field} must be text of at most {TEXT_CHARACTERS_MAX} characters", field
    )


def _read_avatar(field: str, value: object) -> Json:
    """A URL, or the object that answers carry."""
    if isinstance(value, dict):
        return _read_text(f"{field}.image_url", value.get("image_url"))
    return _read_text(field, value)


def _read_time(field: str, value: object) -> Json:
    if value is None:
        return None
    seconds = whole_seconds(value)
    if seconds is None or not 0 <= seconds < CREATED_AT_END_S:
        raise ParameterInvalid(f"{field} must be whole Unix seconds, UTC", field)
    return seconds


def _read_owner(field: str, value: object) -> Json:
    if value is None:
        return None
    number = whole_number(value)
    if number is None or not INTEGER_MIN <= number <= INTEGER_MAX:
        raise ParameterInvalid(f"{field} must be a whole number", field)
    return number


def _read_flag(field: str, value: object) -> Json:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ParameterInvalid(f"{field} must be true or false", field)


def _read_attributes(field: str, value: object) -> Json:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > CUSTOM_ATTRIBUTES_MAX:
        message = f"{field} must be an object of at most {CUSTOM_ATTRIBUTES_MAX} keys"
        raise ParameterInvalid(message, field)
    for key, inner in value.items():
        if not 1 <= len(key) <= METADATA_KEY_CHARACTERS_MAX or not _is_attribute(inner):
            message = "Attributes are text, numbers, booleans or null under keys of 1 to 255"
            raise ParameterInvalid(message, f"{field}.{key[:METADATA_KEY_CHARACTERS_MAX]}")
    return value


def _is_attribute(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= TEXT_CHARACTERS_MAX
    if isinstance(value, int):
        return INTEGER_MIN <= value <= INTEGER_MAX
    return value is None or isinstance(value, float)


_READERS: Final[dict[str, Callable[[str, object], Json]]] = {
    "role": _read_role,
    "external_id": _read_identifier,
    "email": _read_identifier,
    "phone": _read_text,
    "name": _read_text,
    "avatar": _read_avatar,
    "signed_up_at": _read_time,
    "last_seen_at": _read_time,
    "owner_id": _read_owner,
    "unsubscribed_from_emails": _read_flag,
    "custom_attributes": _read_attributes,
}


def _one(found: list[Contact]) -> Contact:
    return _present(found[0] if found else None)


def _present(contact: Contact | None) -> Contact:
    if contact is None:
        raise NotFound
    return contact


def _conflict(taken: ContactExists) -> ApiError:
    kind = "An archived contact" if taken.archived else "A contact"
    return Conflict(f"{kind} matching those details already exists with id={taken.contact_id}")
