"""Many events in one go: as lists where the server is a Pastense, else one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, TypedDict, Unpack

import msgspec

from pastense.client.calls.events import PATH, event_body, event_call, header_count
from pastense.client.core import Answer, Call, Steps, perform
from pastense.client.messages import Headers, Response
from pastense.client.options import CallOptions, ClientOptions
from pastense.client.per_call import PerCall, read_per_call
from pastense.client.reading import read_nothing
from pastense.client.results import ManyReceipt
from pastense.client.values import Identifier, Metadata, Time
from pastense.errors import ApiError, ManyRefused, PayloadTooLarge
from pastense.model import Refused

SINGLES_MAX: Final = 2
"""So many events go singly to any server: asking what it is would cost more than a list saves."""
LIST_ITEMS_MAX: Final = 1_000
"""How many events a list may hold (docs/http-api.md "Events")."""
LIST_BYTES_MAX: Final = 1_000_000
"""How large the items of a list may be together: a server takes bodies of 1 MiB."""
_REFUSED_ALONE: Final = frozenset({400, 404, 409, 413, 422})
"""A refusal under these is one of the event; the others are about all that would follow."""
Body = bytes
"""One event as JSON."""


class _Required(TypedDict):
    event_name: str


class NewEvent(_Required, total=False):
    """An event as `events.create` takes it: `event_name`, one of the identifiers, and perhaps
    `created_at` (now where it is left out) and `metadata`."""

    user_id: Identifier | None
    email: str | None
    id: Identifier | None
    created_at: Time | None
    metadata: Metadata | None


class _Progress(msgspec.Struct):
    """What became of the events so far, and the last answer."""

    refused: list[Refused]
    request_id: str | None = None
    """Of the first answer that refused something."""
    sent: int = 0
    stored: int | None = None
    duplicates: int | None = None
    response: Response | None = None


def create_many(
    client: ClientOptions, /, events: Iterable[NewEvent], **call: Unpack[PerCall]
) -> Steps[Answer[ManyReceipt]]:
    """Record many events, each a dict of what `create` takes.

    Three and more are preceded by a `GET /me`: a Pastense says there that it is one, and is sent
    lists; to any other server the events go one after the other. What is refused does not hold up
    the others: at the end `ManyRefused` says which (`refusals` and, beside them, `indices`). Any
    other error ends the call at once; sending everything again is harmless then.
    """
    bodies = [_body(position, event) for position, event in enumerate(events)]
    if not bodies:
        raise ValueError("events holds at least one event")
    return _send(client, bodies, read_per_call(call))


def _send(
    client: ClientOptions, bodies: list[Body], options: CallOptions
) -> Steps[Answer[ManyReceipt]]:
    progress = _Progress([])
    in_lists = False
    if len(bodies) > SINGLES_MAX:
        answer = yield from perform(client, Call("GET", "/me", read_nothing, options=options))
        in_lists = "pastense" in answer.response.headers
    send_some, size = (_send_list, LIST_ITEMS_MAX) if in_lists else (_send_single, 1)
    start = 0
    while start < len(bodies):
        some = _as_many_as_fit(bodies, start, size)
        yield from send_some(client, some, start, options, progress)
        start += len(some)
    if progress.refused:
        refusal = ManyRefused.from_answer(422, progress.refused)
        refusal.request_id = progress.request_id
        raise refusal
    assert progress.response is not None
    receipt = ManyReceipt(
        sent=progress.sent, stored=progress.stored, duplicates=progress.duplicates
    )
    return Answer(progress.response, receipt)


def _as_many_as_fit(bodies: Sequence[Body], start: int, items_max: int) -> list[Body]:
    """The next events, as many as one list may hold; one at least, for the server to judge."""
    some, size_bytes = [bodies[start]], len(bodies[start])
    for body in bodies[start + 1 : start + items_max]:
        size_bytes += len(body) + 1
        if size_bytes > LIST_BYTES_MAX:
            break
        some.append(body)
    return some


def _send_list(
    client: ClientOptions, bodies: list[Body], start: int, options: CallOptions, progress: _Progress
) -> Steps[None]:
    body = {"type": "event.list", "data": [msgspec.Raw(body) for body in bodies]}
    try:
        answer = yield from perform(client, Call("POST", PATH, read_nothing, None, body, options))
    except PayloadTooLarge as error:
        # The server, or a proxy before it, takes less than a Pastense does by itself.
        yield from _send_less(client, bodies, start, options, progress, error)
        return
    except ManyRefused as error:
        _refuse(progress, error, [_moved(refused, start) for refused in error.refusals])
        headers = Headers([(n.decode("latin-1"), v.decode("latin-1")) for n, v in error.headers])
    else:
        progress.response, headers = answer.response, answer.response.headers
    progress.sent += len(bodies)
    progress.stored = _sum(progress.stored, header_count(headers, "pastense-stored"))
    progress.duplicates = _sum(progress.duplicates, header_count(headers, "pastense-duplicates"))


def _send_less(
    client: ClientOptions,
    bodies: list[Body],
    start: int,
    options: CallOptions,
    progress: _Progress,
    error: PayloadTooLarge,
) -> Steps[None]:
    """Send a list that was too large as two; one event that is so by itself is refused."""
    if len(bodies) == 1:
        _refuse(progress, error, [_named(refused, start) for refused in error.refusals])
        progress.sent += 1
        return
    middle = len(bodies) // 2
    yield from _send_list(client, bodies[:middle], start, options, progress)
    yield from _send_list(client, bodies[middle:], start + middle, options, progress)


def _send_single(
    client: ClientOptions, bodies: list[Body], start: int, options: CallOptions, progress: _Progress
) -> Steps[None]:
    try:
        answer = yield from perform(client, event_call(msgspec.Raw(bodies[0]), options))
    except ApiError as error:
        if error.status not in _REFUSED_ALONE:
            raise
        _refuse(progress, error, [_named(refused, start) for refused in error.refusals])
    else:
        progress.response = answer.response
    progress.sent += 1


def _refuse(progress: _Progress, error: ApiError, refusals: list[Refused]) -> None:
    progress.refused += refusals
    progress.request_id = progress.request_id or error.request_id


def _body(position: int, event: NewEvent) -> Body:
    """One event as it is sent; what is wrong with it is said with its place in the list."""
    try:
        return msgspec.json.encode(event_body(**event))
    except TypeError as error:
        raise TypeError(f"events[{position}]: {error}") from None
    except ValueError as error:
        raise ValueError(f"events[{position}]: {error}") from None


def _moved(refused: Refused, start: int) -> Refused:
    """A refusal of a list with its item's place among all events."""
    place = re.fullmatch(r"data\[(\d+)\](.*)", refused.field or "", re.DOTALL)
    if place is None:
        return refused
    return Refused(refused.code, refused.message, f"data[{start + int(place[1])}]{place[2]}")


def _named(refused: Refused, position: int) -> Refused:
    """A refusal of a single event, as a list would say it."""
    rest = f".{refused.field}" if refused.field else ""
    return Refused(refused.code, refused.message, f"data[{position}]{rest}")


def _sum(before: int | None, more: int | None) -> int | None:
    return before if more is None else (before or 0) + more
