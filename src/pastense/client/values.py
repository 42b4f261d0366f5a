"""What a caller gives, checked and put as it goes over the wire: times, identifiers, metadata.

Only what could never be right is refused here, before a request; the server judges the rest.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

Time = datetime | int | float
"""A moment: a datetime that knows its time zone, or seconds since 1970 (UTC)."""
Identifier = str | int
"""What names a contact; a number stands for its decimal text."""
MILLISECONDS: Final = 1000
_CURRENCY: Final = re.compile(r"[A-Za-z]{3}")
_PLAIN: Final = frozenset({str, int, bool, type(None)})


class Money(msgspec.Struct, frozen=True):
    """A monetary amount: whole cents (or what the currency's smallest unit is) and the currency's
    three letters, as `Money(34999, "eur")` for 349.99 euros. Raises `ValueError`."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse what no amount can be."""
        amount: object = self.amount
        currency: object = self.currency
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise TypeError('Money takes whole cents: 349.99 euros are Money(34999, "eur")')
        if amount < 0:
            raise ValueError("Money takes an amount of 0 or more")
        if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
            raise ValueError('Money takes a currency of three letters, as "eur"')


class RichLink(msgspec.Struct, frozen=True):
    """A link with the text that is shown for it. `url` begins with http:// or https://."""

    url: str
    value: str

    def __post_init__(self) -> None:
        """Refuse what no link can be."""
        url: object = self.url
        value: object = self.value
        if not isinstance(url, str) or not isinstance(value, str):
            raise TypeError("RichLink takes two texts: the address, and what is shown for it")
        if not url.lower().startswith(("http://", "https://")):
            raise ValueError(f"RichLink takes an http or https address, not {url!r}")


MetadataValue = str | int | float | bool | None | Money | RichLink | datetime | Mapping[str, Any]
Metadata = Mapping[str, MetadataValue]
"""The details of an event, in the order in which their keys count (only the first 10 are kept
where nothing else is said). A datetime goes under a key that ends in `_date`."""


def seconds(time: Time) -> int:
    """A moment as whole seconds since 1970, UTC; a fraction is cut off. Raises `ValueError` for a
    datetime without a time zone and `TypeError` for what is no moment."""
    if isinstance(time, datetime):
        return math.floor(_aware(time).timestamp())
    return _whole_seconds(time)


def since_cursor(value: object) -> str:
    """The cursor of what happened at a moment or later; a cursor that a page gave stays as it is.

    A cursor is in milliseconds and leaves out what lies exactly there; an event lies somewhere in
    its second (docs/wire.md "Listing events"). So the one before the second takes in all of it.
    """
    moment = _cursor(value)
    return moment if isinstance(moment, str) else str(max(0, moment - 1))


def before_cursor(value: object) -> str:
    """The cursor of what happened before a moment; a cursor that a page gave stays as it is."""
    return str(_cursor(value))


def _cursor(value: object) -> str | int:
    """A cursor's text, or a moment in milliseconds. A number is refused: it could be seconds as
    everywhere else, or milliseconds as in the cursor."""
    if isinstance(value, datetime):
        return math.ceil(_aware(value).timestamp()) * MILLISECONDS
    if isinstance(value, str) and value:
        return value
    raise TypeError("before and since take a datetime, or the cursor of an EventPage")


def identifiers(
    user_id: Identifier | None, id: Identifier | None, email: str | None
) -> dict[str, str]:
    """Those that are given, by the names they have in a body. Raises `ValueError` where none is."""
    given = {"user_id": user_id, "id": id, "email": email}
    found = {n: identifier_text(n, value) for n, value in given.items() if value is not None}
    if not found:
        raise ValueError("Say whose: give user_id, email or id (the contact's id)")
    return found


def metadata_values(metadata: Metadata) -> dict[str, Any]:
    """The details as they are sent: datetimes as whole seconds. Raises `ValueError` and `TypeError`
    with the key."""
    if not isinstance(metadata, Mapping):
        raise TypeError(f"metadata is a dict, not {type(metadata).__name__}")
    return {
        (key if type(key) is str else _key(key)): (
            value if type(value) in _PLAIN else _sent(key, value)
        )
        for key, value in metadata.items()
    }


def identifier_text(name: str, value: object) -> str:
    """An identifier as text, a whole number in decimal. Raises `TypeError` with the name."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int.__int__(value))
    raise TypeError(f"{name} must be a text or a whole number, not {type(value).__name__}")


def plain(value: object) -> object:
    """A text or number of a type of its own, as Django's SafeString, numpy's float64 or a member
    of an enumeration, as the text or number that it is: JSON knows no others. Anything else stays
    what it is. Raises `ValueError` for a number that is not finite, which JSON has no word for."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a number must be finite")
        return float.__float__(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int.__int__(value)
    return value


def _whole_seconds(time: object) -> int:
    if isinstance(time, bool) or not isinstance(time, int | float):
        raise TypeError(f"A time is a datetime or seconds since 1970, not {type(time).__name__}")
    if not math.isfinite(time):
        raise ValueError("A time must be finite")
    return int(time)


def _sent(key: str, value: object) -> object:
    if isinstance(value, datetime):
        if not key.endswith("_date"):
            raise ValueError(
                f"metadata.{key} is a date: name it {key}_date, so that it is shown so"
            )
        return seconds(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"metadata.{key} must be finite")
    if isinstance(value, str | int | float | Money | RichLink | list | tuple):
        return plain(value)
    if isinstance(value, Mapping):
        return dict(value)
    allowed = "a text, number, boolean, None, datetime, Money or RichLink"
    raise TypeError(f"metadata.{key} must be {allowed}, not {type(value).__name__}")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"The keys of metadata are texts, not {key!r}")
    return str.__str__(key)


def _aware(time: datetime) -> datetime:
    if time.utcoffset() is None:
        raise ValueError(
            "The datetime has no time zone: make it with datetime.now(UTC), or give it one with "
            ".replace(tzinfo=...)"
        )
    return time
