"""One open database: the rooms of a store together."""

from __future__ import annotations

from typing import Protocol

from pastense.store.base.admin import AdminStore
from pastense.store.base.contacts import ContactStore
from pastense.store.base.events import EventStore


class Store(Protocol):
    """One open database."""

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
        """Workspaces and tokens."""
        ...

    def check_ready(self) -> None:
        """Raise `StoreError` unless the database answers."""
        ...

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        ...
