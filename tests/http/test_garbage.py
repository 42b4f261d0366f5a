"""No request leaves a ring of garbage: memory is given back when it was answered, and not when
the collector next looks, which it seldom does."""

from __future__ import annotations

import gc
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from pastense.store.base import StoreDataError, StoreError
from pastense.web.events.ingest import Judged
from tests.support.garbage import TIMES, left_by
from tests.support.inprocess import NOW, InProcess, hang, wait_for_events

WAIT_S = 5.0


def event(second: int = 0, user: str = "u1") -> dict[str, object]:
    price = {"amount": 1, "currency": "usd"}
    at = NOW - second
    return {"event_name": "did", "created_at": at, "user_id": user, "metadata": {"price": price}}


def events(count: int) -> list[dict[str, object]]:
    return [event(second) for second in range(count)]


LIST = {"type": "event.list", "data": events(300)}
BULK = {"items": [{"method": "post", "data": one} for one in events(300)]}
CALLS: dict[str, tuple[str, str, object, int]] = {
    "one event": ("POST", "/events", event(), 202),
    "an event that is refused": ("POST", "/events", event() | {"created_at": "soon"}, 400),
    "an event of nobody": ("POST", "/events", event(user="nobody"), 404),
    "a list": ("POST", "/events", LIST, 202),
    "a list that is too long": ("POST", "/events", LIST | {"data": [event()] * 1_001}, 400),
    "a bulk call": ("POST", "/bulk/events", BULK, 202),
    "a contact that is there": ("POST", "/contacts", {"external_id": "u1"}, 409),
    "no such call": ("POST", "/nothing", {}, 404),
    "events": ("GET", "/events?type=user&user_id=u1", None, 200),
    "a summary of nobody": ("GET", "/events?type=user&user_id=x&summary=true", None, 404),
}


@contextmanager
def sender(
    server: InProcess, method: str, path: str, body: object, token: str | None = None
) -> Iterator[Callable[[], int]]:
    """A function that sends the call once more over one connection; it returns the status."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
    headers = {"Authorization": f"Bearer {token or server.secret}"}
    content = None if body is None else json.dumps(body)
    if content is not None:
        headers["Content-Type"] = "application/json"

    def send() -> int:
        connection.request(method, path, content, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    with closing(connection):
        yield send


@pytest.mark.parametrize("name", CALLS)
def test_a_call_leaves_nothing(shared: InProcess, name: str) -> None:
    *call, status = CALLS[name]
    with sender(shared, *call) as send:
        assert send() == status
        assert left_by(send) == {}


def test_a_token_that_is_none_leaves_nothing(shared: InProcess) -> None:
    with sender(shared, "GET", "/contacts", None, token="pst_nothing") as send:
        assert send() == 401
        assert left_by(send) == {}


@pytest.mark.parametrize("error", [StoreError, StoreDataError])
@pytest.mark.parametrize("name", ["one event", "a list", "a bulk call"])
def test_a_store_that_fails_leaves_nothing(
    server: InProcess, name: str, error: type[StoreError], monkeypatch
) -> None:
    def broken(*_: object) -> None:
        raise error("the disk is full")

    monkeypatch.setattr(server.store.events, "write", broken)
    with sender(server, *CALLS[name][:3]) as send:
        assert send() == 503
        assert left_by(send) == {}


def test_a_read_that_fails_leaves_nothing(server: InProcess, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise StoreError("the disk is gone")

    monkeypatch.setattr(server.store.events, "page", broken)
    with sender(server, *CALLS["events"][:3]) as send:
        assert send() == 503
        assert left_by(send) == {}


def test_a_queue_that_is_full_leaves_nothing(server: InProcess, monkeypatch) -> None:
    monkeypatch.setattr(server.state.committer, "_queue_events_max", 0)
    with sender(server, *CALLS["a list"][:3]) as send:
        assert send() == 503
        assert left_by(send) == {}


@pytest.mark.parametrize("name", CALLS)
def test_a_connection_that_ends_after_its_answer_leaves_nothing(
    shared: InProcess, name: str
) -> None:
    *call, status = CALLS[name]

    def whole() -> None:
        with sender(shared, *call) as send:
            assert send() == status

    assert left_by(whole) == {}


def test_a_connection_that_ends_in_a_body_leaves_nothing(shared: InProcess) -> None:
    def cut() -> None:
        head = b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
        with socket.create_connection(("127.0.0.1", shared.port)) as connection:
            connection.sendall(head + b"x" * 50_000)
            time.sleep(0.01)

    assert left_by(cut) == {}


def judged_now() -> int:
    """How many requests were judged and are still known."""
    return sum(type(one) is Judged for one in gc.get_objects())


@pytest.mark.parametrize("size", [1, 40, 300])
def test_a_connection_that_rests_keeps_nothing_of_its_last_events(
    shared: InProcess, size: int
) -> None:
    """There may be ten thousand of them."""
    with ExitStack() as stack:
        body = {"type": "event.list", "data": events(size)}
        for _ in range(TIMES):
            send = stack.enter_context(sender(shared, "POST", "/events", body))
            assert (send(), send()) == (202, 202)
        assert judged_now() <= 1, "the last one may still be on its way out"


def test_the_control_what_a_request_keeps_is_counted(server: InProcess, monkeypatch) -> None:
    gate = threading.Event()
    hang(server, gate)
    with sender(server, *CALLS["a list"][:3]) as send:
        thread = threading.Thread(target=send)
        thread.start()
        wait_for_events(server, 1)
        assert judged_now() == 1
        gate.set()
        thread.join()


def test_the_control_a_ring_is_found(server: InProcess, monkeypatch) -> None:
    write = server.store.events.write

    def ringing(*arguments: object) -> object:
        kept: list[object] = [arguments]
        kept.append(kept)
        return write(*arguments)

    monkeypatch.setattr(server.store.events, "write", ringing)
    with sender(server, *CALLS["one event"][:3]) as send:
        assert send() == 202
        assert left_by(send)["list"] >= TIMES
