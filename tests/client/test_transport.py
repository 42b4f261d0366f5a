"""Both transports over real sockets: connections used again, faults, time, large bodies, forks."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import threading
import time

import pytest

from pastense import AsyncClient, Client
from pastense.client import aio_http, http
from pastense.client.aio_http import AioTransport
from pastense.client.http import HttpTransport
from pastense.client.messages import Request, Timeout
from pastense.errors import ConnectionFailed, TimedOut
from tests.support.scripted_server import ACCEPTED, answer, scripted_server

ME = answer(200, b'{"type":"admin","id":"1"}')


class BothKinds:
    """A transport of either kind, used from code that does not wait."""

    def __init__(self, kind, base_url, **given):
        self._runner = asyncio.Runner() if kind == "async" else None
        make = HttpTransport if kind == "sync" else AioTransport
        self._transport = make(base_url, **given)

    def send(self, method="GET", target="/me", headers=(), body=None, timeout=(5.0, 5.0)):
        sent = self._transport.send(Request(method, target, headers, body, Timeout(*timeout)))
        return sent if self._runner is None else self._runner.run(sent)

    def wait(self):
        """Let what the server does of its own accord arrive, and the event loop see it."""
        time.sleep(0.05)
        if self._runner is not None:
            self._runner.run(asyncio.sleep(0.05))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        closed = self._transport.close()
        if self._runner is not None:
            self._runner.run(closed)
            self._runner.close()


@pytest.fixture
def transport(kind):
    return lambda base_url, **given: BothKinds(kind, base_url, **given)


def test_what_is_sent_and_what_comes_back(transport):
    said = answer(404, b'{"a":1}', X_Request_Id="r", Set_Cookie="c=1")
    with scripted_server(said) as server, transport(f"{server.base_url}/under") as ours:
        got = ours.send("POST", "/x?a=b%20c", (("X-Ours", "1"),), b"{}")
        ours.send("GET", "/x")
    sent, second = server.requests
    assert (sent.line, sent.body) == ("POST /under/x?a=b%20c HTTP/1.1", b"{}")
    assert sent.headers["x-ours"] == "1"
    assert sent.headers["host"] == f"127.0.0.1:{server.port}"
    assert set(sent.headers) <= {"host", "x-ours", "content-length", "accept-encoding"}
    assert sent.headers.get("accept-encoding", "identity") == "identity"
    assert set(second.headers) <= {"host", "accept-encoding"}
    assert (got.status, got.reason, got.body) == (404, "Words", b'{"a":1}')
    assert got.headers["x-request-id"] == "r"


def test_a_connection_is_used_again(transport):
    with scripted_server(ACCEPTED) as server, transport(server.base_url) as ours:
        for _ in range(5):
            ours.send("POST", "/events", (), b"{}")
        assert server.connections == 1


@pytest.mark.parametrize("last", [answer(200, Connection="close"), b"HTTP/1.0 200 OK\r\n\r\n"])
def test_a_connection_that_ends_with_its_answer_is_not(transport, last):
    actions = [lambda exchange: exchange.sock.sendall(last), ACCEPTED]
    with scripted_server(*actions) as server, transport(server.base_url) as ours:
        assert [ours.send().status, ours.send().status] == [200, 202]
        assert server.connections == 2


def test_a_connection_that_the_server_closed_meanwhile_is_opened_anew(transport):
    with scripted_server(ACCEPTED) as server, transport(server.base_url) as ours:
        ours.send()
        server.drop_idle()
        ours.wait()
        assert ours.send("POST", "/events", (), b"{}").status == 202
        assert server.connections == 2


def test_a_refusal_that_comes_with_the_end_of_an_idle_connection_is_nobodys_answer(transport):
    """Some proxies say 408 before they close a connection that was idle for long."""

    def end(exchange):
        exchange.sock.sendall(ACCEPTED)
        time.sleep(0.03)
        exchange.sock.sendall(answer(408, b"not for you"))

    with scripted_server(end, ACCEPTED) as server, transport(server.base_url) as ours:
        ours.send()
        ours.wait()
        assert ours.send("POST", "/events", (), b"{}").status == 202


def test_closing_is_not_for_ever(open_client):
    with scripted_server(ME) as server, open_client(base_url=server.base_url) as client:
        client.me()
        client.close()
        client.me()
        assert server.connections == 2


BROKEN = {
    "reset": lambda exchange: exchange.reset(),
    "nothing": lambda exchange: None,
    "cut in the head": lambda exchange: exchange.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "cut in the body": lambda exchange: exchange.sock.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    ),
    "cut in a chunk": lambda exchange: exchange.sock.sendall(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf"
    ),
    "no HTTP": lambda exchange: exchange.sock.sendall(b"220 mail.example ESMTP\r\n"),
}


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_no_answer(transport, fault):
    with scripted_server(fault, ACCEPTED) as server, transport(server.base_url) as ours:
        with pytest.raises(ConnectionFailed, match=f"127.0.0.1:{server.port} broke"):
            ours.send(target="/events?email=secret%40example.org")
        assert len(server.requests) == 1
        assert ours.send().status == 202


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_no_error_names_whom_the_address_names(transport, fault):
    with scripted_server(fault) as server, transport(server.base_url) as ours:
        with pytest.raises(ConnectionFailed) as failed:
            ours.send(target="/events?email=secret%40example.org")
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize(
    "body",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
    ],
)
def test_the_ways_a_body_comes(transport, body):
    with scripted_server(body) as server, transport(server.base_url) as ours:
        assert [ours.send().body, ours.send().body] == [b"abcde", b"abcde"]
        assert server.connections == 1


def test_silence_is_ended(transport):
    def half(exchange):
        exchange.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        server.hang(exchange)

    with scripted_server(half) as server, transport(server.base_url) as ours:
        for action in (half, server.hang):
            server.script[:] = [action]
            begun = time.monotonic()
            with pytest.raises(TimedOut, match=r"did not answer within 0.2 s"):
                ours.send(timeout=(5.0, 0.2))
            assert time.monotonic() - begun < 2
        server.script[:] = [ACCEPTED]
        assert ours.send().status == 202


def test_a_server_that_does_not_read_is_not_waited_for_without_end(transport):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        with transport(f"http://127.0.0.1:{deaf.getsockname()[1]}") as ours:
            with pytest.raises(TimedOut, match="did not answer"):
                ours.send("POST", "/events/bulk", (), b"x" * 30_000_000, timeout=(0.2, 0.2))
            # Only the end of the server frees what asyncio still means to send.
            deaf.close()
            ours.wait()


def test_a_slow_answer_may_take_longer_than_a_silence(transport):
    def drip(exchange):
        exchange.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        for _ in range(6):
            time.sleep(0.12)
            exchange.sock.sendall(b"x")

    with scripted_server(drip) as server, transport(server.base_url) as ours:
        assert ours.send(timeout=(5.0, 0.6)).body == b"x" * 6


def test_nobody_there(transport):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with transport(f"http://127.0.0.1:{port}") as ours:
        with pytest.raises(ConnectionFailed, match=f"No connection to 127.0.0.1:{port}: Conn"):
            ours.send()


def test_a_name_that_is_none(transport):
    with transport("http://nobody.invalid") as ours:
        with pytest.raises(ConnectionFailed, match=r"No connection to nobody\.invalid"):
            ours.send()


def test_a_connection_that_is_not_accepted_is_not_waited_for_without_end(transport):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(2)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(address)
        try:
            with transport(f"http://127.0.0.1:{address[1]}") as ours:
                with pytest.raises(TimedOut, match=r"No connection to .* within 0.2 s"):
                    ours.send(timeout=(0.2, 5.0))
        finally:
            for sock in waiting:
                sock.close()


def test_a_server_that_refuses_early_is_heard(transport):
    """It answers and closes while the body is still on its way."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse():
            sock, _ = listener.accept()
            with sock:
                sock.recv(100)
                sock.sendall(answer(413, b"too long"))
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(1 << 20):
                    pass

        thread = threading.Thread(target=refuse)
        thread.start()
        with transport(f"http://127.0.0.1:{listener.getsockname()[1]}") as ours:
            assert ours.send("POST", "/events", (), b"x" * 3_000_000).status == 413
        thread.join(10)


def test_a_large_body_is_sent_whole(transport):
    body = os.urandom(3_000_000)
    with scripted_server(ACCEPTED) as server, transport(server.base_url) as ours:
        ours.send("POST", "/events/bulk", (), body)
    assert server.requests[0].body == body


def test_an_answer_has_a_bound(transport, kind, monkeypatch):
    monkeypatch.setattr(http if kind == "sync" else aio_http, "ANSWER_BYTES_MAX", 1000)
    with scripted_server(answer(200, b"x" * 1001)) as server, transport(server.base_url) as ours:
        with pytest.raises(ConnectionFailed, match="over 1,000 bytes"):
            ours.send()
        server.script[:] = [answer(200, b"x" * 1000)]
        assert len(ours.send().body) == 1000


@pytest.mark.parametrize("target", ["/a b", "/a\r\nX-Evil: 1", "a", "/\xe9", "//evil\n"])
def test_what_would_end_a_line_is_refused(transport, target):
    with scripted_server() as server, transport(server.base_url) as ours:
        with pytest.raises(ValueError, match="percent-encoded"):
            ours.send(target=target)
        with pytest.raises(ValueError):
            ours.send(headers=(("X-Ours", "a\r\nX-Evil: 1"),))
        assert ours.send().status == 202
    assert len(server.requests) == 1


def test_many_threads_share_one_client():
    with scripted_server(ME) as server, Client("t", base_url=server.base_url) as client:
        failures = []

        def use():
            try:
                for _ in range(20):
                    client.me()
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=use) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert len(server.requests) == 160
        assert server.connections <= 8


def test_many_tasks_share_one_client():
    async def use(base_url):
        async with AsyncClient("t", base_url=base_url) as client:
            await asyncio.gather(*(client.me() for _ in range(20)))
            await asyncio.gather(*(client.me() for _ in range(20)))

    with scripted_server(ME) as server:
        asyncio.run(use(server.base_url))
        assert len(server.requests) == 40
        assert server.connections <= 20


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_each_event_loop_has_its_own_connections():
    """Those of a loop that ended before the client was closed are freed with it."""
    with scripted_server(ME) as server:
        client = AsyncClient("t", base_url=server.base_url)

        async def use():
            return await client.me()

        for _ in range(3):
            assert asyncio.run(use()).id == "1"
        assert server.connections == 3
        asyncio.run(client.close())
        gc.collect()


def test_a_cancelled_call_leaves_the_client_usable():
    async def use(server):
        async with AsyncClient("t", base_url=server.base_url) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await client.me()
            server.script[:] = [ME]
            return await client.me()

    with scripted_server() as server:
        server.script[:] = [server.hang]
        assert asyncio.run(use(server)).id == "1"


def test_parent_and_child_of_a_fork_do_not_share_connections():
    with scripted_server(ME) as server, Client("t", base_url=server.base_url) as client:
        client.me()
        child = os.fork()
        if child == 0:
            try:
                client.me()
                os._exit(0 if client.me().id == "1" else 1)
            except BaseException:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        client.me()
        by_connection = [request.connection for request in server.requests]
    assert by_connection == [1, 2, 2, 1]


def test_a_child_of_a_fork_uses_an_asynchronous_client_anew():
    with scripted_server(ME) as server:
        client = AsyncClient("t", base_url=server.base_url)

        async def use():
            return await client.me()

        with asyncio.Runner() as runner:
            runner.run(use())
            child = os.fork()
            if child == 0:
                try:
                    os._exit(0 if asyncio.run(use()).id == "1" else 1)
                except BaseException:
                    os._exit(2)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            runner.run(use())
            runner.run(client.close())
        by_connection = [request.connection for request in server.requests]
    assert by_connection == [1, 2, 1]
