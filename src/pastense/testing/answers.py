"""The answers that the sandbox gives itself: those of faults, and those of its own calls."""

from __future__ import annotations

import time
from typing import Final

import msgspec

from pastense.bucket import window_limit
from pastense.errors import ApiError, Unauthorized
from pastense.model import Refused
from pastense.profiles import PROFILES
from pastense.testing.faults import Fault
from pastense.web.errors import error_body
from pastense.web.exchange import BODY_HEADERS, NO_BODY, PASTENSE_HEADER, Answer, Header

_SENTENCES: Final = {error.code: error.sentence for error in ApiError.__subclasses__()}
_CODES: Final[dict[int, str]] = {
    **{error.status: error.code for error in reversed(ApiError.__subclasses__())},
    422: "data_invalid",
}
"""The code that an answer of a status has, unless the fault names one."""
_OTHER_CODES: Final = {4: "bad_request", 5: "server_error"}


def fault_answer(fault: Fault, request_id: str) -> Answer:
    """The answer of `fail_next`, in the shape of any other refusal."""
    code = fault.code or _CODES.get(fault.status) or _OTHER_CODES[fault.status // 100]
    message = fault.message or _SENTENCES.get(code, ApiError.sentence)
    headers: list[Header] = []
    if fault.status == Unauthorized.status:
        headers += Unauthorized().headers
    if fault.retry_after_s is not None:
        headers.append((b"retry-after", str(fault.retry_after_s).encode()))
    if fault.status == 429:
        headers += _rate_headers(fault.retry_after_s)
    return Answer(fault.status, error_body([Refused(code, message)], request_id), (*headers,))


def json_answer(status: int, value: object) -> Answer:
    """An answer with JSON."""
    return Answer(status, msgspec.json.encode(value))


def error_answer(error: ApiError, request_id: str) -> Answer:
    """The answer of a call that was refused."""
    return Answer(error.status, error_body(error.refusals, request_id), tuple(error.headers))


def headers_of(answer: Answer, request_id: str) -> list[Header]:
    """All headers of an answer that did not come from the server itself."""
    length = (b"content-length", str(len(answer.body)).encode())
    body = [*BODY_HEADERS, length] if answer.body else [NO_BODY]
    return [(b"x-request-id", request_id.encode()), PASTENSE_HEADER, *answer.headers, *body]


def _rate_headers(retry_after_s: int | None) -> list[Header]:
    """As if the window of ten seconds were full, and over within a second unless said otherwise.
    The client compares the end with the machine's time, not with the sandbox's clock."""
    limit = window_limit(PROFILES["like-intercom"]["rate_limit_per_minute"])
    reset_at = int(time.time()) + (1 if retry_after_s is None else retry_after_s)
    return [
        (b"x-ratelimit-limit", str(limit).encode()),
        (b"x-ratelimit-remaining", b"0"),
        (b"x-ratelimit-reset", str(reset_at).encode()),
    ]
