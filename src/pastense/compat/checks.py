"""Checks of what a caller gives: each takes a name and a value and gives it back as it is kept.

Raises `ApiTypeError` for the wrong type and `ApiValueError` for a value that cannot be, each with
a sentence that names the field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from msgspec import to_builtins

from pastense.client.values import Money, RichLink
from pastense.compat.errors import ApiTypeError, ApiValueError
from pastense.compat.values import Json

_INTEGER_MAX: Final = 2**63 - 1


def text(name: str, value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise _wrong(name, "a text (str)", value)
    return value


def text_or_none(name: str, value: object) -> str | None:
    """A text or None."""
    return None if value is None else text(name, value)


def whole(name: str, value: object) -> int:
    """A whole number; a `Decimal` without a fraction, as the generated models hold, is one."""
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(name, "a whole number (int)", value)
    return _bounded(name, value)


def one_of(*allowed: str) -> Callable[[str, Any], str]:
    """A check for one of these texts."""

    def check(name: str, value: object) -> str:
        if text(name, value) not in allowed:
            raise ApiValueError(f"{name} must be {' or '.join(allowed)}, not {value!r}")
        return str(value)

    return check


def list_of(make: Callable[[Mapping[str, Any]], Any]) -> Callable[[str, Any], list[Any]]:
    """A check for a list of objects, each of which `make` reads."""

    def check(name: str, value: object) -> list[Any]:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            raise _wrong(name, "a list", value)
        return [make(mapping(name, item)) for item in value]

    return check


def mapping(name: str, value: object) -> dict[str, Any]:
    """An object, copied, so that it stays as it is now."""
    if not isinstance(value, Mapping):
        raise _wrong(name, "a dict", value)
    return {text(f"a key of {name}", key): value[key] for key in value}


def json_object(name: str, value: object) -> dict[str, Any]:
    """An object whose values JSON can hold, copied as far as it is deep."""
    return {key: plain(f"{name}.{key}", item) for key, item in mapping(name, value).items()}


def plain(name: str, value: object) -> Json:
    """The value in JSON's own types; `Money` and `RichLink` become their objects. Nothing else
    that JSON does not know is turned into something on the way: bytes, times and numbers that are
    not finite are refused."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return _bounded(name, int(value))
    if isinstance(value, float | Decimal):
        return _number(name, value)
    if isinstance(value, Mapping):
        return json_object(name, value)
    if isinstance(value, Money | RichLink):
        return to_builtins(value)
    if isinstance(value, list | tuple):
        return [plain(f"{name}[{index}]", item) for index, item in enumerate(value)]
    if isinstance(value, datetime):
        raise ApiTypeError(f"{name} must be whole seconds, as int(value.timestamp()), no datetime")
    raise _wrong(name, "text, a number, a boolean, None, a dict or a list", value)


def _number(name: str, value: float | Decimal) -> int | float:
    if not math.isfinite(value):
        raise ApiValueError(f"{name} must be a finite number, not {value}")
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return _bounded(name, int(value))
    return float(value)


def _bounded(name: str, value: int) -> int:
    if abs(value) > _INTEGER_MAX:
        raise ApiValueError(f"{name} must be a whole number within 64 bits, not {value}")
    return value


def _wrong(name: str, wanted: str, value: object) -> ApiTypeError:
    return ApiTypeError(f"{name} must be {wanted}, not {type(value).__name__}")
