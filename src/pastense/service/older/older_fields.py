"""Bodies of the older API: who is named, and what is to be written, as columns of a contact.

Source: docs/wire.md "The older API", decisions.md "The older API".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pastense.errors import ParameterInvalid, ParameterNotFound
from pastense.identity import contact_id_of
from pastense.model import Json
from pastense.service.people.contact_fields import read_field
from pastense.store.base import Change, Named
from pastense.wire.submission import identifier_problem, identifier_text

MISSING_USER: Final = "missing user identifier: send id, user_id or email"
_COLUMNS: Final = {
    "phone": ("phone",),
    "name": ("name",),
    "avatar": ("avatar",),
    "owner_id": ("owner_id",),
    "unsubscribed_from_emails": ("unsubscribed_from_emails",),
    "signed_up_at": ("signed_up_at", "remote_created_at"),
    "last_seen_at": ("last_request_at", "last_seen_at"),
    "custom_attributes": ("custom_attributes", "custom_data"),
}
"""Columns, and what callers name them; the first name that is not null decides."""
KEPT_NAMES: Final = frozenset(
    (
        *("type", "id", "user_id", "email", "new_session", "update_last_request_at"),
        *(name for names in _COLUMNS.values() for name in names),
    )
)
"""The fields of a body that are read; others are told as ignored."""


def read_named(fields: Mapping[str, object], prefix: str = "") -> Named:
    """How a body or a query names a person; null and empty text name nobody. A `user_id` that
    was given out by this service means the contact's id. Raises `ParameterInvalid`."""
    given = {name: _read_identifier(name, fields, prefix) for name in ("id", "user_id", "email")}
    user_id = given["user_id"]
    contact_id = None if user_id is None else contact_id_of(user_id)
    if contact_id is not None:
        if given["id"] not in (None, contact_id):
            message = "id and user_id name different contacts; send one of them"
            raise ParameterInvalid(message, f"{prefix}user_id")
        given |= {"id": contact_id, "user_id": None}
    return Named(**given)


def require_named(named: Named, field: str = "user_id", message: str = MISSING_USER) -> Named:
    """The same, where somebody is named at all; raises `ParameterNotFound`."""
    if named == Named():
        raise ParameterNotFound(message, field)
    return named


def read_user_change(
    fields: Mapping[str, object], named: Named, now: int, prefix: str = ""
) -> Change:
    """What to write of a user. Its `user_id` and email are set by what names it, and are never
    taken away by a null."""
    change = _read_change(fields, now, prefix)
    if named.user_id is not None:
        change.fields["external_id"] = named.user_id
    if named.email is not None:
        change.fields["email"] = named.email
    return change


def read_lead_change(fields: Mapping[str, object], now: int) -> Change:
    """What to write of a lead or a visitor; a null or empty email takes it away."""
    change = _read_change(fields, now, "")
    if "email" in fields:
        change.fields["email"] = read_text_field("email", "email", fields["email"])
    return change


def read_text_field(name: str, field: str, value: object) -> Json:
    """An identifier to be written; empty text is as a null."""
    return read_field(name, field, None if value == "" else value)


def ignored_fields(fields: Iterable[str]) -> list[str]:
    """The fields of a body that are not kept, in order."""
    return [name for name in fields if name not in KEPT_NAMES]


def read_object(body: Mapping[str, object], name: str) -> dict[str, object]:
    """An object within a body, empty where it is absent or null; raises `ParameterInvalid`."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ParameterInvalid(f"{name} must be an object", name)
    return value


def _read_change(fields: Mapping[str, object], now: int, prefix: str) -> Change:
    columns: dict[str, Json] = {}
    for column, names in _COLUMNS.items():
        values = {
            name: read_field(column, prefix + name, fields[name])
            for name in names
            if name in fields
        }
        if values:
            columns[column] = next((v for v in values.values() if v is not None), None)
    if _read_flag(fields, "update_last_request_at", prefix):
        columns["last_seen_at"] = now
    return Change(columns, int(_read_flag(fields, "new_session", prefix)))


def _read_flag(fields: Mapping[str, object], name: str, prefix: str) -> bool:
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise ParameterInvalid(f"{name} must be true or false", prefix + name)
    return bool(value)


def _read_identifier(name: str, fields: Mapping[str, object], prefix: str) -> str | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    text = identifier_text(value) if name != "email" or isinstance(value, str) else None
    problem = identifier_problem(name, text)
    if problem is not None:
        raise ParameterInvalid(problem, prefix + name)
    return text
