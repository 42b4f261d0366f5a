"""What groups and processes are worth on PostgreSQL: events per second against single INSERTs.

A temporary cluster that waits for its disk. In rounds that alternate, 64 connections send single
`POST /events` to one, two and four `pastense serve` on one database, and `pgbench` inserts rows of
the same kind over one connection, each a transaction of its own. Then the same with lists, as a
tracker sends them. Exits 1 when one process is below `RATIO_MIN` times `pgbench`. TMPDIR chooses
the disk.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from tests.support.postgresql import Server, find_programs
from tests.support.server import running_server

from bench.load import CONTACTS, EVENT, NAMES, event_requests, measure, request
from bench.many import bodies, list_body
from bench.rig import Served, create_contacts, print_table, ratio, save

RATIO_MIN = 3.0
PROCESSES = (1, 2, 4)
WAYS = len(PROCESSES) + 1
LIST_EVENTS = 20
SINGLE = "single INSERTs"
LISTS = f"1 process, lists of {LIST_EVENTS}"
BEGIN_BEFORE_S = 80 * 86_400
METADATA = json.dumps(json.loads(EVENT % (0, 10**9, 0))["metadata"], separators=(",", ":"))
TABLE = """CREATE TABLE single_rows (
  contact bigint, created_at bigint, slot integer, metadata text,
  PRIMARY KEY (contact, created_at, slot))"""
SCRIPT = f"""\\set number :number + 1
\\set contact random(1, {CONTACTS})
\\set slot random(0, {NAMES - 1})
INSERT INTO single_rows (contact, created_at, slot, metadata)
VALUES (:contact, :number, :slot, :metadata);
"""
INSERT = "INSERT INTO single_rows (contact, created_at, slot, metadata) VALUES (%s, %s, %s, %s)"
_RATE = re.compile(r"^tps = ([0-9.]+) \(without", re.MULTILINE)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=10_000, help="events per round and count")
    parser.add_argument("--rows", type=int, default=2_000, help="single INSERTs per round")
    parser.add_argument("--connections", type=int, default=64)
    return parser.parse_args()


@contextmanager
def cluster() -> Iterator[Server]:
    """A PostgreSQL server that synchronises each commit to disk, gone afterwards."""
    server = Server(fsync="on", synchronous_commit="on", full_page_writes="on")
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert server.execute(f"SHOW {setting}") == [("on",)], setting
        yield server
    finally:
        server.stop()


def serve(stack: ExitStack, address: str, count: int) -> list[Served]:
    """So many server processes on one database, until the stack ends, and contacts in it."""
    servers = [stack.enter_context(running_server(address)) for _ in range(count)]
    token = servers[0].token()
    served = [Served(one.port, one.process.pid, token) for one in servers]
    create_contacts(served[0], CONTACTS)
    return served


def post_events(
    served: Sequence[Served], requests: int, connections: int, begin: int, seed: int
) -> float:
    """Events per second: so many new events, the connections spread over the servers."""
    events = event_requests(served[0].token, requests, begin, seed)
    ports, pids = [one.port for one in served], [one.pid for one in served]
    found = measure(ports, pids, events, connections)
    assert found.statuses == {202: requests}, found.statuses
    return found.per_second


def post_lists(served: Served, events: int, connections: int, numbers: tuple[int, int]) -> float:
    """The same in lists, to one server; `numbers` are (begin, seed)."""
    begin, seed = numbers
    starts = range(begin, begin + events, LIST_EVENTS)
    calls = [
        request(
            "POST", "/events", served.token, list_body(next(bodies(LIST_EVENTS, at, seed + at)))
        )
        for at in starts
    ]
    found = measure([served.port], [served.pid], calls, connections)
    assert found.statuses == {202: len(starts)}, found.statuses
    return events / found.wall_s


def find_pgbench() -> str | None:
    """`pgbench` from the path, or beside the server's programs; None where it is not there."""
    return shutil.which("pgbench") or shutil.which("pgbench", path=str(find_programs()))


def run_pgbench(program: str, address: str, rows: int, begin: int) -> float:
    """Rows per second of single prepared INSERTs over one connection, connecting left out."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(SCRIPT)
        script.flush()
        variables = ("-D", f"number={begin}", "-D", f"metadata={METADATA}")
        load = ("-n", "-M", "prepared", "-c", "1", "-t", str(rows), "-f", script.name)
        done = subprocess.run(
            [program, *load, *variables, address], capture_output=True, text=True, check=False
        )
    found = _RATE.search(done.stdout)
    assert found, done.stderr
    return float(found[1])


def insert_singly(address: str, rows: int, begin: int) -> float:
    """The same by a loop here, for where there is no `pgbench`."""
    with psycopg.connect(address, autocommit=True, prepare_threshold=0) as connection:
        begun = time.perf_counter()
        for number in range(begin, begin + rows):
            values = (number % CONTACTS + 1, number, number % NAMES, METADATA)
            connection.execute(INSERT, values)
        return rows / (time.perf_counter() - begun)


def interleaved(rounds: int, rates: dict[str, Callable[[int], float]]) -> dict[str, list[float]]:
    """Rounds in turn, the order reversed each time, after one round that does not count."""
    found: dict[str, list[float]] = {name: [] for name in rates}
    for number in range(rounds + 1):
        for name in rates if number % 2 else reversed(rates):
            rate = rates[name](number)
            if number:
                found[name].append(rate)
                print(f"round {number}/{rounds} {name}: {rate:,.0f}/s", file=sys.stderr, flush=True)
    return found


def run(
    options: argparse.Namespace, server: Server, served: list[Served]
) -> dict[str, list[float]]:
    """Events and rows per second of each round; every one of them is then in its table."""
    begin = int(time.time()) - BEGIN_BEFORE_S
    single = server.address("postgres")
    pgbench = find_pgbench()
    server.execute(TABLE)

    def rows(number: int) -> float:
        first = begin + number * options.rows
        if pgbench is None:
            return insert_singly(single, options.rows, first)
        return run_pgbench(pgbench, single, options.rows, first)

    def lists(number: int) -> float:
        first = begin + (number * WAYS + len(PROCESSES)) * options.requests
        return post_lists(served[0], options.requests, options.connections, (first, number))

    def events(count: int) -> Callable[[int], float]:
        def one(number: int) -> float:
            place = number * WAYS + PROCESSES.index(count)
            first = begin + place * options.requests
            used = served[:count]
            return post_events(used, options.requests, options.connections, first, place)

        return one

    rates: dict[str, Callable[[int], float]] = {SINGLE: rows}
    for count in PROCESSES:
        rates[named(count)] = events(count)
    rates[LISTS] = lists
    return interleaved(options.rounds, rates)


def named(count: int) -> str:
    return f"{count} process" if count == 1 else f"{count} processes"


def check(options: argparse.Namespace, server: Server, database: str) -> None:
    """Everything that was answered 202 or inserted is there."""
    rounds = options.rounds + 1
    ((events,),) = server.execute("SELECT count(*) FROM events", database)
    assert events == rounds * WAYS * options.requests, events
    ((rows,),) = server.execute("SELECT count(*) FROM single_rows")
    assert rows == rounds * options.rows, rows


def main() -> None:
    options = parse()
    with cluster() as server, server.database() as database:
        with ExitStack() as stack:
            served = serve(stack, server.address(database), max(PROCESSES))
            found = run(options, server, served)
        check(options, server, database)
        ((version,),) = server.execute("SHOW server_version")
    ratios = {name: ratio(rates, found[SINGLE]) for name, rates in found.items()}
    medians = {name: statistics.median(rates) for name, rates in found.items()}
    rows = [[name, f"{medians[name]:,.0f}", f"{ratios[name]:.2f}"] for name in found]
    print_table(["", "per second", f"times {SINGLE}"], rows)
    single_by = Path(find_pgbench() or "psycopg").name
    figures = {"per_second": medians, "ratio": ratios, "rounds": options.rounds}
    save("postgresql", {"postgresql": version, "single_by": single_by} | figures)
    if ratios[named(1)] < RATIO_MIN:
        sys.exit(1)


if __name__ == "__main__":
    main()
