"""Clients that mean no good, or do not know better: what one connection is answered, and that no
second request is ever smuggled in behind a first.

Slow, endless and broken clients are in tests/http/test_connection.py, random bytes in
tests/http/test_fuzz.py; what a crowd of them costs the others is in test_good_neighbour.py.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import time
import zlib

import pytest

from pastense.limits import UNREAD_BODY_BYTES_MAX
from tests.support.inprocess import NOW, InProcess, in_process

EVENT = json.dumps({"event_name": "did", "created_at": NOW, "user_id": "u1"}).encode()
SMUGGLED = json.dumps({"event_name": "smuggled", "created_at": NOW, "user_id": "u1"}).encode()


def inner(secret: str) -> bytes:
    """A whole request that is meant to be the body of another one."""
    head = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED


def outer(server: InProcess, headers: bytes, body: bytes, path: bytes = b"/events") -> bytes:
    """A request whose headers do not agree on where it ends, and what follows."""
    token = b"Authorization: Bearer " + server.secret.encode()
    return (
        b"POST "
        + path
        + b" HTTP/1.1\r\nHost: x\r\n"
        + token
        + b"\r\n"
        + headers
        + b"\r\n\r\n"
        + body
    )


def statuses(answer: bytes) -> list[int]:
    """The status of each answer in a stream."""
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def exchange(port: int, data: bytes) -> bytes:
    """Send the bytes and no more; all that comes back until the server closes."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65_536):
                answer += chunk
        except (ConnectionResetError, BrokenPipeError):
            pass
    return answer


AMBIGUOUS = {
    "length, then chunked": b"Content-Length: 5\r\nTransfer-Encoding: chunked",
    "chunked, then length": b"Transfer-Encoding: chunked\r\nContent-Length: 5",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 5",
    "the same length twice": b"Content-Length: 5\r\nContent-Length: 5",
    "lengths in a list": b"Content-Length: 5, 5",
    "a length with a sign": b"Content-Length: +5",
    "a length in hex": b"Content-Length: 0x5",
    "a length with a space in it": b"Content-Length: 5 0",
    "a length beyond 64 bits": b"Content-Length: 18446744073709551617",
    "an empty length": b"Content-Length: ",
    "a space before the colon": b"Content-Length : 5",
    "a tab before the colon": b"Transfer-Encoding\t: chunked",
    "a folded line": b"X: a\r\n Content-Length: 5\r\nTransfer-Encoding:\r\n chunked",
    "a line that begins with a space": b" Transfer-Encoding: chunked",
    "another encoding": b"Transfer-Encoding: xchunked",
    "identity": b"Transfer-Encoding: identity",
    "chunked twice": b"Transfer-Encoding: chunked, chunked",
    "chunked in two lines": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "chunked before another": b"Transfer-Encoding: chunked, gzip",
    "a vertical tab": b"Transfer-Encoding: \x0bchunked",
    "a bare carriage return": b"X: a\rTransfer-Encoding: chunked",
    "a bare line feed": b"X: a\nTransfer-Encoding: chunked",
    "a header without a colon": b"Transfer-Encoding chunked",
    "a name with a NUL": b"Transfer\x00-Encoding: chunked",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_no_request_is_smuggled_in_behind_another(shared: InProcess, name: str) -> None:
    """What two servers could cut in two ways is refused, or is one request: its body is never
    taken for a second one, and the connection is closed."""
    shared.call("DELETE", f"/contacts/{shared.call('GET', '/contacts').json['data'][0]['id']}")
    shared.call("POST", "/contacts", {"role": "user", "external_id": "u1"})
    for body in (b"0\r\n\r\n" + inner(shared.secret), inner(shared.secret)):
        answer = exchange(shared.port, outer(shared, AMBIGUOUS[name], body))
        assert len(statuses(answer)) <= 1, answer
        assert statuses(answer) in ([400], [413], []), answer
    assert [e["event_name"] for e in shared.listed()] == []


def test_the_control_a_request_that_does_follow_is_answered(server: InProcess) -> None:
    first = outer(server, b"Content-Length: %d" % len(EVENT), EVENT)
    assert statuses(exchange(server.port, first + inner(server.secret))) == [202, 202]
    assert {e["event_name"] for e in server.listed()} == {"did", "smuggled"}


CHUNKS = {
    "an extension": (b"%x;name=value\r\n%s\r\n0\r\n\r\n", 202),
    "a quoted extension": (b'%x;a="b;c"\r\n%s\r\n0\r\n\r\n', 202),
    "a long extension": (b"%x;" + b"a" * 200_000 + b"\r\n%s\r\n0\r\n\r\n", 202),
    "leading zeros": (b"0000%x\r\n%s\r\n0\r\n\r\n", 202),
    "a line feed alone": (b"%x\n%s\n0\n\n", 400),
    "a line feed after the size": (b"%x\n%s\r\n0\r\n\r\n", 400),
    "a sign": (b"+%x\r\n%s\r\n0\r\n\r\n", 400),
    "a prefix": (b"0x%x\r\n%s\r\n0\r\n\r\n", 400),
    "a space before": (b" %x\r\n%s\r\n0\r\n\r\n", 400),
    "no end of the data": (b"%x\r\n%sX0\r\n\r\n", 400),
}


@pytest.mark.parametrize("name", CHUNKS)
def test_chunks_are_as_the_standard_has_them(server: InProcess, name: str) -> None:
    form, expected = CHUNKS[name]
    body = form % (len(EVENT), EVENT)
    answer = exchange(server.port, outer(server, b"Transfer-Encoding: chunked", body))
    assert statuses(answer) == [expected], answer
    assert len(server.listed()) == (expected == 202)


def test_an_endless_extension_ends_with_the_time_of_the_body(tmp_path) -> None:
    with in_process(tmp_path, body_timeout_s=0.5) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(outer(server, b"Transfer-Encoding: chunked", b"5;"))
            with pytest.raises(OSError):
                while True:
                    connection.sendall(b"a" * 1_000)
                    time.sleep(0.01)
        assert server.call("GET", "/me").status == 200


def test_a_coding_before_chunked_changes_nothing_of_where_the_request_ends(server) -> None:
    """The last coding is chunked, so no two servers disagree; what is packed is no JSON."""
    body = PACKED["gzip"][:500]
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    request = outer(server, b"Transfer-Encoding: gzip, chunked", chunked)
    assert statuses(exchange(server.port, request + inner(server.secret))) == [400, 202]


@pytest.mark.parametrize("size", [b"ffffffffffffffff", b"7fffffffffffffff", b"100000", b"f" * 40])
def test_huge_chunks_cost_nothing(server: InProcess, size: bytes) -> None:
    answer = exchange(server.port, outer(server, b"Transfer-Encoding: chunked", size + b"\r\n{}"))
    assert statuses(answer) in ([400], [413], []), answer
    assert server.call("GET", "/me").status == 200


def test_trailers_add_no_header(server: InProcess) -> None:
    body = b"%x\r\n%s\r\n0\r\nAuthorization: Bearer nonsense\r\nIntercom-Version: 9\r\n\r\n"
    request = outer(server, b"Transfer-Encoding: chunked", body % (len(EVENT), EVENT))
    assert statuses(exchange(server.port, request)) in ([202], [400])


BOMB = b'{"event_name":"' + b"a" * 50_000_000 + b'"}'
PACKED = {"gzip": gzip.compress(BOMB, 9), "deflate": zlib.compress(BOMB, 9)}


@pytest.mark.parametrize(
    "encoding", ["gzip", "deflate", "br", "zstd", "x-gzip", "GZIP", "gzip, gzip", "identity, gzip"]
)
def test_a_compressed_body_is_refused_and_never_unpacked(server: InProcess, encoding: str) -> None:
    body = PACKED.get(encoding, PACKED["gzip"])
    for path in ("/events", "/contacts", "/bulk/events"):
        reply = server.call("POST", path, body, {"Content-Encoding": encoding})
        assert reply.error == (415, "media_type_not_supported", "Content-Encoding")


def test_a_compressed_body_that_says_nothing_of_it_is_no_json(server: InProcess) -> None:
    assert server.call("POST", "/events", PACKED["gzip"]).status == 400


OVERSIZED = {
    "the target": (b"GET /me?" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", {414}),
    "a long target": (b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", {431}),
    "one header": (b"GET /me HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 300_000 + b"\r\n\r\n", {431}),
    "many headers": (b"GET /me HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 50_000 + b"\r\n", {431}),
    "a token": (
        b"GET /me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + b"a" * 30_000 + b"\r\n\r\n",
        {401},
    ),
    "a method": (b"A" * 100_000 + b" /me HTTP/1.1\r\nHost: x\r\n\r\n", {400, 431}),
    "empty lines": (b"\r\n" * 100_000, {431}),
}


@pytest.mark.parametrize("name", OVERSIZED)
def test_what_is_too_large_is_refused_in_one_answer(server: InProcess, name: str) -> None:
    sent, expected = OVERSIZED[name]
    found = statuses(exchange(server.port, sent))
    assert set(found) <= expected, found
    assert len(found) == min(1, len(expected))
    assert server.call("GET", "/me").status == 200


def test_deep_and_wide_bodies_are_refused_quickly(server: InProcess) -> None:
    wide = b'{"metadata":{' + b",".join(b'"%d":1' % n for n in range(60_000)) + b"}}"
    for body in (b"[" * 900_000, b'{"a":' * 150_000, b'["' * 400_000, wide, b'"' + b"\\" * 900_001):
        assert server.call("POST", "/events", body).status == 400


def test_half_open_connections_are_let_go(tmp_path) -> None:
    """Clients that vanish in the middle, with a reset or without a word."""
    limits = {"header_timeout_s": 0.5, "body_timeout_s": 0.5, "idle_timeout_s": 0.5}
    with in_process(tmp_path, **limits) as server:
        head = outer(server, b"Content-Length: 500", b"{")
        held = []
        for index in range(60):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=5)
            connection.sendall(head[: 10 + index * 2] if index % 3 else head)
            if index % 2:
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                connection.close()
            else:
                held.append(connection)
        for connection in held:
            while connection.recv(65_536):
                pass
            connection.close()
        assert server.call("GET", "/me").status == 200
        assert server.listed() == []


def test_what_is_sent_after_a_refusal_is_bounded(server: InProcess) -> None:
    """A body that goes on for ever behind a refusal is cut off."""
    head = outer(server, b"Content-Encoding: gzip\r\nContent-Length: 10000000000", b"")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head)
        sent = 0
        with pytest.raises(OSError):
            while sent < 10**9:
                sent += connection.send(b"\x1f\x8b" * 32_768)
    assert sent < UNREAD_BODY_BYTES_MAX * 2
