"""The six metadata types, the rules of each value, and the quota of keys.

Source: docs/wire.md "Metadata and duplicates" for the types, decisions.md "Submitting an event"
for the limits.
"""

from __future__ import annotations

from typing import Final, Literal

from pastense.limits import (
    INTEGER_MAX,
    INTEGER_MIN,
    METADATA_KEY_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
)
from pastense.wire.numbers import whole_number

MetadataType = Literal[
    "string", "number", "date", "link", "rich_link", "monetary_amount", "boolean", "null"
]
CURRENCY_LETTERS: Final = 3
_LINK_STARTS: Final = ("http://", "https://")


def take_first_keys(
    metadata: dict[str, object], keys_max: int
) -> tuple[dict[str, object], tuple[str, ...]]:
    """The first keys in the order sent, and the keys that were left out."""
    if len(metadata) <= keys_max:
        return metadata, ()
    keys = list(metadata)
    return {key: metadata[key] for key in keys[:keys_max]}, tuple(keys[keys_max:])


def metadata_type(key: str, value: object) -> MetadataType | None:
    """The type of one value, or None where the value is not allowed."""
    if len(key) > METADATA_KEY_CHARACTERS_MAX:
        return None
    if isinstance(value, str):
        if len(value) > TEXT_CHARACTERS_MAX:
            return None
        return "link" if value.startswith(_LINK_STARTS) else "string"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return _integer_type(key, value)
    if isinstance(value, float):
        return "date" if key.endswith("_date") and value.is_integer() else "number"
    return _object_type(value) if isinstance(value, dict) else None


def _integer_type(key: str, value: int) -> MetadataType | None:
    if not INTEGER_MIN <= value <= INTEGER_MAX:
        return None
    return "date" if key.endswith("_date") else "number"


def _object_type(value: dict[str, object]) -> MetadataType | None:
    if len(value) != 2:
        return None
    if "url" in value and "value" in value:
        return "rich_link" if _is_rich_link(value) else None
    if "amount" in value and "currency" in value:
        return "monetary_amount" if _is_amount(value) else None
    return None


def _is_rich_link(value: dict[str, object]) -> bool:
    """Whether `url` is http(s) and `value` is a text; numbers are taken as a label too."""
    url, label = value["url"], value["value"]
    return (
        isinstance(url, str)
        and url.startswith(_LINK_STARTS)
        and len(url) <= TEXT_CHARACTERS_MAX
        and _is_label(label)
    )


def _is_label(label: object) -> bool:
    if isinstance(label, str):
        return len(label) <= TEXT_CHARACTERS_MAX
    if isinstance(label, bool):
        return False
    if isinstance(label, int):
        return INTEGER_MIN <= label <= INTEGER_MAX
    return isinstance(label, float)


def _is_amount(value: dict[str, object]) -> bool:
    amount, currency = value["amount"], value["currency"]
    return (
        _is_cents(amount)
        and isinstance(currency, str)
        and len(currency) == CURRENCY_LETTERS
        and currency.isascii()
        and currency.isalpha()
    )


def _is_cents(amount: object) -> bool:
    """Whether an amount is whole and not negative; `5.0` is whole in JSON."""
    if type(amount) is int:
        return 0 <= amount <= INTEGER_MAX
    cents = None if isinstance(amount, str) else whole_number(amount)
    return cents is not None and 0 <= cents <= INTEGER_MAX
