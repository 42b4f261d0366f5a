"""What calls give: frozen values with the fields that people use.

What a server sends beyond these is ignored, and what it leaves out is None; the whole body is in
`with_raw_response`. Times are seconds since 1970, UTC, as on the wire; those with a twin, as
`Event.created` of `Event.created_at`, are that moment as a datetime.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec

from pastense.client.messages import Headers, Response

T = TypeVar("T")


class EventReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the server said to an event. Only a Pastense says these things; with Intercom itself
    all are None but `request_id`. An event that was known already is answered in the same way."""

    event_id: str | None = None
    ignored_keys: int | None = None
    """How many metadata keys were not stored, being beyond what the workspace keeps."""
    request_id: str | None = None


class ManyReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of many events: how many were sent, and of these how many were stored and known
    already, where the server is a Pastense and they went as lists."""

    sent: int
    stored: int | None = None
    duplicates: int | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded event."""

    event_name: str
    created_at: int
    id: str | None = None
    user_id: str | None = None
    email: str | None = None
    intercom_user_id: str | None = None
    """The contact's id."""
    metadata: dict[str, Any] = {}

    @property
    def created(self) -> datetime:
        """`created_at` as a datetime in UTC."""
        return datetime.fromtimestamp(self.created_at, UTC)


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a contact's events, the newest first."""

    events: tuple[Event, ...]
    next: str | None = None
    """The address of the page of older events; None at the end."""
    since: str | None = None
    """The cursor of what is newer than this page: `events.list(..., since=page.since)`."""


class EventSummary(msgspec.Struct, frozen=True, kw_only=True):
    """How often a contact did something, and when first and last."""

    name: str
    count: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    description: str | None = None


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person: a user or a lead."""

    id: str
    external_id: str | None = None
    role: str | None = None
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    owner_id: int | str | None = None
    workspace_id: str | None = None
    unsubscribed_from_emails: bool | None = None
    created_at: int | None = None
    updated_at: int | None = None
    signed_up_at: int | None = None
    last_seen_at: int | None = None
    custom_attributes: dict[str, Any] = {}


class ContactPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of contacts."""

    contacts: tuple[Contact, ...]
    total_count: int | None = None
    starting_after: str | None = None
    """The cursor of the next page; None at the end."""


class ContactState(msgspec.Struct, frozen=True, kw_only=True):
    """What archiving, blocking and deleting answer: who it was, and what is now true."""

    id: str
    external_id: str | None = None
    archived: bool | None = None
    blocked: bool | None = None
    deleted: bool | None = None


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag; `applied_at` is when a contact got it, where it is a contact's."""

    id: str
    name: str | None = None
    applied_at: int | None = None


class App(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace."""

    id_code: str | None = None
    name: str | None = None
    created_at: int | None = None
    timezone: str | None = None
    region: str | None = None


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who a token is."""

    id: str
    name: str | None = None
    email: str | None = None
    app: App | None = None


class RawResponse(msgspec.Struct, Generic[T], frozen=True):
    """An answer as it came, and what was read from it."""

    status: int
    headers: Headers
    body: bytes
    parsed: T

    @classmethod
    def of(cls, response: Response, parsed: T) -> RawResponse[T]:
        """Of an answer and its reading."""
        return RawResponse(response.status, response.headers, response.body, parsed)
