"""A server per module for tests that leave nothing behind, and one per test for the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pastense.service.administration.workspaces import create_workspace
from pastense.web.direct import ShortCycle
from pastense.web.protocol import GuardedProtocol
from tests.http.ways import LONG, Caller, Ways, event
from tests.support.inprocess import InProcess, in_process


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """One server for the module; tests that use it must not depend on each other."""
    with in_process(tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture
def apart(shared: InProcess) -> InProcess:
    """The module's server with an empty workspace of the test's own; the clock is the module's."""
    workspace = create_workspace(shared.store.workspaces, shared.clock, "apart")
    token = shared.make_token(workspace=workspace)
    return replace(shared, workspace=workspace, secret=token)


@pytest.fixture
def server(tmp_path) -> Iterator[InProcess]:
    """A server of the test's own."""
    with in_process(tmp_path) as running:
        yield running


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Ways:
    """Counted where a request begins on its way."""
    counted = Ways()
    begin, start = ShortCycle.begin, HttpToolsProtocol._start_asgi_task
    parse = GuardedProtocol.on_headers_complete

    def counted_begin(cycle: ShortCycle, body: bytes) -> bool:
        begun = begin(cycle, body)
        counted.short += begun
        return begun

    def counted_parse(connection: GuardedProtocol) -> None:
        counted.parsed += 1
        parse(connection)

    def counted_start(*arguments: object) -> None:
        counted.long += 1
        start(*arguments)

    monkeypatch.setattr(ShortCycle, "begin", counted_begin)
    monkeypatch.setattr(GuardedProtocol, "on_headers_complete", counted_parse)
    monkeypatch.setattr(HttpToolsProtocol, "_start_asgi_task", counted_start)
    return counted


@pytest.fixture
def caller(server: InProcess, ways: Ways, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    """A connection whose token the server has looked up for the whole of the test."""
    monkeypatch.setattr("pastense.web.state.TOKEN_CACHE_S", 60.0)
    made = Caller(server)
    made.send(LONG, event("warm"))
    assert made.answer().startswith(b"HTTP/1.1 202")
    ways.short = ways.long = ways.parsed = 0
    yield made
    made.socket.close()
