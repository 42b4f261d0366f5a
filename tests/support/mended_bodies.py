"""What no schema can say of a body: generated ones are mended where they must be accepted."""

from __future__ import annotations

import time

LONG_AGO = 1671028894


def tame(value: object) -> object:
    """What no schema can say: the text of a number is short enough to be an identifier, and
    what is not described may be anything but NUL and integers beyond 64 bits."""
    if isinstance(value, dict):
        return {key.replace("\x00", ""): tame(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [tame(inner) for inner in value]
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, float) and abs(value) < 1e-9:
        return 0.0
    return value % 2**63 if isinstance(value, int) and abs(value) >= 2**63 else value


def has_large_float(value: object) -> bool:
    """Whether there is a number that is beyond 64 bits and written with a point or an exponent.
    That is allowed, and the same without them is not; no schema knows them apart."""
    if isinstance(value, dict | list):
        return any(map(has_large_float, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and abs(value) >= 2**63


def is_blank(body: object) -> bool:
    """Whether a body holds nothing but white space: it is an empty object, as no body is."""
    return isinstance(body, bytes) and not body.strip()


def seconds_of(value: object) -> float:
    """The seconds in any spelling that is allowed; 0 where it is none, as it may be in a place
    that is not described."""
    value = value.strip() if isinstance(value, str) else value
    try:
        return float(value) if isinstance(value, str | int | float) else 0.0
    except ValueError:
        return 0.0


def mend_times(body: dict) -> None:
    """What no schema can say: times lie in the past, and `first` is not after `last`."""
    for name in ("created_at", "created", "first", "last"):
        if name in body and seconds_of(body[name]) > time.time():
            body[name] = LONG_AGO
    if seconds_of(body.get("first")) > seconds_of(body.get("last")):
        body["first"] = body["last"]
    for name in ("data", "event_summaries"):
        inner = body.get(name)
        for item in inner if isinstance(inner, list) else [inner]:
            if isinstance(item, dict):
                mend_times(item)


def mend_names(body: dict) -> None:
    """What no schema can say: each name stands once in an import."""
    items = body.get("event_summaries")
    if isinstance(items, list):
        once = {item["event_name"].strip(): item for item in items}
        body["event_summaries"] = list(once.values())
