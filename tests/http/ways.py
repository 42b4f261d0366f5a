"""The two ways of a `POST /events`: callers that say it byte by byte, and which way each took."""

from __future__ import annotations

import json
import re
import socket

from tests.support.inprocess import NOW, InProcess

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SHORT, LONG = "/events", "/events/"
_CHANGING = re.compile(rb"(date|x-request-id): [^\r]+|\"request_id\":\"[^\"]+\"")


class Ways:
    """How many requests took each of the two ways, and how many heads were parsed."""

    def __init__(self) -> None:
        self.short = self.long = self.parsed = 0


class Caller:
    """One connection to a server, and what it says byte by byte."""

    def __init__(self, server: InProcess) -> None:
        self.server = server
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=10)

    def send(self, path: str, body: bytes, *headers: str, line: str = "HTTP/1.1") -> None:
        """A whole request in one piece; a given Authorization stands instead of the usual."""
        given = [name.partition(":")[0].lower() for name in headers]
        lines = [f"POST {path} {line}", "Host: x", *headers]
        if "authorization" not in given:
            lines.append(f"Authorization: Bearer {self.server.secret}")
        if "transfer-encoding" not in given:
            lines.append(f"Content-Length: {len(body)}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def answer(self) -> bytes:
        """The next final answer, without what differs each time."""
        data = b""
        while b"\r\n\r\n" not in data.removeprefix(CONTINUE):
            data += self._more()
        data = data.removeprefix(CONTINUE)
        head, _, body = data.partition(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", head)
        assert found
        while len(body) < int(found[1]):
            body += self._more()
        return _CHANGING.sub(rb"\1", head + b"\r\n\r\n" + body)

    def _more(self) -> bytes:
        more = self.socket.recv(65536)
        assert more, "the server closed"
        return more


def event(name: str = "did", **fields: object) -> bytes:
    """One event as JSON."""
    return json.dumps({"event_name": name, "created_at": NOW, "user_id": "u1"} | fields).encode()


def listed(*names: str, **fields: object) -> bytes:
    """Events as a list."""
    items = [{"event_name": name, "created_at": NOW, "user_id": "u1"} | fields for name in names]
    return json.dumps({"data": items}).encode()


def statuses(caller: Caller, count: int) -> list[int]:
    """Those of the next answers, which may come in one piece."""
    said, found = b"", []
    while len(found) < count:
        said += caller._more()
        found = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", said)]
    return found
