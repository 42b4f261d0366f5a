"""OpenTelemetry: one client span per call, where the application traces; otherwise nothing.

Nothing is imported here. An application that traces has loaded the package; who has not, pays one
look into a dictionary. Names and attributes are those of the semantic conventions for HTTP. They
hold no body, no identifier of a person and no secret.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

from pastense.client.messages import Request, Response
from pastense.errors import ApiError, NoAnswer

T = TypeVar("T")
PORTS: Final = {"http": 80, "https": 443}


class Span(Protocol):
    """What is said to a span of OpenTelemetry."""

    def set_attribute(self, key: str, value: str | int) -> None:
        """Say something of the whole call."""

    def add_event(self, name: str, attributes: Mapping[str, str | int]) -> None:
        """Say something of one moment."""

    def set_status(self, status: object) -> None:
        """Say whether it failed."""

    def end(self) -> None:
        """It is over."""


def begin_span(base_url: str, method: str, template: str | None, path: str) -> Span | None:
    """A span that has begun, None where nobody traces. `template` stands for a path that names
    somebody; an empty one leaves the path out."""
    trace: Any = sys.modules.get("opentelemetry.trace")
    # Another thread may be about to load it: what it defines last says that it is whole.
    if not hasattr(trace, "use_span"):
        return None
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return None
    shown = path if template is None else template
    server = urlsplit(base_url)
    attributes = {
        "http.request.method": method,
        "server.address": server.hostname or "",
        "server.port": server.port or PORTS.get(server.scheme, 0),
    }
    if shown:
        attributes["url.template"] = shown
    span: Span = trace.get_tracer("pastense.client").start_span(
        f"{method} {shown}".strip(), kind=trace.SpanKind.CLIENT, attributes=attributes
    )
    return span


def traced(
    span: Span, steps: Generator[Any, Response | None, T]
) -> Generator[Any, Response | None, T]:
    """The same steps, with what becomes of them said to the span, which ends with them."""
    trace: Any = sys.modules["opentelemetry.trace"]
    try:
        result = yield from _observed(span, steps)
    except BaseException as error:
        span.set_attribute("error.type", _kind(error))
        span.set_status(trace.StatusCode.ERROR)
        raise
    else:
        return result
    finally:
        span.end()


def _observed(
    span: Span, steps: Generator[Any, Response | None, T]
) -> Generator[Any, Response | None, T]:
    attempts = 0
    try:
        step = next(steps)
        while True:
            try:
                answer = yield step
            except NoAnswer as error:
                attempts = _note(span, attempts, {"error.type": _kind(error)})
                step = steps.throw(error)
                continue
            if isinstance(step, Request) and answer is not None:
                status = answer.status
                attempts = _note(span, attempts, {"http.response.status_code": status})
                span.set_attribute("http.response.status_code", status)
            step = steps.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result


def _note(span: Span, attempts: int, outcome: Mapping[str, str | int]) -> int:
    """One attempt more, as an event of the span; the number of attempts."""
    span.add_event("attempt", outcome)
    if attempts:
        span.set_attribute("http.request.resend_count", attempts)
    return attempts + 1


def _kind(error: BaseException) -> str:
    """Low in number, as the conventions want it: a status, or the name of a class."""
    return str(error.status) if isinstance(error, ApiError) else type(error).__name__
