"""From an answer that is no success to the error that the caller gets."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from pastense.client.messages import Response
from pastense.errors import (
    ApiError,
    BadRequest,
    Conflict,
    DataInvalid,
    Forbidden,
    ManyRefused,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
    Unavailable,
)
from pastense.model import Refused

_BODY_SHOWN_CHARACTERS: Final = 200
_UNNAMED: Final = "unknown"
"""The code of a refusal that names none."""
_BY_CODE: Final = {
    error.code: error for error in ApiError.__subclasses__() if error is not ManyRefused
}
_LISTED: Final = frozenset({400, 422})
"""Under these an answer can hold refusals of several items; under any other they say one thing."""
_BY_STATUS: Final[dict[int, type[ApiError]]] = {
    **{error.status: error for error in ApiError.__subclasses__()},
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: BadRequest,
    422: DataInvalid,
    429: RateLimited,
    500: ServerError,
    503: Unavailable,
}
"""What an answer is called whose code is not known, or not under that status."""


def raise_for_status(response: Response) -> None:
    """Raise the error of an answer that is not 2xx."""
    if not 200 <= response.status < 300:
        raise error_of(response)


def error_of(response: Response) -> ApiError:
    """The error that an answer stands for: by its code where that fits the status, else by its
    status. A list of which several items were refused is `ManyRefused`."""
    refusals = _refusals(response) or [_unreadable(response)]
    error = _class_of(response.status, refusals).from_answer(response.status, refusals)
    error.request_id = _request_id(response)
    error.headers = [
        (n.encode("latin-1"), v.encode("latin-1")) for n, v in response.headers.items()
    ]
    return error


def _class_of(status: int, refusals: list[Refused]) -> type[ApiError]:
    named = _BY_CODE.get(refusals[0].code)
    if status in _LISTED and len(refusals) > 1:
        return ManyRefused
    if status == 422 and named is not None and named.status != status:
        return ManyRefused
    if named is not None and named.status == status:
        return named
    return _BY_STATUS.get(status, ServerError if status >= 500 else BadRequest)


def _refusals(response: Response) -> list[Refused]:
    items = _json(response).get("errors")
    if not isinstance(items, list):
        return []
    return [_refused(item) for item in items if isinstance(item, dict)]


def _refused(item: dict[str, Any]) -> Refused:
    field = item.get("field")
    return Refused(
        str(item.get("code") or _UNNAMED),
        str(item.get("message") or "The server gave no message"),
        None if field is None else str(field),
    )


def _request_id(response: Response) -> str | None:
    said = _json(response).get("request_id") or response.headers.get("x-request-id")
    return None if said is None else str(said)


def _json(response: Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}


def _unreadable(response: Response) -> Refused:
    """An answer that is no error list, as from a proxy: its beginning is shown. A redirect is not
    followed, since the token would go with it to wherever it leads."""
    if 300 <= response.status < 400:
        where = response.headers.get("location", "elsewhere")
        said = f"leads to {where}; redirects are not followed, give the right base_url"
        return Refused(_UNNAMED, f"HTTP {response.status} {said}")
    text = response.body[:_BODY_SHOWN_CHARACTERS].decode("utf-8", "replace").strip()
    said = f": {text}" if text else ""
    return Refused(_UNNAMED, f"HTTP {response.status} {response.reason}{said}".strip())
