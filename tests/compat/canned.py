"""A server on the loopback that keeps what it was sent to the byte, and answers as it is told."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

NO_ANSWER = b""
"""Close the connection instead of an answer."""
SILENCE = b"silence"
"""Keep the connection and say nothing until the test ends."""


@dataclass
class Sent:
    """One request as it came."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """One header's value, None where it is not there."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)


@dataclass
class Canned:
    """Where it listens, what it got, and what it answers: the first of `answers`, the last of
    them again and again."""

    base_url: str
    answers: list[bytes]
    sent: list[Sent] = field(default_factory=list)

    def answer(self, *answers: bytes) -> None:
        """From now on, answer so."""
        self.answers[:] = answers

    @property
    def last(self) -> Sent:
        return self.sent[-1]


def an_answer(
    status: int,
    body: object = b"",
    reason: str = "Said",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of an answer; a body that is no bytes is JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def a_refusal(
    status: int, code: str, message: str, reason: str = "Refused", **headers: str
) -> bytes:
    """An answer with Intercom's error list; underscores in header names stand for hyphens."""
    errors = [{"code": code, "message": message, "field": None}]
    body = {"type": "error.list", "request_id": "request-1", "errors": errors}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return an_answer(status, body, reason, names)


@contextmanager
def canned() -> Iterator[Canned]:
    """The server, which is gone at the end."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    state = Canned(f"http://127.0.0.1:{listener.getsockname()[1]}", [an_answer(202)])
    thread = threading.Thread(target=_serve, args=(listener, state, over))
    thread.start()
    try:
        yield state
    finally:
        over.set()
        # A listener that is closed does not wake who waits in accept; a connection does.
        socket.create_connection(listener.getsockname()).close()
        thread.join(10)
        listener.close()
    assert not thread.is_alive()


def _serve(listener: socket.socket, state: Canned, over: threading.Event) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            if over.is_set():
                return
            sent = _read(connection)
            if sent is None:
                continue
            state.sent.append(sent)
            answer = state.answers.pop(0) if len(state.answers) > 1 else state.answers[0]
            if answer == SILENCE:
                over.wait(10)
            else:
                connection.sendall(answer)


def _read(connection: socket.socket) -> Sent | None:
    file = connection.makefile("rb")
    with file:
        line = file.readline().decode().rstrip("\r\n")
        if not line:
            return None
        headers = []
        while text := file.readline().decode().rstrip("\r\n"):
            name, _, value = text.partition(": ")
            headers.append((name, value))
        length = next((int(v) for n, v in headers if n.lower() == "content-length"), 0)
        return Sent(line, headers, file.read(length))
