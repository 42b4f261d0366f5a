"""Pastense: a data-events service that records each event exactly once.

The public names are loaded when they are first asked for, so that a server does not load the
clients, nor a client the server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pastense.client.aio_client import AsyncClient
    from pastense.client.calls.events import ImportedSummary
    from pastense.client.calls.many_events import NewEvent
    from pastense.client.messages import Headers, Request, Response, Timeout
    from pastense.client.pages import AsyncPages, SyncPages
    from pastense.client.results import (
        App,
        Contact,
        ContactPage,
        ContactState,
        Event,
        EventPage,
        EventReceipt,
        EventSummary,
        ManyReceipt,
        Me,
        RawResponse,
        Tag,
    )
    from pastense.client.sync_client import Client
    from pastense.client.tracking.items import DropReason, TrackerStats
    from pastense.client.tracking.tracker import Tracker
    from pastense.client.transport import AsyncTransport, Transport
    from pastense.client.values import Money, RichLink

__version__ = "0.3.0"

__all__ = [
    "App",
    "AsyncClient",
    "AsyncPages",
    "AsyncTransport",
    "Client",
    "Contact",
    "ContactPage",
    "ContactState",
    "DropReason",
    "Event",
    "EventPage",
    "EventReceipt",
    "EventSummary",
    "Headers",
    "ImportedSummary",
    "ManyReceipt",
    "Me",
    "Money",
    "NewEvent",
    "RawResponse",
    "Request",
    "Response",
    "RichLink",
    "SyncPages",
    "Tag",
    "Timeout",
    "Tracker",
    "TrackerStats",
    "Transport",
    "__version__",
]

_ROOMS = {
    "aio_client": ("AsyncClient",),
    "calls.events": ("ImportedSummary",),
    "calls.many_events": ("NewEvent",),
    "messages": ("Headers", "Request", "Response", "Timeout"),
    "pages": ("AsyncPages", "SyncPages"),
    "results": (
        *("App", "Contact", "ContactPage", "ContactState", "Event", "EventPage", "EventReceipt"),
        *("EventSummary", "ManyReceipt", "Me", "RawResponse", "Tag"),
    ),
    "sync_client": ("Client",),
    "tracking.items": ("DropReason", "TrackerStats"),
    "tracking.tracker": ("Tracker",),
    "transport": ("AsyncTransport", "Transport"),
    "values": ("Money", "RichLink"),
}
_MODULES = {name: f"pastense.client.{module}" for module, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'pastense' has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
