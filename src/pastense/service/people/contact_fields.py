"""Which fields of a contact may be written, and what each may hold.

Source: docs/wire.md "Contacts", decisions.md "Contacts".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pastense.errors import ParameterInvalid
from pastense.identity import contact_id_of
from pastense.limits import (
    CREATED_AT_END_S,
    CUSTOM_ATTRIBUTES_MAX,
    INTEGER_MAX,
    INTEGER_MIN,
    METADATA_KEY_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
)
from pastense.model import Json, Role
from pastense.wire.numbers import whole_number, whole_seconds
from pastense.wire.submission import identifier_problem, identifier_text


def read_field(name: str, field: str, value: object) -> Json:
    """One writable field, checked; `field` is what the caller calls it."""
    return _READERS[name](field, value)


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
    text = value if field == "email" else identifier_text(value)
    text = text if isinstance(text, str) else None
    problem = identifier_problem(field, text)
    if problem is None and field != "email" and contact_id_of(str(text)) is not None:
        problem = f"{field} must not have the form that a lead's user_id is given here"
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
KEPT_FIELDS: Final = frozenset(_READERS)
"""The fields of a contact's body that are kept; others are told as ignored."""
