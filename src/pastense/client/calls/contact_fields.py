"""The fields of a contact that a caller may set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pastense.client.options import CallOptions
from pastense.client.per_call import NAMES, PerCall, read_per_call
from pastense.client.values import Identifier, Time, identifier_text, plain, seconds

CustomValue = str | int | float | bool | datetime | None
"""A custom attribute; a datetime goes as seconds since 1970, which is what a date attribute is."""


class NewContact(PerCall, total=False):
    """The fields of a contact, beside what every call takes. `role` is `user` or `lead`."""

    role: str
    external_id: Identifier | None
    email: str | None
    name: str | None
    phone: str | None
    avatar: str | None
    owner_id: int | None
    signed_up_at: Time | None
    last_seen_at: Time | None
    unsubscribed_from_emails: bool | None
    custom_attributes: Mapping[str, CustomValue]


class ChangedContact(NewContact, total=False):
    """The same, to be changed; None clears a field."""


_TIMES: Final = frozenset({"signed_up_at", "last_seen_at"})
_FIELDS: Final = frozenset(NewContact.__annotations__) - NAMES


def parted(given: dict[str, Any]) -> tuple[dict[str, Any], CallOptions]:
    """The contact's fields, and the options of the call. Raises `TypeError` for a name that there
    is not."""
    for name in given:
        if name not in _FIELDS and name not in NAMES:
            raise TypeError(f"There is no parameter {name!r}; a contact has {sorted(_FIELDS)}")
    call: PerCall = {}
    call.update({name: given.pop(name) for name in NAMES & given.keys()})  # type: ignore[typeddict-item]
    return given, read_per_call(call)


def contact_body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are sent: times as seconds, an external id as text."""
    return {name: _sent(name, value) for name, value in fields.items()}


def _sent(name: str, value: Any) -> object:  # noqa: ANN401 (any field)
    if value is None:
        return None
    if name in _TIMES:
        return seconds(value)
    if name == "external_id":
        return identifier_text(name, value)
    if name == "custom_attributes":
        return _attributes(value)
    return _value(name, value)


def _attributes(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"custom_attributes is a dict, not {type(value).__name__}")
    return {str(name): _value(f"custom_attributes.{name}", v) for name, v in value.items()}


def _value(name: str, value: object) -> object:
    """What JSON has a word for; anything else would go as some text that nobody meant."""
    if isinstance(value, datetime) and name.startswith("custom_attributes."):
        return seconds(value)
    if value is not None and not isinstance(value, str | int | float | list | dict):
        raise TypeError(f"{name} must be a text, number or boolean, not {type(value).__name__}")
    try:
        return plain(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
