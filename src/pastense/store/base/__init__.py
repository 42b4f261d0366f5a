"""The protocols that every store implements, and the errors that it may raise.

All methods block. A method that writes has committed to disk when it returns.
"""

from pastense.store.base.admin import AdminStore
from pastense.store.base.attributes import AttributeExists, AttributeStore, TooManyDeclared
from pastense.store.base.audit import AuditStore
from pastense.store.base.catalogue import CatalogueStore, NameFilter, TooManyNames
from pastense.store.base.contacts import ContactPage, ContactStore
from pastense.store.base.errors import (
    AttributeRefused,
    ContactExists,
    StoreDataError,
    StoreError,
    StoreLost,
    StorePartError,
    StoreRefused,
    StoreUndone,
    TooManyAttributes,
)
from pastense.store.base.events import EventStore, Then, Window
from pastense.store.base.jobs import JobStore
from pastense.store.base.leaving import CannotMerge, LeavingStore, Remains
from pastense.store.base.outbox import OutboxStore
from pastense.store.base.people import (
    Batch,
    Change,
    EmailShared,
    Listing,
    Named,
    PeoplePage,
    PeopleStore,
)
from pastense.store.base.rates import RateStore, RateWindow
from pastense.store.base.retention import RetentionStore
from pastense.store.base.store import Store
from pastense.store.base.subscriptions import SubscriptionStore, TooManySubscriptions
from pastense.store.base.tags import (
    ContactUnknown,
    EmailAmbiguous,
    TagChange,
    TagExists,
    TagStore,
    TagUnknown,
    TooManyTags,
)
from pastense.store.base.workspaces import WorkspaceStore

__all__ = [
    "AdminStore",
    "AttributeExists",
    "AttributeRefused",
    "AttributeStore",
    "AuditStore",
    "Batch",
    "CannotMerge",
    "CatalogueStore",
    "Change",
    "ContactExists",
    "ContactPage",
    "ContactStore",
    "ContactUnknown",
    "EmailAmbiguous",
    "EmailShared",
    "EventStore",
    "JobStore",
    "LeavingStore",
    "Listing",
    "NameFilter",
    "Named",
    "OutboxStore",
    "PeoplePage",
    "PeopleStore",
    "RateStore",
    "RateWindow",
    "Remains",
    "RetentionStore",
    "Store",
    "StoreDataError",
    "StoreError",
    "StoreLost",
    "StorePartError",
    "StoreRefused",
    "StoreUndone",
    "SubscriptionStore",
    "TagChange",
    "TagExists",
    "TagStore",
    "TagUnknown",
    "Then",
    "TooManyAttributes",
    "TooManyDeclared",
    "TooManyNames",
    "TooManySubscriptions",
    "TooManyTags",
    "Window",
    "WorkspaceStore",
]
