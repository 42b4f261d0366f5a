"""A clean stop commits and answers what is queued; an overload is refused, never lost."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import threading
import time

from pastense.model import Outcome
from pastense.store.base import StoreError
from tests.support.inprocess import InProcess, hang, in_process, wait_for_events
from tests.support.server import RunningServer, start_server


def post(server: RunningServer, token: str, path: str, body: object) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        headers = {"Authorization": f"Bearer {token}"}
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def test_sigterm_under_load_loses_nothing(tmp_path) -> None:
    server = start_server(f"sqlite:{tmp_path}/data/p.db")
    token = server.token()
    assert post(server, token, "/contacts", {"external_id": "u1"}) == 200
    now = int(time.time())
    acknowledged: list[str] = []

    def send(worker: int) -> None:
        for index in range(100_000):
            name = f"{worker}-{index}"
            event = {"event_name": name, "created_at": now, "user_id": "u1"}
            try:
                if post(server, token, "/events", event) != 202:
                    return
            except (OSError, http.client.HTTPException):
                return
            acknowledged.append(name)

    threads = [threading.Thread(target=send, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 200:
        time.sleep(0.01)
    started = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - started < 10
    for thread in threads:
        thread.join()
    assert "Traceback" not in "".join(server.errors)
    again = start_server(server.database)
    try:
        connection = http.client.HTTPConnection("127.0.0.1", again.port, timeout=20)
        headers = {"Authorization": f"Bearer {token}"}
        connection.request("GET", "/events?type=user&user_id=u1&summary=true", headers=headers)
        summary = json.loads(connection.getresponse().read())
        connection.close()
    finally:
        again.stop()
    stored = {item["name"]: item["count"] for item in summary["events"]}
    assert set(acknowledged) <= set(stored)
    assert set(stored.values()) == {1}


def test_half_open_clients_do_not_hold_a_stop_for_ten_seconds(tmp_path) -> None:
    server = start_server(f"sqlite:{tmp_path}/p.db")
    held = []
    for sent in (
        b"",
        b"POST /events HTTP/1.1\r\nHost: x\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(sent)
        held.append(connection)
    body = b"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
    body += b"Content-Length: 9\r\n\r\n{"
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(body % server.token().encode())
    held.append(connection)
    time.sleep(0.2)
    started = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - started < 10
    must_say_that_it_stops(held[-1])
    for connection in held:
        connection.close()
    assert "Traceback" not in "".join(server.errors)


def must_say_that_it_stops(connection: socket.socket) -> None:
    """Whoever waits for an answer when the server ends is told so, as everybody is."""
    connection.settimeout(10)
    answer = b""
    while chunk := connection.recv(65536):
        answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: " in head
    [error] = json.loads(body)["errors"]
    assert error["code"] == "service_unavailable"
    assert "is stopping" in error["message"]


def test_ctrl_c_twice_ends_at_once_and_cleanly(tmp_path) -> None:
    server = start_server(f"sqlite:{tmp_path}/p.db")
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(b"POST /events HTTP/1.1\r\nHost: x\r\n")
    waiting = socket.create_connection(("127.0.0.1", server.port))
    head = f"POST /contacts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token()}\r\n"
    waiting.sendall(head.encode() + b"Content-Length: 9\r\n\r\n{")
    time.sleep(0.2)
    server.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    started = time.monotonic()
    if server.process.poll() is None:
        server.process.send_signal(signal.SIGINT)
    assert server.process.wait(10) == 0
    assert time.monotonic() - started < 3
    must_say_that_it_stops(waiting)
    connection.close()
    waiting.close()
    assert "Traceback" not in "".join(server.errors)


def test_a_full_queue_is_503_with_retry_after(tmp_path) -> None:
    with in_process(tmp_path, queue_events_max=5, list_items_max=5) as server:
        gate = threading.Event()
        hang(server, gate)
        statuses: list[int] = []

        def send(index: int) -> None:
            statuses.append(server.post_event(event_name=f"n{index}").status)

        threads = [threading.Thread(target=send, args=(index,)) for index in range(5)]
        for thread in threads:
            thread.start()
        wait_for_events(server, 5)
        refused = server.post_event(event_name="too much")
        assert refused.error == (503, "service_unavailable", None)
        assert refused.headers["retry-after"] == "1"
        gate.set()
        for thread in threads:
            thread.join()
        assert statuses == [202] * 5
        assert len(server.listed()) == 5
        assert server.post_event(event_name="too much").status == 202


def test_a_bulk_call_of_refused_items_waits_in_the_queue_as_well(tmp_path) -> None:
    items = [{"method": "post", "data_type": "event", "data": {}} for _ in range(5)]
    with in_process(tmp_path, queue_events_max=5, list_items_max=5) as server:
        gate = threading.Event()
        hang(server, gate)
        statuses: list[int] = []

        def send() -> None:
            statuses.append(server.call("POST", "/bulk/events", {"items": items}).status)

        thread = threading.Thread(target=send)
        thread.start()
        wait_for_events(server, 5)
        refused = server.call("POST", "/bulk/events", {"items": items[:1]})
        assert refused.error == (503, "service_unavailable", None)
        gate.set()
        thread.join()
        assert statuses == [202]
        assert server.call("POST", "/bulk/events", {"items": items}).status == 202


def test_a_failing_store_is_503_and_recovers(tmp_path) -> None:
    with in_process(tmp_path) as server:
        write = server.state.committer._write

        def failing(*_: object) -> list[Outcome]:
            raise StoreError("disk I/O error")

        server.state.committer._write = failing
        assert server.post_event().error == (503, "service_unavailable", None)
        server.state.committer._write = write
        assert server.listed() == []
        assert server.post_event().status == 202


def test_a_client_that_leaves_while_it_waits_changes_nothing(tmp_path) -> None:
    with in_process(tmp_path) as server:
        gate = threading.Event()
        hang(server, gate)
        body = json.dumps({"event_name": "left", "created_at": server.clock.now(), "user_id": "u1"})
        request = (
            f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.secret}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(request.encode())
            wait_for_events(server, 1)
        gate.set()
        while server.state.committer.events_waiting:
            time.sleep(0.01)
        assert [event["event_name"] for event in server.listed()] == ["left"]


def test_readiness_ends_with_the_committer(tmp_path) -> None:
    with in_process(tmp_path) as server:
        assert server.call("GET", "/readyz").status == 200
        server.state.committer.stop(5)
        assert server.call("GET", "/readyz").error == (503, "service_unavailable", None)
        assert server.post_event().error == (503, "service_unavailable", None)


def test_a_disk_that_hangs_does_not_hold_the_stop(tmp_path) -> None:
    """The sender gets no 202, the stop ends in its time."""
    gate = threading.Event()
    started = 0.0
    answers: list[int] = []

    def send(server: InProcess) -> None:
        try:
            answers.append(server.post_event().status)
        except (OSError, http.client.HTTPException):
            answers.append(0)

    try:
        with in_process(tmp_path, stop_timeout_s=6, busy_timeout_s=1) as server:
            hang(server, gate)
            sender = threading.Thread(target=send, args=(server,))
            sender.start()
            wait_for_events(server, 1)
            started = time.monotonic()
        assert time.monotonic() - started < 8
    finally:
        gate.set()
    sender.join()
    assert answers != [202]
