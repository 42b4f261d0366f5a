"""A server and both clients: each test that takes `client` runs with the one and the other."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pastense import Client
from pastense.client import aio, sync
from tests.support.awaited import awaited_client
from tests.support.inprocess import InProcess, in_process

KINDS = ["sync", "async"]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests must not lead them elsewhere."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with in_process(tmp_path_factory.mktemp("client")) as running:
        yield running


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def open_client(kind: str) -> Any:
    """Makes a client of either kind, seen as the synchronous one; a context manager."""

    @contextmanager
    def opened(token: str = "token", **given: Any) -> Iterator[Any]:
        if kind == "sync":
            with Client(token, **given) as client:
                yield client
        else:
            with awaited_client(token, **given) as client:
                yield client

    return opened


@pytest.fixture
def client(open_client: Any, server: InProcess) -> Iterator[Any]:
    with open_client(server.secret, base_url=f"http://127.0.0.1:{server.port}") as opened:
        yield opened


@pytest.fixture
def person(client: Any) -> str:
    """The external id of a contact that nobody else has."""
    name = f"user-{uuid.uuid4()}"
    client.contacts.create(external_id=name)
    return name


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses before further attempts, which are kept here and not waited for."""
    found: list[float] = []

    async def pause(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(sync.drive, "__defaults__", (found.append,))
    monkeypatch.setattr(aio.drive, "__defaults__", (pause,))
    return found
