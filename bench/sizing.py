"""How large a store on PostgreSQL becomes, measured, and what that means for very large ones.

Fills stores on a temporary cluster and measures the bytes of each kind of row, the write-ahead log
of an event at several group sizes, and the connections of a server. From these it prints a model of
disk, memory, log and machines; its assumptions are options, and every line says what it rests on.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from tests.support.postgresql import Server
from tests.support.server import running_server

from bench.filled import Filling, fill
from bench.load import event_requests, measure, user_id
from bench.model import Assumed, model_rows
from bench.postgresql import METADATA
from bench.rig import print_table, save
from pastense.clock import SystemClock
from pastense.model import NewEvent, WritePolicy
from pastense.store.base import Store
from pastense.store.opening import open_store

SPAN_S = 90 * 86_400
METADATA_BYTES = (0, 100, 200)
GROUPS = (1, 16, 64)
WAL_EVENTS = 4_096
FRESH_S = 36_000
CONNECTIONS = 64
RELOAD_S = 1.0
Figures = dict[str, float]
"""Bytes, or a count, by what is measured."""


def sizes(server: Server, database: str, table: str) -> tuple[int, int, int]:
    """(rows, bytes of the heap, bytes of its indexes) of a table; nothing where it is not there."""
    rows = server.execute(
        f"SELECT pg_table_size(c), pg_indexes_size(c) FROM to_regclass('{table}') AS c "
        "WHERE c IS NOT NULL",
        database,
    )
    if not rows:
        return 1, 0, 0
    ((count,),) = server.execute(f"SELECT count(*) FROM {table}", database)
    return count, *rows[0]


def per_row(server: Server, database: str, table: str) -> tuple[float, float]:
    """Bytes of heap and of indexes per row."""
    count, heap, index = sizes(server, database, table)
    return heap / max(count, 1), index / max(count, 1)


def measure_rows(server: Server, options: argparse.Namespace, now: int) -> Figures:
    """Bytes per event with metadata of several lengths, per pruned event, per other row."""
    found: Figures = {}
    for metadata_bytes in METADATA_BYTES:
        with server.database() as database:
            filling = Filling(
                options.events, options.contacts, metadata_bytes, now - SPAN_S, SPAN_S
            )
            fill(server.address(database), filling, now)
            heap, index = per_row(server, database, "events")
            found[f"event heap, metadata {metadata_bytes}"] = heap
            found[f"event index, metadata {metadata_bytes}"] = index
            if metadata_bytes == METADATA_BYTES[-1]:
                found |= measure_others(server, database, now)
                found |= measure_log(server, database, now, options.contacts)
                found |= measure_connections(server, database)
    return found


def measure_others(server: Server, database: str, now: int) -> Figures:
    """Summaries, contacts with their identifiers, and pruned events once they lie close."""
    found: Figures = {}
    for name, tables in (("summary", ["summaries"]), ("contact", ["contacts", "identities"])):
        parts = [per_row(server, database, table) for table in tables]
        found[f"{name} heap"] = sum(heap for heap, _ in parts)
        found[f"{name} index"] = sum(index for _, index in parts)
    with server.database(database) as copy:
        with closing(open_store(server.address(copy), SystemClock(), 5.0)[0]) as store:
            after: int | None = 0
            while after is not None:
                after = store.retention.prune_step({1: now}, after)
        heap, index = per_row(server, copy, "events")
        found |= {"pruned heap, in place": heap, "pruned index, in place": index}
        server.execute("VACUUM FULL events", copy)
        heap, index = per_row(server, copy, "events")
        found |= {"pruned heap, written anew": heap, "pruned index, written anew": index}
    return found


def groups(size: int, contacts: int, now: int, seed: int) -> Iterator[list[NewEvent]]:
    """New events of known contacts and names, in groups."""
    chance = random.Random(seed)
    for _ in range(WAL_EVENTS // size):
        yield [
            NewEvent(
                *(1, "user_id", user_id(chance.randrange(contacts))),
                f"bench-event-{chance.randrange(20):02d}",
                now - chance.randrange(FRESH_S),
                *(METADATA, (), "", "user_id"),
            )
            for _ in range(size)
        ]


def measure_log(server: Server, database: str, now: int, contacts: int) -> Figures:
    """Bytes of write-ahead log per event, just after a checkpoint, when whole pages are logged, and
    without them, as when all pages in use have been logged already."""
    found: Figures = {}
    with closing(open_store(server.address(database), SystemClock(), 5.0)[0]) as store:
        for whole_pages in ("on", "off"):
            server.execute(f"ALTER SYSTEM SET full_page_writes = {whole_pages}")
            server.execute("SELECT pg_reload_conf()")
            time.sleep(RELOAD_S)
            for size in GROUPS:
                assert server.execute("SHOW full_page_writes") == [(whole_pages,)]
                server.execute("CHECKPOINT")
                seed = size * (1 if whole_pages == "on" else 1_000)
                logged = write(server, store, groups(size, contacts, now, seed), now)
                words = "after a checkpoint" if whole_pages == "on" else "without whole pages"
                found[f"log, groups of {size}, {words}"] = logged
    server.execute("ALTER SYSTEM RESET full_page_writes")
    return found


def write(server: Server, store: Store, given: Iterator[list[NewEvent]], now: int) -> float:
    """Store all groups; the bytes of log per event."""
    ((before,),) = server.execute("SELECT pg_current_wal_lsn()")
    for group in given:
        store.events.write(group, WritePolicy(now))
    ((written,),) = server.execute(f"SELECT pg_current_wal_lsn() - '{before}'::pg_lsn")
    return float(written) / WAL_EVENTS


def measure_connections(server: Server, database: str) -> Figures:
    """What one server process has open under load, and what one of them takes for itself."""
    with running_server(server.address(database)) as one:
        begin = int(time.time()) - FRESH_S
        requests = event_requests(one.token(), 5_000, begin, 1)
        measure(one.port, one.process.pid, requests, CONNECTIONS)
        rows = server.execute(
            f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}' "
            "AND application_name = 'pastense'"
        )
        own = [private_bytes(pid) for (pid,) in rows]
    return {"connections of a process": len(own), "memory of a connection": statistics.mean(own)}


def private_bytes(pid: int) -> int:
    """Memory that a process shares with nobody."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def show(found: Mapping[str, float], assumed: Assumed) -> None:
    """What was measured, then the model."""
    print_table(["measured", "bytes"], [[name, f"{value:,.0f}"] for name, value in found.items()])
    print()
    print_table(["model, reasoned from these", *HEAD], model_rows(found, assumed))


HEAD: Sequence[str] = (
    *("disk", "hot memory", "events/s", "least log a day", "most"),
    *("for disk", "for memory", "for events", "machines"),
)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=500_000, help="in each measured store")
    parser.add_argument("--contacts", type=int, default=10_000)
    for name, (value, words) in Assumed.options().items():
        parser.add_argument(f"--{name}", type=float, default=value, help=words)
    return parser.parse_args()


def main() -> None:
    options = parse()
    assumed = Assumed(**{name: getattr(options, name) for name in Assumed.names()})
    now = int(time.time())
    # What is given at the start could not be changed for a part of the measurement.
    server = Server(fsync="on")
    try:
        ((version,),) = server.execute("SHOW server_version")
        found = measure_rows(server, options, now)
    finally:
        server.stop()
    show(found, assumed)
    save("sizing", {"postgresql": version, "measured": found, "assumed": vars(assumed)})


if __name__ == "__main__":
    main()
