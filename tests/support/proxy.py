"""A small HTTP proxy on the loopback: it forwards plain requests and opens tunnels, and says whom
it was asked for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Proxy:
    """Each connection is served by a thread; `refuses` is the status that nobody gets beyond."""

    refuses: bytes | None = None
    lines: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._begin(self._accept)

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in list(self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(10)
            assert not thread.is_alive()

    def _begin(self, target, *args) -> None:
        thread = threading.Thread(target=target, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._begin(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        self._open.append(client)
        with client, suppress(OSError, ValueError):
            head = _read_head(client)
            line, headers = head[0], dict(item.split(": ", 1) for item in head[1:])
            self.lines.append(line)
            self.headers.append(headers)
            if self.refuses is not None:
                client.sendall(b"HTTP/1.1 " + self.refuses + b"\r\nContent-Length: 0\r\n\r\n")
                return
            method, target, _ = line.split(" ")
            place = target if method == "CONNECT" else urlsplit(target).netloc
            host, _, port = place.rpartition(":")
            with socket.create_connection((host, int(port))) as server:
                self._open.append(server)
                if method == "CONNECT":
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    parts = urlsplit(target)
                    path = parts.path + (f"?{parts.query}" if parts.query else "")
                    server.sendall(_head(f"{method} {path} HTTP/1.1", headers))
                back = threading.Thread(target=_pump, args=(server, client))
                back.start()
                _pump(client, server)
                back.join(10)


def _read_head(sock: socket.socket) -> list[str]:
    """Byte by byte, so that what follows the head stays in the socket."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            raise ConnectionResetError
        data += byte
    return data.decode("latin-1").strip().split("\r\n")


def _head(line: str, headers: dict[str, str]) -> bytes:
    lines = [line, *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Bytes one way until their end, which is passed on."""
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxying(refuses: bytes | None = None) -> Iterator[Proxy]:
    """A proxy, ended at the end."""
    proxy = Proxy(refuses)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
