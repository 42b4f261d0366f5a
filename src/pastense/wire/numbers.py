"""Read whole numbers as callers send them: integers, floats, digits in a string."""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)


def whole_number(value: object) -> int | None:
    """An integer, a float without a fraction, or digits in a string; else None."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return _integer(value)


def whole_seconds(value: object) -> int | None:
    """A time: as `whole_number`, but a fraction of a second is cut off (decisions.md,
    "Submitting an event"). A time below 0 stays below 0."""
    if isinstance(value, float):
        return int(value) if value >= 0 else -1
    return _integer(value)


def decimal_text(value: float) -> str:
    """A number as decimal text, without an exponent."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        digits = value.strip()
        return int(digits) if _DIGITS.fullmatch(digits) else None
    return None
