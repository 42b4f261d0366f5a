"""A client among others: the environment, transports, threads, event loops, processes, logs."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from pastense import AsyncClient, Client, Headers, Request, Response
from pastense.errors import ConnectionFailed, NotFound
from tests.support.awaited import awaited_client
from tests.support.scripted_server import ACCEPTED, answer, scripted_server

ME = answer(200, b'{"id":"1"}')
OPENED = {"sync": Client, "async": awaited_client}


def url(server) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
def name(server) -> str:
    """The external id of a contact that nobody else has."""
    made = f"user-{uuid.uuid4()}"
    assert server.call("POST", "/contacts", {"external_id": made}).status == 200
    return made


def test_the_environment_stands_in_for_what_is_left_out(kind, monkeypatch):
    with scripted_server(ME) as server:
        monkeypatch.setenv("PASTENSE_URL", f"{server.base_url}/of/the/environment/")
        monkeypatch.setenv("PASTENSE_TOKEN", "from-there")
        with OPENED[kind]() as client:
            client.me()
        with OPENED[kind]("given", base_url=server.base_url) as client:
            client.me()
    first, second = server.requests
    assert first.line == "GET /of/the/environment/me HTTP/1.1"
    assert first.headers["authorization"] == "Bearer from-there"
    assert (second.line, second.headers["authorization"]) == ("GET /me HTTP/1.1", "Bearer given")


@pytest.mark.parametrize("made", [Client, AsyncClient])
def test_without_a_token_or_a_server_nothing_is_guessed(made, monkeypatch):
    monkeypatch.delenv("PASTENSE_URL", raising=False)
    monkeypatch.delenv("PASTENSE_TOKEN", raising=False)
    with pytest.raises(ValueError, match="PASTENSE_TOKEN"):
        made(base_url="http://127.0.0.1:1")
    with pytest.raises(ValueError, match="PASTENSE_URL"):
        made("token")


class Recorder:
    """A transport of the caller's own: no network, one answer for all."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.closed = 0

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(202, Headers({"X-Request-Id": "r-1"}), b"")

    def close(self) -> None:
        self.closed += 1


class AsyncRecorder(Recorder):
    """The same for an event loop."""

    async def send(self, request: Request) -> Response:
        return super().send(request)

    async def close(self) -> None:
        super().close()


RECORDERS = {"sync": Recorder, "async": AsyncRecorder}


def test_a_transport_of_the_callers_own_gets_every_request(kind, open_client):
    transport = RECORDERS[kind]()
    with open_client("secret", base_url="https://api.example/p", transport=transport) as client:
        receipt = client.events.create("did", user_id="ada", created_at=7)
        assert transport.closed == 0
    assert transport.closed == 1
    assert receipt.request_id == "r-1"
    [request] = transport.requests
    assert (request.method, request.target) == ("POST", "/events")
    assert request.body == b'{"event_name":"did","created_at":7,"user_id":"ada"}'
    assert ("Authorization", "Bearer secret") in request.headers


def test_how_to_reach_the_server_is_not_said_to_a_transport_in_vain(kind):
    transport = RECORDERS[kind]()
    for given in ({"proxy": "http://127.0.0.1:1"}, {"ca_file": "x.pem"}):
        with pytest.raises(ValueError, match="built-in transport"):
            {"sync": Client, "async": AsyncClient}[kind](
                "token", base_url="http://127.0.0.1:1", transport=transport, **given
            )


def test_a_client_that_was_closed_opens_anew(open_client):
    with scripted_server(ME) as server, open_client(base_url=server.base_url) as client:
        client.me()
        client.me()
        client.close()
        client.close()
        client.me()
    assert [request.connection for request in server.requests] == [1, 1, 2]


def test_a_client_works_from_many_threads(server, name):
    with Client(server.secret, base_url=url(server)) as shared, ThreadPoolExecutor(8) as pool:
        user = shared.users.find(user_id=name)
        ids = list(pool.map(lambda n: user.track_event(f"did-{n % 40}").event_id, range(80)))
        assert len(user.summaries()) == 40
    assert all(ids)


def test_a_call_does_not_wait_for_another_thread():
    def late(exchange):
        server.hang(exchange)
        return ACCEPTED

    with scripted_server(late, ME) as server, Client("t", base_url=server.base_url) as client:
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(client.events.create, "did", user_id="u")
            while not server.requests:
                os.sched_yield()
            assert client.me().id == "1"
            assert not waiting.done()
            server.released.set()
            assert waiting.result(10).event_id is None


def test_an_asynchronous_client_works_from_two_loops_at_once(server):
    with awaited_client(server.secret, base_url=url(server)) as first:
        inner = first._inner
        assert first.me().id

        def elsewhere() -> str:
            async def ask() -> str:
                found = (await inner.me()).id
                await inner.close()
                return found

            return asyncio.run(ask())

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(elsewhere).result() == first.me().id
        assert first.me().id


def test_many_calls_of_one_loop_run_at_once(server):
    async def ask() -> int:
        async with AsyncClient(server.secret, base_url=url(server)) as client:
            found = await asyncio.gather(*[client.me() for _ in range(30)])
            return len({me.id for me in found})

    assert asyncio.run(ask()) == 1


FORKING = """
import asyncio, os, sys
from pastense import AsyncClient, Client

base_url, token, person = sys.argv[1:]
sync, aio = Client(token, base_url=base_url), AsyncClient(token, base_url=base_url)


async def track(name):
    await aio.events.create(name, user_id=person)
    await aio.close()


def both(who):
    for n in range(5):
        sync.events.create(f"{who}-sync-{n}", user_id=person)
    asyncio.run(track(f"{who}-async"))


both("before")
child = os.fork()
both("child" if child == 0 else "parent")
if child == 0:
    sync.close()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
sync.close()
"""


def test_parent_and_child_both_work_after_a_fork(server, name):
    arguments = [sys.executable, "-W", "error", "-c", FORKING, url(server), server.secret, name]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        len(server.call("GET", f"/events?type=user&user_id={name}&summary=1").json["events"]) == 18
    )


def test_secrets_do_not_show(open_client, monkeypatch):
    secret, header = "pst_1234567890", "header-5678"
    given = {"headers": {"X-Key": header}}
    with scripted_server(answer(401), ME) as server:
        with open_client(secret, base_url=server.base_url, **given) as client:
            with pytest.raises(Exception, match="401") as refused:
                client.me()
            inner = getattr(client, "_inner", client)
            user = inner.users.find(user_id="ada")
            shown = [repr(inner), repr(inner.events), repr(user), repr(inner.with_raw_response)]
            shown += [repr(inner._context), repr(refused.value), str(refused.value)]
            shown += [repr(vars(inner))]
    for text in shown:
        assert secret not in text
        assert header not in text
    assert inner._context.token == secret


@pytest.mark.parametrize("made", [Client, AsyncClient])
def test_a_token_in_the_wrong_place_is_not_shown(made):
    for given in (
        {"token": "t", "base_url": "pst_1234567890"},
        {"token": "t", "base_url": "http://u:pst_1234567890@host"},
        {"token": "pst_1234567890\n", "base_url": "http://host"},
        {"token": "t", "base_url": "http://host", "headers": {"X-Key": "pst_1234567890\r\n"}},
    ):
        with pytest.raises(ValueError, match=r"base_url|token|X-Key") as caught:
            made(**given)
        assert "pst_1234567890" not in str(caught.value)


def test_a_failed_connection_shows_no_secret(open_client, pauses):
    with scripted_server() as server:
        pass
    with open_client("pst_1234567890", base_url=server.base_url) as client:
        with pytest.raises(ConnectionFailed) as caught:
            client.events.create("did", user_id="ada@example.org", metadata={"card": "4111"})
    for hidden in ("pst_1234567890", "ada@", "4111"):
        assert hidden not in str(caught.value)


QUIET = """
import sys
from pastense import Client
from pastense.errors import ApiError
client = Client("token", base_url=sys.argv[1], max_retries=0)
for _ in range(2):
    try:
        client.contacts.update("c1", name="Ada")
    except ApiError:
        pass
client.close()
"""


def test_the_library_is_quiet_where_nobody_asks_for_its_log():
    partly = answer(200, b'{"id":"c1"}', Pastense_Ignored_Fields="name")
    with scripted_server(partly, answer(503)) as server:
        arguments = [sys.executable, "-W", "error", "-c", QUIET, server.base_url]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(server.requests) == 2
    handlers = logging.getLogger("pastense.client").handlers
    assert any(isinstance(handler, logging.NullHandler) for handler in handlers)


def test_a_person_that_is_not_there_is_no_matter_until_a_call(client):
    user = client.users.find(user_id="never-seen")
    with pytest.raises(NotFound):
        user.track_event("did")
