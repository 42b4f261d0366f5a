"""A lean keep-alive HTTP/1.1 load client, and what a load cost the server.

One thread, one epoll, plain sockets: it spends about as much per request as a no-op server, so
on two cores the server under test is the side that is busy. Linux and standard library only.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import select
import socket
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

SILENCE_MAX_S = 30.0
RECEIVE_BYTES = 256 * 1024
CONTACTS = 2_000
NAMES = 20


@dataclass
class Result:
    """One load: what was answered, how fast, and the server's CPU time for it."""

    statuses: dict[int, int] = field(default_factory=dict)
    latencies_s: list[float] = field(default_factory=list)
    wall_s: float = 0.0
    server_cpu_s: float = 0.0
    client_cpu_s: float = 0.0

    @property
    def requests(self) -> int:
        return len(self.latencies_s)

    @property
    def per_second(self) -> float:
        return self.requests / self.wall_s

    @property
    def cpu_us(self) -> float:
        """The server's CPU time (user and system) per request, in microseconds."""
        return self.server_cpu_s / self.requests * 1e6

    @property
    def median_ms(self) -> float:
        return statistics.median(self.latencies_s) * 1e3

    @property
    def p99_ms(self) -> float:
        return percentile(self.latencies_s, 99) * 1e3


def percentile(values: list[float], percent: float) -> float:
    """The value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def cpu_seconds(pid: int) -> float:
    """CPU time so far of a process and its children, user and system, all threads.

    Linux makes the clock's number from the process id; unlike the ticks of /proc/PID/stat,
    which count the same time in steps of 10 ms, it has nanoseconds.
    """
    return time.clock_gettime((~pid << 3) | 2) + sum(map(cpu_seconds, children(pid)))


def children(pid: int) -> list[int]:
    """The processes that this one started and that still live."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]


class Client:
    """One connection with at most one request under way."""

    __slots__ = ("buffer", "sent_at", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SILENCE_MAX_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int:
        """Take what has come; the status once the answer is whole, else 0."""
        data = self.socket.recv(RECEIVE_BYTES)
        if not data:
            raise ConnectionError("the server closed a connection")
        self.buffer = self.buffer + data if self.buffer else data
        if not answer_is_whole(self.buffer):
            return 0
        status = int(self.buffer[9:12])
        self.buffer = b""
        return status


def answer_is_whole(data: bytes) -> bool:
    """Whether the head and as many bytes as its Content-Length says are there."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = data[:end].lower()
    start = head.find(b"content-length:")
    if start < 0:
        raise ValueError(f"an answer without Content-Length: {head!r}")
    length = int(head[start + 15 :].split(b"\r\n", 1)[0])
    return len(data) >= end + 4 + length


class Drive:
    """Sends each request on the first free connection until none are left; the connections go
    to the ports in turn."""

    def __init__(
        self,
        ports: Sequence[int],
        requests: Iterable[bytes],
        connections: int,
        client: Callable[[int], Client] = Client,
    ) -> None:
        self._requests = iter(requests)
        self._poll = select.epoll()
        self._clients: dict[int, Client] = {}
        self._under_way = 0
        for number in range(connections):
            opened = client(ports[number % len(ports)])
            self._clients[opened.socket.fileno()] = opened
            self._poll.register(opened.socket.fileno(), select.EPOLLIN)

    def close(self) -> None:
        self._poll.close()
        for client in self._clients.values():
            client.socket.close()

    def run(self, result: Result, progress: Callable[[int], None] | None) -> None:
        for client in self._clients.values():
            self._send_next(client)
        while self._under_way:
            ready = self._poll.poll(SILENCE_MAX_S)
            if not ready:
                raise TimeoutError("the server went silent")
            for number, _ in ready:
                self._take(self._clients[number], result)
            if progress:
                progress(len(result.latencies_s))

    def run_at(
        self, per_second: float, result: Result, progress: Callable[[int], None] | None
    ) -> None:
        """Send each request when it is due, or on the first connection that is free after."""
        free = deque(self._clients.values())
        begun = time.perf_counter()
        due, number = begun, 0
        request = next(self._requests, None)
        while request is not None or self._under_way:
            while request is not None and free and due <= time.perf_counter():
                client = free.popleft()
                self._under_way += 1
                client.send(request)
                client.sent_at = due
                number += 1
                due, request = begun + number / per_second, next(self._requests, None)
            for ready in self._wait(due if request is not None and free else None):
                if self._finish(ready, result):
                    free.append(ready)
            if progress:
                progress(len(result.latencies_s))

    def _wait(self, due: float | None) -> list[Client]:
        """The connections with an answer, at the latest when the next request is due."""
        timeout_s = SILENCE_MAX_S if due is None else max(0.0, due - time.perf_counter())
        ready = self._poll.poll(timeout_s)
        if not ready and due is None:
            raise TimeoutError("the server went silent")
        return [self._clients[number] for number, _ in ready]

    def _take(self, client: Client, result: Result) -> None:
        if self._finish(client, result):
            self._send_next(client)

    def _finish(self, client: Client, result: Result) -> bool:
        """Take what has come; whether the answer is whole."""
        status = client.receive()
        if not status:
            return False
        result.latencies_s.append(time.perf_counter() - client.sent_at)
        result.statuses[status] = result.statuses.get(status, 0) + 1
        self._under_way -= 1
        return True

    def _send_next(self, client: Client) -> None:
        request = next(self._requests, None)
        if request is not None:
            self._under_way += 1
            client.send(request)


def measure(
    port: int | Sequence[int],
    pid: int | Sequence[int],
    requests: Iterable[bytes],
    connections: int = 64,
    progress: Callable[[int], None] | None = None,
    client: Callable[[int], Client] = Client,
    per_second: float = 0.0,
) -> Result:
    """Send all requests, as fast as so many connections allow, each waiting for its answer; to
    one server or to several that do the same. With `per_second` they are due at that pace, and a
    latency begins when its request was due, also where no connection was free."""
    result = Result()
    pids = [pid] if isinstance(pid, int) else pid
    ports = [port] if isinstance(port, int) else port
    drive = Drive(ports, requests, connections, client)
    run = partial(drive.run_at, per_second) if per_second else drive.run
    gc.disable()
    try:
        server_cpu, client_cpu = sum(map(cpu_seconds, pids)), time.process_time()
        begun = time.perf_counter()
        run(result, progress)
        result.wall_s = time.perf_counter() - begun
        result.server_cpu_s = sum(map(cpu_seconds, pids)) - server_cpu
        result.client_cpu_s = time.process_time() - client_cpu
    finally:
        gc.enable()
        drive.close()
    return result


def request(method: str, target: str, token: str, body: bytes | None = None) -> bytes:
    """One whole HTTP/1.1 request as bytes."""
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    if body is None:
        return f"{head}\r\n".encode()
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


EVENT = (
    b'{"event_name":"bench-event-%02d","created_at":%010d,"user_id":"bench-%06d",'
    b'"metadata":{"order_date":1392036272,"stripe_invoice":"inv_3434343434","plan":"team",'
    b'"price":{"currency":"usd","amount":2999}}}'
)
"""A single event of about 200 bytes; every field has one width, so the length is constant."""


def user_id(number: int) -> str:
    """The `user_id` of the benchmark's contact of this number."""
    return f"bench-{number:06d}"


def event_requests(
    token: str, count: int, begin: int, seed: int, contacts: int = CONTACTS
) -> Iterator[bytes]:
    """So many single `POST /events`, each a new event: contacts and names by chance.

    `begin` is the first second used; the same begin again would send duplicates.
    """
    length = len(EVENT % (0, 0, 0))
    head = request("POST", "/events", token, b" " * length)[:-length].replace(b"%", b"%%")
    whole = head + EVENT
    chance = random.Random(seed).randrange
    for number in range(count):
        yield whole % (chance(NAMES), begin + number, chance(contacts))


def main() -> None:
    """Post events to a server that already runs and holds the benchmark's contacts."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int, required=True, help="the server's process id")
    parser.add_argument("--token", default=os.environ.get("PASTENSE_TOKEN", ""))
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--requests", type=int, default=20_000)
    options = parser.parse_args()
    begin = int(time.time()) - options.requests
    requests = event_requests(options.token, options.requests, begin, os.getpid())
    found = measure(options.port, options.pid, requests, options.connections)
    print(f"answers        {found.statuses}")
    print(f"requests/s     {found.per_second:,.0f}")
    print(f"median, p99    {found.median_ms:.2f} ms, {found.p99_ms:.2f} ms")
    print(f"CPU/request    server {found.cpu_us:.1f} us, ", end="")
    print(f"client {found.client_cpu_s / found.requests * 1e6:.1f} us")


if __name__ == "__main__":
    main()
