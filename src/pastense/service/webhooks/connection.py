"""One connection to a receiver, of which every call ends at the same deadline."""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from pastense.service.webhooks.targets import Target

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

IDLE_S: Final = 10.0
"""How long a connection that nobody uses is thought to be good."""
KEPT_S: Final = 60.0
"""How long a connection is used at most: then the name is looked up and judged again."""
BODY_BYTES_MAX: Final = 16 * 1024
"""What is read of an answer's body, so that the connection can be used again."""


class Connection:
    """One open connection to one target."""

    def __init__(self, target: Target, sock: socket.socket) -> None:
        self._target = target
        self._sock = sock
        self._opened = self._used = time.monotonic()

    def serves(self, target: Target) -> bool:
        """Whether it may be used for that target now."""
        now = time.monotonic()
        mine, other = self._target, target
        is_same = (mine.is_secure, mine.authority) == (other.is_secure, other.authority)
        return is_same and now - self._used < IDLE_S and now - self._opened < KEPT_S

    def post(self, body: bytes, headers: Mapping[str, str], deadline: float) -> tuple[int, bool]:
        """Send a request; the status, and whether the connection can be used again."""
        client = http.client.HTTPConnection("receiver")  # It never connects by itself.
        timed = _Timed(self._sock, deadline)
        client.sock = timed
        client.putrequest("POST", self._target.path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": self._target.authority, **headers}.items():
            client.putheader(name, value)
        client.putheader("Content-Length", str(len(body)))
        client.endheaders(body)
        answer = client.getresponse()
        reusable = not answer.will_close and _drain(answer)
        self._used = time.monotonic()
        return answer.status, reusable

    def close(self) -> None:
        """Close it, whatever it is doing."""
        with suppress(OSError):
            self._sock.close()


class _Timed:
    """A socket as `http.client` uses one, of which every call ends at the same deadline. It is
    not closed with the answer: whoever made the connection does that."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._waiting = bytearray()

    def sendall(self, data: bytes) -> None:
        """Keep it: head and body go out together."""
        self._waiting += data

    def makefile(self, _: str) -> io.BufferedReader:
        """Send the request; the stream that the answer is read from."""
        self._sock.settimeout(seconds_left(self._deadline))
        self._sock.sendall(self._waiting)
        return io.BufferedReader(_TimedStream(self._sock, self._deadline))

    def close(self) -> None:
        """Nothing: the answer may still be read."""


class _TimedStream(io.RawIOBase):
    """The bytes of an answer, up to the deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        """It is read from."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Some bytes of the answer."""
        self._sock.settimeout(seconds_left(self._deadline))
        return self._sock.recv_into(buffer)


def connect(address: str, port: int, timeout_s: float) -> socket.socket:
    """A connection to that address and no other: no name is looked up any more."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    raw = socket.socket(family, socket.SOCK_STREAM)
    try:
        raw.settimeout(timeout_s)
        raw.connect((address, port))
    except BaseException:
        raw.close()
        raise
    return raw


def seconds_left(deadline: float) -> float:
    """How long until then; raises `TimeoutError` where none are."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _drain(answer: http.client.HTTPResponse) -> bool:
    """Read a short body to its end; whether it was one. The status counts however it ends."""
    if answer.length is not None and answer.length > BODY_BYTES_MAX:
        return False
    try:
        answer.read(BODY_BYTES_MAX + 1)
    except (OSError, http.client.HTTPException):
        return False
    return answer.isclosed()
