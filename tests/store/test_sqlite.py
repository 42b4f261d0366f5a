"""What is asked of the SQLite store alone: few statements a group, durable pragmas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pastense.clock import ManualClock
from tests.store.conftest import NOW, Bench, make_sqlite


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A SQLite store, whatever other stores there are."""
    open_one, execute = make_sqlite(tmp_path)
    clock = ManualClock(NOW)
    store = open_one(clock)
    yield Bench(store, lambda: open_one(clock), execute, clock)
    store.close()


@pytest.mark.parametrize("size", [1, 4_000])
def test_a_group_costs_the_same_few_statements_whatever_its_size(bench: Bench, size: int) -> None:
    statements = count_statements(bench)
    for index in range(20):
        bench.contact(f"u{index}")
    group = [
        bench.event(f"n{i % 90}", NOW - i, value=f"u{i % 20}", keys=((f"k{i}", "number"),))
        for i in range(size)
    ]
    statements.clear()
    bench.write(*group)
    assert len(statements) <= 12, statements


def count_statements(bench: Bench) -> list[str]:
    """Every statement that the store's writer runs from now on."""
    statements: list[str] = []
    with bench.store._database.writing() as connection:
        connection.set_trace_callback(
            lambda text: None if text.startswith("--") else statements.append(text[:60])
        )
    return statements


def test_a_commit_is_synchronised_and_what_is_deleted_is_overwritten(bench: Bench) -> None:
    with bench.store._database.writing() as connection:
        found = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}
