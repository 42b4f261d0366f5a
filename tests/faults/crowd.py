"""A crowd of bad clients beside one that is good: `python -m tests.faults.crowd PORT PID TOKEN`.

One connection sends an event after the other, first alone and then beside each crowd in turn. The
crowd is a program of its own, so that its work is not taken for the server's.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from bench.load import percentile, request

EVENTS = 400
RAMP_S = 1.5


@dataclass
class Stretch:
    """The good client's events beside one crowd."""

    crowd: str
    latencies_s: list[float]
    refused: int
    connections: int = 0

    @property
    def p99_ms(self) -> float:
        """What 99 of 100 events did not exceed."""
        return percentile(self.latencies_s, 99) * 1e3


def good_client(
    port: int, token: str, serial: Iterator[int], events: int
) -> tuple[list[float], int]:
    """One event after the other on one connection: how long each took, how many were no 202."""
    latencies, refused = [], 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(events):
            event = {
                "event_name": "good",
                "created_at": 1_700_000_000 + next(serial),
                "user_id": "u1",
            }
            begun = time.perf_counter()
            connection.sendall(request("POST", "/events", token, json.dumps(event).encode()))
            answer = connection.recv(65_536)
            latencies.append(time.perf_counter() - begun)
            refused += not answer.startswith(b"HTTP/1.1 202")
            time.sleep(0.002)
    return latencies, refused


def open_many(port: int, count: int) -> list[socket.socket]:
    """As many connections as there may be, up to that."""
    held: list[socket.socket] = []
    while len(held) < count:
        try:
            held.append(socket.create_connection(("127.0.0.1", port), timeout=10))
        except OSError:
            break
    return held


def idle(port: int, count: int) -> None:
    """Connections that ask once and then say nothing."""
    held = open_many(port, count)
    for connection in held:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    print(len(held), flush=True)
    select.select([], [], [], 600)


def dripping(port: int, count: int) -> None:
    """Headers and bodies that come a byte at a time, and begin anew when they were cut off."""
    head = b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nX: "
    held = open_many(port, count)
    print(len(held), flush=True)
    while True:
        for index, connection in enumerate(held):
            try:
                connection.sendall(head if index % 2 else b"G")
            except OSError:
                connection.close()
                held[index : index + 1] = open_many(port, 1)
            time.sleep(0.001)


def nonsense(port: int, count: int) -> None:
    """Connections that come, send what is no HTTP or break off, and come again."""
    print(count, flush=True)
    sent = (b"\x16\x03\x01\x00", b"GET / HTTP/9\r\n\r\n", b"POST /events HTTP/1.1\r\nHost: x\r\nCo")
    while True:
        for data in sent:
            for connection in open_many(port, 1):
                with connection:
                    connection.sendall(data)
        time.sleep(0.01)


def oversized(port: int, count: int) -> None:
    """Bodies that are too large, or packed, sent whole."""
    print(count, flush=True)
    head = b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    while True:
        for connection in open_many(port, 1):
            with connection:
                with suppress(OSError):
                    connection.sendall(head % 30_000_000 + b" " * 3_000_000)
        time.sleep(0.05)


CROWDS: dict[str, tuple[Callable[[int, int], None], int]] = {
    "idle": (idle, 9_900),
    "dripping": (dripping, 500),
    "nonsense": (nonsense, 1),
    "oversized": (oversized, 1),
}


def beside(port: int, token: str, crowd: str, serial: Iterator[int], events: int) -> Stretch:
    """The good client beside one crowd, which is ended after it."""
    command = [sys.executable, "-m", "tests.faults.crowd", crowd, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as bad:
        try:
            assert bad.stdout is not None
            connections = int(bad.stdout.readline())
            time.sleep(RAMP_S)
            latencies, refused = good_client(port, token, serial, events)
        finally:
            bad.kill()
    return Stretch(crowd, latencies, refused, connections)


def alone(port: int, token: str, serial: Iterator[int], events: int) -> Stretch:
    """The good client with nobody beside it."""
    return Stretch("alone", *good_client(port, token, serial, events))


if __name__ == "__main__":
    from pastense.web.server import raise_file_limit

    raise_file_limit(20_000)
    work, count = CROWDS[sys.argv[1]]
    work(int(sys.argv[2]), count)
