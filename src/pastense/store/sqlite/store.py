"""The SQLite store: one file."""

from __future__ import annotations

from pathlib import Path

from pastense.clock import Clock
from pastense.store import migrate
from pastense.store.relational.schema import Schema
from pastense.store.relational.store import RelationalStore
from pastense.store.sqlite.database import PRAGMAS, Database
from pastense.store.sqlite.scrubbing import scrub_step
from pastense.store.sqlite.surgery import SqliteSurgery

WORKERS_MAX = 1
"""One process writes a group at a time; more processes would only wait for each other."""


class SqliteStore(RelationalStore):
    """One open file with its rooms; see `store.base.Store`."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        busy_timeout_s: float,
        pragmas: tuple[str, ...] = PRAGMAS,
    ) -> None:
        self._database = Database(path, busy_timeout_s, pragmas)
        migrations = migrate.load_migrations("pastense.store.sqlite")
        schema = Schema(SqliteSurgery(self._database), migrations, clock, self._database.label)
        super().__init__(self._database, lambda: scrub_step(self._database), schema)
        self._database.open()
