"""One side of a copy: an open store, read in slices by key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from pastense.clock import Clock
from pastense.store.address import shown_address
from pastense.store.base import StoreRefused
from pastense.store.copying.dialects import Row, dialect_of
from pastense.store.copying.tables import TABLES, Table
from pastense.store.opening import open_existing, open_unchecked


class Side:
    """The source or the destination. `label` is its address as it may be shown."""

    def __init__(self, address: str, clock: Clock, busy_timeout_s: float, *, make: bool) -> None:
        """Opens the store and brings its schema up to date. With `make` it is made where there is
        none, and may be a copy that is not finished. Raises `StoreRefused` with a sentence for the
        operator."""
        opened = open_unchecked if make else open_existing
        self._store = opened(address, clock, busy_timeout_s)
        self.dialect = dialect_of(address)
        self.database = self._store.database
        self.label = shown_address(address)
        problem = self._problem(make)
        if problem is not None:
            self._store.close()
            raise StoreRefused(f"{self.label} {problem}")

    def _problem(self, make: bool) -> str | None:
        """Why it cannot be this side of a copy; None where it can."""
        if not self._store.schema.is_finished():
            return (
                "has a migration that waits for the end of older servers; end them, run "
                "`pastense migrate`, then copy"
            )
        if make and self.database.reading().is_distributed:
            return (
                "lies on several machines; copy into a database that does not, and lay it out "
                "with `pastense migrate --distribute` then"
            )
        return None

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        self._store.close()

    def unfinished(self) -> tuple[str, str] | None:
        """(origin, state) of a copy into it that is not finished; None where there is none."""
        if not self._store.has_table("copies"):
            return None
        origin, state = self.database.query("SELECT origin, state FROM copies")[0]
        return str(origin), str(state)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody writes to the store within the block; whoever reads it is not disturbed."""
        with self.database.together():
            self.dialect.hold(self.database.reading())
            yield

    def identity(self) -> str:
        """Which store this is, and in which database: neither a copy of it has the same, nor the
        same store in another place."""
        secrets = self.database.query("SELECT value FROM secrets ORDER BY name")
        said = repr((secrets, self.place()))
        return sha256(said.encode()).hexdigest()

    def place(self) -> str:
        """Which database this is, however its address is written."""
        return f"{self.dialect.kind} {self.dialect.place(self.database.reading())}"

    def count(self, table: Table) -> int:
        """How many rows there are."""
        statement = f"SELECT count(*) FROM {table.rows(self.dialect.kind)} AS t"  # noqa: S608 (our own names)
        return self._number(statement)

    def counts(self) -> dict[str, int]:
        """How many rows there are of each name."""
        return {table.name: self.count(table) for table in TABLES}

    def page(self, table: Table, after: Sequence[Any] | None, limit: int) -> list[Row]:
        """Up to `limit` rows in the order of their keys, behind the key `after`."""
        key, places = ", ".join(table.key), ", ".join(f"?{n + 1}" for n in range(len(table.key)))
        behind = f"WHERE ({key}) > ({places})" if after is not None else ""
        rows = f"{table.rows(self.dialect.kind)} AS t {behind} ORDER BY {key} LIMIT {limit}"
        statement = f"SELECT {', '.join(table.columns)} FROM {rows}"  # noqa: S608 (our own names)
        return self.database.query(statement, tuple(after or ()))

    def pages(self, table: Table, after: Sequence[Any] | None = None) -> Iterator[list[Row]]:
        """All rows behind a key, a step at a time."""
        while rows := self.page(table, after, table.step_rows):
            yield rows
            if len(rows) < table.step_rows:
                return
            after = rows[-1][: len(table.key)]

    def last_number(self, table: Table) -> int:
        """The last number that was ever given, as far as the database remembers."""
        statement = f"SELECT coalesce(max(number), 0) FROM {table.name}"  # noqa: S608 (our own names)
        given = self.dialect.last_number(self.database.reading(), table) or 0
        return max(self._number(statement), given)

    def _number(self, statement: str) -> int:
        """The one number that a statement answers."""
        (found,) = self.database.reading().execute(statement).fetchone()
        return int(found)

    def is_behind(self, table: Table, number: int) -> bool:
        """Whether the database might give a number again that is not above this one."""
        given = self.dialect.last_number(self.database.reading(), table)
        return given is not None and given < number


def check_apart(source: Side, destination: Side) -> None:
    """Raise `StoreRefused` where both sides are one database."""
    if source.place() == destination.place():
        raise StoreRefused(f"--from and --to are the same store, {source.label}; choose another")
