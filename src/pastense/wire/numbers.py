"""Read numbers as callers send them: integers, floats, digits in a string."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Final

ROW_DIGITS_MAX: Final = 18
"""No row of a store will ever have a longer number; one of 18 digits fits into 64 bits."""
_DIGITS = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?", re.ASCII)


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


def row_number(text: str) -> int | None:
    """The number of a row as an id spells it, of digits alone; None where it is none."""
    plain = text.isascii() and text.isdigit() and len(text) <= ROW_DIGITS_MAX
    return int(text) if plain else None


def any_number(value: object) -> int | float | None:
    """A number, or one in a string as JSON would write it; None where it is neither."""
    if isinstance(value, int | float):
        return None if isinstance(value, bool) else value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


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
