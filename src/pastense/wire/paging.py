"""Read which page of a list is asked for: how many items, and behind which number."""

from __future__ import annotations

from pastense.errors import ParameterInvalid
from pastense.wire.numbers import row_number, whole_number


def read_per_page(value: object, default: int, most: int, field: str = "per_page") -> int:
    """How many items a page may have, `default` where it is not given; raises `ParameterInvalid`
    below 1 and above `most`: it is not reduced in silence."""
    given = row_number(value.strip()) if isinstance(value, str) else whole_number(value)
    per_page = default if value is None else given
    if per_page is None or not 1 <= per_page <= most:
        raise ParameterInvalid(f"per_page must be 1 to {most}", field)
    return per_page


def read_before(value: str | None) -> int | None:
    """`starting_after` of a list whose ids are falling numbers: only those below it. None for the
    first page; raises `ParameterInvalid`."""
    number = row_number(value) if value else None
    if value and number is None:
        message = "starting_after must be what pages.next.starting_after of the page before said"
        raise ParameterInvalid(message, "starting_after")
    return number
