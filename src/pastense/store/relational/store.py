"""A store over tables as one thing: its rooms, its migrations, its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from pastense.store.base import StoreRefused
from pastense.store.base.schema import Tell
from pastense.store.migrate import Migration
from pastense.store.relational.administration.admin import Admin
from pastense.store.relational.administration.audit import Audit
from pastense.store.relational.administration.catalogue import Catalogue
from pastense.store.relational.administration.jobs import Jobs
from pastense.store.relational.administration.rates import RateWindows
from pastense.store.relational.administration.workspaces import Workspaces
from pastense.store.relational.connection import Database
from pastense.store.relational.events.events import Events
from pastense.store.relational.events.pruning import Retention
from pastense.store.relational.leaving.leaving import Leaving
from pastense.store.relational.people.attributes import Attributes
from pastense.store.relational.people.contacts import Contacts
from pastense.store.relational.people.people import People
from pastense.store.relational.people.tags import Tags
from pastense.store.relational.schema import Schema
from pastense.store.relational.webhooks.outbox import Outbox
from pastense.store.relational.webhooks.subscriptions import Subscriptions
from pastense.store.statements import Statements
from pastense.store.telling import LogTeller

SQL = Statements("migrations.sql")


class RelationalStore:
    """One open database with its rooms; see `store.base.Store`."""

    groups_at_once = 1

    def __init__(self, database: Database, scrub: Callable[[], bool], schema: Schema) -> None:
        """`scrub` frees the database of what erased rows left in it, a part at a time."""
        self._relations = database
        self.schema = schema
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
        self.rates = RateWindows(database)

    def migrate(self, tell: Tell | None = None, *, goes_on: bool = False) -> list[Migration]:
        """Apply what this program needs before it begins; returns what was applied. See
        `Schema.begin`. Where nobody else is told how it goes, the log is."""
        return self.schema.begin(tell or LogTeller().tell, goes_on=goes_on)

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

    def limit_waiting(self) -> None:
        """A file always answers, or the system says why not."""

    def check_ready(self) -> None:
        """Raise `StoreError` unless the database answers."""
        self._relations.query("SELECT number FROM workspaces LIMIT 1")

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        self._relations.close()
