"""What `GET /events` is asked: one identifier, the type, and what else the query may hold.

The filter goes out flat, one parameter for the identifier (OpenAPI's form style, exploded), as
the API documents it; texts are percent-encoded as RFC 6570 has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from pastense.compat.errors import ApiTypeError, ApiValueError

FILTERS: Final = ("user_id", "intercom_user_id", "email")
_PAGING: Final = ("per_page", "before", "since")
_KNOWN: Final = ("filter", "type", "summary", *_PAGING)


def target(query: Mapping[str, Any]) -> str:
    """The path with its query. Raises `ApiTypeError` and `ApiValueError`."""
    unknown = [name for name in query if name not in _KNOWN]
    if unknown:
        raise ApiTypeError(f"query_params has {unknown}; known are {', '.join(_KNOWN)}")
    name, value = read_filter(query.get("filter"))
    pairs = [(name, value), ("type", _type(query.get("type")))]
    if query.get("summary") is not None:
        pairs.append(("summary", "true" if read_summary(query["summary"]) else "false"))
    pairs += [(name, str(query[name])) for name in _PAGING if name in query]
    return "/events?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)


def read_filter(value: object) -> tuple[str, str]:
    """The one identifier of a filter and its value. Raises `ApiValueError` for anything else."""
    if isinstance(value, Mapping) and len(value) == 1:
        [(name, identifier)] = value.items()
        if name in FILTERS and isinstance(identifier, str) and identifier:
            return str(name), identifier
    raise ApiValueError(
        "filter must be a dict with exactly one of user_id, intercom_user_id and email, "
        f"and a text that is not empty, as {{'user_id': '314159'}}; it is {value!r}"
    )


def read_summary(value: object) -> bool:
    """Whether a summary is asked for. Raises `ApiTypeError`."""
    if not isinstance(value, bool):
        raise ApiTypeError(f"summary must be True or False, not {value!r}")
    return value


def _type(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ApiTypeError(f"type must be a text; the API knows 'user', not {value!r}")
    return value
