"""Pruning beside groups that are being stored, on PostgreSQL: fresh events do not wait for it, and
no old event keeps its metadata because it came while a step went by."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from pastense.limits import DAY_S, Limits
from pastense.model import WritePolicy
from pastense.store.base import Store
from pastense.store.postgresql.connection import TEXTS, PostgresqlConnection
from pastense.store.relational.events import pruning
from tests.store.conftest import NOW, Bench, opened_bench
from tests.store.test_beside import at_once
from tests.support.postgresql import shared_server

EDGE = NOW - 30 * DAY_S
STAYS_WAITING_S = 0.3
ENDS_S = 10.0
MISSED = (
    "SELECT count(*) FROM events AS e JOIN contacts AS c ON c.number = e.contact "
    "WHERE e.created_at < c.pruned_before AND e.metadata IS NOT NULL"
)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with opened_bench("postgresql", tmp_path) as opened:
        yield opened


class Gate:
    """Holds up who calls a method of a connection, or does so with that first argument; only once
    it was closed, and until it is opened."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, method: str, argument: object = None
    ) -> None:
        self.reached, self._open = threading.Event(), threading.Event()
        self.closed = False
        original = getattr(PostgresqlConnection, method)

        def held(connection: PostgresqlConnection, *arguments: object) -> object:
            if self.closed and argument in (None, arguments[0]):
                self.closed = False
                self.reached.set()
                assert self._open.wait(ENDS_S)
            return original(connection, *arguments)

        monkeypatch.setattr(PostgresqlConnection, method, held)

    def open(self) -> None:
        self._open.set()


@contextmanager
def held(gate: Gate, work) -> Iterator[Future]:
    """Work that has come to the gate and stands there until the block is left."""
    with ThreadPoolExecutor(1) as pool:
        gate.closed = True
        future = pool.submit(work)
        try:
            assert gate.reached.wait(ENDS_S)
            yield future
        finally:
            gate.open()
        future.result(ENDS_S)


def prune(store: Store, edge: int = EDGE) -> None:
    after: int | None = 0
    while after is not None:
        after = store.retention.prune_step({1: edge}, after)


def overlooked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> tuple[bool, int]:
    """An old event stands between being looked up and being stored while a step goes by: whether
    the step waited for it, and how many events kept their metadata after one more pass."""
    bench.contact("u1")
    bench.write(bench.event(created_at=EDGE - 5))
    gate = Gate(monkeypatch, "append")
    with bench_store(bench) as other, ThreadPoolExecutor(1) as pool:
        with held(gate, lambda: bench.write(bench.event(created_at=EDGE - 1))):
            step = pool.submit(prune, other)
            threading.Event().wait(STAYS_WAITING_S)
            waited = not step.done()
        step.result(ENDS_S)
        prune(other)
    return waited, bench.execute(MISSED)[0][0]


@contextmanager
def bench_store(bench: Bench) -> Iterator[Store]:
    """A store with connections of its own, as another process has."""
    store = bench.reopen()
    try:
        yield store
    finally:
        store.close()


def test_an_old_event_on_its_way_is_not_overlooked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert overlooked(bench, monkeypatch) == (True, 0)


def test_without_the_lock_it_would_keep_its_metadata_for_ever(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(pruning, "FRESH_S", 10_000 * DAY_S)
    assert overlooked(bench, monkeypatch) == (False, 1)


def test_fresh_events_do_not_wait_for_a_step_and_old_ones_do(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = bench.contact("u1")
    bench.write(bench.event(), bench.event(created_at=EDGE - 5))
    gate = Gate(monkeypatch, "later", pruning.SQL["mark_pruned"])
    with bench_store(bench) as other, ThreadPoolExecutor(2) as pool:
        with held(gate, lambda: prune(other)):
            # What it was to prune is pruned and not committed. The same contact and name:
            fresh = pool.submit(bench.write, bench.event(created_at=NOW - 1))
            assert not fresh.result(ENDS_S)[0].duplicate
            old = pool.submit(bench.write, bench.event(created_at=EDGE - 6))
            threading.Event().wait(STAYS_WAITING_S)
            assert not old.done()
        assert not old.result(ENDS_S)[0].duplicate
        prune(other)
    assert bench.execute(MISSED) == [(0,)]
    assert bench.store.events.summaries(contact)[0].count == 4


def events_read(prune_words: str) -> int:
    """How many events PostgreSQL looks at in one step for the first contact, up to EDGE."""
    address = shared_server().address("tests")
    explain = "EXPLAIN (ANALYZE, FORMAT JSON) " + prune_words.replace("$1", f"'[[1, {EDGE}]]'")
    with psycopg.connect(address, options="-c enable_seqscan=off") as connection:
        (((plan,),),) = connection.execute(explain).fetchall()
        connection.rollback()
    removed = ("Rows Removed by Filter", "Rows Removed by Join Filter")
    nodes = list(walk(plan["Plan"]))
    scans = [node for node in nodes if node.get("Index Name") == "events_pkey"]
    rows = sum(node["Actual Rows"] * node["Actual Loops"] for node in scans)
    return int(rows + sum(node.get(key, 0) for node in nodes for key in removed))


def walk(node: dict) -> Iterator[dict]:
    yield node
    for inner in node.get("Plans", []):
        yield from walk(inner)


def test_a_step_looks_at_no_event_that_came_later(bench: Bench) -> None:
    bench.contact("u1")
    fresh = [bench.event(created_at=NOW - number) for number in range(500)]
    bench.write(bench.event(created_at=EDGE - 5), *fresh)
    bench.execute("ANALYZE events")
    assert events_read(TEXTS.text(pruning.SQL["prune"])) == 2, "once to find it, once to change it"
    control = (
        "UPDATE events AS e SET metadata = NULL FROM jsonb_array_elements($1::jsonb) AS j (value) "
        "JOIN contacts AS c ON c.number = (j.value ->> 0)::bigint WHERE e.contact = c.number "
        "AND e.created_at >= c.pruned_before AND e.created_at + 0 < (j.value ->> 1)::bigint"
    )
    assert events_read(control) > 500, "the control: an end that is not in the index"


def test_retentions_that_become_shorter_and_longer_under_load(bench: Bench) -> None:
    """Each writer believes another retention than the one that prunes, as for a moment after a
    change; in the end the shortest holds, and no event of it has metadata."""
    people = [bench.contact(f"u{number}") for number in range(4)]
    stores = [bench.reopen() for _ in range(4)]
    ended = threading.Event()

    def write(store: Store, seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(60):
            days = chance.choice([0, 30, 40, 60])
            group = [
                bench.event(
                    created_at=NOW - chance.randrange(20 * DAY_S, 80 * DAY_S),
                    value=f"u{chance.randrange(len(people))}",
                )
                for _ in range(8)
            ]
            store.events.write(group, WritePolicy(NOW, Limits(retention_days=days)))

    def prune_on() -> None:
        chance = random.Random(9)
        while not ended.is_set():
            prune(stores[3], NOW - chance.choice([30, 40, 60]) * DAY_S)

    def write_all() -> None:
        try:
            at_once([lambda n=n: write(stores[n], n) for n in range(3)])
        finally:
            ended.set()

    try:
        at_once([write_all, prune_on])
        assert bench.execute(MISSED) == [(0,)], "whatever a pass ends with, marks tell the truth"
        prune(stores[3])
    finally:
        for store in stores:
            store.close()
    kept = f"SELECT count(*) FROM events WHERE metadata IS NOT NULL AND created_at <= {EDGE}"
    assert bench.execute(kept) == [(0,)]
    whole = f"SELECT count(*) FROM events WHERE metadata IS NULL AND created_at > {EDGE}"
    assert bench.execute(whole) == [(0,)]
    assert list(bench.store.events.recount(lambda done, total: None)) == []
