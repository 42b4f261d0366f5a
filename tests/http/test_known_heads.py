"""A head that was read before is not read again, and says nothing of any other bytes."""

from __future__ import annotations

import time

from pastense.service.administration.access import revoke_token
from tests.http.ways import SHORT, Caller, Ways, event, statuses
from tests.support.inprocess import NOW, InProcess


def known_head(caller: Caller, body: bytes) -> bytes:
    """The head of a submission as long as this one, which the server has read once."""
    head = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.server.secret}\r\n"
    known = head.encode() + b"Content-Length: %d\r\n\r\n" % len(body)
    for _ in range(2):
        caller.socket.sendall(known + body)
        assert caller.answer().startswith(b"HTTP/1.1 202")
    return known


def test_a_known_head_says_nothing_of_other_bytes(caller: Caller, ways: Ways) -> None:
    """Half a request, two in one piece, one behind another that waits, the head without its end."""
    body = event("warm")
    known = known_head(caller, body)
    assert (ways.short, ways.parsed) == (2, 1)
    end = len(known)
    for cut in (1, 30, end - 4, end - 2, end, end + 1, end + len(body) - 1):
        ways.parsed = 0
        for piece in ((known + body)[:cut], (known + body)[cut:]):
            caller.socket.sendall(piece)
            time.sleep(0.02)
        assert caller.answer().startswith(b"HTTP/1.1 202")
        assert ways.parsed == 1, cut
    ways.parsed = 0
    caller.socket.sendall((known + body) * 3 + known + body[:-1] + b"x")
    assert statuses(caller, 4) == [202, 202, 202, 400]
    assert ways.parsed == 4


def test_a_known_head_within_another_request_is_not_known(caller: Caller) -> None:
    """What looks like a whole submission is a part of the request that began before it, in one
    piece with the end of the one before."""
    inside = event("within")
    known = known_head(caller, inside.replace(b"within", b"before"))
    for piece in (
        known + inside[:9],
        inside[9:] + b"GET /healthz HTTP/1.1\r\nX-Y: ",
        known + inside.replace(b"within", b"hidden"),
    ):
        caller.socket.sendall(piece)
        time.sleep(0.05)
    assert statuses(caller, 2) == [202, 200]
    names = {one["event_name"] for one in caller.server.listed()}
    assert names == {"warm", "before", "within"}, "and nothing hidden"


def test_a_known_head_is_no_token(server: InProcess, caller: Caller, ways: Ways) -> None:
    """What a token opens is asked each time: a revoked one opens nothing."""
    for expected in (b"202", b"202"):
        caller.send(SHORT, event("warm"))
        assert caller.answer()[9:12] == expected
    assert ways.parsed == 1
    for token in server.store.admin.tokens():
        revoke_token(server.store.admin, token, NOW)
    server.state.forget_accesses()
    caller.send(SHORT, event("warm"))
    assert caller.answer()[9:12] == b"401"
