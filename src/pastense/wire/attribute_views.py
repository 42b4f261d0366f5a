"""Data attributes as public JSON: those that every contact has, and the declared ones.

Shapes: docs/wire.md "Data attributes".
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from pastense.model import DataAttribute

_encode = msgspec.json.Encoder().encode
_BUILT_IN: Final = (
    ("id", "ID", "The id that this service gave the contact", "string", False),
    ("external_id", "User ID", "Your own id of the contact", "string", True),
    ("role", "Role", "user or lead", "string", True),
    ("email", "Email", "The email address", "string", True),
    ("phone", "Phone", "The phone number", "string", True),
    ("name", "Name", "The whole name", "string", True),
    ("avatar", "Avatar", "The address of a picture", "string", True),
    ("owner_id", "Owner", "The id of the teammate who looks after the contact", "integer", True),
    (
        "unsubscribed_from_emails",
        "Unsubscribed from emails",
        "Whether the contact wants no emails",
        "boolean",
        True,
    ),
    ("created_at", "Created at", "When the contact was made here", "date", False),
    ("updated_at", "Updated at", "When the contact was changed last", "date", False),
    ("signed_up_at", "Signed up", "When the contact signed up with you", "date", True),
    ("last_seen_at", "Last seen", "When the contact was last seen", "date", True),
    ("session_count", "Web sessions", "How often the contact came", "integer", False),
)
"""(name, label, description, type, writable) of what every contact has."""


def attribute_body(attribute: DataAttribute) -> bytes:
    """One declared attribute."""
    return _encode(_declared(attribute))


def attribute_list(declared: list[DataAttribute] | None, older: bool) -> bytes:
    """What every contact has, then what is declared; an empty list with None. `older` asks for
    the shape of the versions 1.x."""
    data = [] if declared is None else [*map(_built_in, _BUILT_IN), *map(_declared, declared)]
    if older:
        return _encode({"type": "data_attribute.list", "data_attributes": data})
    return _encode({"type": "list", "data": data})


def _built_in(row: tuple[str, str, str, str, bool]) -> dict[str, Any]:
    name, label, description, data_type, writable = row
    return _object(name, label, data_type, writable) | {"description": description}


def _declared(attribute: DataAttribute) -> dict[str, Any]:
    found = _object(attribute.name, attribute.name, attribute.data_type, True) | {
        "id": attribute.number,
        "full_name": f"custom_attributes.{attribute.name}",
        "description": attribute.description,
        "messenger_writable": attribute.messenger_writable,
        "custom": True,
        "archived": attribute.archived_at is not None,
        "created_at": attribute.created_at,
        "updated_at": attribute.updated_at,
    }
    if attribute.options is not None:
        found["options"] = list(attribute.options)
    if attribute.created_by is not None:
        found["admin_id"] = str(attribute.created_by)
    return found


def _object(name: str, label: str, data_type: str, writable: bool) -> dict[str, Any]:
    return {
        "type": "data_attribute",
        "name": name,
        "full_name": name,
        "label": label,
        "description": None,
        "data_type": data_type,
        "api_writable": writable,
        "ui_writable": False,
        "messenger_writable": False,
        "custom": False,
        "archived": False,
        "model": "contact",
    }
