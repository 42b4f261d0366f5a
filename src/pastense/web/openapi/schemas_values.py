"""Schemas of single values: identifiers, names, times and the values of metadata.

Every pattern allows exactly what the rules allow; the tests hold the two together.
"""

from __future__ import annotations

from typing import Final

from pastense.limits import (
    CREATED_AT_END_S,
    CUSTOM_ATTRIBUTES_MAX,
    EMAIL_CHARACTERS_MAX,
    EVENT_NAME_CHARACTERS_MAX,
    IDENTIFIER_CHARACTERS_MAX,
    INTEGER_MAX,
    INTEGER_MIN,
    METADATA_KEY_CHARACTERS_MAX,
    SUMMARY_COUNT_MAX,
    TEXT_CHARACTERS_MAX,
)
from pastense.web.openapi.parts import Schema, nullable, pick, ref

NO_NUL: Final = r"^[^\x00]*$"
"""A text without NUL. (Unpaired surrogates are refused too, but no pattern can say that.)"""
_WHITE: Final = r"\x09-\x0d\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What is trimmed from a name. Spelled out, for `\\s` differs between regex dialects."""
_CONTROL: Final = r"\x00-\x1f\x7f-\x9f"
EVENT_NAME_PATTERN: Final = (
    rf"^[{_WHITE}]*[^{_WHITE}{_CONTROL}]"
    rf"([^{_CONTROL}]{{0,{EVENT_NAME_CHARACTERS_MAX - 2}}}[^{_WHITE}{_CONTROL}])?[{_WHITE}]*$"
)
WILDCARD_PATTERN: Final = rf"^[{_WHITE}]*\*[{_WHITE}]*$"
"""A name that would stand for all, once it is trimmed."""
_SECONDS_PATTERN: Final = rf"^[{_WHITE}]*(\+?0{{0,8}}[0-9]{{1,11}}|-0{{1,19}})[{_WHITE}]*$"
"""Up to 19 digits that stay below the first number that cannot be seconds."""
_COUNT_PATTERN: Final = rf"^[{_WHITE}]*\+?(0{{0,7}}[1-9][0-9]{{0,11}}|0{{0,6}}10{{12}})[{_WHITE}]*$"

CURSOR_CHARACTERS_MAX: Final = 4_096
"""Longer than the cursor after any value that contacts are sorted by."""
_INTEGER: Final[Schema] = {"type": "integer", "minimum": INTEGER_MIN, "maximum": INTEGER_MAX}
_WHOLE_SECONDS: Final[Schema] = {
    "type": "integer",
    "minimum": 0,
    "maximum": CREATED_AT_END_S - 1,
}
FLAG_PARAMETER: Final[Schema] = {
    "anyOf": [
        {"type": "boolean"},
        {"type": "integer", "enum": [0, 1]},
        {"type": "string", "pattern": "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[01])$"},
    ],
    "default": False,
}
"""A flag in a query: true or false in any case, 1 or 0."""
NUMBER: Final[Schema] = {"type": "number", "minimum": INTEGER_MIN, "maximum": INTEGER_MAX}
"""As it may be sent. One with a point or an exponent may be larger, an integer may not; no schema
knows the two apart."""
KEPT_ATTRIBUTES: Final[Schema] = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}
"""Custom attributes as they are answered: any number that was taken is."""


def text(characters_max: int, characters_min: int = 0, **more: object) -> Schema:
    """A text of bounded length without NUL."""
    lengths: Schema = {"minLength": characters_min} if characters_min else {}
    return {"type": "string", **lengths, "maxLength": characters_max, "pattern": NO_NUL, **more}


def per_page_pattern(maximum: int) -> str:
    """A number from 1 to 150 of at most 18 digits; only that maximum is written down."""
    assert maximum == 150
    digits = "0{0,17}[1-9]|0{0,16}[1-9][0-9]|0{0,15}(1[0-4][0-9]|150)"
    return rf"^[{_WHITE}]*({digits})[{_WHITE}]*$"


def _identifier(characters_max: int, description: str, example: str) -> Schema:
    """A text, or a number that is taken as its decimal text."""
    return {
        "description": description,
        "anyOf": [text(characters_max, 1), NUMBER],
        "examples": [example],
    }


def _seconds(description: str) -> Schema:
    return {
        "description": description,
        "anyOf": [
            _WHOLE_SECONDS,
            {"type": "number", "minimum": 0, "exclusiveMaximum": CREATED_AT_END_S},
            {"type": "string", "pattern": _SECONDS_PATTERN},
        ],
        "examples": [1671028894],
    }


def _object_of(values: str, characters_min: int = 0, **more: object) -> Schema:
    """An object with any keys, each value one of a named schema."""
    return {
        "type": "object",
        "propertyNames": text(METADATA_KEY_CHARACTERS_MAX, characters_min),
        "additionalProperties": ref(values),
        **more,
    }


_RICH_LINK: Final = {
    **pick(
        {
            "url": text(TEXT_CHARACTERS_MAX, pattern=r"^https?://[^\x00]*$"),
            "value": {"anyOf": [text(TEXT_CHARACTERS_MAX), NUMBER]},
        },
        "url",
        "value",
        description="A link with a label of its own.",
    ),
    "additionalProperties": False,
}
_AMOUNT: Final = {
    **pick(
        {
            "amount": {"type": "integer", "minimum": 0, "maximum": INTEGER_MAX},
            "currency": text(3, 3, pattern="^[A-Za-z]{3}$"),
        },
        "amount",
        "currency",
        description="An amount of money: whole cents and a currency of three letters.",
    ),
    "additionalProperties": False,
}
VALUE_SCHEMAS: Final[Schema] = {
    "event_name": {
        "type": "string",
        "pattern": EVENT_NAME_PATTERN,
        "description": (
            "What happened: 1 to 255 characters once white space at both ends is trimmed, "
            "without control characters. Case counts."
        ),
        "examples": ["invited-friend"],
    },
    "event_time": _seconds(
        "Whole seconds since 1970, UTC, at most a day ahead of the server's clock. A fraction is "
        "cut off, digits in a text are read. Milliseconds are refused."
    ),
    "summary_count": {
        "description": "How often it happened.",
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": SUMMARY_COUNT_MAX},
            {"type": "string", "pattern": _COUNT_PATTERN},
        ],
        "examples": [3],
    },
    "contact_time": _seconds("Seconds since 1970, UTC."),
    "search_date": {
        "description": "Seconds since 1970, UTC; only the day counts.",
        "anyOf": [
            _WHOLE_SECONDS | {"minimum": 1 - CREATED_AT_END_S},
            {"type": "string", "pattern": rf"^[{_WHITE}]*[+-]?0{{0,8}}[0-9]{{1,11}}[{_WHITE}]*$"},
        ],
    },
    "contact_id_value": _identifier(
        IDENTIFIER_CHARACTERS_MAX,
        "The contact's id in this service: the only way to name a lead.",
        "5ba682d23d7cf92bef87bfd4",
    ),
    "user_id_value": _identifier(
        IDENTIFIER_CHARACTERS_MAX, "Your own id of the user (the contact's external_id).", "314159"
    ),
    "email_value": _identifier(
        EMAIL_CHARACTERS_MAX,
        "The user's email address; leads have to be named by id.",
        "ada@example.org",
    ),
    "rich_link": _RICH_LINK,
    "monetary_amount": _AMOUNT,
    "metadata_value": {
        "description": (
            "A text (a link where it begins with http:// or https://), a number (a date where the "
            "key ends in _date), true or false, null, a rich link or an amount of money."
        ),
        "anyOf": [
            text(TEXT_CHARACTERS_MAX),
            _INTEGER,
            NUMBER,
            {"type": "boolean"},
            {"type": "null"},
            ref("rich_link"),
            ref("monetary_amount"),
        ],
    },
    "metadata": _object_of(
        "metadata_value",
        description="More about the event; the first ten keys sent are kept.",
        examples=[{"order_date": 1392036272, "price": {"currency": "usd", "amount": 2999}}],
    ),
    "attribute_value": {
        "description": "A text, a number, true or false, or null to take the attribute away.",
        "anyOf": [
            text(TEXT_CHARACTERS_MAX),
            _INTEGER,
            NUMBER,
            {"type": "boolean"},
            {"type": "null"},
        ],
    },
    "custom_attributes": _object_of(
        "attribute_value",
        1,
        maxProperties=CUSTOM_ATTRIBUTES_MAX,
        description="Your own attributes of the contact, by name.",
        examples=[{"plan": "team", "seats": 3, "beta": True}],
    ),
    "whole_number": {
        "anyOf": [
            _INTEGER,
            {"type": "string", "pattern": rf"^[{_WHITE}]*[+-]?[0-9]{{1,18}}[{_WHITE}]*$"},
        ],
        "examples": [123],
    },
    "free_text": nullable(text(TEXT_CHARACTERS_MAX)),
}
