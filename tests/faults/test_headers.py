"""What every answer says of itself, and what it does not: no cache keeps it, no browser may read
it from another page, and it tells of no program but Pastense."""

from __future__ import annotations

import re
import socket

import pytest

from pastense.service.administration.access import SCOPES
from pastense.web.app import OPERATIONS
from tests.support.inprocess import InProcess

ORIGIN = "https://elsewhere.example"
ALLOWED = {
    *("date", "x-request-id", "intercom-version", "pastense", "content-type", "content-length"),
    *("cache-control", "x-content-type-options", "www-authenticate", "allow", "retry-after"),
    *("connection", "pastense-event-id", "pastense-stored", "pastense-duplicates"),
    *("pastense-ignored-keys", "pastense-ignored-fields", "pastense-pruned"),
}


@pytest.fixture(scope="module")
def admin(shared: InProcess) -> InProcess:
    """The module's server, called with every scope."""
    shared.secret = shared.make_token(*SCOPES)
    return shared


def path_of(path: str) -> str:
    """A path with something in each of its places."""
    return re.sub(r"\{[^}]+\}", "nothing-there", path)


@pytest.mark.parametrize("token", ["", "pst_wrong"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_every_answer_with_a_body_is_kept_by_nobody(admin: InProcess, operation, token) -> None:
    headers = {"Origin": ORIGIN, "Referer": f"{ORIGIN}/page", "Cookie": "a=b"}
    reply = admin.call(operation.method, path_of(operation.path), headers=headers, token=token)
    assert reply.headers.keys() <= ALLOWED, "nothing of CORS, no cookies, no name of a server"
    assert reply.body, "each of these says something"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("path", ["/events", "/contacts", "/pastense/v1/tokens", "/healthz", "/x"])
def test_no_page_of_another_origin_is_let_in(admin: InProcess, path: str) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
        "Access-Control-Request-Private-Network": "true",
    }
    reply = admin.call("OPTIONS", path, headers=asked)
    assert reply.status in (404, 405)
    assert [name for name in reply.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PATCH", "PROPFIND"])
def test_no_method_repeats_a_request(admin: InProcess, method: str) -> None:
    reply = admin.call(method, "/me", headers={"X-Mine": "private-word"})
    assert reply.status in (400, 404, 405)
    assert "private-word" not in repr(reply)


def test_what_is_answered_outside_of_a_call_says_the_same(admin: InProcess) -> None:
    answer = admin.raw(b"nonsense\r\n\r\n").lower()
    head = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    names = {line.partition(b":")[0].decode() for line in head}
    assert names <= ALLOWED
    assert {"cache-control", "x-content-type-options"} <= names


def test_a_202_says_no_more_than_it_has_to(admin: InProcess) -> None:
    reply = admin.post_event()
    assert (reply.status, reply.body) == (202, b"")
    assert reply.headers.keys() <= ALLOWED


def test_a_host_that_is_no_host_never_comes_back(admin: InProcess) -> None:
    """The address in a list is built on the Host: nothing but a host name may stand there."""
    for host in ("x/y", "a@b", "evil.example\\x", "evil.example'", 'x"', "x y", "x,y", "<b>"):
        request = f"GET /events?type=user&user_id=u1 HTTP/1.1\r\nHost: {host}\r\n"
        request += f"Authorization: Bearer {admin.secret}\r\nConnection: close\r\n\r\n"
        with socket.create_connection(("127.0.0.1", admin.port), timeout=5) as connection:
            connection.sendall(request.encode())
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 400 "), (host, answer)
        assert host.encode() not in answer.partition(b"\r\n\r\n")[2], host
