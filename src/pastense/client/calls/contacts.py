"""Contacts: make, read, change, find and end them.

Shapes: docs/http-api.md "Contacts" and "Searching contacts", which are Intercom's.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Unpack
from urllib.parse import quote

from msgspec import UNSET

from pastense.client.calls.contact_fields import (
    ChangedContact,
    NewContact,
    contact_body,
    parted,
)
from pastense.client.core import Answer, Call, Steps, perform
from pastense.client.messages import Response
from pastense.client.options import CallOptions, ClientOptions
from pastense.client.pages import Listing
from pastense.client.per_call import PerCall, read_per_call
from pastense.client.reading import read_as, read_contact_page
from pastense.client.results import Contact, ContactPage, ContactState
from pastense.client.values import Identifier, identifier_text
from pastense.errors import Conflict, NotFound, ambiguous_email

PATH: Final = "/contacts"
_read_contact_body: Final = read_as(Contact)
_read_state: Final = read_as(ContactState)
_CONFLICTING: Final = re.compile(r"\bid=([0-9a-zA-Z_-]+)")
_log = logging.getLogger("pastense.client")


def create(client: ClientOptions, /, **fields: Unpack[NewContact]) -> Steps[Answer[Contact]]:
    """Make a contact; one of `external_id`, `email` and `role` is needed. Raises `Conflict` where
    another has the external id, or a user has the email: `upsert` goes on from there. A lead that
    is named by nothing can be made twice where an answer is lost: `max_retries=0` prevents that."""
    given, options = parted(dict(fields))
    if not any(given.get(name) for name in ("external_id", "email", "role")):
        raise ValueError("A contact needs an external_id, an email or a role")
    return perform(client, Call("POST", PATH, _read_contact, None, contact_body(given), options))


def upsert(client: ClientOptions, /, **fields: Unpack[NewContact]) -> Steps[Answer[Contact]]:
    """Make a contact, or change the one that has this external id or, being a user, this email."""
    given, options = parted(dict(fields))
    if not any(given.get(name) for name in ("external_id", "email")):
        raise ValueError("upsert needs an external_id or an email to know the contact by")
    return _upsert(client, contact_body(given), options)


def get(
    client: ClientOptions, /, contact_id: str, **call: Unpack[PerCall]
) -> Steps[Answer[Contact]]:
    """The contact with that id. Raises `NotFound`."""
    return _one(client, "GET", contact_id, "", read_per_call(call))


def find(
    client: ClientOptions,
    /,
    *,
    external_id: Identifier | None = None,
    email: str | None = None,
    **call: Unpack[PerCall],
) -> Steps[Answer[Contact]]:
    """The contact with that external id, or the one user with that email. Raises `NotFound`, and
    `Conflict` where several users have the email."""
    if (external_id is None) == (email is None):
        raise ValueError("Give an external_id or an email")
    options = read_per_call(call)
    if email is not None:
        return _find_by_email(client, email, options)
    return _find_by_external_id(client, identifier_text("external_id", external_id), options)


def update(
    client: ClientOptions, /, contact_id: str, **fields: Unpack[ChangedContact]
) -> Steps[Answer[Contact]]:
    """Change the fields that are given; None clears one. Custom attributes are merged: None takes
    one away, those that are not named stay."""
    given, options = parted(dict(fields))
    if not given:
        raise ValueError("update needs at least one field to change")
    return _one(client, "PUT", contact_id, "", options, contact_body(given))


def delete(
    client: ClientOptions, /, contact_id: str, **call: Unpack[PerCall]
) -> Steps[Answer[ContactState]]:
    """Delete a contact for ever, with its events."""
    return _state(client, "DELETE", contact_id, "", read_per_call(call))


def archive(
    client: ClientOptions, /, contact_id: str, **call: Unpack[PerCall]
) -> Steps[Answer[ContactState]]:
    """Archive a contact: it takes no events, and can be read and brought back."""
    return _state(client, "POST", contact_id, "/archive", read_per_call(call))


def unarchive(
    client: ClientOptions, /, contact_id: str, **call: Unpack[PerCall]
) -> Steps[Answer[ContactState]]:
    """Bring an archived contact back."""
    return _state(client, "POST", contact_id, "/unarchive", read_per_call(call))


def block(
    client: ClientOptions, /, contact_id: str, **call: Unpack[PerCall]
) -> Steps[Answer[ContactState]]:
    """Mark a contact as blocked."""
    return _state(client, "POST", contact_id, "/block", read_per_call(call))


def merge(
    client: ClientOptions, /, *, lead_id: str, user_id: str, **call: Unpack[PerCall]
) -> Steps[Answer[Contact]]:
    """Make a lead a part of a user, both named by the contact's id; the user as it is then."""
    body = {"from": lead_id, "into": user_id}
    path, options = f"{PATH}/merge", read_per_call(call)
    return perform(client, Call("POST", path, _read_contact, None, body, options))


def list_(
    client: ClientOptions,
    /,
    *,
    per_page: int | None = None,
    starting_after: str | None = None,
    **call: Unpack[PerCall],
) -> Listing[ContactPage, Contact]:
    """All contacts that are not archived, the newest first: iterate over it for all of them, over
    `pages()` for whole pages. `starting_after` is the cursor of an earlier page."""
    options = read_per_call(call)
    query = {} if per_page is None else {"per_page": str(per_page)}

    def page_after(cursor: str | None) -> Call[ContactPage]:
        further = query if cursor is None else query | {"starting_after": cursor}
        return Call("GET", PATH, read_contact_page, further, options=options)

    return _listing(client, page_after, starting_after)


def search(
    client: ClientOptions,
    /,
    query: Mapping[str, Any],
    *,
    sort: Mapping[str, str] | None = None,
    per_page: int | None = None,
    starting_after: str | None = None,
    **call: Unpack[PerCall],
) -> Listing[ContactPage, Contact]:
    """The contacts that a query finds, as the API writes it: `{"field": "role", "operator": "=",
    "value": "user"}`, or an AND or OR of such. Iterate over it for all of them, over `pages()` for
    whole pages."""
    options = read_per_call(call)
    asked: dict[str, Any] = {"query": query} | ({} if sort is None else {"sort": sort})
    size = {} if per_page is None else {"per_page": per_page}

    def page_after(cursor: str | None) -> Call[ContactPage]:
        pagination = size if cursor is None else size | {"starting_after": cursor}
        body = asked | ({"pagination": pagination} if pagination else {})
        return Call("POST", f"{PATH}/search", read_contact_page, None, body, options)

    return _listing(client, page_after, starting_after)


def contact_path(contact_id: str) -> str:
    """The path of a contact. Raises `TypeError` and `ValueError` for what is no id."""
    if not isinstance(contact_id, str):
        raise TypeError(f"A contact's id is a text, not {type(contact_id).__name__}")
    return f"{PATH}/{segment('contact_id', contact_id)}"


def segment(name: str, value: Identifier) -> str:
    """An identifier as a part of a path. Raises `ValueError` for what a path has another meaning
    for, as it would lead the call to something else."""
    text = identifier_text(name, value)
    if text in ("", ".", ".."):
        raise ValueError(f"{name} cannot be {text!r}")
    return quote(text, safe="")


def _read_contact(response: Response) -> Contact:
    """The contact. A Pastense says which fields it did not keep, and so does the log."""
    ignored = response.headers.get("pastense-ignored-fields")
    if ignored:
        _log.warning("The server did not keep these fields of a contact: %s", ignored)
    return _read_contact_body(response)


def _one(
    client: ClientOptions,
    method: str,
    contact_id: str,
    rest: str,
    options: CallOptions,
    body: object = UNSET,
) -> Steps[Answer[Contact]]:
    path, template = contact_path(contact_id) + rest, f"{PATH}/{{contact_id}}{rest}"
    return perform(client, Call(method, path, _read_contact, None, body, options, template))


def _state(
    client: ClientOptions, method: str, contact_id: str, rest: str, options: CallOptions
) -> Steps[Answer[ContactState]]:
    path, template = contact_path(contact_id) + rest, f"{PATH}/{{contact_id}}{rest}"
    return perform(client, Call(method, path, _read_state, options=options, template=template))


def _upsert(
    client: ClientOptions, body: dict[str, Any], options: CallOptions
) -> Steps[Answer[Contact]]:
    try:
        return (yield from perform(client, Call("POST", PATH, _read_contact, None, body, options)))
    except Conflict as error:
        # The message names who is in the way, in Intercom's words and in ours.
        named = _CONFLICTING.search(error.message)
        conflict = error
    if named is not None:
        contact_id = named[1]
    elif body.get("external_id") is not None:
        found = yield from _find_by_external_id(client, body["external_id"], options)
        contact_id = found.parsed.id
    elif body.get("email") is not None:
        found = yield from _find_by_email(client, body["email"], options)
        contact_id = found.parsed.id
    else:
        raise conflict
    return (yield from _one(client, "PUT", contact_id, "", options, body))


def _find_by_external_id(
    client: ClientOptions, external_id: str, options: CallOptions
) -> Steps[Answer[Contact]]:
    folder = f"{PATH}/find_by_external_id"
    path, template = f"{folder}/{segment('external_id', external_id)}", f"{folder}/{{external_id}}"
    return perform(client, Call("GET", path, _read_contact, options=options, template=template))


def _find_by_email(
    client: ClientOptions, email: str, options: CallOptions
) -> Steps[Answer[Contact]]:
    filters = [
        {"field": "email", "operator": "=", "value": email},
        {"field": "role", "operator": "=", "value": "user"},
    ]
    body = {"query": {"operator": "AND", "value": filters}, "pagination": {"per_page": 2}}
    answer = yield from perform(
        client, Call("POST", f"{PATH}/search", read_contact_page, None, body, options)
    )
    contacts = answer.parsed.contacts
    if len(contacts) == 1:
        return Answer(answer.response, contacts[0])
    error = Conflict(ambiguous_email(email)) if contacts else NotFound()
    error.request_id = answer.response.headers.get("x-request-id")
    raise error


def _listing(
    client: ClientOptions,
    page_after: Callable[[str | None], Call[ContactPage]],
    starting_after: str | None,
) -> Listing[ContactPage, Contact]:
    def follow(page: ContactPage) -> Call[ContactPage] | None:
        return None if page.starting_after is None else page_after(page.starting_after)

    return Listing(client, page_after(starting_after), follow, lambda page: page.contacts)
