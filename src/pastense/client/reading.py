"""From the body of a success to the values that the caller gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from pastense.client.messages import Response
from pastense.client.results import Contact, ContactPage, Event, EventPage, EventSummary, Tag
from pastense.errors import UnreadableAnswer

T = TypeVar("T")
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read_as(kind: type[T]) -> Callable[[Response], T]:
    """A reader of bodies of that kind. It raises `UnreadableAnswer` for any other."""
    decoder = msgspec.json.Decoder(kind, strict=False)

    def read(response: Response) -> T:
        try:
            return decoder.decode(response.body)
        except msgspec.ValidationError:
            pass
        except _UNREADABLE as error:
            raise unreadable(response, str(error)) from None
        # Some field is null that should be left out: that is no reason to lose the others. What is
        # no JSON at all may show only here, as the first look ends at the first wrong field.
        try:
            return msgspec.convert(_without_nulls(response.json(), 3), kind, strict=False)
        except _UNREADABLE as error:
            raise unreadable(response, str(error)) from None

    return read


def _without_nulls(value: object, depth: int) -> object:
    """Without the fields that are null, down to those of the items of a list."""
    if depth and isinstance(value, dict):
        return {name: _without_nulls(v, depth - 1) for name, v in value.items() if v is not None}
    if depth and isinstance(value, list):
        return [_without_nulls(item, depth - 1) for item in value]
    return value


def unreadable(response: Response, cause: str) -> UnreadableAnswer:
    """The error of a success whose body is something else than it should be."""
    said = f"HTTP {response.status}, but the body is not what the call gives: {cause}"
    return UnreadableAnswer(said, response.status, response.body)


def read_nothing(response: Response) -> None:
    """For calls that answer with an empty body, or with one that says nothing. A page in HTML says
    that somebody else answered, as a proxy that wants a login: then nothing was done."""
    if response.body.lstrip()[:1] == b"<":
        raise unreadable(response, "it is a page, as a proxy sends it")


def read_json(response: Response) -> object:
    """Whatever JSON the body is; None where it is empty."""
    try:
        return response.json()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable(response, str(error)) from None


class _EventPages(msgspec.Struct):
    next: str | None = None
    since: str | None = None


class _EventList(msgspec.Struct):
    events: tuple[Event, ...]
    pages: _EventPages | None = None


class _SummaryItem(msgspec.Struct):
    name: str
    count: int | None = None
    first: str | int | None = None
    last: str | int | None = None
    description: str | None = None


class _SummaryList(msgspec.Struct):
    events: tuple[_SummaryItem, ...]


class _ContactPages(msgspec.Struct):
    next: dict[str, Any] | str | None = None


class _ContactList(msgspec.Struct):
    data: tuple[Contact, ...]
    total_count: int | None = None
    pages: _ContactPages | None = None


class _TagList(msgspec.Struct):
    data: tuple[Tag, ...]


_read_event_list: Final = read_as(_EventList)
_read_summary_list: Final = read_as(_SummaryList)
_read_contact_list: Final = read_as(_ContactList)
_read_tag_list: Final = read_as(_TagList)


def read_event_page(response: Response) -> EventPage:
    """`GET /events`."""
    found = _read_event_list(response)
    pages = found.pages or _EventPages()
    since = None if pages.since is None else _query_value(pages.since, "since")
    return EventPage(events=found.events, next=pages.next, since=since)


def read_summaries(response: Response) -> tuple[EventSummary, ...]:
    """`GET /events?summary=true`."""
    return tuple(
        EventSummary(
            name=item.name,
            count=item.count,
            first=_moment(item.first),
            last=_moment(item.last),
            description=item.description,
        )
        for item in _read_summary_list(response).events
    )


def read_contact_page(response: Response) -> ContactPage:
    """`GET /contacts` and `POST /contacts/search`."""
    found = _read_contact_list(response)
    following = found.pages.next if found.pages is not None else None
    return ContactPage(
        contacts=found.data,
        total_count=found.total_count,
        starting_after=_starting_after(response, following) if following else None,
    )


def read_tags(response: Response) -> tuple[Tag, ...]:
    """`GET /contacts/{id}/tags` and `GET /tags`."""
    return _read_tag_list(response).data


def _starting_after(response: Response, following: dict[str, Any] | str) -> str | None:
    """The cursor of the next page, which some servers wrap in an address. An address without one
    cannot be followed, and to stop there would lose the contacts of the pages beyond."""
    if isinstance(following, dict):
        return str(following.get("starting_after") or "") or None
    cursor = _query_value(following, "starting_after")
    if not cursor:
        raise unreadable(response, "the address of the next page has no starting_after")
    return cursor


def _query_value(url: str, name: str) -> str | None:
    return parse_qs(urlsplit(url).query).get(name, [None])[0]


def _moment(value: str | int | None) -> datetime | None:
    """A time of a summary: ISO 8601 as a rule, seconds from some servers."""
    if value is None:
        return None
    try:
        if isinstance(value, int):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(value.strip())
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
