"""A small TCP server that answers HTTP as a script says, faults included, and keeps what it got."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Received:
    """One request as it came, and on the how many-eth connection."""

    line: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class Exchange:
    """A connection at the moment of one request."""

    sock: socket.socket
    request: Received

    def reset(self) -> None:
        """End the connection with RST: both sides lose what is under way."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise ConnectionResetError


Action = bytes | Callable[[Exchange], bytes | None]
"""What to answer, or what to do: None ends the connection."""


@dataclass
class ScriptedServer:
    """Listens on the loopback. Each request takes the next action; the last one stays."""

    script: list[Action]
    tls: ssl.SSLContext | None = None
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    """Set at the end: whoever hangs waits for it."""

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def hang(self, _: Exchange) -> None:
        """An action: say nothing until the test is over."""
        self.released.wait(20)

    def drop_idle(self) -> None:
        """Close every connection from this side."""
        with self._lock:
            for sock in self._open:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def start(self) -> None:
        self._start(self._accept)

    def stop(self) -> None:
        self.released.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop_idle()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, sock, self.connections)

    def _serve(self, plain: socket.socket, number: int) -> None:
        sock = plain
        with plain, suppress(OSError):
            if self.tls is not None:
                sock = self.tls.wrap_socket(plain, server_side=True)
            with sock, sock.makefile("rb") as stream:
                with self._lock:
                    self._open.append(sock)
                while (request := _read_request(stream, number)) is not None:
                    answer = self._answer(Exchange(sock, request))
                    if answer is None:
                        return
                    sock.sendall(answer)

    def _answer(self, exchange: Exchange) -> bytes | None:
        with self._lock:
            self.requests.append(exchange.request)
            action = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return action if isinstance(action, bytes) else action(exchange)


def _read_request(stream, number: int) -> Received | None:
    line = stream.readline().decode("latin-1").strip()
    if not line:
        return None
    headers = {}
    while (header := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = header.partition(": ")
        headers[name.lower()] = value
    body = stream.read(int(headers.get("content-length", 0)))
    return Received(line, headers, body, number)


@contextmanager
def scripted_server(*script: Action, tls: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    """A server with that script, ended at the end. Where there is none it answers 202."""
    server = ScriptedServer(list(script) or [ACCEPTED], tls)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """An HTTP answer; underscores in the names of headers are hyphens."""
    lines = [f"HTTP/1.1 {status} Words", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
