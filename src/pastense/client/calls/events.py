"""Events: record, list, count, import what was counted before.

Shapes: docs/http-api.md "Events" and "Summaries", which are Intercom's.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Unpack
from urllib.parse import parse_qsl, urlsplit

import msgspec

from pastense.client.core import Answer, Call, Steps, perform
from pastense.client.messages import Headers, Response
from pastense.client.options import CallOptions, ClientOptions
from pastense.client.pages import Listing
from pastense.client.per_call import PerCall, read_per_call
from pastense.client.reading import read_event_page, read_nothing, read_summaries
from pastense.client.results import Event, EventPage, EventReceipt, EventSummary
from pastense.client.values import (
    Identifier,
    Metadata,
    Time,
    before_cursor,
    identifiers,
    metadata_values,
    plain,
    seconds,
    since_cursor,
)

PATH: Final = "/events"


class ImportedSummary(msgspec.Struct, frozen=True):
    """What was counted elsewhere: how often something was done, and when first and last."""

    event_name: str
    count: int
    first: Time
    last: Time


def create(
    client: ClientOptions,
    /,
    event_name: str,
    *,
    user_id: Identifier | None = None,
    email: str | None = None,
    id: Identifier | None = None,
    created_at: Time | None = None,
    metadata: Metadata | None = None,
    **call: Unpack[PerCall],
) -> Steps[Answer[EventReceipt]]:
    """Record an event of a contact, who is named by `user_id`, `email` or `id` (the contact's id).

    `created_at` is now where it is left out. It is fixed before the first attempt, so a repeat is
    a duplicate and changes nothing. `metadata` holds up to 10 details. Raises `NotFound` where
    there is no such contact.
    """
    body = event_body(event_name, user_id, email, id, created_at, metadata)
    return perform(client, event_call(body, read_per_call(call)))


def list_(
    client: ClientOptions,
    /,
    *,
    user_id: Identifier | None = None,
    email: str | None = None,
    id: Identifier | None = None,
    per_page: int | None = None,
    before: datetime | str | None = None,
    since: datetime | str | None = None,
    **call: Unpack[PerCall],
) -> Listing[EventPage, Event]:
    """A contact's events, the newest first: iterate over it for all of them, over `pages()` for
    whole pages. `since` takes a datetime, for what happened then or later, or the cursor of a
    page; `before` one, for what happened earlier. A server may list no more than the last 90 days.
    """
    query = whose(user_id, email, id)
    if per_page is not None:
        query["per_page"] = str(per_page)
    if before is not None:
        query["before"] = before_cursor(before)
    if since is not None:
        query["since"] = since_cursor(since)
    options = read_per_call(call)
    return Listing(
        client,
        Call("GET", PATH, read_event_page, query, options=options),
        lambda page: _older(page, options),
        lambda page: page.events,
    )


def summaries(
    client: ClientOptions,
    /,
    *,
    user_id: Identifier | None = None,
    email: str | None = None,
    id: Identifier | None = None,
    **call: Unpack[PerCall],
) -> Steps[Answer[tuple[EventSummary, ...]]]:
    """How often a contact did what, and when first and last: one summary per event name."""
    query = whose(user_id, email, id) | {"summary": "true"}
    return perform(client, Call("GET", PATH, read_summaries, query, options=read_per_call(call)))


def import_summaries(
    client: ClientOptions,
    /,
    summaries: Sequence[ImportedSummary],
    *,
    user_id: Identifier | None = None,
    email: str | None = None,
    id: Identifier | None = None,
    **call: Unpack[PerCall],
) -> Steps[Answer[None]]:
    """Set what was counted elsewhere, for each event name. Sent again it replaces what it set;
    recorded events count on top. Intercom itself names contacts by `user_id` here, and takes one
    summary in a call.
    """
    items = _summaries(summaries)
    # The reference draws an object; a list is what its words say, and what Pastense takes too.
    body = {**identifiers(user_id, id, email), "event_summaries": items if items[1:] else items[0]}
    path = f"{PATH}/summaries"
    return perform(client, Call("POST", path, read_nothing, None, body, read_per_call(call)))


def event_body(
    event_name: str,
    user_id: Identifier | None = None,
    email: str | None = None,
    id: Identifier | None = None,
    created_at: Time | None = None,
    metadata: Metadata | None = None,
) -> dict[str, Any]:
    """One event as it is sent, with the time of now where none is given."""
    if not isinstance(event_name, str):
        raise TypeError(f"event_name must be a text, not {type(event_name).__name__}")
    body: dict[str, Any] = {
        "event_name": event_name if type(event_name) is str else plain(event_name),
        "created_at": int(time.time()) if created_at is None else seconds(created_at),
        **identifiers(user_id, id, email),
    }
    if metadata is not None:
        body["metadata"] = metadata_values(metadata)
    return body


def event_call(body: object, options: CallOptions) -> Call[EventReceipt]:
    """The call that records one event."""
    return Call("POST", PATH, _receipt, None, body, options)


def whose(user_id: Identifier | None, email: str | None, id: Identifier | None) -> dict[str, str]:
    """The query that names a contact; the contact's id has another name there."""
    found = identifiers(user_id, id, email)
    if len(found) > 1:
        raise ValueError("Name the contact in one way: user_id, email or id")
    renamed = {"intercom_user_id" if name == "id" else name: value for name, value in found.items()}
    return {"type": "user", **renamed}


def header_count(headers: Headers, name: str) -> int | None:
    """A number that a header says, None where it says none."""
    value = headers.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else None


def _receipt(response: Response) -> EventReceipt:
    read_nothing(response)
    headers = response.headers
    return EventReceipt(
        event_id=headers.get("pastense-event-id"),
        ignored_keys=header_count(headers, "pastense-ignored-keys"),
        request_id=headers.get("x-request-id"),
    )


def _older(page: EventPage, options: CallOptions) -> Call[EventPage] | None:
    """Of the address of the next page only the query is taken: a server cannot lead the token
    elsewhere, and the path is known."""
    if not page.next:
        return None
    query = dict(parse_qsl(urlsplit(page.next).query, keep_blank_values=True))
    return Call("GET", PATH, read_event_page, query, options=options)


def _summaries(given: Iterable[object]) -> list[dict[str, Any]]:
    if isinstance(given, ImportedSummary):
        raise TypeError("summaries is a list of ImportedSummary, also where it is one")
    items = [_summary(item) for item in given]
    if not items:
        raise ValueError("summaries is a list of at least one ImportedSummary")
    return items


def _summary(item: object) -> dict[str, Any]:
    if not isinstance(item, ImportedSummary):
        raise TypeError(f"summaries holds ImportedSummary, not {type(item).__name__}")
    return {
        "event_name": plain(item.event_name),
        "count": plain(item.count),
        "first": seconds(item.first),
        "last": seconds(item.last),
    }
