"""Retention at size on PostgreSQL: what pruning costs those who send events meanwhile, and what
becomes of the space.

A temporary cluster that waits for its disk holds some million events. In windows that alternate,
connections send single fresh events to one `pastense serve`, with and without a process beside
it that prunes in the server's steps. Then pruning goes on to its end, the table is vacuumed,
filled with new events until it grows, and written anew. Exits 1 when a bound is not kept.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection

import psycopg
from tests.support.postgresql import Server
from tests.support.server import running_server

from bench.filled import EVENTS, Filling, fill
from bench.load import Result, event_requests, measure, percentile
from bench.postgresql import cluster
from bench.rig import Progress, Served, print_table, ratio, save
from pastense.clock import SystemClock
from pastense.service.upkeep import rest_s
from pastense.store.opening import open_store

P99_RATIO_MAX = 2.0
RATE_RATIO_MIN = 0.7
PRUNED_PART = 0.8
SPAN_S = 90 * 86_400
FRESH_S = 36_000
"""Events of the load are at most so old: nothing prunes them."""
REFILL_EVENTS = 20_000
GROWN_BYTES = 2_000_000
STATISTICS_S = 2.0
"""After this the server has counted what was done."""
SIZES = """
SELECT pg_relation_size('events'), pg_relation_size('events_pkey'), n_tup_upd, n_tup_hot_upd,
  autovacuum_count
FROM pg_stat_user_tables WHERE relname = 'events'
"""


class Pruner:
    """A process that prunes while it is told to, one step after the other as upkeep does."""

    def __init__(self, address: str, edges: list[int]) -> None:
        context = multiprocessing.get_context("spawn")
        self._goes = context.Event()
        self._answer, end = context.Pipe(duplex=False)
        arguments = (address, edges, self._goes, end)
        self._process = context.Process(target=prune, args=arguments)
        self._process.start()

    @contextmanager
    def beside(self) -> Iterator[None]:
        """It prunes within the block."""
        self._goes.set()
        yield
        self._goes.clear()

    def finish(self) -> list[float]:
        """Let it go on to its end; the milliseconds of all steps."""
        self._goes.set()
        while not self._answer.poll(5.0):
            assert self._process.is_alive()
            print("pruning goes on to its end", file=sys.stderr, flush=True)
        times: list[float] = self._answer.recv()
        self._process.join()
        return times


def prune(address: str, edges: list[int], goes, answer: Connection) -> None:
    """Passes that each reach further in time, in the process of its own."""
    store, _ = open_store(address, SystemClock(), 5.0)
    times: list[float] = []
    for edge in edges:
        after: int | None = 0
        while after is not None:
            goes.wait()
            begun = time.perf_counter()
            after = store.retention.prune_step({1: edge}, after)
            worked_s = time.perf_counter() - begun
            times.append(worked_s * 1_000)
            time.sleep(rest_s(worked_s))
    store.close()
    answer.send(times)


class Load:
    """Single fresh events from so many connections, for a time."""

    def __init__(self, served: Served, connections: int) -> None:
        self._served = served
        self._connections = connections
        self._windows = 0

    def run(self, seconds: float) -> Result:
        self._windows += 1
        end = time.monotonic() + seconds
        begin = int(time.time()) - FRESH_S

        def requests() -> Iterator[bytes]:
            for one in event_requests(self._served.token, FRESH_S, begin, self._windows):
                if time.monotonic() > end:
                    return
                yield one

        found = measure(self._served.port, self._served.pid, requests(), self._connections)
        assert set(found.statuses) == {202}, found.statuses
        return found


def disturb(options: argparse.Namespace, load: Load, pruner: Pruner) -> list[tuple]:
    """(alone, beside pruning) of each round, after one window that does not count."""
    load.run(options.seconds)
    rounds = []
    for number in range(options.rounds):
        found = {}
        for beside in (False, True) if number % 2 else (True, False):
            with ExitStack() as stack:
                if beside:
                    stack.enter_context(pruner.beside())
                found[beside] = load.run(options.seconds)
        rounds.append((found[False], found[True]))
        shown = [f"{one.per_second:,.0f}/s p99 {one.p99_ms:.1f} ms" for one in rounds[-1]]
        print(f"round {number + 1}: alone {shown[0]}, beside {shown[1]}", file=sys.stderr)
    return rounds


class Space:
    """What the table takes at several moments."""

    def __init__(self, server: Server, database: str, events: int) -> None:
        self._server = server
        self._database = database
        self._events = events
        self.rows: list[list[object]] = []
        self.logged_bytes = 0.0
        """Of the write-ahead log, for each event that was pruned without load beside it."""

    @contextmanager
    def logged(self) -> Iterator[None]:
        """Measure the log that pruning writes within the block."""
        begun = self._server.execute("SELECT pg_current_wal_lsn()")[0][0]
        updated = self._server.execute(SIZES, self._database)[0][2]
        yield
        time.sleep(STATISTICS_S)
        updated = self._server.execute(SIZES, self._database)[0][2] - updated
        written = f"SELECT pg_current_wal_lsn() - '{begun}'::pg_lsn"
        self.logged_bytes = float(self._server.execute(written)[0][0]) / max(updated, 1)

    def look(self, state: str, seconds: float = 0.0) -> tuple[int, int]:
        """Add a row; the bytes of the heap and of its index."""
        heap, index, updated, hot, vacuums = self._server.execute(SIZES, self._database)[0]
        share = f"{100 * hot / updated:.0f}" if updated else "-"
        row = [state, heap, index, f"{heap / self._events:.0f}", f"{index / self._events:.0f}"]
        self.rows.append([*row, share, vacuums, f"{seconds:.1f}"])
        return heap, index

    def run(self, state: str, statement: str) -> None:
        """Run a statement, then look."""
        begun = time.perf_counter()
        self._server.execute(statement, self._database)
        self.look(state, time.perf_counter() - begun)

    def refill(self, filling: Filling) -> int:
        """New events until the heap grows; how many fitted."""
        heap, _ = self.look("before new events")
        values = {**vars(filling), "begin": filling.begin + SPAN_S, "span_s": FRESH_S}
        progress, done = Progress("new events", filling.events), 0
        with psycopg.connect(self._server.address(self._database), autocommit=True) as connection:
            while self._server.execute(SIZES, self._database)[0][0] < heap + GROWN_BYTES:
                last = done + REFILL_EVENTS - 1
                connection.execute(EVENTS, values | {"first": done, "last": last})
                done += REFILL_EVENTS
                progress(done)
        self.look(f"after {done:,} new events")
        return done


def run(options: argparse.Namespace, server: Server, database: str) -> bool:
    """Fill, disturb, prune, look at the space; whether the bounds were kept."""
    now = int(time.time())
    begin = now - SPAN_S - FRESH_S
    filling = Filling(options.events, options.contacts, options.metadata_bytes, begin, SPAN_S)
    address = server.address(database)
    fill(address, filling, now)
    if options.settings:
        server.execute(f"ALTER TABLE events SET ({options.settings})", database)
    space = Space(server, database, options.events)
    space.look("filled")
    reached = [PRUNED_PART * number / options.passes for number in range(1, options.passes + 1)]
    pruner = Pruner(address, [begin + int(SPAN_S * part) for part in reached])
    with running_server(address) as one:
        load = Load(Served(one.port, one.process.pid, one.token()), options.connections)
        rounds = disturb(options, load, pruner)
    space.look("after the rounds")
    begun = time.perf_counter()
    with space.logged():
        steps = pruner.finish()
    space.look("pruned", time.perf_counter() - begun)
    left = "SELECT count(*) FROM events AS e JOIN contacts AS c ON c.number = e.contact "
    left += "WHERE e.created_at < c.pruned_before AND e.metadata IS NOT NULL"
    assert server.execute(left, database) == [(0,)]
    space.run("vacuumed", "VACUUM events")
    fitted = space.refill(filling)
    if options.rewrite:
        space.run("written anew", "VACUUM FULL events")
    return report(options, rounds, steps, space, fitted)


def report(
    options: argparse.Namespace, rounds: list[tuple], steps: list[float], space: Space, fitted: int
) -> bool:
    """Tables and JSON; whether the bounds were kept."""
    alone, beside = zip(*rounds, strict=True)
    rate = ratio([r.per_second for r in beside], [r.per_second for r in alone])
    p99 = ratio([r.p99_ms for r in beside], [r.p99_ms for r in alone])
    rows = [
        [name, *(f"{statistics.median(values):,.1f}" for values in columns)]
        for name, windows in (("alone", alone), ("beside pruning", beside))
        for columns in [([r.per_second for r in windows], [r.p99_ms for r in windows])]
    ]
    print_table(["ingest", "events/s", "p99 ms"], rows)
    print(f"ratios: events/s {rate:.2f} (at least {RATE_RATIO_MIN}), p99 {p99:.2f} ", end="")
    print(f"(at most {P99_RATIO_MAX})")
    step_ms = [statistics.median(steps), percentile(steps, 99), max(steps)]
    print(f"{len(steps)} steps: median {step_ms[0]:.1f}, p99 {step_ms[1]:.1f}, ", end="")
    print(f"slowest {step_ms[2]:.1f} ms; {fitted:,} new events fitted")
    print(f"{space.logged_bytes:,.0f} bytes of log for each pruned event")
    head = ["state", "heap bytes", "index bytes", "heap/event", "index/event", "HOT %"]
    print_table([*head, "autovacuums", "s"], space.rows)
    figures = {"rate_ratio": rate, "p99_ratio": p99, "step_ms": step_ms, "fitted": fitted}
    figures["log_bytes"] = space.logged_bytes
    save("retention", vars(options) | figures | {"space": space.rows})
    return rate >= RATE_RATIO_MIN and p99 <= P99_RATIO_MAX


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--metadata-bytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each window")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--passes", type=int, default=1, help="in how many the events grow old")
    parser.add_argument("--settings", default="", help="of the table events, as in ALTER TABLE")
    parser.add_argument("--rewrite", action="store_true", help="VACUUM FULL at the end")
    return parser.parse_args()


def main() -> None:
    options = parse()
    with cluster() as server, server.database() as database:
        held = run(options, server, database)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
