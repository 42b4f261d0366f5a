"""A real receiver of webhooks on the loopback, which can be down, slow and rude."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "a-secret-of-the-tests"
Judge = Callable[[dict[str, Any]], int]


@dataclass
class Received:
    """One request: its headers in lower case, its body, and what it was answered."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def item(self) -> dict[str, Any]:
        return self.json["data"]["item"]

    def is_signed(self, secret: str = SECRET) -> bool:
        """Both signatures are those of the body, computed here."""
        key, sent = secret.encode(), self.headers
        sha1 = "sha1=" + hmac.new(key, self.body, hashlib.sha1).hexdigest()
        sha256 = "sha256=" + hmac.new(key, self.body, hashlib.sha256).hexdigest()
        return (sent["x-hub-signature"], sent["x-hub-signature-256"]) == (sha1, sha256)


class Receiver:
    """Listens while it is up, always on the same port, and keeps what it got."""

    def __init__(self, judge: Judge = lambda _: 200) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.held = 0
        self.extra_headers: dict[str, str] = {}
        self._judge = judge
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.up()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/hook"

    def judge(self, judge: Judge) -> None:
        """What to answer from now on."""
        self._judge = judge

    def hold(self) -> Callable[[], None]:
        """Answer nothing from now on; the call that is returned lets all answers go."""
        released, judge = threading.Event(), self._judge

        def wait(item: dict[str, Any]) -> int:
            with self._changed:
                self.held += 1
                self._changed.notify_all()
            released.wait(30)
            return judge(item)

        self._judge = wait
        return released.set

    def wait_for_held(self, count: int) -> None:
        """Until so many requests wait for their answer."""
        self.wait_for(lambda _: self.held >= count)

    def up(self) -> None:
        """Listen (again)."""
        receiver = self

        class Handler(_Handler):
            owner = receiver

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def wait_for(
        self, condition: Callable[[list[Received]], object], timeout_s: float = 10
    ) -> None:
        """Until what was received fulfils the condition."""
        end = time.monotonic() + timeout_s
        with self._changed:
            while not condition(self.received):
                left = end - time.monotonic()
                assert left > 0, f"{len(self.received)} received, {len(self.taken)} taken"
                self._changed.wait(left)

    def wait_for_count(self, count: int, timeout_s: float = 10) -> list[Received]:
        """Until so many were taken; those that were."""
        self.wait_for(lambda _: len(self.taken) >= count, timeout_s)
        return self.taken

    @property
    def taken(self) -> list[Received]:
        """What was answered with a success."""
        return [one for one in list(self.received) if 200 <= one.status < 300]

    def take(self, handler: BaseHTTPRequestHandler, body: bytes) -> int:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        received = Received(handler.path, headers, body, 0)
        received.status = self._judge(received.item)
        with self._changed:
            self.received.append(received)
            self._changed.notify_all()
        return received.status

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    owner: Receiver

    def setup(self) -> None:
        super().setup()
        self.owner.connections += 1
        self.owner._open.add(self.connection)

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def finish(self) -> None:
        self.owner._open.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.owner.take(self, body)
        with suppress(OSError):
            self.send_response(status)
            for name, value in self.owner.extra_headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def event_names(received: list[Received]) -> list[str]:
    return [one.item["event_name"] for one in received]
