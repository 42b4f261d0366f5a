"""HTTP/1.1 as clients may speak it, and clients that are slow, huge or broken."""

from __future__ import annotations

import json
import re
import socket
import time

import pytest

from pastense.limits import UNREAD_BODY_BYTES_MAX
from tests.support.inprocess import NOW, InProcess, in_process

EVENT = json.dumps({"event_name": "did", "created_at": NOW, "user_id": "u1"}).encode()


def head(server: InProcess, request: str, *headers: str) -> bytes:
    """A request's head with a token; it asks to close unless it is told otherwise."""
    lines = [request, "Host: 127.0.0.1", f"Authorization: Bearer {server.secret}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def statuses(answer: bytes) -> list[int]:
    """The status of each answer in a stream."""
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def test_chunked_bodies(server: InProcess) -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, EVENT[i : i + 1]) for i in range(len(EVENT)))
    request = head(
        server, "POST /events HTTP/1.1", "Transfer-Encoding: chunked", "Connection: close"
    )
    assert statuses(server.raw(request + chunks + b"0\r\n\r\n")) == [202]
    assert len(server.listed()) == 1


def test_pipelined_requests_are_answered_in_order(server: InProcess) -> None:
    posts = b""
    for index in range(20):
        body = json.dumps(
            {"event_name": f"did-{index}", "created_at": NOW, "user_id": "u1" if index % 2 else "x"}
        ).encode()
        posts += head(server, "POST /events HTTP/1.1", f"Content-Length: {len(body)}") + body
    last = head(server, "GET /events?type=user&user_id=u1 HTTP/1.1", "Connection: close")
    answer = server.raw(posts + last)
    assert statuses(answer) == [404, 202] * 10 + [200]
    assert answer.count(b'"event_name"') == 10


def test_absolute_form_targets(server: InProcess) -> None:
    server.post_event()
    request = head(
        server,
        "GET http://api.intercom.io/events?type=user&user_id=u1 HTTP/1.1",
        "Connection: close",
    )
    answer = server.raw(request)
    assert statuses(answer) == [200]
    assert b'"next":null,"since":"http://127.0.0.1/events?' in answer, "the Host, not the target"


def test_a_client_that_closes_its_half_still_gets_its_answers(server: InProcess) -> None:
    post = head(server, "POST /events HTTP/1.1", f"Content-Length: {len(EVENT)}") + EVENT
    listing = head(server, "GET /events?type=user&user_id=u1 HTTP/1.1")
    for sent, expected in ((post, [202]), (post + listing, [202, 200]), (post[:-1], [])):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            assert statuses(wait_for_close(connection, 5)) == expected


def test_trailing_slashes_are_served_directly(server: InProcess) -> None:
    assert server.call("POST", "/events/", EVENT).status == 202
    assert server.call("GET", "/events/?type=user&user_id=u1").json["events"]
    assert server.call("POST", "/contacts/", {"role": "lead"}).status == 200


def test_expect_100_continue(server: InProcess) -> None:
    request = head(
        server,
        "POST /events HTTP/1.1",
        f"Content-Length: {len(EVENT)}",
        "Expect: 100-continue",
        "Connection: close",
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(request)
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(EVENT)
        assert connection.recv(1000).startswith(b"HTTP/1.1 202")


def test_an_upgrade_to_http2_is_ignored(server: InProcess) -> None:
    """Java's own client asks for it with every first request."""
    request = head(
        server,
        "POST /events HTTP/1.1",
        f"Content-Length: {len(EVENT)}",
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(request + EVENT)
        assert statuses(connection.recv(2000)) == [202]
        connection.sendall(head(server, "GET /me HTTP/1.1"))
        assert statuses(connection.recv(4000)) == [200]


def test_head_is_get_without_a_body(server: InProcess) -> None:
    answer = server.raw(head(server, "HEAD /me HTTP/1.1", "Connection: close"))
    assert statuses(answer) == [200]
    assert answer.endswith(b"\r\n\r\n")


def test_bodies_where_none_is_needed_are_ignored(server: InProcess) -> None:
    contact = server.call("POST", "/contacts", {"role": "lead"}).json["id"]
    assert server.call("POST", f"/contacts/{contact}/archive", b"not json").status == 200
    assert server.call("GET", "/me", b"{}").status == 200
    assert server.call("DELETE", f"/contacts/{contact}", b"{}").status == 200


NOT_HTTP = {
    "nonsense": b"hello\r\n\r\n",
    "tls hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "bad version": b"GET /me HTTP/9.9\r\nHost: x\r\n\r\n",
    "space in the target": b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "high bytes in the target": b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\nab",
    "length in words": b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\nab",
    "negative length": b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "length and chunks": b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "NUL in a header": b"GET /me HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    "no host": b"GET /me HTTP/1.1\r\n\r\n",
    "host with a path": b"GET /me HTTP/1.1\r\nHost: x/y\r\n\r\n",
    "only a host as target": b"GET http://x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("name", NOT_HTTP)
def test_what_is_not_http_gets_a_400_and_is_closed(shared: InProcess, name: str) -> None:
    with socket.create_connection(("127.0.0.1", shared.port), timeout=5) as connection:
        connection.sendall(NOT_HTTP[name])
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert statuses(answer) == [400]
    body = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (body["type"], body["errors"][0]["code"]) == ("error.list", "bad_request")


def test_a_declared_length_over_the_limit_is_refused_before_the_body(server: InProcess) -> None:
    request = head(server, "POST /events HTTP/1.1", "Content-Length: 1048577")
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(request)
        assert statuses(connection.recv(4000)) == [413]


def test_a_chunked_body_over_the_limit_is_refused_while_it_comes(server: InProcess) -> None:
    request = head(server, "POST /events HTTP/1.1", "Transfer-Encoding: chunked")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(request + chunk * 17)
        assert statuses(connection.recv(4000)) == [413]


def test_a_client_that_sends_all_of_a_large_body_still_reads_the_413(server: InProcess) -> None:
    for size_bytes in (3_000_000, 30_000_000):
        reply = server.call("POST", "/events", b" " * size_bytes)
        assert reply.error == (413, "payload_too_large", "body")


def test_a_body_at_the_limit_is_read(server: InProcess) -> None:
    body = EVENT + b" " * (1024 * 1024 - len(EVENT))
    assert server.call("POST", "/events", body).status == 202


def test_an_endless_body_after_the_answer_is_cut_off(server: InProcess) -> None:
    request = head(server, "POST /events HTTP/1.1", f"Content-Length: {10**10}")
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(request)
        sent = 0
        with pytest.raises(OSError):
            while sent < 10**9:
                sent += connection.send(b" " * 65536)
    assert UNREAD_BODY_BYTES_MAX / 2 < sent < UNREAD_BODY_BYTES_MAX * 2


def test_a_401_comes_before_the_body(server: InProcess) -> None:
    request = b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(request)
        assert statuses(connection.recv(4000)) == [401]


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory):
    """A server with short timeouts and small bounds."""
    limits = {
        "header_timeout_s": 0.5,
        "body_timeout_s": 0.5,
        "idle_timeout_s": 1.0,
        "write_timeout_s": 1.0,
        "header_bytes_max": 2_000,
        "connections_max": 20,
    }
    with in_process(tmp_path_factory.mktemp("impatient"), **limits) as running:
        yield running


def wait_for_close(connection: socket.socket, within_s: float) -> bytes:
    """All that comes until the server closes; fails when it does not."""
    connection.settimeout(within_s)
    answer = b""
    while chunk := connection.recv(65536):
        answer += chunk
    return answer


SLOW = {
    "nothing at all": (b"", []),
    "half a line": (b"GET /me HT", [408]),
    "half the headers": (b"GET /me HTTP/1.1\r\nHost: x\r\n", [408]),
}


@pytest.mark.parametrize("name", SLOW)
def test_slow_headers_are_timed_out(impatient: InProcess, name: str) -> None:
    sent, expected = SLOW[name]
    with socket.create_connection(("127.0.0.1", impatient.port)) as connection:
        connection.sendall(sent)
        assert statuses(wait_for_close(connection, 5)) == expected


def test_slow_bodies_are_timed_out(impatient: InProcess) -> None:
    request = head(impatient, "POST /events HTTP/1.1", f"Content-Length: {len(EVENT)}")
    with socket.create_connection(("127.0.0.1", impatient.port)) as connection:
        connection.sendall(request + EVENT[:-1])
        assert statuses(wait_for_close(connection, 5)) == [408]
    assert impatient.listed() == []


def test_dripping_headers_do_not_prolong_their_time(impatient: InProcess) -> None:
    with socket.create_connection(("127.0.0.1", impatient.port)) as connection:
        connection.sendall(b"GET /me HTTP/1.1\r\n")
        started = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - started < 5:
                connection.sendall(b"X: y\r\n")
                time.sleep(0.05)
        assert time.monotonic() - started < 4


def test_endless_headers_are_refused(impatient: InProcess) -> None:
    with socket.create_connection(("127.0.0.1", impatient.port)) as connection:
        connection.sendall(b"GET /me HTTP/1.1\r\nX: " + b"y" * 10_000)
        assert statuses(wait_for_close(connection, 5)) == [431]


def test_large_headers_of_a_later_request_are_refused(impatient: InProcess) -> None:
    with socket.create_connection(("127.0.0.1", impatient.port)) as connection:
        connection.sendall(head(impatient, "GET /me HTTP/1.1"))
        assert statuses(connection.recv(4000)) == [200]
        connection.sendall(head(impatient, "GET /me HTTP/1.1", "X: " + "y" * 2_000))
        assert statuses(wait_for_close(connection, 5)) == [431]


def test_neither_bodies_nor_pipelines_count_as_headers(impatient: InProcess) -> None:
    body = EVENT + b" " * 50_000
    post = head(impatient, "POST /events HTTP/1.1", f"Content-Length: {len(body)}") + body
    many = head(impatient, "GET /me HTTP/1.1") * 50
    last = head(impatient, "GET /me HTTP/1.1", "Connection: close")
    with socket.create_connection(("127.0.0.1", impatient.port)) as connection:
        connection.sendall(post + many + last[:20])
        time.sleep(0.2)
        connection.sendall(last[20:])
        assert statuses(wait_for_close(connection, 5)) == [202] + [200] * 51


def test_large_headers_in_one_piece_are_refused(impatient: InProcess) -> None:
    request = head(impatient, "GET /me HTTP/1.1", "X: " + "y" * 2_000)
    with socket.create_connection(("127.0.0.1", impatient.port)) as connection:
        connection.sendall(request)
        assert statuses(wait_for_close(connection, 5)) == [431]


def test_idle_connections_are_closed(impatient: InProcess) -> None:
    with socket.create_connection(("127.0.0.1", impatient.port)) as connection:
        connection.sendall(head(impatient, "GET /me HTTP/1.1"))
        assert statuses(wait_for_close(connection, 5)) == [200]


def test_a_client_that_takes_no_answer_is_cut_off(impatient: InProcess) -> None:
    """It pipelines many large answers and reads none of them."""
    request = head(impatient, "GET /openapi.json HTTP/1.1")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", impatient.port))
        with pytest.raises(OSError):
            for _ in range(100_000):
                connection.sendall(request)
                time.sleep(0.001)


def test_connections_have_a_bound(impatient: InProcess) -> None:
    held = [socket.create_connection(("127.0.0.1", impatient.port)) for _ in range(20)]
    try:
        with socket.create_connection(("127.0.0.1", impatient.port), timeout=5) as connection:
            assert statuses(wait_for_close(connection, 5)) == [503]
    finally:
        for connection in held:
            connection.close()
    time.sleep(0.1)
    assert impatient.call("GET", "/me").status == 200
