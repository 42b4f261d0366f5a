"""What the rooms need of a database: connections, transactions, and the words of statements."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from pastense.store.statements import Statement, Texts


class Cursor(Protocol):
    """What a statement answered."""

    @property
    def rowcount(self) -> int:
        """How many rows a change touched."""
        ...

    def fetchone(self) -> Any:  # noqa: ANN401 (what the statement says)
        """The next row as a tuple; None at the end."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        ...


Call = tuple[Statement, Sequence[Any]]
"""A statement with its parameters."""
EventRow = tuple[int, int, int, str | None, int]
"""(contact, created_at, slot, metadata, workspace)."""
EventKey = tuple[int, int, int]
"""(contact, created_at, slot)."""


class Later(Protocol):
    """What a statement will have answered."""

    def rows(self) -> list[Any]:
        """All its rows."""
        ...


class Connection(Protocol):
    """One connection with an open transaction, or one for reading."""

    @property
    def is_alone(self) -> bool:
        """Whether nobody else can write while its transaction is open."""
        ...

    @property
    def is_distributed(self) -> bool:
        """Whether the tables lie on several machines, and identifiers apart from contacts."""
        ...

    @property
    def part(self) -> int:
        """Which row it adds to of counts that are kept in several, so that transactions beside
        each other need not wait for one row."""
        ...

    def append(self, rows: Sequence[EventRow]) -> list[EventKey]:
        """Store those events that are new, and add them to the summaries of their contacts and to
        the counts of their names; no key twice. Returns the keys of those that were new."""
        ...

    def execute(self, statement: Statement | str, parameters: Sequence[Any] = ()) -> Cursor:
        """Run one statement; its parameters are `?1`, `?2` or `?` in their order."""
        ...

    def later(self, statement: Statement, parameters: Sequence[Any] = ()) -> Later:
        """Run one statement with the next ones, or when its rows are asked for: it costs no way of
        its own to the database."""
        ...

    def execute_all(self, calls: Sequence[Call]) -> list[list[Any]]:
        """Run several statements that do not need each other's answers, in one way to the
        database where it is far; returns the rows of each."""
        ...


class Database(Protocol):
    """The connections to one database; see `sqlite.database` and `postgresql.database`."""

    texts: Texts
    label: str
    """How messages call the database; never with a password."""

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that alone may write; on disk when the block is left. Raises `StoreError`
        when nothing of it was recorded."""
        ...

    def beside(self) -> AbstractContextManager[Connection]:
        """A transaction for events of known contacts and names: others of its kind may be open at
        the same moment. Its connection says whether it `is_alone` all the same."""
        ...

    def write_alone(
        self, statement: Statement | str, parameters: tuple[object, ...] = ()
    ) -> list[tuple[object, ...]]:
        """The rows of one statement that writes and is a transaction of its own. Where writers
        take turns in all processes, it takes none. Raises `StoreError` as `writing` does."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """One transaction for all that this thread writes and reads within the block."""
        ...

    def within(self, connection: Any) -> AbstractContextManager[None]:  # noqa: ANN401 (its own kind)
        """All that this thread writes and reads within the block is a part of the transaction that
        is open on the connection."""
        ...

    def reading(self) -> Connection:
        """This thread's own connection for reading."""
        ...

    def query(
        self, statement: Statement | str, parameters: tuple[object, ...] = ()
    ) -> list[tuple[object, ...]]:
        """All rows of one read; raises `StoreError` when the database does not answer."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads of this thread within the block see the store at one moment."""
        ...

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        ...
