"""Declared types of custom attributes: values are converted where it is clear what they mean.

Source: decisions.md "Data attributes". Contacts keep values as their JSON types say; a date is
whole Unix seconds, UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pastense.limits import CREATED_AT_END_S, INTEGER_MAX, INTEGER_MIN, TEXT_CHARACTERS_MAX
from pastense.model import DataAttribute, Json
from pastense.wire.numbers import any_number, decimal_text, whole_number

_BOOLEANS: Final = {"true": True, "false": False}


class WrongType(ValueError):
    """A value that is not of the declared type; the text says which one is."""


def as_declared(attribute: DataAttribute, value: Json) -> Json:
    """The value as the attribute's type has it; a null, which takes an attribute away, is of
    every type. Raises `WrongType` with a sentence that names the type."""
    if value is None:
        return None
    if attribute.archived_at is not None:
        raise WrongType(f"{attribute.name} is archived: unarchive the data attribute to write it")
    kind, read = _READERS[attribute.data_type]
    found = read(value)
    if found is None:
        raise WrongType(f"{attribute.name} is declared as {kind}")
    if attribute.options is not None and found not in attribute.options:
        raise WrongType(f"{attribute.name} is declared as a list: send one of its options")
    return found


def search_type(attribute: DataAttribute) -> str:
    """As what its values are searched: a datetime by its day, as a date; one that is archived
    is "archived" and not searched."""
    if attribute.archived_at is not None:
        return "archived"
    return "date" if attribute.data_type == "datetime" else attribute.data_type


def _text(value: Json) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = decimal_text(value)
    return value if isinstance(value, str) and len(value) <= TEXT_CHARACTERS_MAX else None


def _integer(value: Json) -> int | None:
    number = whole_number(value)
    return number if number is not None and INTEGER_MIN <= number <= INTEGER_MAX else None


def _boolean(value: Json) -> bool | None:
    if isinstance(value, str):
        return _BOOLEANS.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _date(value: Json) -> int | None:
    """Whole seconds, before 1970 too; a fraction is cut off. Milliseconds are refused."""
    seconds = int(value) if isinstance(value, float) else whole_number(value)
    inside = seconds is not None and -CREATED_AT_END_S < seconds < CREATED_AT_END_S
    return seconds if inside else None


_SECONDS: Final = "send whole Unix seconds, UTC"
_READERS: Final[dict[str, tuple[str, Callable[[Json], Json]]]] = {
    "string": ("a string: send text", _text),
    "integer": ("an integer: send a whole number within 64 bits", _integer),
    "float": ("a float: send a number", any_number),
    "boolean": ("a boolean: send true or false", _boolean),
    "date": (f"a date: {_SECONDS}", _date),
    "datetime": (f"a datetime: {_SECONDS}", _date),
}
DATA_TYPES: Final = tuple(_READERS)
"""The types that can be declared; a list of options is a string with options."""
