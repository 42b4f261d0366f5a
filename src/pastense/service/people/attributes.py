"""Declare custom attributes: what may be declared and changed, and in whose words it fails.

Source: docs/wire.md "Data attributes", decisions.md "Data attributes".
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from pastense.attributes import DATA_TYPES
from pastense.errors import (
    AttributeLimitReached,
    AttributeNotFound,
    DataInvalid,
    ParameterInvalid,
    ParameterNotFound,
)
from pastense.limits import (
    DATA_ATTRIBUTES_MAX,
    METADATA_KEY_CHARACTERS_MAX,
    OPTION_CHARACTERS_MAX,
    OPTION_VALUES_MAX,
    TEXT_CHARACTERS_MAX,
)
from pastense.model import AuditEntry, DataAttribute, Json, Workspace
from pastense.store.base import AttributeExists, Store, TooManyDeclared

OPTIONS: Final = "options"
"""The type of a text that may only be one of several."""
_BAD_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f!\"#%&'()*+,./:;<=>?@\[\\\]^`{|}~]")
_MODEL: Final = "The Data Attribute model field must be either contact or company"


def list_attributes(
    store: Store, workspace: Workspace, include_archived: bool
) -> list[DataAttribute]:
    """The declared attributes, the oldest first."""
    found = store.attributes.all(workspace)
    return [one for one in found if include_archived or one.archived_at is None]


def declare(
    store: Store,
    workspace: Workspace,
    body: dict[str, object],
    created_by: int | None,
    entry: AuditEntry,
) -> DataAttribute:
    """Declare an attribute of contacts. Raises `ParameterNotFound` and `ParameterInvalid` with
    the field, `AttributeLimitReached`."""
    attribute = _read_attribute(body, created_by, entry.at)
    try:
        return store.attributes.create(workspace, attribute, entry)
    except AttributeExists as taken:
        raise ParameterInvalid(_taken(taken.attribute), "name") from None
    except TooManyDeclared:
        message = f"A workspace has at most {DATA_ATTRIBUTES_MAX} data attributes"
        raise AttributeLimitReached(f"{message}; use one that is there", "name") from None


def change(
    store: Store, workspace: Workspace, number: int, body: dict[str, object], entry: AuditEntry
) -> DataAttribute:
    """Change a declared attribute; `entry` says so in the audit log, or that it was archived or
    unarchived. Raises `AttributeNotFound`, `ParameterInvalid` with the field,
    and `DataInvalid` where options are given to a type that has none."""
    fields = _read_changes(body)
    attribute = store.attributes.find(workspace, number)
    if attribute is None:
        raise AttributeNotFound
    if fields.get("options") is not None and attribute.data_type != "string":
        message = f"{attribute.name} is declared as {attribute.data_type}, which has no options"
        raise DataInvalid(message, "options")
    archived = fields.get("archived")
    if archived is not None and archived != (attribute.archived_at is not None):
        act = "archived" if archived else "unarchived"
        entry = msgspec.structs.replace(entry, act=f"data attribute {act}")
    changed = store.attributes.update(workspace, number, fields, entry)
    if changed is None:
        raise AttributeNotFound
    return changed


def _read_attribute(body: dict[str, object], created_by: int | None, now: int) -> DataAttribute:
    for name in ("name", "model", "data_type"):
        if body.get(name) is None:
            raise ParameterNotFound(f"missing {name}", name)
    name = _read_name(body["name"])
    _check_model(body["model"])
    data_type = body["data_type"]
    if data_type != OPTIONS and data_type not in DATA_TYPES:
        known = ", ".join((*DATA_TYPES, OPTIONS))
        raise ParameterInvalid(f"Data Type isn't an option: send one of {known}", "data_type")
    return DataAttribute(
        name=name,
        data_type="string" if data_type == OPTIONS else str(data_type),
        created_at=now,
        updated_at=now,
        description=_read_description(body.get("description")),
        options=_read_first_options(body.get("options"), str(data_type)),
        messenger_writable=_read_flag(body.get("messenger_writable"), "messenger_writable"),
        created_by=created_by,
    )


def _read_changes(body: dict[str, object]) -> dict[str, Json]:
    """What is to change; what is absent or null stays, but for a description."""
    fields: dict[str, Json] = {}
    if "description" in body:
        fields["description"] = _read_description(body["description"])
    if body.get("options") is not None:
        fields["options"] = list(_read_options(body["options"]))
    for name in ("archived", "messenger_writable"):
        if body.get(name) is not None:
            fields[name] = _read_flag(body[name], name)
    return fields


def _read_name(value: object) -> str:
    """As the reference allows, and whatever lies beyond ASCII."""
    if not isinstance(value, str) or not 1 <= len(value) <= METADATA_KEY_CHARACTERS_MAX:
        message = f"name must be a string of 1 to {METADATA_KEY_CHARACTERS_MAX} characters"
        raise ParameterInvalid(message, "name")
    if _BAD_NAME.search(value):
        message = (
            "Your name for this attribute must only contain alphanumeric characters, spaces, "
            "underscores, currency symbols, and hyphens"
        )
        raise ParameterInvalid(message, "name")
    return value


def _check_model(value: object) -> None:
    if value == "company":
        message = "Companies are not kept here: declare attributes of the model contact"
        raise ParameterInvalid(message, "model")
    if value != "contact":
        raise ParameterInvalid(_MODEL, "model")


def _read_description(value: object) -> str | None:
    if value is None or (isinstance(value, str) and len(value) <= TEXT_CHARACTERS_MAX):
        return value
    message = f"description must be a string of at most {TEXT_CHARACTERS_MAX} characters"
    raise ParameterInvalid(message, "description")


def _read_options(value: object) -> tuple[str, ...]:
    """`[{"value": "1-10"}, ...]`: at least two, each once."""
    if not isinstance(value, list):
        raise ParameterInvalid("Options isn't an array", OPTIONS)
    if not 2 <= len(value) <= OPTION_VALUES_MAX:
        message = f"Send 2 to {OPTION_VALUES_MAX} options, each as an object with value"
        raise ParameterInvalid(message, OPTIONS)
    options = [_read_option(item, f"{OPTIONS}[{index}]") for index, item in enumerate(value)]
    if len(set(options)) < len(options):
        raise ParameterInvalid("Each option must be there once", OPTIONS)
    return tuple(options)


def _read_first_options(value: object, data_type: str) -> tuple[str, ...] | None:
    if data_type == OPTIONS:
        return _read_options(value)
    if value is not None and data_type != "string":
        raise ParameterInvalid(f"{data_type} has no options: send options or string", "data_type")
    return None if value is None else _read_options(value)


def _read_option(item: object, path: str) -> str:
    option = item.get("value") if isinstance(item, dict) else None
    if not isinstance(option, str) or not 1 <= len(option) <= OPTION_CHARACTERS_MAX:
        message = f"An option is an object with a value of 1 to {OPTION_CHARACTERS_MAX} characters"
        raise ParameterInvalid(message, path)
    return option


def _read_flag(value: object, field: str) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ParameterInvalid(f"{field} must be true or false", field)


def _taken(attribute: DataAttribute) -> str:
    """Intercom's words, and a hint where the name is not in sight."""
    message = (
        f"You already have '{attribute.name}' in your people data. "
        "To save this as new people data, use a different name"
    )
    hint = f", or unarchive data attribute {attribute.number}"
    return f"{message}{hint if attribute.archived_at is not None else ''}."
