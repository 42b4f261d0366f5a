"""A real server of ours for each module, and a canned one for each test that looks at bytes."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator

import pytest

from pastense.compat import AsyncRawDataEventsClient, ClientOptions, Intercom
from tests.compat.canned import Canned, canned
from tests.support.inprocess import InProcess, in_process


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[InProcess]:
    """A server with the user "u1"; every test brings a user of its own where it matters."""
    with in_process(tmp_path_factory.mktemp("compat")) as running:
        yield running


@pytest.fixture(scope="module")
def base_url(server) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def intercom(server, base_url) -> Iterator[Intercom]:
    """The generated surface, on the server."""
    with Intercom(api_key=server.secret, host=base_url) as client:
        yield client


_users = itertools.count(1)


@pytest.fixture
def user(server) -> str:
    """A fresh user's `user_id`; the email is the same at example.org."""
    name = f"person-{next(_users)}"
    made = {"role": "user", "external_id": name, "email": f"{name}@example.org"}
    assert server.call("POST", "/contacts", made).status == 200
    return name


@pytest.fixture
def fake() -> Iterator[Canned]:
    with canned() as running:
        yield running


@pytest.fixture
def raw(server, base_url):
    """Runs one coroutine function with a raw client on the server, and closes it."""

    def run(use, token=None, url=base_url, **options):
        async def inside():
            given = ClientOptions(base_url=url, token=token or server.secret, **options)
            async with AsyncRawDataEventsClient(given) as client:
                return await use(client)

        return asyncio.run(inside())

    return run
