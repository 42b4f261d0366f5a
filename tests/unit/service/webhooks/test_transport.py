"""Requests over real sockets: the deadline, redirects, addresses, TLS, connections used again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pastense.service.webhooks import connection, targets, transport
from pastense.service.webhooks.transport import Sender, status_problem
from tests.support.certificates import make_certificate, needs_openssl, server_context
from tests.support.receiver import Receiver

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BODY = b'{"data":{"item":{}}}'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as up:
        yield up


@pytest.fixture
def sender() -> Iterator[Sender]:
    made = Sender(private_targets=True, timeout_s=5)
    yield made
    made.close()


class Rude:
    """A server that does with each connection whatever it is told."""

    def __init__(self, treat: Callable[[socket.socket], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self.connections = 0
        self._treat = treat
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self._treat(connection)

    def __enter__(self) -> Rude:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def drip(data: bytes, pause_s: float = 0.05) -> Callable[[socket.socket], None]:
    """One byte after the other."""

    def treat(connection: socket.socket) -> None:
        connection.recv(65536)
        for index in range(len(data)):
            connection.sendall(data[index : index + 1])
            time.sleep(pause_s)

    return treat


def test_a_request_is_whole_and_its_answer_counts(receiver, sender):
    reply = sender.post(receiver.url + "?a=b", BODY, {"Content-Type": "application/json"})
    (received,) = receiver.received
    assert (reply.status, reply.problem, reply.delivered) == (200, None, True)
    assert (received.path, received.body) == ("/hook?a=b", BODY)
    assert received.headers == {
        "host": receiver.url.split("/")[2],
        "content-type": "application/json",
        "content-length": str(len(BODY)),
    }


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_status_that_begins_with_2_is_a_success(status):
    assert status_problem(status) is None


@pytest.mark.parametrize("status", [300, 304, 400, 404, 410, 429, 500, 503, 199, 600])
def test_every_other_status_is_a_failure(receiver, sender, status):
    assert f"HTTP {status}" in status_problem(status)
    if status >= 400 and status < 600:
        receiver.judge(lambda _: status)
        reply = sender.post(receiver.url, BODY, {})
        assert (reply.status, reply.problem) == (status, f"HTTP {status}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver, sender, status):
    with Receiver() as elsewhere:
        receiver.judge(lambda _: status)
        receiver.extra_headers = {"Location": elsewhere.url}
        reply = sender.post(receiver.url, BODY, {})
        assert reply.status == status
        assert "redirect" in reply.problem
        assert elsewhere.connections == 0


def test_a_connection_is_used_again(receiver, sender):
    for _ in range(5):
        assert sender.post(receiver.url, BODY, {}).delivered
    assert (len(receiver.received), receiver.connections) == (5, 1)


def test_a_connection_that_was_closed_meanwhile_is_made_anew(receiver, sender):
    assert sender.post(receiver.url, BODY, {}).delivered
    receiver.down()
    receiver.up()
    assert sender.post(receiver.url, BODY, {}).delivered
    assert receiver.connections == 2


def test_a_connection_is_not_used_for_another_target(receiver, sender):
    with Receiver() as other:
        for url in (receiver.url, other.url, receiver.url):
            assert sender.post(url, BODY, {}).delivered
    assert (receiver.connections, other.connections) == (2, 1)


@pytest.mark.parametrize("limit", ["IDLE_S", "KEPT_S"])
def test_an_old_connection_is_not_used_again(receiver, sender, monkeypatch, limit):
    monkeypatch.setattr(connection, limit, 0.0)
    for _ in range(2):
        assert sender.post(receiver.url, BODY, {}).delivered
    assert receiver.connections == 2


def test_a_receiver_that_drips_its_head_is_left_at_the_deadline():
    sender = Sender(private_targets=True, timeout_s=0.4)
    with Rude(drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500)) as rude:
        reply = sender.post(rude.url, BODY, {})
    assert (reply.status, reply.problem) == (None, "no answer within 0.4 s")
    assert 0.3 < reply.duration_s < 2


def test_a_receiver_that_drips_its_body_has_answered_and_holds_nobody_beyond_the_deadline():
    sender = Sender(private_targets=True, timeout_s=1.0)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"

    def treat(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head)
        drip(b"x" * 500)(connection)

    with Rude(treat) as rude:
        reply = sender.post(rude.url, BODY, {})
    assert reply.delivered
    assert reply.duration_s < 3


def test_a_receiver_that_never_answers_or_never_reads_is_left_at_the_deadline():
    sender = Sender(private_targets=True, timeout_s=0.3)
    over = threading.Event()
    with Rude(lambda _: over.wait(20) and None) as rude:
        assert sender.post(rude.url, BODY, {}).problem == "no answer within 0.3 s"
        assert sender.post(rude.url, b"x" * 50_000_000, {}).problem == "no answer within 0.3 s"
    over.set()


def test_a_receiver_that_hangs_up_or_talks_nonsense_is_a_failure(sender):
    def nonsense(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")

    def hang_up(connection: socket.socket) -> None:
        connection.recv(65536)

    for treat in (nonsense, hang_up):
        with Rude(treat) as rude:
            reply = sender.post(rude.url, BODY, {})
            assert reply.status is None
            assert reply.problem


def test_endless_headers_and_bodies_are_not_read():
    sender = Sender(private_targets=True, timeout_s=5)

    def endless(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    def headers(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X: y\r\n" * 1000)

    with Rude(endless) as rude:
        assert sender.post(rude.url, BODY, {}).delivered
    with Rude(headers) as rude:
        assert sender.post(rude.url, BODY, {}).problem == "the answer is not HTTP"


def test_nobody_listens(receiver, sender):
    receiver.down()
    reply = sender.post(receiver.url, BODY, {})
    assert reply.status is None
    assert reply.problem == "no connection: Connection refused"


def test_the_address_that_was_judged_is_the_one_that_is_connected_to(receiver, monkeypatch):
    """A name that is public when it is asked first and private a moment later gains nothing."""
    asked = []

    def rebinding(host, port, **_):
        asked.append(host)
        address = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(targets, "is_global", lambda address: str(address) != "127.0.0.1")
    monkeypatch.setattr(targets.socket, "getaddrinfo", rebinding)
    connected = []

    def connect(address, port, timeout_s):
        connected.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(transport, "connect", connect)
    sender = Sender(private_targets=False, timeout_s=5)
    url = receiver.url.replace("127.0.0.1", "hook.example")
    assert sender.post(url, BODY, {}).problem == "no connection: Connection refused"
    assert connected == ["192.0.2.1"]
    assert "not a public address" in sender.post(url, BODY, {}).problem
    assert len(asked) == 2
    assert len(connected) == 1
    assert receiver.connections == 0


def test_a_private_target_is_refused_at_each_delivery(receiver):
    sender = Sender(private_targets=False, timeout_s=5)
    reply = sender.post(receiver.url, BODY, {})
    assert "not a public address" in reply.problem
    assert receiver.connections == 0


def test_the_next_address_is_tried_where_one_does_not_answer(receiver, sender, monkeypatch):
    def two(_, port, **__):
        rows = ("127.0.0.2", "127.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in rows]

    monkeypatch.setattr(targets.socket, "getaddrinfo", two)
    assert sender.post(receiver.url.replace("127.0.0.1", "two.example"), BODY, {}).delivered
    assert receiver.received[0].headers["host"].startswith("two.example:")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


@needs_openssl
def test_tls_is_judged_by_the_name_of_the_host(certificate, monkeypatch):
    server = server_context(certificate)

    def treat(connection: socket.socket) -> None:
        with server.wrap_socket(connection, server_side=True) as secured:
            secured.recv(65536)
            secured.sendall(OK)

    def post(url: str) -> str | None:
        sender = Sender(private_targets=True, timeout_s=5)
        try:
            return sender.post(url.replace("http:", "https:"), BODY, {}).problem
        finally:
            sender.close()

    with Rude(treat) as rude:
        named = rude.url.replace("127.0.0.1", "localhost")
        assert "the certificate is not trusted" in post(named)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert post(named) is None
        assert "the certificate is not trusted" in post(rude.url)
    with Rude(drip(OK)) as rude:
        assert "TLS failed" in post(rude.url)
