"""Where the tests of copying keep their stores, and how they copy, interrupt and look."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from pastense.clock import ManualClock
from pastense.store.base import Store
from pastense.store.copying.checksums import Comparison, compare
from pastense.store.copying.side import Side
from pastense.store.copying.steps import Copy
from pastense.store.copying.tables import TABLES
from pastense.store.opening import open_store
from tests.support.filled import NOW, fill
from tests.support.postgresql import shared_server

CLOCK = ManualClock(NOW)
WAIT_S = 0.2


@dataclass
class Place:
    """Where a store is or may be: its address, and raw access to its tables."""

    address: str
    execute: Callable[[str], list[tuple]]

    def open(self) -> Store:
        return open_store(self.address, CLOCK, WAIT_S)[0]


@contextmanager
def sqlite_place(path: Path, template: Path | None = None) -> Iterator[Place]:
    """A file that may be made, or one that equals another."""

    def execute(statement: str) -> list[tuple]:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()

    if template is not None:
        shutil.copyfile(template, path)
    yield Place(f"sqlite:{path}", execute)


@contextmanager
def postgresql_place(template: str = "template1") -> Iterator[Place]:
    """A database with nothing in it, or one that equals another."""
    server = shared_server()
    with server.database(template) as name:
        yield Place(server.address(name), lambda statement: server.execute(statement, name))


@contextmanager
def place(kind: str, path: Path) -> Iterator[Place]:
    """A place with nothing in it."""
    with sqlite_place(path) if kind == "sqlite" else postgresql_place() as made:
        yield made


def filled(one: Place) -> Place:
    """The same with some of everything in it."""
    with pytest.MonkeyPatch.context() as patched, closing(one.open()) as store:
        fill(store, patched)
    return one


def quiet(done: int, total: int) -> None:
    """Shows nothing."""


def copy(source: Place, destination: Place, show=quiet) -> Comparison:
    with (
        closing(Side(source.address, CLOCK, WAIT_S, make=False)) as left,
        closing(Side(destination.address, CLOCK, WAIT_S, make=True)) as right,
    ):
        return Copy(left, right).run(show, quiet)


def compared(source: Place, destination: Place) -> Comparison:
    with (
        closing(Side(source.address, CLOCK, WAIT_S, make=False)) as left,
        closing(Side(destination.address, CLOCK, WAIT_S, make=False)) as right,
    ):
        return compare(left, right, quiet)


class Interrupted(Exception):
    """A copy was ended in between."""


def interrupt_at(rows: int | None, seen: list[int] | None = None) -> Callable[[int, int], None]:
    """What ends a copy once so many rows are done, or all; `seen` gets how many were."""

    def show(done: int, total: int) -> None:
        if seen is not None:
            seen.append(done)
        if done >= (total if rows is None else rows):
            raise Interrupted

    return show


def raw_rows(one: Place) -> dict[str, list[tuple]]:
    """All rows as the database itself tells them, with no word of the copy's but what it leaves
    out, and without the counts of names, which the databases keep in different shapes."""
    found = {}
    for table in TABLES:
        if table.kept:
            continue
        columns = ", ".join(table.columns)
        rows = one.execute(f"SELECT {columns} FROM {table.name}")
        found[table.name] = sorted(rows, key=repr)
    return found


def small_steps(monkeypatch) -> None:
    """Every table goes in many steps."""
    small = tuple(msgspec.structs.replace(table, step_rows=15) for table in TABLES)
    monkeypatch.setattr("pastense.store.copying.steps.TABLES", small)


@contextmanager
def undone(one: Place, change: str) -> Iterator[None]:
    """A change for the length of a block: its rows are put back afterwards."""
    words = change.split()
    table = words[2] if words[0] == "DELETE" else words[1]
    name = next(t for t in TABLES if t.name == table)
    columns, kept = ", ".join(name.columns), f"kept_{table}"
    one.execute(f"CREATE TABLE {kept} AS SELECT {columns} FROM {table}")
    one.execute(change)
    try:
        yield
    finally:
        sets = ", ".join(f"{c} = {kept}.{c}" for c in name.others)
        same = " AND ".join(f"{table}.{c} = {kept}.{c}" for c in name.key)
        if words[0] == "DELETE":
            one.execute(
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {kept} "
                f"WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {same})"
            )
        else:
            one.execute(f"UPDATE {table} SET {sets} FROM {kept} WHERE {same}")
        one.execute(f"DROP TABLE {kept}")
