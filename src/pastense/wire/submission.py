"""Read what a submission holds: one event, or the legacy list of events.

The shapes are those of docs/wire.md "Submitting an event" and "The list form". Whether each
event is acceptable is not decided here but by the rules.
"""

from __future__ import annotations

from typing import Final

import msgspec

from pastense.errors import ParameterInvalid, ParameterNotFound
from pastense.identity import contact_id_of
from pastense.limits import EMAIL_CHARACTERS_MAX, IDENTIFIER_CHARACTERS_MAX
from pastense.model import IdentifierKind, Refused
from pastense.wire.json_text import check_values, decode_unchecked_object
from pastense.wire.numbers import decimal_text

KIND_BY_FIELD: Final[dict[str, IdentifierKind]] = {
    "id": "id",
    "intercom_user_id": "id",
    "user_id": "user_id",
    "email": "email",
}
"""Where a contact is named, the strongest first, and what each name means (decisions.md)."""
_USER_MESSAGE: Final = "user must be an object with id, user_id or email"


class Draft(msgspec.Struct, gc=False):
    """One submitted event as it was sent.

    `fields` is its JSON object, `user` the object that names its contact where the list form
    gives one, `prefix` the path of its place in the submission
    and `user_prefix` that of the user within it. An item that cannot be read
    carries its refusal as `problem`, so that its neighbours are still judged. `identifier` is what
    names its contact where that was looked up already.
    """

    fields: dict[str, object]
    user: dict[str, object]
    prefix: str = ""
    problem: Refused | None = None
    user_prefix: str = ""
    identifier: tuple[str, object] | None = None

    @property
    def name(self) -> str | None:
        """The name of the event as it was sent, where it is a text."""
        name = self.fields.get("event_name")
        return name if isinstance(name, str) else None


class Submission(msgspec.Struct):
    """The events of one request; `is_list` says which of the two forms it had."""

    drafts: list[Draft]
    is_list: bool


def parse_submission(body: bytes, list_items_max: int) -> Submission:
    """Bytes to drafts.

    Raises `BadRequest` or `ParameterInvalid` as `decode_json` does, `ParameterNotFound`
    "missing data parameter" where it is neither an event nor a list, and `ParameterInvalid`
    where the list is empty, too long, holds something else than objects or stands beside
    `event_name`.
    """
    fields, suspect = decode_unchecked_object(body)
    if isinstance(fields.get("data"), list):
        return Submission(_list_drafts(fields, list_items_max, suspect), True)
    if suspect:
        check_values(fields)
    for name in ("event_name", "created_at"):
        if fields.get(name) is None:
            raise ParameterNotFound("missing data parameter", name)
    return Submission([Draft(fields, fields)], False)


def _list_drafts(fields: dict[str, object], list_items_max: int, suspect: bool) -> list[Draft]:
    items = fields["data"]
    assert isinstance(items, list)
    if suspect:
        check_values({name: value for name, value in fields.items() if name != "data"})
    if fields.get("event_name") is not None:
        message = "Send either one event (event_name) or a list (data), not both"
        raise ParameterInvalid(message, "event_name")
    if not 1 <= len(items) <= list_items_max:
        raise ParameterInvalid(f"data must hold 1 to {list_items_max} events", "data")
    default_user = _user_of(fields, "user")
    return [
        item_draft(item, f"data[{index}].", default_user, suspect)
        for index, item in enumerate(items)
    ]


def item_draft(item: object, prefix: str, default_user: dict[str, object], suspect: bool) -> Draft:
    """One event of several: it names its contact itself, or in `user`, or has the default one,
    and its time may be called `created`. `suspect` asks for a look at its texts and numbers."""
    problem = _item_problem(item, prefix, suspect)
    if problem is not None or not isinstance(item, dict):
        return Draft({}, {}, prefix, problem)
    fields = item
    if "created_at" not in fields and "created" in fields:
        fields = item | {"created_at": item["created"]}
    identifier = find_identifier(fields)
    if identifier is not None:
        return Draft(fields, fields, prefix, identifier=identifier)
    user = fields.get("user")
    if isinstance(user, dict):
        return Draft(fields, user, prefix, user_prefix="user.")
    return Draft(fields, default_user, prefix)


def _item_problem(item: object, prefix: str, suspect: bool) -> Refused | None:
    if not isinstance(item, dict):
        path = prefix.rstrip(".")
        return Refused("parameter_invalid", "Each item of data must be an object", path)
    user = item.get("user")
    if user is not None and not isinstance(user, dict):
        return Refused("parameter_invalid", _USER_MESSAGE, f"{prefix}user")
    if suspect:
        try:
            check_values(item, prefix.rstrip("."))
        except ParameterInvalid as error:
            return error.refusals[0]
    return None


def _user_of(fields: dict[str, object], name: str) -> dict[str, object]:
    user = fields.get(name)
    if user is None:
        return fields
    if not isinstance(user, dict):
        raise ParameterInvalid(_USER_MESSAGE, name)
    return user


def identifier_text(value: object) -> str | None:
    """An identifier as text: numbers as their decimal text; None where it is neither."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return decimal_text(value)


def named_contact(name: str, text: str) -> tuple[IdentifierKind, str]:
    """What an identifier names. The `user_id` that a lead was given by this service means the
    contact's id."""
    kind = KIND_BY_FIELD[name]
    contact_id = contact_id_of(text) if kind == "user_id" else None
    return (kind, text) if contact_id is None else ("id", contact_id)


def identifier_problem(name: str, text: str | None) -> str | None:
    """What is wrong with an identifier, as a sentence, or None."""
    characters_max = EMAIL_CHARACTERS_MAX if name == "email" else IDENTIFIER_CHARACTERS_MAX
    if text is None:
        return f"{name} must be a string or a number"
    if not 1 <= len(text) <= characters_max:
        return f"{name} must have 1 to {characters_max} characters"
    return None


def find_identifier(fields: dict[str, object]) -> tuple[str, object] | None:
    """The strongest identifier that is given, as (field, value)."""
    for name in KIND_BY_FIELD:
        value = fields.get(name)
        if value is not None:
            return name, value
    return None
