"""One call as a generator: it yields what is to be sent or waited for, and is sent the answers.

No input or output happens here, so the synchronous and the asynchronous client share it. The two
drivers are `sync.drive` and `aio.drive`; where there was no answer they throw what was raised into
the generator.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

import msgspec

from pastense.client.answers import raise_for_status
from pastense.client.messages import Pause, Request, Response
from pastense.client.options import CallOptions, ClientOptions, all_headers
from pastense.client.retry import pause_before_retry
from pastense.client.telemetry import begin_span, traced
from pastense.errors import NoAnswer

T = TypeVar("T")
Steps = Generator[Request | Pause, Response | None, T]
"""A call under way: yields a `Request` and is sent its `Response`, or a `Pause`; returns T."""
_NOTHING: Final = CallOptions()
_encode: Final = msgspec.json.Encoder().encode
_log = logging.getLogger("pastense.client")
_log.addHandler(logging.NullHandler())


class Answer(msgspec.Struct, Generic[T], frozen=True):
    """A success: the answer as it came and what was read from it."""

    response: Response
    parsed: T


class Call(msgspec.Struct, Generic[T], frozen=True):
    """One call: what is asked, and how its answer is read. `body` is encoded as JSON. `template` is
    the path without what it names, for logs and spans; None where the path names nobody."""

    method: str
    path: str
    parse: Callable[[Response], T]
    query: Mapping[str, str] | None = None
    body: object = msgspec.UNSET
    options: CallOptions = _NOTHING
    template: str | None = None


def perform(client: ClientOptions, call: Call[T]) -> Steps[Answer[T]]:
    """Send a call, again where that may help. Raises `ApiError` for a refusal and `NoAnswer`
    where the last attempt had none. Where the application traces (OpenTelemetry), it is a span."""
    span = begin_span(client.base_url, call.method, call.template, call.path)
    steps = _perform(client, call)
    return steps if span is None else traced(span, steps)


def _perform(client: ClientOptions, call: Call[T]) -> Steps[Answer[T]]:
    request = build_request(client, call)
    retries = client.max_retries if call.options.max_retries is None else call.options.max_retries
    response = yield from send_with_retries(request, retries)
    raise_for_status(response)
    return Answer(response, call.parse(response))


def send_with_retries(request: Request, max_retries: int) -> Steps[Response]:
    """The last answer, whatever its status. Raises `NoAnswer` where the last attempt had none."""
    for attempt in range(max_retries + 1):
        outcome: Response | NoAnswer
        try:
            outcome = _answered((yield request))
        except NoAnswer as error:
            outcome = error
        pause_s = pause_before_retry(outcome, attempt) if attempt < max_retries else None
        if pause_s is None:
            break
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("%s: another attempt in %.2f s", _said(outcome), pause_s)
        yield Pause(pause_s)
    if isinstance(outcome, NoAnswer):
        raise outcome
    return outcome


def build_request(client: ClientOptions, call: Call[Any]) -> Request:
    """The request of a call; what the call says wins over what the client says."""
    options = call.options
    body = None if call.body is msgspec.UNSET else _encode(call.body)
    if options.headers or options.token or options.version:
        headers = all_headers(client, options, has_body=body is not None)
    else:
        headers = client.plain_headers if body is None else client.json_headers
    target = f"{call.path}?{urlencode(call.query)}" if call.query else call.path
    timeout = options.timeout or client.timeout
    return Request(call.method, target, headers, body, timeout)


def _answered(response: Response | None) -> Response:
    if response is None:
        raise RuntimeError("A driver must send the answer to the request that was yielded")
    return response


def _said(outcome: Response | NoAnswer) -> str:
    """What came of an attempt, with nothing that could name a person."""
    return f"HTTP {outcome.status}" if isinstance(outcome, Response) else type(outcome).__name__
