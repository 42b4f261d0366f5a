"""The protocols that every store implements, and the errors that it may raise.

All methods block. A method that writes has committed to disk when it returns.
"""

from pastense.store.base.admin import AdminStore
from pastense.store.base.contacts import ContactPage, ContactStore
from pastense.store.base.errors import (
    ContactExists,
    StoreDataError,
    StoreError,
    StoreRefused,
    TooManyAttributes,
)
from pastense.store.base.events import EventStore, Window
from pastense.store.base.store import Store

__all__ = [
    "AdminStore",
    "ContactExists",
    "ContactPage",
    "ContactStore",
    "EventStore",
    "Store",
    "StoreDataError",
    "StoreError",
    "StoreRefused",
    "TooManyAttributes",
    "Window",
]
