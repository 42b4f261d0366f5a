"""One open database: the rooms of a store together."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from pastense.store.base.admin import AdminStore
from pastense.store.base.attributes import AttributeStore
from pastense.store.base.audit import AuditStore
from pastense.store.base.catalogue import CatalogueStore
from pastense.store.base.contacts import ContactStore
from pastense.store.base.events import EventStore
from pastense.store.base.jobs import JobStore
from pastense.store.base.leaving import LeavingStore
from pastense.store.base.outbox import OutboxStore
from pastense.store.base.people import PeopleStore
from pastense.store.base.rates import RateStore
from pastense.store.base.retention import RetentionStore
from pastense.store.base.schema import SchemaStore
from pastense.store.base.subscriptions import SubscriptionStore
from pastense.store.base.tags import TagStore
from pastense.store.base.workspaces import WorkspaceStore


class Store(Protocol):
    """One open database."""

    @property
    def groups_at_once(self) -> int:
        """How many threads may write groups of events at the same moment and gain by it."""
        ...

    def limit_waiting(self) -> None:
        """From now on nobody waits without end for a database that does not answer. For a server,
        whose statements are short; those of commands may take as long as they need."""
        ...

    @property
    def events(self) -> EventStore:
        """Events and their summaries."""
        ...

    @property
    def contacts(self) -> ContactStore:
        """Contacts and how they are found."""
        ...

    @property
    def admin(self) -> AdminStore:
        """Tokens, and which workspaces there are."""
        ...

    @property
    def workspaces(self) -> WorkspaceStore:
        """Workspaces and what they set for themselves."""
        ...

    @property
    def audit(self) -> AuditStore:
        """The log of administrative acts."""
        ...

    @property
    def leaving(self) -> LeavingStore:
        """Contacts that go: deleted ones, and those merged into another."""
        ...

    @property
    def jobs(self) -> JobStore:
        """Bulk jobs and the items of them that were refused."""
        ...

    @property
    def catalogue(self) -> CatalogueStore:
        """The names of events: read, described, archived."""
        ...

    @property
    def retention(self) -> RetentionStore:
        """Events that are older than their workspace keeps them whole."""
        ...

    @property
    def attributes(self) -> AttributeStore:
        """Declared custom attributes."""
        ...

    @property
    def tags(self) -> TagStore:
        """Tags and who carries them."""
        ...

    @property
    def subscriptions(self) -> SubscriptionStore:
        """The receivers of webhooks."""
        ...

    @property
    def outbox(self) -> OutboxStore:
        """Deliveries of webhooks that are on their way."""
        ...

    @property
    def people(self) -> PeopleStore:
        """Users, leads and visitors as the older API knows them."""
        ...

    @property
    def schema(self) -> SchemaStore:
        """The tables themselves, which migrations bring up to date."""
        ...

    @property
    def rates(self) -> RateStore:
        """How many calls were made in the windows of the rate limits."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads of this thread within the block see the store at one moment."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """All that this thread writes within the block is one transaction, and its reads see it.
        What raises in between is undone alone. Raises `StoreError` when nothing was recorded.
        Events are not written in it: the committer groups them itself."""
        ...

    def check_ready(self) -> None:
        """Raise `StoreError` unless the database answers."""
        ...

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        ...
