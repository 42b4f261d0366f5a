"""The stores that the conformance suite and the model run on.

A second store adds one maker here, and nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pastense.clock import ManualClock
from pastense.limits import Limits
from pastense.model import NewEvent, Outcome, Workspace, WritePolicy
from pastense.store.base import Store
from pastense.store.opening import open_store

NOW = 1_800_000_000


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


MAKERS = {"sqlite": make_sqlite}


@pytest.fixture(params=MAKERS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each store in turn, empty but for the first workspace."""
    open_one, execute = MAKERS[request.param](tmp_path)
    clock = ManualClock(NOW)
    opened: list[Store] = []

    def reopen() -> Store:
        opened.append(open_one(clock))
        return opened[-1]

    yield Bench(reopen(), reopen, execute, clock)
    for store in opened:
        store.close()
