"""The contact search language: parsed once here, compiled by each store.

Source: docs/wire.md "Contact search" (operators, nesting, limits, dates by day) and the official
description of `POST /contacts/search`. The day boundary is midnight UTC.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from pastense.errors import InvalidSortOrder, ParameterInvalid, ParameterNotFound
from pastense.limits import (
    CREATED_AT_END_S,
    INTEGER_MAX,
    INTEGER_MIN,
    SEARCH_FILTERS_MAX,
    SEARCH_NESTING_MAX,
    SEARCH_VALUES_MAX,
    TEXT_CHARACTERS_MAX,
)
from pastense.wire.numbers import decimal_text, whole_number

DAY_S: Final = 86_400
FieldType = Literal["string", "integer", "boolean", "date"]
Scalar = None | bool | int | float | str

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
    "unsubscribed_from_emails": "boolean",
    "created_at": "date",
    "updated_at": "date",
    "signed_up_at": "date",
    "last_seen_at": "date",
}
"""The searchable fields; `custom_attributes.<name>` is searchable as well."""
CUSTOM_PREFIX: Final = "custom_attributes."
_OPERATORS_BY_TYPE: Final[dict[str, frozenset[str]]] = {
    "string": frozenset(["=", "!=", "IN", "NIN", "~", "!~", "^", "$"]),
    "integer": frozenset(["=", "!=", "IN", "NIN", ">", "<", ">=", "<="]),
    "boolean": frozenset(["=", "!=", "IN", "NIN"]),
    "date": frozenset(["=", ">", "<"]),
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


class Sort(msgspec.Struct, frozen=True):
    """The order of the answer; contacts with equal values follow in order of creation."""

    field: str = "created_at"
    descending: bool = True


def parse_query(value: object, path: str = "query", nesting: int = 0) -> Query:
    """A filter or a group of them; raises `ParameterInvalid` with the path of the fault."""
    if value is None:
        raise ParameterNotFound("missing query", path)
    if not isinstance(value, dict):
        raise ParameterInvalid("A query is an object with field, operator and value", path)
    if value.get("operator") in ("AND", "OR"):
        return _parse_group(value, path, nesting)
    return _parse_filter(value, path)


def parse_sort(value: object) -> Sort:
    """The `sort` object of a search; newest first where it is absent."""
    if value is None:
        return Sort()
    if not isinstance(value, dict):
        raise ParameterInvalid("sort is an object with field and order", "sort")
    field = value.get("field", "created_at")
    if not isinstance(field, str) or field not in FIELD_TYPES:
        raise ParameterInvalid(f"sort.field must be one of {', '.join(FIELD_TYPES)}", "sort.field")
    order = value.get("order", "descending")
    if order not in ("ascending", "descending"):
        raise InvalidSortOrder(None, "sort.order")
    return Sort(field, order == "descending")


def _parse_group(value: dict[str, object], path: str, nesting: int) -> Group:
    inner = value.get("value")
    if nesting >= SEARCH_NESTING_MAX:
        raise ParameterInvalid(f"Groups nest at most {SEARCH_NESTING_MAX} deep", path)
    if not isinstance(inner, list) or not 1 <= len(inner) <= SEARCH_FILTERS_MAX:
        message = f"A group holds a list of 1 to {SEARCH_FILTERS_MAX} filters"
        raise ParameterInvalid(message, f"{path}.value")
    conditions = [
        parse_query(item, f"{path}.value[{index}]", nesting + 1) for index, item in enumerate(inner)
    ]
    return Group("AND" if value["operator"] == "AND" else "OR", conditions)


def _parse_filter(value: dict[str, object], path: str) -> Filter:
    field, operator = value.get("field"), value.get("operator")
    if not isinstance(field, str):
        raise ParameterInvalid("A filter needs a field", f"{path}.field")
    field_type = _field_type(field, path)
    allowed = _OPERATORS_BY_TYPE[field_type]
    if not isinstance(operator, str) or operator not in allowed:
        message = f"{field} takes one of the operators {' '.join(sorted(allowed))}"
        raise ParameterInvalid(message, f"{path}.operator")
    if "value" not in value:
        raise ParameterInvalid("A filter needs a value", f"{path}.value")
    return Filter(field, operator, _operand(value["value"], operator, field_type, path), field_type)


def _field_type(field: str, path: str) -> str:
    if field in FIELD_TYPES:
        return FIELD_TYPES[field]
    if field.startswith(CUSTOM_PREFIX) and len(field) > len(CUSTOM_PREFIX):
        return "custom"
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
    if field_type == "string" or operator in _TEXT_OPERATORS:
        return _text(value, path)
    if field_type == "boolean":
        return _boolean(value, path)
    if field_type == "date":
        return _day(value, path)
    if field_type == "integer":
        return _integer(value, path)
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


def _day(value: object, path: str) -> int:
    """The first second of a date's day."""
    seconds = _integer(value, path)
    if not -CREATED_AT_END_S < seconds < CREATED_AT_END_S:
        raise ParameterInvalid("A date must be Unix seconds, UTC", path)
    return seconds // DAY_S * DAY_S
