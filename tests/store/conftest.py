"""The stores that the conformance suite and the model run on.

A second store adds one maker here, and nothing else.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pastense.clock import ManualClock
from pastense.limits import Limits
from pastense.model import NewEvent, Outcome, Workspace, WritePolicy
from pastense.store.base import NameFilter, Store
from pastense.store.opening import open_store
from tests.support.citus import shared_cluster
from tests.support.postgresql import shared_server

NOW = 1_800_000_000
EVERY_NAME = NameFilter(include_archived=True)


@dataclass
class Bench:
    """One store under test, another opening of the same database, and raw access to it."""

    store: Store
    reopen: Callable[[], Store]
    execute: Callable[[str], list[tuple]]
    clock: ManualClock

    @property
    def workspace(self) -> Workspace:
        return self.store.admin.workspaces()[0]

    def contact(self, external_id: str, **fields: object):
        """A user with that external id."""
        given = {"role": "user", "external_id": external_id, **fields}
        return self.store.contacts.create(self.workspace, given, self.clock.now())

    def event(self, name: str = "did", created_at: int = NOW, **fields: object) -> NewEvent:
        """An event as the rules hand it to the store."""
        given = {
            "workspace": self.workspace.number,
            "kind": "user_id",
            "value": "u1",
            "name": name,
            "created_at": created_at,
            "metadata": "{}",
            "keys": (),
            "field": "",
            "identifier_field": "user_id",
        }
        return NewEvent(**(given | fields))

    def names_miscounted(self) -> list[tuple[str, int, int]]:
        """(name, count, events) of each name whose kept count is not that of its events."""
        counted = {
            (workspace, name): count
            for workspace, name, count in self.execute(
                "SELECT n.workspace, n.name, count(*) FROM events AS e "
                "JOIN contacts AS c ON c.number = e.contact "
                "JOIN event_names AS n ON n.workspace = c.workspace AND n.slot = e.slot "
                "GROUP BY n.workspace, n.name"
            )
        }
        kept = {
            (one.number, name.name): name.count
            for one in self.store.admin.workspaces()
            for name in self.store.catalogue.names(one.number, EVERY_NAME, 1_000, None)
        }
        assert counted.keys() <= kept.keys()
        pairs = ((key, count, counted.get(key, 0)) for key, count in kept.items())
        return [(key[1], count, events) for key, count, events in pairs if count != events]

    def write(self, *events: NewEvent, **policy: object) -> list[Outcome]:
        """Store one group."""
        return self.store.events.write(events, WritePolicy(self.clock.now(), Limits(**policy)))


def make_sqlite(
    folder: Path,
) -> tuple[Callable[[ManualClock], Store], Callable[[str], list[tuple]]]:
    """How to open a store in the folder, and how to reach into its tables."""
    path = folder / "pastense.db"

    def open_one(clock: ManualClock) -> Store:
        return open_store(f"sqlite:{path}", clock, 5.0)[0]

    def execute(statement: str) -> list[tuple]:
        connection = sqlite3.connect(path)
        with connection:
            rows = connection.execute(statement).fetchall()
        connection.close()
        return rows

    return open_one, execute


def make_postgresql(
    folder: Path,
) -> tuple[Callable[[ManualClock], Store], Callable[[str], list[tuple]]]:
    """The same in the database of this process's tests, emptied; `folder` holds nothing."""
    server = shared_server()
    server.execute(_empty(), "tests")

    def open_one(clock: ManualClock) -> Store:
        return open_store(server.address("tests"), clock, 5.0)[0]

    return open_one, lambda statement: server.execute(statement, "tests")


@functools.cache
def _empty() -> str:
    """What brings the database back to what it was after all migrations, in a moment. It is made
    when it is first asked for."""
    server = shared_server()
    server.execute("CREATE DATABASE tests")
    open_store(server.address("tests"), ManualClock(NOW), 5.0)[0].close()
    rows = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", "tests")
    kept = {"migrations", "secrets", "scrub", "workspaces"}
    steps = [f"DELETE FROM {table}" for (table,) in rows if table not in kept]
    sequences = server.execute("SELECT sequencename FROM pg_sequences", "tests")
    steps += [f"SELECT setval('{name}', 1, false)" for (name,) in sequences]
    workspace = "SELECT setval('workspaces_number_seq', 1)"
    back = "UPDATE workspaces SET settings = '{}', name = 'Pastense'"
    scrub = "UPDATE scrub SET wanted = 0, next_page = 0, mark = NULL"
    others = "DELETE FROM workspaces WHERE number > 1"
    alone = "SET session_replication_role = replica"  # Neither triggers nor foreign keys.
    return "; ".join([alone, *steps, others, back, scrub, workspace])


def make_citus(
    folder: Path,
) -> tuple[Callable[[ManualClock], Store], Callable[[str], list[tuple]]]:
    """The same on Citus, in a database of this process's tests on every node, emptied."""
    cluster = shared_cluster()
    cluster.empty()

    def open_one(clock: ManualClock) -> Store:
        return open_store(cluster.address, clock, 5.0)[0]

    return open_one, cluster.execute_as_store


MAKERS = {"sqlite": make_sqlite, "postgresql": make_postgresql, "citus": make_citus}


def examples_for(store: str, examples: int) -> int:
    """How many examples of a model: a server behind a socket takes its time, and the rooms are
    the same."""
    return examples if store == "sqlite" else max(1, examples // 5)


@contextmanager
def opened_bench(store: str, folder: Path) -> Iterator[Bench]:
    """A store of that kind, empty but for the first workspace; closed again, with every other
    opening of it."""
    open_one, execute = MAKERS[store](folder)
    clock = ManualClock(NOW)
    opened: list[Store] = []

    def reopen() -> Store:
        opened.append(open_one(clock))
        return opened[-1]

    try:
        yield Bench(reopen(), reopen, execute, clock)
    finally:
        for one in opened:
            one.close()


@pytest.fixture(params=MAKERS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each store in turn."""
    with opened_bench(request.param, tmp_path) as opened:
        yield opened
