"""What is asked of the SQLite store alone: few statements a group, durable pragmas."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pastense.clock import ManualClock
from pastense.model import AuditEntry, NewSubscription, Summary
from pastense.store.migrate import load_migrations
from pastense.store.opening import open_store
from pastense.store.sqlite.many_rows import ROWS_MAX
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
def test_a_group_costs_the_same_few_statements_and_two_for_some_rows(
    bench: Bench, size: int
) -> None:
    """The rows of events and summaries go in by `ROWS_MAX` at a time."""
    statements = count_statements(bench)
    for index in range(20):
        bench.contact(f"u{index}")
    group = [
        bench.event(f"n{i % 90}", NOW - i, value=f"u{i % 20}", keys=((f"k{i}", "number"),))
        for i in range(size)
    ]
    statements.clear()
    bench.write(*group)
    assert len(statements) <= 12 + 2 * (size // ROWS_MAX), statements
    events = [text for text in statements if "INTO events" in text]
    assert len(events) == -(-size // ROWS_MAX)


def test_a_subscription_costs_a_group_two_statements_and_its_absence_one(bench: Bench) -> None:
    bench.contact("u1")
    bench.write(bench.event(created_at=1))
    statements = count_statements(bench)

    def cost(*numbers: int) -> int:
        statements.clear()
        bench.write(*[bench.event(created_at=number) for number in numbers])
        return len(statements)

    without = cost(2)
    assert [text for text in statements if "subscription" in text] == [
        "SELECT EXISTS (SELECT 1 FROM subscription_names)"
    ]
    new = NewSubscription(
        id="nsub_1", url="https://x.example", secret="s", active=True, event_names=("did",)
    )
    entry = AuditEntry(1, NOW, "test", "subscription created")
    bench.store.subscriptions.create(bench.workspace, new, entry)
    assert cost(3) == without + 2
    more = -(-4_000 // ROWS_MAX) - 1
    assert cost(*range(10, 4_010)) == without + 2 + more, "a statement for some rows"


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


def test_a_store_of_the_first_schema_is_brought_up_to_date(tmp_path):
    path = tmp_path / "old.db"
    first = [m for m in load_migrations("pastense.store.sqlite") if m.number == 1]
    with closing(sqlite3.connect(path)) as old:
        for statement in first[0].statements:
            old.execute(statement)
        old.executescript(
            """
            CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, applied_at INTEGER);
            INSERT INTO migrations VALUES (1, 'first_schema', 5);
            INSERT INTO workspaces VALUES (1, 'w', 'Pastense', '{}', 5);
            INSERT INTO contacts (workspace, id, role, external_id, created_at, updated_at)
              VALUES (1, 'a', 'user', 'u1', 5, 5), (1, 'b', 'lead', NULL, 5, 5);
            DELETE FROM contacts WHERE id = 'b';
            INSERT INTO event_names VALUES (1, 0, 'did', NULL, 5, NULL);
            INSERT INTO events VALUES (1, 10, 0, '{"k":1}'), (1, 20, 0, '{}');
            INSERT INTO summaries VALUES (1, 0, 2, 10, 20, 0, NULL, NULL);
            """
        )
    store, applied = open_store(f"sqlite:{path}", ManualClock(NOW), 5.0)
    workspace = store.admin.workspaces()[0]
    [contact] = store.contacts.find(workspace, "user_id", "u1")
    assert [migration.number for migration in applied] == [2, 3]
    assert store.events.summaries(contact) == [Summary("did", 2, 10, 20)]
    made = store.contacts.create(workspace, {"role": "lead"}, NOW)
    assert (contact.number, made.number) == (1, 3), "a number is never given twice"
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count, first, last FROM event_names").fetchall() == [(2, 10, 20)]
    store.close()
