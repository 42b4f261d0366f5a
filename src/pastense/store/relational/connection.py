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


class Connection(Protocol):
    """One connection with an open transaction, or one for reading."""

    def execute(self, statement: Statement | str, parameters: Sequence[Any] = ()) -> Cursor:
        """Run one statement; its parameters are `?1`, `?2` or `?` in their order."""
        ...


class Database(Protocol):
    """The connections to one database; see `sqlite.database` and `postgresql.database`."""

    texts: Texts
    label: str
    """How messages call the database; never with a password."""

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction; on disk when the block is left. Raises `StoreError` when nothing of it
        was recorded."""
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
