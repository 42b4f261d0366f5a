"""The documented models of requests and answers (docs/wire.md has the fields' meaning).

Times are whole seconds in UTC, except `first` and `last` of a summary that was read, which are
ISO 8601 texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from pastense.compat.checks import (
    json_object,
    list_of,
    mapping,
    one_of,
    text,
    text_or_none,
    whole,
)
from pastense.compat.errors import ApiTypeError, ApiValueError
from pastense.compat.model import Check, Model
from pastense.compat.values import Unset, unset
from pastense.versions import KNOWN_VERSIONS, is_known

Given = Mapping[str, Any] | None
_Text = str | Unset
_Whole = int | Unset


class IntercomVersion(str):
    """A version of the API for the header Intercom-Version, as `IntercomVersion("Unstable")`.
    One that does not exist raises `ApiValueError`."""

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        if not isinstance(value, str):
            raise ApiTypeError(f"a version must be a text such as '2.14', not {value!r}")
        if not is_known(value):
            known = ", ".join(sorted(KNOWN_VERSIONS, key=_order))
            raise ApiValueError(f"there is no version {value!r} of the API; there are {known}")
        return super().__new__(cls, value)


def _order(version: str) -> tuple[list[int], str]:
    """By number; those that are words come last."""
    return [int(part) if part.isdigit() else 99 for part in version.split(".")], version


class CreateDataEventRequest(Model):
    """One event, with at least one of `id`, `user_id` and `email`. `metadata` holds values of the
    six types, of which rich links and amounts are dicts."""

    __slots__ = ()
    _checks: ClassVar[Mapping[str, Check]] = {
        "event_name": text,
        "created_at": whole,
        "user_id": text,
        "id": text,
        "email": text,
        "metadata": json_object,
    }
    event_name: str
    created_at: int
    user_id: str
    id: str
    email: str
    metadata: dict[str, Any]

    def __init__(
        self,
        given: Given = None,
        /,
        *,
        event_name: _Text = unset,
        created_at: _Whole = unset,
        user_id: _Text = unset,
        id: _Text = unset,
        email: _Text = unset,
        metadata: Mapping[str, Any] | Unset = unset,
    ) -> None:
        super().__init__(
            given,
            event_name=event_name,
            created_at=created_at,
            user_id=user_id,
            id=id,
            email=email,
            metadata=metadata,
        )

    def _check_whole(self) -> None:
        missing = [name for name in ("event_name", "created_at") if name not in self]
        if not {"id", "user_id", "email"} & self.keys():
            missing.append("one of id, user_id and email")
        if missing:
            raise ApiValueError(f"{type(self).__name__} needs {' and '.join(missing)}")


class EventSummaries(Model):
    """The history of one event name: how often, first and last when."""

    __slots__ = ()
    _checks: ClassVar[Mapping[str, Check]] = {
        "event_name": text,
        "count": whole,
        "first": whole,
        "last": whole,
    }
    event_name: str
    count: int
    first: int
    last: int


def _summaries(name: str, value: object) -> EventSummaries | list[EventSummaries]:
    if isinstance(value, Mapping):
        return EventSummaries(value)
    return list_of(EventSummaries)(name, value)


class CreateDataEventSummariesRequest(Model):
    """History that is imported for a user: one event name, or a list of them. Both surfaces take
    this class."""

    __slots__ = ()
    _checks: ClassVar[Mapping[str, Check]] = {"user_id": text, "event_summaries": _summaries}
    user_id: str
    event_summaries: EventSummaries | list[EventSummaries]

    def __init__(
        self,
        given: Given = None,
        /,
        *,
        user_id: _Text = unset,
        event_summaries: Mapping[str, Any] | Sequence[Mapping[str, Any]] | Unset = unset,
    ) -> None:
        super().__init__(given, user_id=user_id, event_summaries=event_summaries)


class DataEvent(Model):
    """One event of a list."""

    __slots__ = ()
    _checks: ClassVar[Mapping[str, Check]] = {
        "type": one_of("event"),
        "event_name": text,
        "created_at": whole,
        "user_id": text_or_none,
        "id": text,
        "intercom_user_id": text,
        "email": text_or_none,
        "metadata": json_object,
    }
    _required: ClassVar[Sequence[str]] = ("event_name", "created_at")
    type: str
    event_name: str
    created_at: int
    user_id: str | None
    id: str
    intercom_user_id: str
    email: str | None
    metadata: dict[str, Any]


class DataEventList(Model):
    """A page of events, newest first; `pages["next"]` and `pages["since"]` are URLs."""

    __slots__ = ()
    _checks: ClassVar[Mapping[str, Check]] = {
        "type": one_of("event.list"),
        "events": list_of(DataEvent),
        "pages": mapping,
        "email": text_or_none,
        "intercom_user_id": text,
        "user_id": text_or_none,
    }
    _inner: ClassVar[Mapping[str, type[Model]]] = {"events": DataEvent}
    type: str
    events: Sequence[DataEvent]
    pages: dict[str, Any]
    email: str | None
    intercom_user_id: str
    user_id: str | None


class DataEventSummaryItem(Model):
    """One event name of a summary."""

    __slots__ = ()
    _checks: ClassVar[Mapping[str, Check]] = {
        "name": text,
        "first": text,
        "last": text,
        "count": whole,
        "description": text_or_none,
    }
    name: str
    first: str
    last: str
    count: int
    description: str | None


class DataEventSummary(Model):
    """What a person has done, counted by event name."""

    __slots__ = ()
    _checks: ClassVar[Mapping[str, Check]] = {
        "type": one_of("event.summary"),
        "email": text_or_none,
        "intercom_user_id": text,
        "user_id": text_or_none,
        "events": list_of(DataEventSummaryItem),
    }
    _inner: ClassVar[Mapping[str, type[Model]]] = {"events": DataEventSummaryItem}
    type: str
    email: str | None
    intercom_user_id: str
    user_id: str | None
    events: Sequence[DataEventSummaryItem]


class ErrorItem(Model):
    """One refusal: a code, a sentence, and the field it is about."""

    __slots__ = ()
    _checks: ClassVar[Mapping[str, Check]] = {
        "code": text,
        "message": text_or_none,
        "field": text_or_none,
    }
    _required: ClassVar[Sequence[str]] = ("code",)
    code: str
    message: str | None
    field: str | None


class Error(Model):
    """The body of a refusal: one or more errors, and what the server calls the request."""

    __slots__ = ()
    _checks: ClassVar[Mapping[str, Check]] = {
        "type": text,
        "errors": list_of(ErrorItem),
        "request_id": text_or_none,
    }
    _required: ClassVar[Sequence[str]] = ("type", "errors")
    _inner: ClassVar[Mapping[str, type[Model]]] = {"errors": ErrorItem}
    type: str
    errors: Sequence[ErrorItem]
    request_id: str | None
