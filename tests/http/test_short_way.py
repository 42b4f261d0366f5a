"""A whole `POST /events` is answered without a task, and not one byte differs."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from tests.http.ways import LONG, SHORT, Caller, Ways, event, listed, statuses
from tests.support.inprocess import NOW, InProcess, hang, in_process, wait_for_events
from tests.support.server import start_server

BODIES = {
    "a duplicate": event("warm"),
    "keys beyond the quota": event("warm", metadata={f"k{n}": n for n in range(12)}),
    "a list": listed("warm", "warm"),
    "a list with a refused one": listed("warm", ""),
    "a list that is too long": json.dumps({"data": [1] * 1_001}).encode(),
    "nobody known": event(user_id="nobody"),
    "a time ahead": event(created_at=NOW + 10**6),
    "no name": json.dumps({"created_at": NOW, "user_id": "u1"}).encode(),
    "an escape that is not allowed": b'{"event_name":"\\u0000","created_at":1,"user_id":"u1"}',
    "not JSON": b"{",
    "not UTF-8": b'{"event_name":"\xff"}',
    "no object": b"[]",
    "nothing": b"",
    "a body over its limit": b" " * 1_048_577,
}
HEADERS = {
    "another version": ["Intercom-Version: 2.9"],
    "an older version": ["Intercom-Version: 1.4"],
    "no version": ["Intercom-Version: 99"],
    "another type": ["Content-Type: text/plain"],
    "a vendor's type": ["Content-Type: application/vnd.intercom.3+json"],
    "compressed": ["Content-Encoding: gzip"],
    "two hosts": ["Host: y"],
    "no token": ["Authorization: Basic Og=="],
    "keep-alive": ["Connection: keep-alive"],
    "close": ["Connection: close"],
    "another length": ["Content-Length: 1"],
    "HTTP/2 on offer": ["Connection: Upgrade", "Upgrade: h2c"],
    "many": [f"X-{number}: {number}" for number in range(500)],
}
NEVER_KNOWN = ("no token", "two hosts", "close", "another length", "HTTP/2 on offer", "many")
"""What is refused for its head, ends its connection or is longer than heads that are kept."""


@pytest.mark.parametrize("name", BODIES)
def test_bodies_are_answered_alike(caller: Caller, ways: Ways, name: str) -> None:
    caller.send(LONG, BODIES[name])
    expected = caller.answer()
    assert (ways.short, ways.long) == (0, 1)
    caller.send(SHORT, BODIES[name])
    assert caller.answer() == expected
    whole = len(BODIES[name]) < 60_000
    assert (ways.short, ways.long) == ((1, 1) if whole else (0, 2))
    ways.parsed = 0
    for _ in range(2):
        caller.send(SHORT, BODIES[name])
        assert caller.answer() == expected
    assert ways.parsed == (0 if whole else 2), "the same head is not read again"


@pytest.mark.parametrize("name", HEADERS)
def test_headers_are_answered_alike(
    server: InProcess, caller: Caller, ways: Ways, name: str
) -> None:
    answers = []
    for path in (LONG, SHORT, SHORT):
        one = Caller(server)
        one.send(path, event("warm"), *HEADERS[name])
        answers.append(one.answer())
        one.socket.close()
    assert answers[0] == answers[1] == answers[2]
    assert ways.short == (0 if name in ("no token", "another length") else 2)
    whole = 0 if name == "another length" else 3
    assert ways.parsed == (whole if name in NEVER_KNOWN else 2)


def test_http_1_0_is_answered_and_closed(caller: Caller, ways: Ways) -> None:
    caller.send(SHORT, event("warm"), "Connection: keep-alive", line="HTTP/1.0")
    assert b"connection: close\r\n" in caller.answer()
    assert caller.socket.recv(10) == b""
    assert ways.short == 1


def test_what_is_not_whole_takes_the_long_way(
    caller: Caller, ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Split bodies, questions before the body, another method, a query, a new token."""
    body = event("warm")
    caller.send(SHORT, body, f"X-Body: {len(body)}")
    expected = caller.answer()
    assert (ways.short, ways.long) == (1, 0)
    request = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.server.secret}"
    head = f"{request}\r\nContent-Length: {len(body)}\r\n"
    for number, pieces in enumerate(
        [
            (f"{head}\r\n".encode(), body),
            (f"{head}\r\n".encode() + body[:9], body[9:]),
            (f"{head}Expect: 100-continue\r\n\r\n".encode() + body,),
            (head.replace("/events", "/events?x=1").encode() + b"\r\n" + body,),
        ]
    ):
        for piece in pieces:
            caller.socket.sendall(piece)
            time.sleep(0.05)
        assert caller.answer() == expected
        assert (ways.short, ways.long) == (1, number + 1)
    monkeypatch.setattr("pastense.web.state.TOKEN_CACHE_S", 0.0)
    caller.send(SHORT, body)
    assert caller.answer() == expected
    assert (ways.short, ways.long) == (1, 5), "the token is to be looked up anew"


def test_calls_that_are_counted_take_the_long_way(
    tmp_path, ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All processes share the count, so it may have to wait for the store."""
    monkeypatch.setattr("pastense.web.state.TOKEN_CACHE_S", 60.0)
    with in_process(tmp_path, rate_limit_per_minute=18) as server:
        caller = Caller(server)
        said = []
        for _ in range(4):
            caller.send(SHORT, event("counted"))
            said.append(caller.answer()[:12])
        caller.socket.close()
    assert said == [b"HTTP/1.1 202"] * 2 + [b"HTTP/1.1 429"] * 2, "the contact was the first call"
    assert ways.short == 0


def test_chunked_bodies_and_pipelines_keep_their_order(caller: Caller, ways: Ways) -> None:
    body = event("warm")
    chunks = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (9, body[:9], len(body) - 9, body[9:])
    caller.send(SHORT, chunks, "Transfer-Encoding: chunked")
    assert caller.answer().startswith(b"HTTP/1.1 202")
    assert ways.short == 1
    head = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.server.secret}\r\n"
    refused = event(user_id="nobody")
    pair = b"".join(
        head.encode() + b"Content-Length: %d\r\n\r\n" % len(one) + one
        for one in (refused, body, b"{")
    )
    caller.socket.sendall(pair * 5 + head.encode() + b"Connection: close\r\n\r\n")
    assert statuses(caller, 16) == [404, 202, 400] * 5 + [400]
    assert caller.socket.recv(10) == b""
    assert ways.short == 2, "only the first finds nothing before it"


def test_refusals_are_kept_and_counted_alike(server: InProcess, caller: Caller) -> None:
    for path in (LONG, SHORT):
        caller.send(path, event(user_id="nobody"))
        caller.answer()
    kept = server.call("GET", "/pastense/v1/refusals").json["data"]
    short, long = ({k: v for k, v in one.items() if k not in ("id", "request_id")} for one in kept)
    assert short == long
    counts = server.state.counters(server.store.admin.workspaces()[0].number)
    assert counts["events_refused_not_found"] == 2


def test_what_breaks_is_a_500_and_the_next_request_is_answered(
    caller: Caller, ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("pastense.web.events.events._headers", broken)
        caller.send(SHORT, event("warm"))
        assert caller.answer().startswith(b"HTTP/1.1 500 ")
        patched.setattr("pastense.web.events.events.judge_all", broken)
        caller.send(SHORT, event("warm"))
        assert caller.answer().startswith(b"HTTP/1.1 500 ")
    caller.send(SHORT, event("warm"))
    assert caller.answer().startswith(b"HTTP/1.1 202 ")
    assert (ways.short, ways.long) == (3, 0)


def test_a_stop_tells_whoever_waits_for_a_disk_that_hangs(
    tmp_path, ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pastense.web.state.TOKEN_CACHE_S", 60.0)
    gate = threading.Event()
    try:
        with in_process(tmp_path, stop_timeout_s=6, busy_timeout_s=1) as server:
            assert server.post_event(event_name="warm").status == 202
            hang(server, gate)
            caller, ways.short = Caller(server), 0
            caller.send(SHORT, event())
            wait_for_events(server, 1)
            assert ways.short == 1
        answer = caller.answer()
        caller.socket.close()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"The server is stopping" in answer
    finally:
        gate.set()


def test_ctrl_c_twice_tells_whoever_waits_for_the_store(tmp_path) -> None:
    """Another writer holds the file, so that the event waits."""
    server = start_server(f"sqlite:{tmp_path}/p.db")
    try:
        body = event(created_at=int(time.time()))
        head = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token()}\r\n"
        request = head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body
        with (
            socket.create_connection(("127.0.0.1", server.port), timeout=10) as waiting,
            closing(sqlite3.connect(tmp_path / "p.db", isolation_level=None)) as other,
        ):
            waiting.sendall(request)
            assert waiting.recv(65536).startswith(b"HTTP/1.1 404 "), "now the token is known"
            other.execute("BEGIN IMMEDIATE")
            waiting.sendall(request)
            time.sleep(0.1)
            for _ in range(2):
                server.process.send_signal(signal.SIGINT)
                time.sleep(0.3)
            assert b"The server is stopping" in waiting.recv(65536)
        assert server.process.wait(10) == 0
        assert "Traceback" not in "".join(server.errors)
    finally:
        server.kill()


def test_a_client_that_left_holds_nothing_up(server: InProcess, caller: Caller) -> None:
    gate = threading.Event()
    hang(server, gate)
    caller.send(SHORT, event("left"))
    wait_for_events(server, 1)
    caller.socket.close()
    gate.set()
    while server.state.committer.events_waiting:
        time.sleep(0.01)
    assert "left" in [one["event_name"] for one in server.listed()]
