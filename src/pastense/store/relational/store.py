"""A store over tables as one thing: its rooms, its migrations, its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from pastense.clock import Clock
from pastense.identity import new_workspace_id
from pastense.store.base import StoreRefused
from pastense.store.migrate import Migration, load_migrations, missing
from pastense.store.relational.administration.admin import Admin
from pastense.store.relational.administration.audit import Audit
from pastense.store.relational.administration.catalogue import Catalogue
from pastense.store.relational.administration.jobs import Jobs
from pastense.store.relational.administration.workspaces import Workspaces
from pastense.store.relational.connection import Connection, Database
from pastense.store.relational.events.events import Events
from pastense.store.relational.events.pruning import Retention
from pastense.store.relational.leaving.leaving import Leaving
from pastense.store.relational.people.attributes import Attributes
from pastense.store.relational.people.contacts import Contacts
from pastense.store.relational.people.people import People
from pastense.store.relational.people.tags import Tags
from pastense.store.relational.webhooks.outbox import Outbox
from pastense.store.relational.webhooks.subscriptions import Subscriptions
from pastense.store.statements import Statements

SQL = Statements("migrations.sql")


class RelationalStore:
    """One open database with its rooms; see `store.base.Store`."""

    def __init__(
        self, database: Database, clock: Clock, scrub: Callable[[], bool], package: str
    ) -> None:
        """`scrub` frees the database of what erased rows left in it, a part at a time; `package`
        is where its migrations lie."""
        self._relations = database
        self._clock = clock
        self._package = package
        self.events = Events(database)
        self.contacts = Contacts(database)
        self.admin = Admin(database)
        self.workspaces = Workspaces(database)
        self.audit = Audit(database)
        self.leaving = Leaving(database, scrub)
        self.people = People(database)
        self.attributes = Attributes(database)
        self.tags = Tags(database)
        self.jobs = Jobs(database)
        self.catalogue = Catalogue(database)
        self.retention = Retention(database)
        self.subscriptions = Subscriptions(database)
        self.outbox = Outbox(database)

    def migrate(self) -> list[Migration]:
        """Apply what is missing, several processes at once included; returns what was applied."""
        done: list[Migration] = []
        migrations = load_migrations(self._package)
        while True:
            with self._relations.writing() as connection:
                left = missing(migrations, self._applied(connection), self._relations.label)
                if not left:
                    return done
                self._apply(connection, left[0])
                done.append(left[0])

    @property
    def database(self) -> Database:
        """The connections, for work on whole tables."""
        return self._relations

    def has_table(self, name: str) -> bool:
        """Whether the database has a table of that name."""
        return any(row[0] == name for row in self._relations.query(SQL["tables"]))

    def check_whole(self) -> None:
        """Raise `StoreRefused` where a copy into this store is not finished."""
        if not self.has_table("copies"):
            return
        ((origin,),) = self._relations.query(SQL["origin_of_copy"])
        raise StoreRefused(
            f"{self._relations.label} is not whole yet: the copy of {origin} into it is not "
            "finished; go on with it by `pastense copy`, called as before"
        )

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads of this thread within the block see the store at one moment."""
        return self._relations.snapshot()

    def together(self) -> AbstractContextManager[None]:
        """All that this thread writes within the block is one transaction."""
        return self._relations.together()

    def check_ready(self) -> None:
        """Raise `StoreError` unless the database answers."""
        self._relations.query("SELECT number FROM workspaces LIMIT 1")

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        self._relations.close()

    def _applied(self, connection: Connection) -> set[int]:
        tables = {row[0] for row in connection.execute(SQL["tables"]).fetchall()}
        if "migrations" in tables:
            return {row[0] for row in connection.execute(SQL["applied"]).fetchall()}
        if tables:
            raise StoreRefused(
                f"{self._relations.label} is a database of another program; "
                "choose another one with --database"
            )
        connection.execute(SQL["make"])
        return set()

    def _apply(self, connection: Connection, migration: Migration) -> None:
        for statement in migration.statements:
            connection.execute(statement)
        now = self._clock.now()
        connection.execute(SQL["note"], (migration.number, migration.name, now))
        if migration.number == 1:
            connection.execute(SQL["first_workspace"], (new_workspace_id(), "Pastense", now))
