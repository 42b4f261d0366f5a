"""Read query strings: strict UTF-8, no NUL, the four spellings of the events filter."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

import msgspec

from pastense.errors import ApiError, BadRequest, ParameterInvalid, ParameterNotFound
from pastense.identity import parse_cursor
from pastense.limits import (
    EVENTS_PER_PAGE_DEFAULT,
    EVENTS_PER_PAGE_MAX,
)
from pastense.service.events.listing import Identifier
from pastense.wire.json_text import check_values, decode_object
from pastense.wire.paging import read_per_page
from pastense.wire.submission import (
    KIND_BY_FIELD,
    identifier_problem,
    identifier_text,
    named_contact,
)

_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
PARAMETERS_MAX: Final = 200


class EventQuery(msgspec.Struct, frozen=True):
    """What `GET /events` was asked; cursors are in ticks."""

    identifiers: list[Identifier]
    summary: bool
    per_page: int
    before: int | None
    since: int | None


def read_pairs(query_string: bytes) -> list[tuple[str, str]]:
    """All parameters in order; raises `BadRequest` where they are too many or not UTF-8."""
    if query_string.count(b"&") >= PARAMETERS_MAX:
        raise BadRequest(f"Send at most {PARAMETERS_MAX} query parameters", "query")
    try:
        text = query_string.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadRequest("The query string is not valid percent-encoded UTF-8", "query") from None
    for name, value in pairs:
        check_values(name, "query")
        check_values(value, name or "query")
    return pairs


def single_values(pairs: list[tuple[str, str]], names: tuple[str, ...]) -> dict[str, str]:
    """The named parameters; raises `ParameterInvalid` where one stands twice and differs.
    Others are not looked at."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in names and values.setdefault(name, value) != value:
            raise ParameterInvalid(f"{name} is given twice with different values", name)
    return values


def read_event_query(query_string: bytes) -> EventQuery:
    """The parameters of `GET /events`; raises `ParameterInvalid` and `ParameterNotFound`."""
    pairs = read_pairs(query_string)
    identifiers = read_identifiers(pairs)
    values = single_values(pairs, ("type", "summary", "per_page", "before", "since"))
    if values.get("type") != "user":
        raise ParameterInvalid("type must be user", "type")
    if not identifiers:
        message = "missing user identifier: send user_id, email or intercom_user_id"
        raise ParameterNotFound(message, "user_id")
    return EventQuery(
        identifiers,
        read_flag(values.get("summary"), "summary"),
        read_per_page(values.get("per_page"), EVENTS_PER_PAGE_DEFAULT, EVENTS_PER_PAGE_MAX),
        _cursor(values.get("before"), "before"),
        _cursor(values.get("since"), "since"),
    )


def _filter_name(name: str) -> str | None:
    """The identifier that a parameter's name means: `user_id` or `filter[user_id]`."""
    if name.startswith("filter[") and name.endswith("]"):
        name = name[7:-1]
        return name if name in KIND_BY_FIELD else None
    return name if name in KIND_BY_FIELD or name == "filter" else None


def read_identifiers(pairs: list[tuple[str, str]]) -> list[Identifier]:
    """All identifiers given, the strongest first, each one once."""
    found: dict[Identifier, None] = {}
    for name, value in pairs:
        inner = _filter_name(name)
        if inner == "filter":
            for key, identifier in _json_filter(value).items():
                if key in KIND_BY_FIELD:
                    found[_identifier(key, identifier_text(identifier))] = None
        elif inner is not None:
            found[_identifier(inner, value)] = None
    order = list(KIND_BY_FIELD)
    return sorted(found, key=lambda identifier: order.index(identifier[0]))


def _json_filter(value: str) -> dict[str, object]:
    """The JSON text that the TypeScript SDK sends as `filter` (docs/wire.md "Listing events")."""
    try:
        return decode_object(value.encode())
    except ApiError:
        raise ParameterInvalid("filter must be a JSON object", "filter") from None


def _identifier(name: str, text: str | None) -> Identifier:
    problem = identifier_problem(name, text)
    if problem is not None or text is None:
        raise ParameterInvalid(problem, name)
    return name, *named_contact(name, text)


def read_flag(value: str | None, name: str) -> bool:
    """A parameter that is true or false, or 1 or 0; false where it is not given."""
    flag = False if value is None else _BOOLEANS.get(value.lower())
    if flag is None:
        raise ParameterInvalid(f"{name} must be true or false", name)
    return flag


def _cursor(value: str | None, name: str) -> int | None:
    ticks = None if value is None else parse_cursor(value)
    if value is not None and ticks is None:
        message = f"{name} must be milliseconds with at most four decimals, as in pages.next"
        raise ParameterInvalid(message, name)
    return ticks
