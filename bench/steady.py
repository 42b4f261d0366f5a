"""How large the table of events becomes while events come and as many grow old, on PostgreSQL.

Each cycle adds new events and prunes as many of the oldest, time run together: autovacuum looks
every second instead of every minute. Once with the settings of autovacuum that a table has by
itself, and once with those given. What counts is how the heap grew.
"""

from __future__ import annotations

import argparse
import time
from contextlib import closing

import psycopg
from tests.support.postgresql import Server

from bench.filled import EVENTS, Filling, fill
from bench.postgresql import cluster
from bench.rig import Progress, print_table, save
from pastense.clock import SystemClock
from pastense.store.opening import open_store

DAY_S = 86_400
NAPTIME_S = 1
REST_S = 1.0
"""Between cycles, so that autovacuum has its turn as it would in the hours between passes."""
METADATA_BYTES = 200
SIZES = """
SELECT pg_relation_size('events'), pg_relation_size('events_pkey'), autovacuum_count
FROM pg_stat_user_tables WHERE relname = 'events'
"""


def run(server: Server, database: str, options: argparse.Namespace, settings: str) -> list[object]:
    """One life; a row of the table."""
    now, span_s = int(time.time()), options.events
    filling = Filling(
        options.events, options.contacts, METADATA_BYTES, now - 2 * span_s - DAY_S, span_s
    )
    address = server.address(database)
    fill(address, filling, now)
    if settings:
        server.execute(f"ALTER TABLE events SET ({settings})", database)
    before, _, _ = server.execute(SIZES, database)[0]
    live(address, filling, options.cycles)
    after, index, vacuums = server.execute(SIZES, database)[0]
    return [settings or "PostgreSQL's own", before, after, f"{after / before:.2f}", index, vacuums]


def live(address: str, filling: Filling, cycles: int) -> None:
    """As many new events as there were, and all of those pruned, in cycles."""
    each = filling.events // cycles
    values = {**vars(filling)}
    progress = Progress("new events", filling.events)
    with (
        closing(open_store(address, SystemClock(), 5.0)[0]) as store,
        psycopg.connect(address, autocommit=True) as connection,
    ):
        for cycle in range(cycles):
            first = filling.events + cycle * each
            connection.execute(EVENTS, values | {"first": first, "last": first + each - 1})
            edge = filling.begin + (cycle + 1) * filling.span_s // cycles
            after: int | None = 0
            while after is not None:
                after = store.retention.prune_step({1: edge}, after)
            progress((cycle + 1) * each)
            time.sleep(REST_S)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--contacts", type=int, default=5_000)
    parser.add_argument("--cycles", type=int, default=25)
    parser.add_argument("--settings", default="autovacuum_vacuum_scale_factor=0.02")
    return parser.parse_args()


def main() -> None:
    options = parse()
    rows = []
    with cluster() as server:
        server.execute(f"ALTER SYSTEM SET autovacuum_naptime = {NAPTIME_S}")
        server.execute("SELECT pg_reload_conf()")
        for settings in ("", options.settings):
            with server.database() as database:
                rows.append(run(server, database, options, settings))
    head = ["autovacuum of events", "heap before", "after", "times", "index after", "vacuums"]
    print_table(head, rows)
    save("steady", vars(options) | {"lives": rows})


if __name__ == "__main__":
    main()
