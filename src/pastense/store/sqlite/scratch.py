"""A SQLite store that nobody wants back: it waits for no disk, and can be emptied in a moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from pastense.clock import Clock
from pastense.store.sqlite.baseline import Rows, read_rows, restore_rows
from pastense.store.sqlite.database import SCRATCH_PRAGMAS
from pastense.store.sqlite.store import SqliteStore
from pastense.store.statements import Statements

_SQL: Final = Statements("scratch.sql")


class EventRow(NamedTuple):
    """A stored event and whose it is; `metadata` is its JSON text, None once it was pruned."""

    contact_id: str
    external_id: str | None
    email: str | None
    name: str
    created_at: int
    slot: int
    metadata: str | None


class ContactRow(NamedTuple):
    """A stored contact; `custom_attributes` is JSON text."""

    id: str
    role: str
    external_id: str | None
    email: str | None
    name: str | None
    custom_attributes: str
    created_at: int
    archived_at: int | None


class ScratchStore(SqliteStore):
    """The store of the sandbox. Nothing that it says is on disk has to be there."""

    def __init__(self, path: Path, clock: Clock, busy_timeout_s: float) -> None:
        super().__init__(path, clock, busy_timeout_s, SCRATCH_PRAGMAS)
        self._baseline: Rows = {}

    def set_baseline(self) -> None:
        """What is in the store now is what `restore_baseline` goes back to."""
        self._baseline = self.rows()

    def restore_baseline(self) -> None:
        """Empty every table but for the rows of the baseline, and forget what was cached. Nobody
        else may write meanwhile."""
        with self._database.writing() as connection:
            restore_rows(connection, self._baseline)
        self.events.forget()

    def rows(self) -> Rows:
        """All rows of all tables."""
        with self.snapshot():
            return read_rows(self._database.reading())

    def every_event(self) -> list[EventRow]:
        """All events of all contacts, oldest first."""
        return [EventRow(*cast(Any, row)) for row in self._database.query(_SQL["every_event"])]

    def every_contact(self) -> list[ContactRow]:
        """All contacts, visitors and archived ones included, in the order of their creation."""
        rows = self._database.query(_SQL["every_contact"])
        return [ContactRow(*cast(Any, row)) for row in rows]
