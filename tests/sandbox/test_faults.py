"""Each fault as a raw client sees it: what is answered, what is stored, what is left waiting."""

from __future__ import annotations

import http.client
import socket
import threading
import time

import pytest

from pastense.testing import Fault
from tests.sandbox.raw import call, post_event


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "rate_limit_exceeded"),
        (500, "server_error"),
        (503, "service_unavailable"),
        (404, "not_found"),
        (400, "bad_request"),
        (401, "unauthorized"),
        (502, "server_error"),
        (418, "bad_request"),
    ],
)
def test_a_refusal_has_the_shape_of_any_other(sandbox, status, code):
    sandbox.fail_next(2, status=status)
    for _ in range(2):
        reply = post_event(sandbox)
        error = reply.json["errors"][0]
        assert (reply.status, error["code"], error["field"]) == (status, code, None)
        assert reply.json["type"] == "error.list"
        assert reply.json["request_id"] == reply.headers["x-request-id"]
        assert "pastense" in reply.headers
    assert sandbox.events == []
    assert post_event(sandbox).status == 202
    assert [request.status for request in sandbox.requests] == [status, status, 202]


def test_a_429_carries_the_rate_headers_and_says_when(sandbox):
    sandbox.fail_next(status=429)
    headers = post_event(sandbox).headers
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("1667", "0")
    assert 0 <= int(headers["x-ratelimit-reset"]) - int(time.time()) <= 1
    assert "retry-after" not in headers
    sandbox.fail_next(status=429, retry_after_s=7, code="slow_down", message="Slow down")
    reply = post_event(sandbox)
    assert reply.headers["retry-after"] == "7"
    assert 6 <= int(reply.headers["x-ratelimit-reset"]) - int(time.time()) <= 7
    error = reply.json["errors"][0]
    assert (error["code"], error["message"]) == ("slow_down", "Slow down")


def test_a_reset_stores_nothing_and_a_lost_answer_was_stored(sandbox):
    sandbox.reset_connection()
    with pytest.raises(ConnectionResetError):
        post_event(sandbox)
    assert sandbox.events == []
    sandbox.lose_answer()
    with pytest.raises(http.client.RemoteDisconnected):
        post_event(sandbox)
    sandbox.assert_tracked("did", user_id="u1")
    assert post_event(sandbox).status == 202
    assert [(r.fault, r.status) for r in sandbox.requests] == [
        ("reset_connection", None),
        ("lose_answer", 202),
        (None, 202),
    ]
    assert [duplicate.event_name for duplicate in sandbox.duplicates] == ["did"]


def test_a_short_hang_only_delays(sandbox):
    sandbox.hang(0.05)
    began = time.monotonic()
    assert post_event(sandbox).status == 202
    assert time.monotonic() - began >= 0.05
    sandbox.assert_tracked("did")


@pytest.mark.parametrize(("stored", "times"), [(False, 0), (True, 1)])
def test_a_client_that_gives_up_finds_stored_what_was_said(sandbox, stored, times):
    sandbox.hang(30, stored=stored)
    with pytest.raises(TimeoutError):
        call(
            sandbox,
            "POST",
            "/events",
            {"event_name": "did", "user_id": "u1", "created_at": sandbox.clock.now()},
            timeout_s=0.1,
        )
    assert call(sandbox, "GET", "/me").status == 200
    sandbox.assert_tracked("did", times=times)


@pytest.mark.parametrize("act", ["clear_faults", "empty"])
def test_what_hangs_is_let_go(sandbox, act):
    sandbox.hang(30, 2)
    seen: list[object] = []

    def send() -> None:
        try:
            seen.append(post_event(sandbox))
        except OSError as error:
            seen.append(type(error))

    thread = threading.Thread(target=send)
    thread.start()
    while len(sandbox.requests) < 1:
        time.sleep(0.005)
    getattr(sandbox, act)()
    thread.join(5)
    assert seen == [ConnectionResetError]
    assert sandbox.pending_faults == []
    assert sandbox.events == []


def test_faults_come_in_order_and_only_where_they_are_meant(sandbox):
    sandbox.fail_next(status=500, path="/events/", method="post")
    sandbox.fail_next(status=503)
    sandbox.fail_next(2, status=502)
    assert [(f.count, f.path, f.method) for f in sandbox.pending_faults] == [
        (1, "/events", "POST"),
        (1, None, None),
        (2, None, None),
    ]
    statuses = [
        call(sandbox, "GET", "/me").status,
        call(sandbox, "GET", "/me").status,
        post_event(sandbox).status,
    ]
    assert statuses == [503, 502, 500]
    assert sandbox.pending_faults == [Fault(kind="fail_next", status=502)]
    sandbox.clear_faults()
    assert post_event(sandbox).status == 202


def test_a_revoked_token_is_refused_at_once_and_works_after_emptying(sandbox):
    assert call(sandbox, "GET", "/me").status == 200
    sandbox.revoke_token()
    assert post_event(sandbox).status == 401
    assert [(r.status, r.code) for r in sandbox.refusals] == [(401, "unauthorized")]
    sandbox.empty()
    assert call(sandbox, "GET", "/me").status == 200


def test_a_connection_that_was_kept_open_survives_emptying(sandbox):
    connection = http.client.HTTPConnection(sandbox.base_url.removeprefix("http://"), timeout=5)
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    for _ in range(2):
        connection.request("GET", "/me", headers=headers)
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)
        sandbox.empty()
    connection.close()


def test_a_request_whose_body_does_not_come_does_not_hold_the_emptying_for_ever(
    sandbox, monkeypatch
):
    monkeypatch.setattr("pastense.testing.served.gate.QUIET_WAIT_S", 0.05)
    host, port = sandbox.base_url.removeprefix("http://").split(":")
    head = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sandbox.token}\r\n"
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        while not sandbox.requests:
            time.sleep(0.005)
        sandbox.empty()
        with pytest.raises(ConnectionResetError):
            connection.recv(100)
    assert sandbox.requests == []


def test_a_large_body_may_be_answered_by_a_fault(sandbox):
    sandbox.fail_next(status=503)
    body = b'{"event_name": "' + b"x" * 2_000_000 + b'"}'
    assert call(sandbox, "POST", "/events", body).status == 503
    assert len(sandbox.requests[0].body) == 1024 * 1024
