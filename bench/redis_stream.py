"""A durable log without HTTP and without rules: Redis, one XADD for each event.

`appendfsync always`: Redis answers once the append was synchronised to disk, and does so once for
all commands that came in one turn of its loop.
"""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.load import CONTACTS, EVENT, NAMES, Client, Result, measure
from bench.rig import Served

START_TIMEOUT_S = 10.0
SETTINGS = {
    "bind": "127.0.0.1",
    "appendonly": "yes",
    "appendfsync": "always",
    "save": "",
    "daemonize": "no",
    "loglevel": "warning",
}


def find_redis() -> str | None:
    """The server's program, where this machine has it."""
    return shutil.which("redis-server")


@contextmanager
def redis_server(program: str, folder: Path | None = None) -> Iterator[Served]:
    """A server with an empty append-only file of its own, gone afterwards."""
    with TemporaryDirectory(prefix="pastense-bench-", dir=folder) as place:
        port = free_port()
        options = [part for name, value in SETTINGS.items() for part in (f"--{name}", value)]
        process = subprocess.Popen(
            [program, "--port", str(port), "--dir", place, *options], stdout=subprocess.DEVNULL
        )
        try:
            wait_until_listening(port)
            yield Served(port, process.pid)
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_until_listening(port: int) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


class RedisClient(Client):
    """One connection that speaks Redis' protocol; an id counts as 202."""

    __slots__ = ()

    def receive(self) -> int:
        """202 once the id of the new entry is there whole, 0 before; 500 for an error."""
        data = self.socket.recv(65_536)
        if not data:
            raise ConnectionError("the server closed a connection")
        self.buffer += data
        if self.buffer[:1] == b"-":
            return 500
        if self.buffer.count(b"\r\n") < 2:
            return 0
        self.buffer = b""
        return 202


def appends(count: int, begin: int, seed: int) -> Iterator[bytes]:
    """So many XADD, each the body of a single event."""
    chance = random.Random(seed).randrange
    for number in range(count):
        body = EVENT % (chance(NAMES), begin + number, chance(CONTACTS))
        parts = (b"XADD", b"events", b"*", b"body", body)
        yield b"*5\r\n" + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


def post_events(served: Served, requests: int, connections: int, round_number: int) -> Result:
    """One round: so many events, all of which must be answered with an id."""
    begin = int(time.time()) - 80 * 86_400 + round_number * requests
    commands = appends(requests, begin, round_number)
    found = measure(served.port, served.pid, commands, connections, client=RedisClient)
    assert found.statuses == {202: requests}, found.statuses
    return found
