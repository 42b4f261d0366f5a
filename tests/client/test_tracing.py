"""Spans of OpenTelemetry, with its real SDK and an exporter that keeps them.

The provider of a process can be set once only, so each test puts its own in its place and takes
it away again.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pastense import AsyncClient, Client
from pastense.errors import ConnectionFailed, NotFound, ServerError
from tests.support.scripted_server import ACCEPTED, Exchange, answer, scripted_server

CONTACT = answer(200, b'{"id":"c1"}')


@pytest.fixture
def provider(monkeypatch) -> TracerProvider:
    made = TracerProvider(shutdown_on_exit=False)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", made)
    return made


@pytest.fixture
def spans(provider):
    """Those that have ended, in that order."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter.get_finished_spans


def attempts(span) -> list[object]:
    """What came of each attempt: a status, or the name of an error."""
    assert {event.name for event in span.events} == {"attempt"}
    return [next(iter(event.attributes.values())) for event in span.events]


def test_a_call_is_a_span(open_client, spans):
    with scripted_server() as server, open_client(base_url=server.base_url) as client:
        client.events.create("did", user_id="ada")
    [span] = spans()
    assert span.name == "POST /events"
    assert span.kind is trace.SpanKind.CLIENT
    assert span.status.status_code is trace.StatusCode.UNSET
    assert span.instrumentation_scope.name == "pastense.client"
    assert dict(span.attributes) == {
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "url.template": "/events",
        "http.response.status_code": 202,
    }
    assert attempts(span) == [202]


def test_attempts_are_counted(open_client, spans, pauses):
    def reset(exchange: Exchange) -> None:
        exchange.reset()

    with scripted_server(answer(503), reset, ACCEPTED) as server:
        with open_client(base_url=server.base_url) as client:
            client.events.create("did", user_id="ada")
    [span] = spans()
    assert attempts(span) == [503, "ConnectionFailed", 202]
    assert span.attributes["http.request.resend_count"] == 2
    assert span.attributes["http.response.status_code"] == 202
    assert span.status.status_code is trace.StatusCode.UNSET


@pytest.mark.parametrize(
    ("answered", "error", "kind_of_error"),
    [(answer(404), NotFound, "404"), (answer(500), ServerError, "500")],
)
def test_a_refusal_is_an_error_of_the_span(open_client, spans, answered, error, kind_of_error):
    with scripted_server(answered) as server:
        with open_client(base_url=server.base_url, max_retries=0) as client:
            with pytest.raises(error):
                client.events.create("did", user_id="ada")
    [span] = spans()
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.attributes["error.type"] == kind_of_error


def test_a_server_that_is_not_there_is_an_error_of_the_span(open_client, spans):
    with scripted_server() as server:
        pass
    with open_client(base_url=server.base_url, max_retries=0) as client:
        with pytest.raises(ConnectionFailed):
            client.me()
    [span] = spans()
    assert span.attributes["error.type"] == "ConnectionFailed"
    assert "http.response.status_code" not in span.attributes


def test_a_span_names_no_person_and_no_secret(open_client, spans):
    listing = answer(200, b'{"data":[],"events":[],"id":"c1"}')
    with scripted_server(listing) as server:
        with open_client("pst_secret", base_url=server.base_url, max_retries=0) as client:
            user = client.users.find(user_id="ada-1")
            user.track_event("did", metadata={"card": "4111"})
            list(user.events())
            client.contacts.get("ada-2")
            client.contacts.find(external_id="ada-3")
            with pytest.raises(NotFound):
                client.contacts.find(email="ada-4@example.org")
            client.contacts.archive("ada-5")
            client.tags.attach("ada-6", "7")
            client.tags.detach("ada-7", "8")
            client.request("GET", "/visitors/ada-8", query={"user_id": "ada-9"})
    said = "".join(span.to_json() for span in spans())
    for hidden in ("ada-", "4111", "pst_secret"):
        assert hidden not in said
    assert [span.name for span in spans()] == [
        "POST /events",
        "GET /events",
        "GET /contacts/{contact_id}",
        "GET /contacts/find_by_external_id/{external_id}",
        "POST /contacts/search",
        "POST /contacts/{contact_id}/archive",
        "POST /contacts/{contact_id}/tags",
        "DELETE /contacts/{contact_id}/tags/{tag_id}",
        "GET",
    ]


def test_a_span_belongs_to_what_the_application_does(open_client, spans, provider):
    tracer = provider.get_tracer("of.the.application")
    with scripted_server() as server, open_client(base_url=server.base_url) as client:
        with tracer.start_as_current_span("checkout") as checkout:
            client.events.create("did", user_id="ada")
    call, _ = spans()
    assert call.parent.span_id == checkout.get_span_context().span_id


def test_each_page_is_a_span(open_client, spans):
    pages = [
        answer(200, b'{"data":[{"id":"1"}],"pages":{"next":{"starting_after":"x"}}}'),
        answer(200, b'{"data":[]}'),
    ]
    with scripted_server(*pages) as server, open_client(base_url=server.base_url) as client:
        list(client.contacts.list())
    assert [span.name for span in spans()] == ["GET /contacts"] * 2


def test_a_cancelled_call_ends_its_span(spans):
    async def cancelled() -> None:
        async with AsyncClient("t", base_url=server.base_url) as client:
            task = asyncio.ensure_future(client.me())
            while not server.requests:
                await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            [span] = spans()
            assert span.attributes["error.type"] == "CancelledError"

    with scripted_server(lambda exchange: server.hang(exchange)) as server:
        asyncio.run(cancelled())


def test_an_interruption_while_a_pause_is_waited_for_ends_the_span(spans, monkeypatch):
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pastense.client.sync.drive.__defaults__", (interrupted,))
    with scripted_server(answer(503)) as server, Client("t", base_url=server.base_url) as client:
        with pytest.raises(KeyboardInterrupt):
            client.me()
        [span] = spans()
    assert span.attributes["error.type"] == "KeyboardInterrupt"


def test_without_a_provider_there_is_no_span(open_client, monkeypatch):
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    monkeypatch.setattr(trace, "get_tracer", None)
    with scripted_server() as server, open_client(base_url=server.base_url) as client:
        client.events.create("did", user_id="ada")
    assert len(server.requests) == 1


ALONE = """
import sys
from pastense import Client
with Client("token", base_url=sys.argv[1]) as client:
    client.events.create("did", user_id="ada")
assert not any(name.split(".")[0] == "opentelemetry" for name in sys.modules)
"""


def test_the_client_does_not_load_the_package_by_itself():
    with scripted_server() as server:
        arguments = [sys.executable, "-c", ALONE, server.base_url]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(server.requests) == 1
