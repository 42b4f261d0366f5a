"""The contact search language: parsed once here, compiled by each store.

Source: docs/wire.md "Contact search" (operators, nesting, limits, dates by day) and the official
description of `POST /contacts/search`. The day boundary is midnight UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from pastense.errors import InvalidSortOrder, ParameterInvalid, ParameterNotFound
from pastense.limits import (
    CREATED_AT_END_S,
    DAY_S,
    INTEGER_MAX,
    INTEGER_MIN,
    SEARCH_FILTERS_MAX,
    SEARCH_NESTING_MAX,
    SEARCH_VALUES_MAX,
    TEXT_CHARACTERS_MAX,
)
from pastense.wire.numbers import any_number, decimal_text, whole_number

FieldType = Literal["string", "integer", "boolean", "date", "tag"]
Scalar = None | bool | int | float | str

_UNSET_TEXTS: Final = (
    *("segment_id", "formatted_phone", "language_override", "browser", "browser_version"),
    *("browser_language", "os", "location.country", "location.region", "location.city"),
    *(f"ios_{part}" for part in ("app_name", "app_version", "device", "app_device")),
    *("ios_os_version", "ios_sdk_version", "android_app_name", "android_app_version"),
    *("android_device", "android_os_version", "android_sdk_version", "andoid_sdk_version"),
    *(f"utm_{part}" for part in ("campaign", "content", "medium", "source", "term")),
    "referrer",
)
"""Spelled as the reference does, its two slips included."""
_UNSET_TIMES: Final = (
    *("last_contacted_at", "last_replied_at", "last_email_opened_at", "last_email_clicked_at"),
    *("ios_last_seen_at", "android_last_seen_at"),
)
UNSET_FIELD_TYPES: Final[dict[str, FieldType]] = {
    **dict.fromkeys(_UNSET_TEXTS, "string"),
    **dict.fromkeys(("marked_email_as_spam", "has_hard_bounced"), "boolean"),
    **dict.fromkeys(_UNSET_TIMES, "date"),
}
"""Fields of the reference that nothing here sets: the flags are false, the others null."""
FIELD_TYPES: Final[dict[str, FieldType]] = {
    "id": "string",
    "role": "string",
    "name": "string",
    "avatar": "string",
    "email": "string",
    "email_domain": "string",
    "phone": "string",
    "external_id": "string",
    "owner_id": "integer",
    "session_count": "integer",
    "unsubscribed_from_emails": "boolean",
    "created_at": "date",
    "updated_at": "date",
    "signed_up_at": "date",
    "last_seen_at": "date",
    "tag_id": "tag",
    **UNSET_FIELD_TYPES,
}
"""The searchable fields; `custom_attributes.<name>` is searchable as well."""
SORT_FIELDS: Final = tuple(name for name, kind in FIELD_TYPES.items() if kind != "tag")
"""What contacts can be ordered by: of several tags none comes first."""
CUSTOM_PREFIX: Final = "custom_attributes."
_OPERATORS_BY_TYPE: Final[dict[str, frozenset[str]]] = {
    "string": frozenset(["=", "!=", "IN", "NIN", "~", "!~", "^", "$"]),
    "integer": frozenset(["=", "!=", "IN", "NIN", ">", "<", ">=", "<="]),
    "boolean": frozenset(["=", "!=", "IN", "NIN"]),
    "float": frozenset(["=", "!=", "IN", "NIN", ">", "<", ">=", "<="]),
    "date": frozenset(["=", ">", "<"]),
    "tag": frozenset(["=", "!="]),
    "custom": frozenset(["=", "!=", "IN", "NIN", "~", "!~", "^", "$", ">", "<", ">=", "<="]),
}
_TEXT_OPERATORS: Final = frozenset(["~", "!~", "^", "$"])
_BOOLEANS: Final = {"true": True, "false": False}


class Filter(msgspec.Struct, frozen=True):
    """One comparison; a date's value is the first second of its day."""

    field: str
    operator: str
    value: Scalar | list[Scalar]
    type: str


class Group(msgspec.Struct, frozen=True):
    """Several conditions that must all (AND) or partly (OR) hold."""

    operator: Literal["AND", "OR"]
    conditions: list[Query]


Query = Filter | Group
Declared = Mapping[str, str]
"""Custom attributes that are declared, by name: as what their values are searched, "archived"
where they are not (`attributes.search_type`)."""
_NOTHING: Final[Declared] = {}


class Sort(msgspec.Struct, frozen=True):
    """The order of the answer; contacts with equal values follow in order of creation."""

    field: str = "created_at"
    descending: bool = True


def parse_query(value: object, declared: Declared = _NOTHING) -> Query:
    """A filter or a group of them; raises `ParameterInvalid` with the path of the fault.

    A custom attribute that is declared takes the operators and values of its type, another one
    all operators and the type of the value it is compared with.
    """
    return _parse(value, "query", 0, declared)


def _parse(value: object, path: str, nesting: int, declared: Declared) -> Query:
    if value is None:
        raise ParameterNotFound("missing query", path)
    if not isinstance(value, dict):
        raise ParameterInvalid("A query is an object with field, operator and value", path)
    if value.get("operator") in ("AND", "OR"):
        return _parse_group(value, path, nesting, declared)
    return _parse_filter(value, path, declared)


def parse_sort(value: object) -> Sort:
    """The `sort` object of a search; newest first where it is absent."""
    if value is None:
        return Sort()
    if not isinstance(value, dict):
        raise ParameterInvalid("sort is an object with field and order", "sort")
    field = value.get("field", "created_at")
    if not isinstance(field, str) or field not in SORT_FIELDS:
        raise ParameterInvalid(f"sort.field must be one of {', '.join(SORT_FIELDS)}", "sort.field")
    order = value.get("order", "descending")
    if order not in ("ascending", "descending"):
        raise InvalidSortOrder(None, "sort.order")
    return Sort(field, order == "descending")


def _parse_group(value: dict[str, object], path: str, nesting: int, declared: Declared) -> Group:
    inner = value.get("value")
    if nesting >= SEARCH_NESTING_MAX:
        raise ParameterInvalid(f"Groups nest at most {SEARCH_NESTING_MAX} deep", path)
    if not isinstance(inner, list) or not 1 <= len(inner) <= SEARCH_FILTERS_MAX:
        message = f"A group holds a list of 1 to {SEARCH_FILTERS_MAX} filters"
        raise ParameterInvalid(message, f"{path}.value")
    conditions = [
        _parse(item, f"{path}.value[{index}]", nesting + 1, declared)
        for index, item in enumerate(inner)
    ]
    return Group("AND" if value["operator"] == "AND" else "OR", conditions)


def _parse_filter(value: dict[str, object], path: str, declared: Declared) -> Filter:
    field, operator = value.get("field"), value.get("operator")
    if not isinstance(field, str):
        raise ParameterInvalid("A filter needs a field", f"{path}.field")
    field_type = _field_type(field, path, declared)
    allowed = _OPERATORS_BY_TYPE[field_type]
    if not isinstance(operator, str) or operator not in allowed:
        message = f"{field} takes one of the operators {' '.join(sorted(allowed))}"
        raise ParameterInvalid(message, f"{path}.operator")
    if "value" not in value:
        raise ParameterInvalid("A filter needs a value", f"{path}.value")
    return Filter(field, operator, _operand(value["value"], operator, field_type, path), field_type)


def _field_type(field: str, path: str, declared: Declared) -> str:
    if field in FIELD_TYPES:
        return FIELD_TYPES[field]
    if field.startswith(CUSTOM_PREFIX) and len(field) > len(CUSTOM_PREFIX):
        field_type = declared.get(field.removeprefix(CUSTOM_PREFIX), "custom")
        if field_type == "archived":
            message = f"{field} is archived: unarchive the data attribute to search by it"
            raise ParameterInvalid(message, f"{path}.field")
        return field_type
    known = ", ".join([*FIELD_TYPES, f"{CUSTOM_PREFIX}<name>"])
    raise ParameterInvalid(f"Contacts can be searched by {known}", f"{path}.field")


def _operand(value: object, operator: str, field_type: str, path: str) -> Scalar | list[Scalar]:
    path = f"{path}.value"
    if operator not in ("IN", "NIN"):
        return _scalar(value, operator, field_type, path)
    if not isinstance(value, list) or not 1 <= len(value) <= SEARCH_VALUES_MAX:
        raise ParameterInvalid(f"IN and NIN take a list of 1 to {SEARCH_VALUES_MAX} values", path)
    return [_scalar(item, operator, field_type, f"{path}[{i}]") for i, item in enumerate(value)]


def _scalar(value: object, operator: str, field_type: str, path: str) -> Scalar:
    """One value as its field's type: numbers and booleans may come as text."""
    if value is None and operator in ("=", "!="):
        return None
    if field_type in ("string", "tag") or operator in _TEXT_OPERATORS:
        return _text(value, path)
    if field_type == "boolean":
        return _boolean(value, path)
    if field_type == "date":
        return _day(value, path)
    if field_type == "integer":
        return _integer(value, path)
    if field_type == "float":
        return _float(value, path)
    if isinstance(value, str | int | float):
        return value
    raise ParameterInvalid("The value must be a string, a number or a boolean", path)


def _text(value: object, path: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = decimal_text(value)
    if not isinstance(value, str) or len(value) > TEXT_CHARACTERS_MAX:
        message = f"The value must be a string of at most {TEXT_CHARACTERS_MAX} characters"
        raise ParameterInvalid(message, path)
    return value


def _boolean(value: object, path: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    raise ParameterInvalid("The value must be true or false", path)


def _integer(value: object, path: str) -> int:
    number = whole_number(value)
    if number is None:
        raise ParameterInvalid("The value must be a whole number", path)
    if not INTEGER_MIN <= number <= INTEGER_MAX:
        raise ParameterInvalid("The value is beyond 64 bits", path)
    return number


def _float(value: object, path: str) -> int | float:
    number = any_number(value)
    if number is None:
        raise ParameterInvalid("The value must be a number", path)
    return number


def _day(value: object, path: str) -> int:
    """The first second of a date's day."""
    seconds = _integer(value, path)
    if not -CREATED_AT_END_S < seconds < CREATED_AT_END_S:
        raise ParameterInvalid("A date must be Unix seconds, UTC", path)
    return seconds // DAY_S * DAY_S
