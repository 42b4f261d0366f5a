"""What every benchmark needs: servers on fresh stores, contacts, tables, JSON results."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.server import RunningServer, start_server

from bench.load import CONTACTS, measure, request, user_id

RESULTS = Path(__file__).with_name("results")
PROGRESS_EVERY_S = 2.0


@dataclass
class Served:
    """A server under measurement: its port, its process id, a token for it."""

    port: int
    pid: int
    token: str = "none"


@contextmanager
def pastense_server(folder: Path | None = None) -> Iterator[Served]:
    """`pastense serve` on a store of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pastense-bench-", dir=folder) as place:
        server = start_server(f"sqlite:{Path(place) / 'bench.db'}")
        with _stopped_at_the_end(server):
            yield Served(server.port, server.process.pid, server.token())


@contextmanager
def program_server(program: str, env: Mapping[str, str] | None = None) -> Iterator[Served]:
    """A program of this folder that prints its base URL once it listens."""
    path = str(Path(__file__).with_name(program))
    server = start_server("none", program=(path,), env=env, last_words="http")
    with _stopped_at_the_end(server):
        yield Served(server.port, server.process.pid)


@contextmanager
def _stopped_at_the_end(server: RunningServer) -> Iterator[None]:
    try:
        yield
    finally:
        if server.process.poll() is None:
            server.stop()


class Progress:
    """Prints rate, done and left every few seconds; call it with what is done."""

    def __init__(self, what: str, total: int, each: int = 1) -> None:
        self._what = what
        self._total = total
        self._each = each
        self._begun = self._shown = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._shown >= PROGRESS_EVERY_S and done:
            self._shown = now
            self._print(min(done * self._each, self._total), now - self._begun)

    def _print(self, done: int, elapsed: float) -> None:
        rate = done / elapsed
        left = (self._total - done) / rate
        line = f"{self._what}: {done:,} of {self._total:,} done, {rate:,.0f}/s, {left:,.0f} s left"
        print(line, file=sys.stderr, flush=True)


def create_contacts(served: Served, count: int = CONTACTS) -> None:
    """The benchmark's users, through the API."""
    bodies = (json.dumps({"role": "user", "external_id": user_id(n)}) for n in range(count))
    requests = (request("POST", "/contacts", served.token, body.encode()) for body in bodies)
    found = measure(served.port, served.pid, requests, 16, Progress("contacts", count))
    assert found.statuses == {200: count}, found.statuses


def machine() -> dict[str, object]:
    """What the figures were measured on; no names, no paths."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": _cpu_name(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def _cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def save(name: str, figures: Mapping[str, object]) -> None:
    """Write one benchmark's figures, with the machine, as JSON."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": machine()} | dict(figures), indent=2) + "\n")
    print(f"written: bench/results/{path.name}")


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as they need to be, the first to the left, numbers to the right."""
    cells = [list(map(str, row)) for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for row in cells:
        first, *others = (
            text.rjust(width) if column else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *others]))


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the rounds' own ratios: what drifts between rounds cancels out."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))
