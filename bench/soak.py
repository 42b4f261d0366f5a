"""Soak: at a share of what saturates the server, for long; nothing may grow but the data.

The load is single events, lists, reads and searches on 64 connections, which are made anew in each
slice of ten seconds. Between slices the server's memory, open files, threads and write-ahead log
are read. Whatever is larger in the last third than in the first, beyond its margin, ends the
program with 1.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.load import CONTACTS, NAMES, Result, measure, percentile, request, user_id
from bench.rig import Served, create_contacts, pastense_server, print_table, save

SLICE_S = 10.0
SATURATE_REQUESTS = 4_000
LIST_EVENTS = 20
SETTLING_S = 300.0
"""So long is not judged, nor more than half of the run: the store's page caches, of 32 MB for the
writer and 8 MB for each reader, fill up with the store."""
MARGINS = {
    "memory_mb": (1.05, 6.0),
    "files": (1.0, 4.0),
    "threads": (1.0, 1.0),
    "log_mb": (1.5, 8.0),
}
"""How much larger the last third may be than the first: a factor, and so much more."""
LOG_MB_MAX = 128.0
EXPECTED = {200, 202}


@dataclass
class Sample:
    """What the server held after one slice, and how the slice went."""

    at_s: float
    memory_mb: float
    files: int
    threads: int
    log_mb: float
    store_mb: float
    per_second: float
    p99_ms: float
    events: int


def parse() -> argparse.Namespace:
    """The command's options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--share", type=float, default=0.7, help="of the saturating load")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--folder", type=Path, help="where the store lies (its disk matters)")
    return parser.parse_args()


class Load:
    """An endless supply of requests, of which each event is new."""

    def __init__(self, token: str) -> None:
        self.events = 0
        self._token = token
        self._random = random.Random(1)
        self._begin = int(time.time()) - 60 * 86_400
        self._numbers = itertools.count()

    def next(self) -> bytes:
        """Of a hundred requests 80 are single events, 5 lists of 20, 12 reads, 3 searches."""
        draw = self._random.random()
        if draw < 0.80:
            return self._post("/events", self._event())
        if draw < 0.85:
            return self._post("/events", {"data": [self._event() for _ in range(LIST_EVENTS)]})
        who = f"type=user&user_id={user_id(self._random.randrange(CONTACTS))}"
        if draw < 0.97:
            summary = "&summary=true" if draw < 0.91 else ""
            return request("GET", f"/events?{who}{summary}", self._token)
        wanted = user_id(self._random.randrange(CONTACTS))
        query = {"field": "external_id", "operator": "=", "value": wanted}
        return self._post("/contacts/search", {"query": query})

    def _event(self) -> dict[str, object]:
        number = next(self._numbers)
        self.events += 1
        return {
            "event_name": f"soak-{number % NAMES:02d}",
            "created_at": self._begin + number // 8,
            "user_id": user_id(self._random.randrange(CONTACTS)),
            "metadata": {"order": number, "plan": "professional", "url": "https://example.org/o"},
        }

    def _post(self, path: str, body: object) -> bytes:
        return request("POST", path, self._token, json.dumps(body).encode())

    def paced(self, per_second: float, seconds: float) -> Iterator[bytes]:
        """So many requests a second; one that is late is sent at once."""
        begun, sent = time.monotonic(), 0
        while (now := time.monotonic()) - begun < seconds:
            ahead_s = sent / per_second - (now - begun)
            if ahead_s > 0:
                time.sleep(min(ahead_s, 0.05))
                continue
            sent += 1
            yield self.next()


def saturation(served: Served, load: Load, connections: int) -> float:
    """Requests per second of the same load without a pause: the median of three."""
    found = []
    for _ in range(3):
        requests = (load.next() for _ in range(SATURATE_REQUESTS))
        found.append(checked(measure(served.port, served.pid, requests, connections)).per_second)
    return statistics.median(found)


def checked(result: Result) -> Result:
    """Nothing but successes."""
    assert set(result.statuses) <= EXPECTED, result.statuses
    return result


def look(pid: int, at_s: float, result: Result, events: int) -> Sample:
    """What the process holds now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    paths = open_files(pid)
    sizes = {path: Path(path).stat().st_size / 1e6 for path in paths if path.startswith("/")}
    by_end: Counter[str] = Counter()
    for path in {path for path in sizes if path.endswith((".db", ".db-wal"))}:
        by_end[path.rpartition(".")[2]] += sizes[path]
    return Sample(
        round(at_s, 1),
        int(fields["VmRSS"].split()[0]) / 1e3,
        len(paths),
        int(fields["Threads"]),
        round(by_end["db-wal"], 1),
        round(by_end["db"], 1),
        round(result.per_second, 1),
        round(percentile(result.latencies_s, 99) * 1e3, 1),
        events,
    )


def open_files(pid: int) -> list[str]:
    """What each descriptor of a process leads to; files that exist by their path."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            target = link.readlink()
            found.append(str(target) if target.is_file() else target.name)
    return found


def growth(samples: list[Sample]) -> dict[str, tuple[float, float, bool]]:
    """For each figure its median in the first and in the last third, and whether it grew."""
    settled_s = min(SETTLING_S, samples[-1].at_s / 2)
    judged = [one for one in samples if one.at_s >= settled_s]
    third = max(1, len(judged) // 3)
    found = {}
    for name, (factor, more) in MARGINS.items():
        first, last = (
            statistics.median(getattr(one, name) for one in part)
            for part in (judged[:third], judged[-third:])
        )
        found[name] = (first, last, last > first * factor + more)
    peak = max(one.log_mb for one in samples)
    found["log_mb at most"] = (LOG_MB_MAX, peak, peak > LOG_MB_MAX)
    return found


def soak(served: Served, options: argparse.Namespace) -> tuple[float, list[Sample]]:
    """Run for so long; the saturating rate and what was seen after each slice."""
    load, samples = Load(served.token), []
    limit = saturation(served, load, options.connections)
    begun, seconds = time.monotonic(), options.minutes * 60
    while (at_s := time.monotonic() - begun) < seconds:
        requests = load.paced(limit * options.share, SLICE_S)
        result = checked(measure(served.port, served.pid, requests, options.connections))
        time.sleep(0.2)
        samples.append(look(served.pid, at_s + SLICE_S, result, load.events))
        tell(samples[-1], seconds)
    return limit, samples


def tell(one: Sample, seconds: float) -> None:
    """One line on how it goes."""
    print(
        f"{one.at_s:,.0f} of {seconds:,.0f} s, {one.per_second:,.0f}/s, p99 {one.p99_ms:.1f} ms, "
        f"{one.events:,} events; {one.memory_mb:.1f} MB, {one.files} files, {one.threads} threads, "
        f"log {one.log_mb} MB, store {one.store_mb} MB, {max(0.0, seconds - one.at_s):,.0f} s left",
        file=sys.stderr,
        flush=True,
    )


def main() -> int:
    """The command; 1 where something grew."""
    options = parse()
    with pastense_server(options.folder) as served:
        create_contacts(served, CONTACTS)
        limit, samples = soak(served, options)
    grown = growth(samples)
    print(f"saturation {limit:,.0f} requests/s, held at {options.share:.0%}")
    rows = [(n, f"{a:.1f}", f"{b:.1f}", "GREW" if g else "flat") for n, (a, b, g) in grown.items()]
    print_table(("server", "first third", "last third", ""), rows)
    save("soak", {"saturation": limit, "samples": [asdict(one) for one in samples]})
    return 1 if any(grew for _, _, grew in grown.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
