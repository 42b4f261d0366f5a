"""Tags as callers see them: what a call may say, and in whose words it fails.

Source: docs/wire.md "Tags", decisions.md "Tags".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast

from pastense.errors import Conflict, NotFound, ParameterInvalid, ParameterNotFound, ambiguous_email
from pastense.limits import (
    CONTACT_TAGS_COUNT_MAX,
    TAG_NAME_CHARACTERS_MAX,
    TAG_NAMES_MAX,
)
from pastense.model import AppliedTag, AuditEntry, Tag, Workspace
from pastense.store.base import (
    ContactUnknown,
    EmailAmbiguous,
    Store,
    TagChange,
    TagExists,
    TagUnknown,
    TooManyTags,
)
from pastense.wire.numbers import row_number
from pastense.wire.submission import (
    find_identifier,
    identifier_problem,
    identifier_text,
    named_contact,
)

INVALID: Final = "invalid tag parameters"
NO_TAG: Final = "Resource Not Found"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def get_tag(store: Store, workspace: Workspace, tag_id: str) -> Tag:
    """The tag with that id; raises `NotFound`."""
    number = _number(tag_id)
    tag = None if number is None else store.tags.find(workspace, number)
    if tag is None:
        raise NotFound(NO_TAG)
    return tag


def save_tag(
    store: Store,
    workspace: Workspace,
    body: dict[str, object],
    by: int | None,
    entry: AuditEntry,
    users_max: int,
) -> Tag:
    """`POST /tags`: the tag with that name, made where there is none and put on `users`; or with
    an `id` the tag under its new name. All of it or nothing.

    Raises `ParameterInvalid`, `NotFound` and `Conflict` with the field.
    """
    for name in ("contacts", "companies"):
        if body.get(name) is not None:
            raise ParameterInvalid(f"{INVALID}: send users, not {name}", name)
    name = _read_name(body.get("name"))
    if body.get("id") is not None:
        return _rename(store, workspace, body, name, entry)
    changes, fields = _read_users(body.get("users"), users_max)
    with _refusals(fields, changes):
        return store.tags.apply(workspace, name, changes, by, entry)


def delete_tag(store: Store, workspace: Workspace, tag_id: str, entry: AuditEntry) -> None:
    """Take a tag away from everybody; raises `NotFound`."""
    number = _number(tag_id)
    if number is None or not store.tags.delete(workspace, number, entry):
        raise NotFound(NO_TAG)


def tags_of_contact(store: Store, workspace: Workspace, contact_id: str) -> list[AppliedTag]:
    """The tags of a contact; raises `NotFound`."""
    with _refusals():
        return store.tags.of_contact(workspace, contact_id)


def attach_tag(
    store: Store,
    workspace: Workspace,
    contact_id: str,
    body: dict[str, object],
    by: int | None,
    now: int,
) -> AppliedTag:
    """Put the tag of the body on a contact, once; raises `NotFound` where one of them is not
    there, `ParameterNotFound` and `ParameterInvalid` with the field."""
    number = _number(_read_id(body.get("id")))
    with _refusals():
        return store.tags.attach(workspace, contact_id, number or 0, by, now)


def detach_tag(store: Store, workspace: Workspace, contact_id: str, tag_id: str) -> AppliedTag:
    """Take a tag from a contact; raises `NotFound` where one of them is not there, or the tag
    not on the contact."""
    with _refusals():
        return store.tags.detach(workspace, contact_id, _number(tag_id) or 0)


@contextmanager
def _refusals(fields: tuple[str, ...] = (), changes: tuple[TagChange, ...] = ()) -> Iterator[None]:
    """What a store refuses as the answer to the caller; `fields` names the places of a call
    that is about several contacts."""
    try:
        yield
    except ContactUnknown as error:
        raise NotFound(None, fields[error.index] if fields else None) from None
    except TagUnknown:
        raise NotFound(NO_TAG) from None
    except EmailAmbiguous as error:
        message = ambiguous_email(changes[error.index].value)
        raise Conflict(message, fields[error.index]) from None
    except TooManyTags as error:
        raise _too_many(error, fields) from None


def _too_many(error: TooManyTags, fields: tuple[str, ...]) -> ParameterInvalid:
    if error.index is None:
        message = f"A workspace has at most {TAG_NAMES_MAX} tags; delete one first"
        return ParameterInvalid(message, "name")
    message = f"A contact has at most {CONTACT_TAGS_COUNT_MAX} tags; take one away first"
    return ParameterInvalid(message, fields[error.index] if fields else "id")


def _rename(
    store: Store, workspace: Workspace, body: dict[str, object], name: str, entry: AuditEntry
) -> Tag:
    if body.get("users") is not None:
        raise ParameterInvalid(f"{INVALID}: send either id or users", "users")
    number = _number(_read_id(body["id"]))
    try:
        tag = store.tags.rename(workspace, number or 0, name, entry)
    except TagExists as taken:
        message = f"A tag with that name already exists with id={taken.tag.number}"
        raise Conflict(message, "name") from None
    if tag is None:
        raise NotFound(NO_TAG, "id")
    return tag


def _read_name(value: object) -> str:
    """1 to 255 characters after trimming, no control characters, as the name of an event."""
    name = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(name) <= TAG_NAME_CHARACTERS_MAX:
        message = f"{INVALID}: send a name of 1 to {TAG_NAME_CHARACTERS_MAX} characters"
        raise ParameterInvalid(message, "name")
    if _CONTROL.search(name):
        raise ParameterInvalid(f"{INVALID}: name must not hold control characters", "name")
    return name


def _read_id(value: object) -> str:
    if value is None:
        raise ParameterNotFound("missing id: send the id of a tag", "id")
    text = identifier_text(value)
    if text is None:
        raise ParameterInvalid("id must be a string or a number", "id")
    return text


def _read_users(value: object, users_max: int) -> tuple[tuple[TagChange, ...], tuple[str, ...]]:
    """The contacts of a call, and where each is named in it."""
    if value is None:
        return (), ()
    if not isinstance(value, list) or len(value) > users_max:
        message = f"{INVALID}: users must be a list of at most {users_max} users"
        raise ParameterInvalid(message, "users")
    found = [_read_user(item, f"users[{index}]") for index, item in enumerate(value)]
    return tuple(change for change, _ in found), tuple(field for _, field in found)


def _read_user(item: object, path: str) -> tuple[TagChange, str]:
    named = find_identifier(item) if isinstance(item, dict) else None
    if not isinstance(item, dict) or named is None:
        message = f"{INVALID}: a user is an object with id, user_id or email"
        raise ParameterInvalid(message, path)
    name, value = named
    text = identifier_text(value)
    problem = identifier_problem(name, text)
    if problem is not None:
        raise ParameterInvalid(f"{INVALID}: {problem}", f"{path}.{name}")
    untag = item.get("untag")
    if not isinstance(untag, bool | None):
        raise ParameterInvalid(f"{INVALID}: untag must be true or false", f"{path}.untag")
    kind, text = named_contact(name, cast(str, text))
    return TagChange(kind, text, bool(untag)), f"{path}.{name}"


def _number(tag_id: str) -> int | None:
    """The number of a tag, as its id spells it."""
    number = row_number(tag_id)
    return number if number and str(number) == tag_id else None
