"""Decode a JSON body with the text and number rules that hold for every call.

The quick path is one msgspec call and two searches over the bytes. Only a body that fails
there, nests deeply or holds escapes is looked at closely, to find the field to name.
Source of the rules: decisions.md, "Text and numbers" and "Submitting an event".
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

import msgspec

from pastense.errors import BadRequest, ParameterInvalid
from pastense.limits import FIELD_CHARACTERS_MAX, INTEGER_MAX, INTEGER_MIN, JSON_DEPTH_MAX

_decode = msgspec.json.Decoder().decode
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
"""A string, or what follows a quote that is never closed. It never goes back over what it has
read, so that a body which is not JSON costs no more than its length."""
_BRACKETS = re.compile(rb"[\[\]{}]")
_STEP_BYTES: Final = 65_536
"""So much of a body is searched for brackets at once: one search lets no other thread run."""
_DIGITS_AS_ZEROS: Final = bytes.maketrans(b"123456789", b"0" * 9)
_LONG_NUMBER: Final = b"0" * 19
"""A number of so many digits may be beyond 64 bits. Every body is searched for one: this way costs
a tenth of a regular expression."""
_BACKSLASH: Final = 0x5C
_SURROGATE = re.compile("[\ud800-\udfff]")
_TOO_DEEP: Final = f"The JSON nests deeper than {JSON_DEPTH_MAX} levels"
_TOO_LARGE: Final = math.inf
"""Stands for a number that cannot be had, until the walk finds it and names its field."""


def decode_json(body: bytes) -> object:
    """The value of a JSON text.

    Raises `BadRequest` where it is not JSON, not UTF-8 or nested deeper than 16, and
    `ParameterInvalid` with the field where a text holds NUL or an unpaired surrogate, or a
    number is not finite or beyond 64 bits.
    """
    value, suspect = _decode_unchecked(body)
    if suspect:
        check_values(value)
    return value


def decode_object(body: bytes) -> dict[str, object]:
    """The JSON object that a body must be; an empty body is an empty object (decisions.md)."""
    fields, suspect = decode_unchecked_object(body)
    if suspect:
        check_values(fields)
    return fields


def decode_unchecked_object(body: bytes) -> tuple[dict[str, object], bool]:
    """As `decode_object`, but texts and numbers are left to the caller to check where the
    second value is true: a list refuses the item that holds them and not the others."""
    if not body or body.isspace():
        return {}, False
    value, suspect = _decode_unchecked(body)
    if not isinstance(value, dict):
        raise ParameterInvalid("The body must be a JSON object", "body")
    return value, suspect


def check_values(value: object, path: str = "") -> None:
    """Refuse NUL, unpaired surrogates and numbers out of bounds anywhere below `value`.

    A long path is cut on the way down: written out whole for each value below a long key it
    would cost the product of the two.
    """
    path = path[:FIELD_CHARACTERS_MAX]
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_text(key, path or "body")
            check_values(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            check_values(inner, f"{path}[{index}]")
    elif isinstance(value, (int, float)) and not _is_in_bounds(value):
        message = "Numbers must be finite, integers within 64 bits"
        raise ParameterInvalid(message, path or "body")


def _check_text(text: str, path: str) -> None:
    if "\x00" in text or _SURROGATE.search(text):
        raise ParameterInvalid("Text must not hold NUL or unpaired surrogates", path or "body")


def _is_in_bounds(value: int | float) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return INTEGER_MIN <= value <= INTEGER_MAX


def _is_too_deep(value: object) -> bool:
    """Whether a decoded value nests too deep. To look at the values, level by level, costs a
    tenth of a search of the text for brackets outside of strings."""
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    for _ in range(JSON_DEPTH_MAX):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True


def _check_depth(body: bytes) -> None:
    """Refuse a text that is not decoded where it nests too deep, before any other fault."""
    depth = 0
    bare = _STRINGS.sub(b"", body)
    for start in range(0, len(bare), _STEP_BYTES):
        for bracket in _BRACKETS.findall(bare, start, start + _STEP_BYTES):
            depth += 1 if bracket in b"[{" else -1
            if depth > JSON_DEPTH_MAX:
                raise BadRequest(_TOO_DEEP, "body")


def _decode_unchecked(body: bytes) -> tuple[object, bool]:
    """The value, and whether it may hold a text or a number that is not allowed."""
    try:
        value: object = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError):
        _check_depth(body)
        return _decode_leniently(body), True
    if body.count(b"[") + body.count(b"{") > JSON_DEPTH_MAX and _is_too_deep(value):
        raise BadRequest(_TOO_DEEP, "body")
    escapes = _BACKSLASH in body and b"\\u" in body
    return value, escapes or body.translate(_DIGITS_AS_ZEROS).find(_LONG_NUMBER) >= 0


def _decode_leniently(body: bytes) -> object:
    """Decode what the quick decoder refused: it may be JSON with an unpaired surrogate or a
    number without bounds, which then gets its field named; else say where it is not JSON."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8 at byte {error.start}", "body") from None
    try:
        return json.loads(text, parse_int=_bounded_int, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error.msg} at {error.pos}", "body") from None
    except RecursionError:
        raise BadRequest("The body is not JSON", "body") from None


def _bounded_int(digits: str) -> float:
    return int(digits) if len(digits) <= 40 else _TOO_LARGE


def _no_constant(name: str) -> NoReturn:
    raise BadRequest(f"The body is not JSON: {name} is no JSON number", "body")
