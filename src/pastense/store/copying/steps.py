"""The copy itself: step by step, each with its mark in one transaction of the destination, so that
whatever ends it, the same command goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from pastense.store.base import StoreDataError, StoreRefused
from pastense.store.copying.checksums import Comparison, compare
from pastense.store.copying.dialects import Row
from pastense.store.copying.side import Side, check_apart
from pastense.store.copying.tables import DERIVED, TABLES, Table
from pastense.store.relational.connection import Connection

Show = Callable[[int, int], None]
"""Told how many rows are done, and how many there are in all."""
_NAMES: Final = [table.name for table in TABLES]


class State(msgspec.Struct, frozen=True):
    """How far a copy is. `source` is the identity of the store that is copied, `totals` its rows
    when the copy was begun; `mark` is the key of the last row that was copied of `table`, None
    where that is still to be begun. `is_filled` says that only the comparison is left."""

    source: str
    totals: dict[str, int]
    table: str
    mark: list[Any] | None = None
    done: int = 0
    is_filled: bool = False

    def encoded(self) -> str:
        """As it is kept in the destination."""
        return msgspec.json.encode(self).decode()


class Copy:
    """A copy of one store into another, to be begun or to go on with."""

    def __init__(self, source: Side, destination: Side) -> None:
        self._source = source
        self._destination = destination

    def run(self, show: Show, show_comparing: Show) -> Comparison:
        """Copy what is missing, and compare. The destination is served by nobody before both
        sides are the same. Raises `StoreRefused` where it is not to be copied into."""
        check_apart(self._source, self._destination)
        with self._source.held():
            state = self._resume() or self._begin()
            if not state.is_filled:
                self._finish(self._fill(state, show))
            found = compare(self._source, self._destination, show_comparing)
        if found.is_same:
            with self._destination.database.writing() as connection:
                connection.execute("DROP TABLE copies")
        return found

    def _resume(self) -> State | None:
        """Where an earlier copy was; None where there is none."""
        kept = self._destination.unfinished()
        if kept is None:
            return None
        origin, text = kept
        state = msgspec.json.decode(text, type=State)
        label = self._destination.label
        if state.source != self._source.identity():
            raise StoreRefused(
                f"{label} holds an unfinished copy of another store, {origin}: go on with that "
                "one, or choose an empty database"
            )
        if state.totals != self._source.counts():
            raise StoreRefused(
                f"{self._source.label} was written to since its copy was begun: stop its servers, "
                f"and copy into an empty database in place of {label}"
            )
        return state

    def _begin(self) -> State:
        """Make sure that nothing is there to lose, and leave the first mark, in one transaction."""
        state = State(self._source.identity(), self._source.counts(), _NAMES[0])
        database = self._destination.database
        with database.together():
            self._check_empty()
            with database.writing() as connection:
                connection.execute(
                    "CREATE TABLE copies (origin text NOT NULL, state text NOT NULL)"
                )
                statement = "INSERT INTO copies (origin, state) VALUES (?1, ?2)"
                connection.execute(statement, (self._source.label, state.encoded()))
                for table in TABLES:
                    if table.begun:
                        connection.execute(f"DELETE FROM {table.name}")  # noqa: S608 (our own names)
        return state

    def _check_empty(self) -> None:
        """Raise `StoreRefused` where the destination has more than a new store has."""
        for table in sorted(TABLES, key=lambda table: table.begun):
            if self._destination.count(table) > (1 if table.begun else 0):
                raise StoreRefused(
                    f"{self._destination.label} is not empty: it has {table.name}; choose an empty "
                    "database, or compare the two with --check"
                )

    def _fill(self, state: State, show: Show) -> State:
        """All rows from where the state is; the state after the last of them."""
        total = sum(state.totals.values())
        show(state.done, total)
        for table in TABLES[_NAMES.index(state.table) :]:
            after = _unwrapped(state.mark) if table.name == state.table else None
            for rows in self._source.pages(table, after):
                mark = _wrapped(rows[-1][: len(table.key)])
                before = state
                state = msgspec.structs.replace(
                    before, table=table.name, mark=mark, done=before.done + len(rows)
                )
                self._step(table, rows, before, state)
                show(state.done, total)
        return state

    def _step(self, table: Table, rows: Sequence[Row], before: State, after: State) -> None:
        destination = self._destination
        try:
            with destination.database.writing() as connection:
                _move_on(connection, before, after)
                destination.dialect.insert(connection, table, rows)
        except StoreDataError as error:
            first, last = rows[0][: len(table.key)], rows[-1][: len(table.key)]
            raise StoreRefused(
                f"{destination.label} does not take one of the {table.name} from {first} to "
                f"{last}: {error}; mend it in {self._source.label} and start the copy again"
            ) from error

    def _finish(self, state: State) -> None:
        """What follows from the rows: numbers that were given, tables that are derived."""
        dialect = self._destination.dialect
        with self._destination.database.writing() as connection:
            _move_on(connection, state, msgspec.structs.replace(state, is_filled=True))
            for table in TABLES:
                if table.numbered:
                    number = self._source.last_number(table)
                    dialect.set_last_number(connection, table, number)
            for statement in DERIVED[dialect.kind].values():
                connection.execute(statement)
            dialect.settle(connection)


def _move_on(connection: Connection, before: State, after: State) -> None:
    """Leave the next mark; refuses where somebody else did meanwhile."""
    statement = "UPDATE copies SET state = ?2 WHERE state = ?1"
    if connection.execute(statement, (before.encoded(), after.encoded())).rowcount != 1:
        raise StoreRefused("another `pastense copy` is at work on the destination; let it end")


def _wrapped(key: Sequence[Any]) -> list[Any]:
    """A key as JSON holds it: bytes, which some keys have, as their hexadecimal digits."""
    return [{"hex": value.hex()} if isinstance(value, bytes) else value for value in key]


def _unwrapped(mark: list[Any] | None) -> list[Any] | None:
    if mark is None:
        return None
    return [bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for value in mark]
