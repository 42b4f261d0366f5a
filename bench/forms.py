"""What each way to say "store these events" costs PostgreSQL, in groups of several sizes.

On a temporary cluster that waits for its disk one connection stores new events in rounds that
alternate, each group a transaction: by the product's statement and by others that do the same. What
counts is the ratio to single INSERTs by `pgbench`. CPU is that of all the server's processes. With
PASTENSE_TEST_CITUS_URL, which must name a database that is for this alone, once more on Citus.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from itertools import count

import psycopg

from bench.load import CONTACTS, NAMES, children, cpu_seconds
from bench.postgresql import (
    INSERT,
    METADATA,
    SINGLE,
    TABLE,
    cluster,
    find_pgbench,
    interleaved,
    run_pgbench,
)
from bench.rig import print_table, ratio, save
from pastense.clock import SystemClock
from pastense.store.opening import open_store
from pastense.store.postgresql.connection import TEXTS, PostgresqlConnection
from pastense.store.relational.connection import EventRow
from pastense.store.relational.events.appending import add_to_summaries
from pastense.store.relational.events.name_counts import add_counts
from pastense.store.relational.events.statements import SQL, rows_text

GROUPS = (1, 8, 64, 512)
ROWS = {1: 200, 8: 800, 64: 3_200, 512: 10_240}
"""Rows in a round, by the size of the groups."""
BEGIN = 1_700_000_000
PRODUCT, COPY = "one statement over JSON (the product's)", "COPY, events alone"
INSERT_EVENTS = """INSERT INTO events (contact, created_at, slot, metadata)
SELECT (j.value ->> 0)::bigint, (j.value ->> 1)::bigint, (j.value ->> 2)::integer, j.value ->> 3
FROM jsonb_array_elements(?1::jsonb) AS j (value) ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING RETURNING contact, created_at, slot"""
_COUNTED = """INSERT INTO {table} ({key}, count, first, last) VALUES {{values}}
ON CONFLICT ({key}) DO UPDATE SET count = {table}.count + excluded.count,
  first = least({table}.first, excluded.first), last = greatest({table}.last, excluded.last)"""
TO_SUMMARIES = _COUNTED.format(table="summaries", key="contact, slot")
TO_NAMES = _COUNTED.format(table="name_counts", key="workspace, slot, part")
Store = Callable[[PostgresqlConnection, Sequence[EventRow]], object]


def in_three(connection: PostgresqlConnection, rows: Sequence[EventRow]) -> None:
    """JSON in three ways to the server: events, then what is counted of those that were new."""
    text = rows_text([row[:4] for row in rows])
    new = connection.execute(INSERT_EVENTS, (text,)).fetchall()
    add_to_summaries(connection, new)
    named = totals([(1, slot, at) for _, at, slot in new])
    add_counts(connection, [(*name, number, first, last) for *name, number, first, last in named])


def in_values(connection: PostgresqlConnection, rows: Sequence[EventRow]) -> None:
    """Rows written out in two ways to the server: events, then what is counted of the new ones."""
    text, given = values([row[:4] for row in rows])
    insert = f"INSERT INTO events (contact, created_at, slot, metadata) VALUES {text}"
    ending = " ON CONFLICT DO NOTHING RETURNING contact, created_at, slot"
    new = connection.execute(insert + ending, given).fetchall()
    summed = totals([(contact, slot, at) for contact, at, slot in new])
    named = totals([(1, slot, connection.part, at) for _, at, slot in new])
    connection.execute_all([counted(TO_SUMMARIES, summed), counted(TO_NAMES, named)])


def counted(statement: str, rows: Sequence[Sequence[object]]) -> tuple[str, list[object]]:
    """The statement over these rows, and what stands in it."""
    text, given = values(rows)
    return statement.format(values=text), given


def values(rows: Sequence[Sequence[object]]) -> tuple[str, list[object]]:
    """`(?, ?), (?, ?)` and what stands in it."""
    line = "(" + ", ".join("?" * len(rows[0])) + ")"
    return ", ".join([line] * len(rows)), [value for row in rows for value in row]


def totals(rows: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """(key, count, first, last) of rows (key, second), by their keys."""
    found: dict[tuple[int, ...], list[int]] = {}
    for *key, at in rows:
        found.setdefault(tuple(key), []).append(at)
    return [(*key, len(ats), min(ats), max(ats)) for key, ats in sorted(found.items())]


def in_arrays(connection: PostgresqlConnection, rows: Sequence[EventRow]) -> None:
    """The product's statement with arrays in the place of JSON."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    connection.execute(arrays_statement(), [*columns, connection.part])


def arrays_statement() -> str:
    text = TEXTS.text(SQL["append_events"])
    begin, end = text.index("SELECT (j.value"), text.index("), stored AS")
    given = "SELECT * FROM unnest(?1::bigint[], ?2::bigint[], ?3::integer[], ?4::text[], "
    given += "?5::bigint[]) AS g (contact, created_at, slot, metadata, workspace)\n"
    return text[:begin] + given + text[end:].replace("$2::integer", "?6::integer")


def in_copy(connection: PostgresqlConnection, rows: Sequence[EventRow]) -> None:
    """The ceiling: nothing is looked for and nothing counted."""
    connection.execute("SELECT 1")  # What begins the transaction has gone before.
    columns = "COPY events (contact, created_at, slot, metadata) FROM STDIN"
    with connection.raw.cursor().copy(columns) as copy:
        for row in rows:
            copy.write_row(row[:4])


def committed(store: Store, connection: PostgresqlConnection, rows: Sequence[EventRow]) -> None:
    """A group as the product commits it: beside others of its kind."""
    connection.begin(alone=False)
    store(connection, rows)
    connection.execute("COMMIT")


def in_single_inserts(connection: PostgresqlConnection, rows: Sequence[EventRow]) -> None:
    """What `pgbench` does, from here; for its CPU."""
    statement = INSERT.replace("%s, %s, %s, %s", "?, ?, ?, ?")
    for row in rows:
        connection.execute(statement, row[:4])


FORMS: dict[str, Store] = {
    PRODUCT: lambda connection, rows: connection.append(rows),
    "the same in three statements": in_three,
    "VALUES, two ways to the server": in_values,
    "arrays in one statement": in_arrays,
    COPY: in_copy,
}


class Bench:
    """One connection to one database, and what it and the server took."""

    def __init__(self, address: str, postmaster: int | None) -> None:
        self._address = address
        self._postmaster = postmaster
        self._connection = PostgresqlConnection(address, 5.0)
        self._second = count(BEGIN)
        self._chance = random.Random(1)
        self.cpu_us: dict[str, list[float]] = {}

    def close(self) -> None:
        self._connection.close()

    def rows(self, number: int) -> list[EventRow]:
        """So many new events, in the order of their keys as the product sends them."""
        chance = self._chance.randrange
        given = [
            (chance(CONTACTS) + 1, next(self._second), chance(NAMES), METADATA, 1)
            for _ in range(number)
        ]
        return sorted(given)

    def run(self, name: str, store: Store, size: int, number: int) -> float:
        """Rows per second of one round; its number is that of the round."""
        groups = [self.rows(size) for _ in range(ROWS[size] // size)]
        cpu, begun = self._cpu(), time.perf_counter()
        for group in groups:
            store(self._connection, group)
        wall_s = time.perf_counter() - begun
        if number:
            self.cpu_us.setdefault(name, []).append(spent(cpu, self._cpu()) / ROWS[size] * 1e6)
        return ROWS[size] / wall_s

    def singly(self, number: int) -> float:
        """Rows per second of `pgbench`, and the CPU of the same from here."""
        begin = BEGIN + next(self._second)
        rate = self.run(SINGLE, in_single_inserts, 1, number)
        program = find_pgbench()
        return rate if program is None else run_pgbench(program, self._address, ROWS[1], begin)

    def _cpu(self) -> dict[int, float]:
        """The seconds of each process of the server that is there."""
        if self._postmaster is None:
            return {}
        return {pid: cpu_seconds(pid) for pid in children(self._postmaster)}


def spent(before: dict[int, float], after: dict[int, float]) -> float:
    """The seconds of those processes that were there all the time."""
    return sum(after[pid] - cpu for pid, cpu in before.items() if pid in after)


def measure(address: str, rounds: int, postmaster: int | None) -> tuple[list[list[str]], dict]:
    """The rows of the table, and the figures."""
    with closing(Bench(address, postmaster)) as bench:
        rates: dict[str, Callable[[int], float]] = {SINGLE: bench.singly}
        for size in GROUPS:
            for form, store in FORMS.items():
                name = f"{size}: {form}"
                rates[name] = partial(bench.run, name, partial(committed, store), size)
        found = interleaved(rounds, rates)
    rows = []
    figures = {}
    for name, one in found.items():
        times, cpu = ratio(one, found[SINGLE]), statistics.median(bench.cpu_us[name])
        cpu_times = ratio(bench.cpu_us[name], bench.cpu_us[SINGLE]) if postmaster else 0.0
        figures[name] = {"per_second": statistics.median(one), "ratio": times}
        figures[name] |= {"cpu_us": cpu, "cpu_ratio": cpu_times}
        shown = [f"{statistics.median(one):,.0f}", f"{times:.2f}"]
        shown += [f"{cpu:,.0f}", f"{cpu_times:.2f}"] if postmaster else ["-", "-"]
        rows.append([name, *shown])
    return rows, figures


def check(address: str, expected: dict[str, int]) -> None:
    """Every row that was sent is there, and counted where it was to be."""
    with psycopg.connect(address, autocommit=True) as connection:
        for table, number in expected.items():
            what = "count(*)" if table == "events" else "sum(count)::bigint"
            found = connection.execute(f"SELECT {what} FROM {table}").fetchone()
            assert found == (number,), (table, found, number)


def run(what: str, address: str, options: argparse.Namespace, postmaster: int | None) -> dict:
    """Make the tables, measure, check, print."""
    open_store(address, SystemClock(), 5.0)[0].close()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(TABLE)
        if postmaster is None:
            connection.execute("SELECT create_distributed_table('single_rows', 'contact')")
    rows, figures = measure(address, options.rounds, postmaster)
    stored = (options.rounds + 1) * sum(ROWS.values())
    counted = stored * (len(FORMS) - 1)
    check(address, {"events": stored * len(FORMS), "summaries": counted, "name_counts": counted})
    head = [what, "rows/s", f"times {SINGLE}", "CPU us/row", "times"]
    print_table(head, rows)
    return figures


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def main() -> None:
    options = parse()
    figures = {}
    with cluster() as server, server.database() as database:
        pid = int((server.folder / "data" / "postmaster.pid").read_text().split("\n")[0])
        figures["PostgreSQL"] = run("PostgreSQL", server.address(database), options, pid)
    citus = os.environ.get("PASTENSE_TEST_CITUS_URL")
    if citus:
        figures["Citus"] = run("Citus", citus, options, None)
    else:
        print("not measured on Citus: PASTENSE_TEST_CITUS_URL names no cluster")
    save("forms", {"rounds": options.rounds} | figures)


if __name__ == "__main__":
    main()
