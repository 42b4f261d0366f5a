"""What ten million events change: submits, lists, summaries, memory, disk and the start.

Two servers. One stays at `SMALL` events; the other grows by lists to each size asked for, by
new contacts with `EVENTS_PER_CONTACT` events each. At each size both get the same load in
turn: single `POST /events` over 64 connections, lists and summaries over one, contacts by chance
each time. What counts is the ratio of the CPU time per request. The large file is read through
before each load, since it is the store that is measured and not the disk; `--cold` leaves it
where it lies. Then the large store is opened
anew, and timed from the command to the first answer. With `--folder` the large store is kept,
and a later run goes on from it.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.server import clean_environment, running_server

from bench.load import EVENT, NAMES, Result, cpu_seconds, measure, request, user_id
from bench.rig import Progress, Served, print_table, ratio, save

SMALL = 100_000
EVENTS_PER_CONTACT = 50
LIST_ITEMS = 1_000
SPAN_S = 80 * 86_400
STEP_S = 3_600
RATIO_MAX = 1.25
MEMORY_MAX_MB = 200
START_MAX_MS = 400
STARTS = 7
READ_BYTES = 4 * 1024 * 1024
CREATES = {"PASTENSE_CREATE_UNKNOWN_CONTACTS": "true"}
KINDS = ("submit", "list", "summary")
QUERIES = {"list": "", "summary": "&summary=true"}


@dataclass
class Store:
    """One store under measurement, and how many events it holds."""

    path: Path
    served: Served
    events: int
    begin: int

    @property
    def contacts(self) -> int:
        return max(1, self.events // EVENTS_PER_CONTACT)

    def event(self, number: int) -> bytes:
        """The event of this number in the fill."""
        contact, own = divmod(number, EVENTS_PER_CONTACT)
        at = self.begin + own * SPAN_S // EVENTS_PER_CONTACT + contact % STEP_S
        return EVENT % ((contact + own) % NAMES, at, contact)

    def used_bytes(self) -> int:
        """The file and its log, of all that was written."""
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())


def lists(store: Store, target: int) -> Iterator[bytes]:
    """The lists that fill a store up to so many events: contact after contact, each with its
    whole past, as an import sends them."""
    for start in range(store.events, target, LIST_ITEMS):
        numbers = range(start, min(start + LIST_ITEMS, target))
        body = b'{"type":"event.list","data":[' + b",".join(map(store.event, numbers)) + b"]}"
        yield request("POST", "/events", store.served.token, body)


def grow(store: Store, target: int) -> None:
    """Fill up to so many events; every list must be answered 202."""
    if target <= store.events:
        return
    progress = Progress(f"events up to {target:,}", target - store.events, LIST_ITEMS)
    found = measure(store.served.port, store.served.pid, lists(store, target), 4, progress)
    assert set(found.statuses) == {202}, found.statuses
    rate = (target - store.events) / found.wall_s
    print(f"filled to {target:,} events, {rate:,.0f}/s", file=sys.stderr, flush=True)
    store.events = target


def submits(store: Store, count: int, seed: int) -> Iterator[bytes]:
    """Single new events of contacts by chance, a second of its own for each."""
    chance = random.Random(f"{store.events} {seed}").randrange
    first = store.begin + SPAN_S + seed * count
    for number in range(count):
        body = EVENT % (chance(NAMES), first + number, chance(store.contacts))
        yield request("POST", "/events", store.served.token, body)


def reads(store: Store, kind: str, count: int, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed).randrange
    for _ in range(count):
        who = user_id(chance(store.contacts))
        target = f"/events?type=user&user_id={who}{QUERIES[kind]}"
        yield request("GET", target, store.served.token)


def load(store: Store, kind: str, count: int, seed: int) -> Result:
    """One round of one kind; every request must be answered as it should."""
    submitted = kind == "submit"
    requests = submits(store, count, seed) if submitted else reads(store, kind, count, seed)
    connections = 64 if submitted else 1
    found = measure(store.served.port, store.served.pid, requests, connections)
    assert found.statuses == {202 if submitted else 200: count}, found.statuses
    return found


def compare(small: Store, large: Store, options: argparse.Namespace, place: int) -> dict:
    """Rounds of all kinds, both stores in turn; the first round only warms."""
    found: dict[str, list[tuple[Result, Result]]] = {kind: [] for kind in KINDS}
    for number in range(options.rounds + 1):
        for kind in KINDS:
            if not options.cold:
                read_through(large.path)
            count = options.submits if kind == "submit" else options.reads
            order = (small, large) if number % 2 else (large, small)
            seed = place * (options.rounds + 1) + number
            results = {id(store): load(store, kind, count, seed) for store in order}
            if number:
                found[kind].append((results[id(small)], results[id(large)]))
        print(f"round {number}/{options.rounds}", file=sys.stderr, flush=True)
    return {kind: figures_of(pairs) for kind, pairs in found.items()}


def figures_of(pairs: list[tuple[Result, Result]]) -> dict[str, float]:
    small = [pair[0].cpu_us for pair in pairs]
    large = [pair[1].cpu_us for pair in pairs]
    return {
        "small_cpu_us": statistics.median(small),
        "cpu_us": statistics.median(large),
        "ratio": ratio(large, small),
        "median_ms": statistics.median(pair[1].median_ms for pair in pairs),
    }


def read_through(path: Path) -> None:
    """Bring a file into the system's memory, so that no load waits for the disk to read it."""
    with path.open("rb", buffering=0) as file:
        while file.read(READ_BYTES):
            pass


def memory_mb(pid: int) -> float:
    """What the server holds in memory now, its shared pages left out where they are files."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kilobytes) / 1024


def start(path: Path, token: str) -> tuple[float, float]:
    """Milliseconds from the command to the first answer, which says the events of one contact:
    on the clock, and of CPU."""
    command = [sys.executable, "-m", "pastense", "serve", "--port", "0"]
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--database", f"sqlite:{path}"],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    try:
        assert process.stdout is not None
        line = next(line for line in process.stdout if "http://" in line)
        port = int(line.split("http://127.0.0.1:", 1)[1].split()[0].strip("/"))
        target = f"/events?type=user&user_id={user_id(0)}"
        one = iter([request("GET", target, token)])
        found = measure(port, process.pid, one, 1)
        took = (time.perf_counter() - begun) * 1e3
        assert found.statuses == {200: 1}, found.statuses
        return took, cpu_seconds(process.pid) * 1e3
    finally:
        process.terminate()
        process.wait()


def start_medians(path: Path, token: str) -> tuple[float, float]:
    """Both of `start`, of several starts."""
    wall, cpu = zip(*(start(path, token) for _ in range(STARTS)), strict=True)
    return statistics.median(wall), statistics.median(cpu)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--submits", type=int, default=3_000, help="per round and store")
    parser.add_argument("--reads", type=int, default=500, help="per round, kind and store")
    parser.add_argument("--folder", type=Path, help="where the large store is kept")
    parser.add_argument("--filled", type=int, default=0, help="events that are in it already")
    parser.add_argument("--cold", action="store_true", help="leave it to the system what it keeps")
    parser.add_argument("--fill-only", action="store_true", help="grow, and measure nothing")
    return parser.parse_args()


def opened(stack: ExitStack, folder: Path, events: int) -> Store:
    """A server on the store of a folder, which is made where it is missing."""
    path = folder / "large.db"
    server = stack.enter_context(running_server(f"sqlite:{path}", env=CREATES))
    served = Served(server.port, server.process.pid, server.token())
    return Store(path, served, events, int(time.time()) - SPAN_S - 3 * 86_400)


def row(events: int, found: dict) -> list[str]:
    shown = [f"{events:,}"]
    for kind in KINDS:
        shown += [f"{found[kind]['cpu_us']:.0f}", f"{found[kind]['ratio']:.2f}"]
    memory, size = found["memory_mb"], found["bytes_per_event"]
    return [*shown, f"{memory:.0f}", f"{size:.0f}"]


HEAD = [f"{kind}{part}" for kind in KINDS for part in (" CPU us", ", times")]


def measured(options: argparse.Namespace, folder: Path) -> dict[int, dict]:
    """Every size in turn: what a request costs there, memory, bytes per event."""
    found: dict[int, dict] = {}
    with ExitStack() as stack:
        apart = Path(stack.enter_context(TemporaryDirectory(prefix="pastense-bench-")))
        large = opened(stack, folder, options.filled)
        if options.fill_only:
            grow(large, max(options.events))
            return found
        small = opened(stack, apart, 0)
        grow(small, SMALL)
        for place, events in enumerate(options.events):
            grow(large, events)
            figures = compare(small, large, options, place)
            figures["memory_mb"] = memory_mb(large.served.pid)
            figures["bytes_per_event"] = large.used_bytes() / events
            found[events] = figures
            print_table(["events", *HEAD, "MB", "bytes"], [row(events, figures)])
        token = large.served.token
    last = found[options.events[-1]]
    last["start_ms"], last["start_cpu_ms"] = start_medians(folder / "large.db", token)
    return found


def main() -> None:
    options = parse()
    with TemporaryDirectory(prefix="pastense-bench-") as place:
        folder = options.folder or Path(place)
        found = measured(options, folder)
    if not found:
        return
    last = found[options.events[-1]]
    took = f"{last['start_ms']:.0f} ms, {last['start_cpu_ms']:.0f} ms of CPU"
    print(f"start to the first answer at {options.events[-1]:,}: {took}")
    save("large", {"small_events": SMALL, "sizes": found})
    worst = max(figures[kind]["ratio"] for figures in found.values() for kind in KINDS)
    memory = max(figures["memory_mb"] for figures in found.values())
    print(f"worst CPU ratio: {worst:.2f} (bound {RATIO_MAX})")
    if worst > RATIO_MAX or memory > MEMORY_MAX_MB or last["start_ms"] > START_MAX_MS:
        sys.exit(1)


if __name__ == "__main__":
    main()
