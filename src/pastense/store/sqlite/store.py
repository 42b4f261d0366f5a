"""The SQLite store as one thing: opening, migrating, closing."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

from pastense.clock import Clock
from pastense.identity import new_workspace_id
from pastense.store.base import StoreRefused
from pastense.store.migrate import Migration, load_migrations, missing
from pastense.store.relational.administration.admin import Admin
from pastense.store.relational.administration.audit import Audit
from pastense.store.relational.administration.catalogue import Catalogue
from pastense.store.relational.administration.jobs import Jobs
from pastense.store.relational.administration.workspaces import Workspaces
from pastense.store.relational.events.events import Events
from pastense.store.relational.events.pruning import Retention
from pastense.store.relational.leaving.leaving import Leaving
from pastense.store.relational.people.attributes import Attributes
from pastense.store.relational.people.contacts import Contacts
from pastense.store.relational.people.people import People
from pastense.store.relational.people.tags import Tags
from pastense.store.relational.webhooks.outbox import Outbox
from pastense.store.relational.webhooks.subscriptions import Subscriptions
from pastense.store.sqlite.database import PRAGMAS, Database
from pastense.store.sqlite.scrubbing import scrub_step

WORKERS_MAX = 1
"""One process writes a group at a time; more processes would only wait for each other."""
_PACKAGE = "pastense.store.sqlite"


class SqliteStore:
    """One open file with its three rooms; see `store.base.Store`."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        busy_timeout_s: float,
        pragmas: tuple[str, ...] = PRAGMAS,
    ) -> None:
        self._database = Database(path, busy_timeout_s, pragmas)
        self._clock = clock
        self.events = Events(self._database)
        self.contacts = Contacts(self._database)
        self.admin = Admin(self._database)
        self.workspaces = Workspaces(self._database)
        self.audit = Audit(self._database)
        self.leaving = Leaving(self._database, lambda: scrub_step(self._database))
        self.people = People(self._database)
        self.attributes = Attributes(self._database)
        self.tags = Tags(self._database)
        self.jobs = Jobs(self._database)
        self.catalogue = Catalogue(self._database)
        self.retention = Retention(self._database)
        self.subscriptions = Subscriptions(self._database)
        self.outbox = Outbox(self._database)
        self._database.open()

    def migrate(self) -> list[Migration]:
        """Apply what is missing, several processes at once included; returns what was applied."""
        done: list[Migration] = []
        migrations = load_migrations(_PACKAGE)
        while True:
            with self._database.writing() as connection:
                left = missing(migrations, self._applied(connection), str(self._database.path))
                if not left:
                    return done
                self._apply(connection, left[0])
                done.append(left[0])

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads of this thread within the block see the store at one moment."""
        return self._database.snapshot()

    def together(self) -> AbstractContextManager[None]:
        """All that this thread writes within the block is one transaction."""
        return self._database.together()

    def check_ready(self) -> None:
        """Raise `StoreError` unless the database answers."""
        self._database.query("SELECT number FROM workspaces LIMIT 1")

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        self._database.close()

    def _applied(self, connection: sqlite3.Connection) -> set[int]:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
        if "migrations" in tables:
            return {row[0] for row in connection.execute("SELECT number FROM migrations")}
        if tables:
            raise StoreRefused(
                f"{self._database.path} is a database of another program; "
                "choose another path with --database"
            )
        connection.execute(
            "CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
            "applied_at INTEGER NOT NULL) STRICT"
        )
        return set()

    def _apply(self, connection: sqlite3.Connection, migration: Migration) -> None:
        for statement in migration.statements:
            connection.execute(statement)
        now = self._clock.now()
        connection.execute(
            "INSERT INTO migrations VALUES (?, ?, ?)", (migration.number, migration.name, now)
        )
        if migration.number == 1:
            connection.execute(
                "INSERT INTO workspaces (number, id, name, created_at) VALUES (1, ?, ?, ?)",
                (new_workspace_id(), "Pastense", now),
            )
