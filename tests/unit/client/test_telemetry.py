"""Spans: where there are none, and what is said to one."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from opentelemetry import trace

from pastense.client.messages import Headers, Pause, Request, Response, Timeout
from pastense.client.telemetry import begin_span, traced
from pastense.errors import ConnectionFailed

REQUEST = Request("GET", "/me", (), None, Timeout())
ANSWER = Response(202, Headers(), b"")


class Kept:
    """A span that keeps what it is told."""

    def __init__(self) -> None:
        self.attributes: dict[str, object] = {}
        self.said: list[object] = []

    def set_attribute(self, key: str, value: object) -> None:
        self.attributes[key] = value

    def add_event(self, name: str, attributes: object) -> None:
        self.said.append((name, attributes))

    def set_status(self, status: object) -> None:
        self.said.append(status)

    def end(self) -> None:
        self.said.append("end")


def call():
    try:
        yield REQUEST
    except ConnectionFailed:
        yield Pause(1)
        yield REQUEST
    return "value"


def test_the_steps_are_the_same_and_the_span_ends_with_them():
    span = Kept()
    steps = traced(span, call())
    assert next(steps) is REQUEST
    assert isinstance(steps.throw(ConnectionFailed("x")), Pause)
    assert steps.send(None) is REQUEST
    assert "end" not in span.said
    with pytest.raises(StopIteration) as end:
        steps.send(ANSWER)
    assert end.value.value == "value"
    assert span.attributes == {"http.request.resend_count": 1, "http.response.status_code": 202}
    assert span.said == [
        ("attempt", {"error.type": "ConnectionFailed"}),
        ("attempt", {"http.response.status_code": 202}),
        "end",
    ]


def test_a_call_that_is_given_up_ends_its_span():
    span = Kept()
    steps = traced(span, call())
    next(steps)
    steps.close()
    assert span.attributes["error.type"] == "GeneratorExit"
    assert span.said == [trace.StatusCode.ERROR, "end"]


def test_a_package_that_is_not_there_or_half_loaded_is_no_matter(monkeypatch):
    monkeypatch.delitem(sys.modules, "opentelemetry.trace")
    assert begin_span("http://h", "GET", None, "/me") is None
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", ModuleType("opentelemetry.trace"))
    assert begin_span("http://h", "GET", None, "/me") is None


def test_where_nobody_traces_there_is_no_span(monkeypatch):
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    assert begin_span("http://h", "GET", None, "/me") is None
