"""What a test expects of events, and what to say where it is not so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypedDict

import msgspec

from pastense.testing.clock import read_moment
from pastense.testing.records import RecordedEvent

_NAME_WEIGHT: Final = 3
_PERSON_WEIGHT: Final = 2
MISSING: Final = object()


class Wanted(TypedDict, total=False):
    """What may be said of an expected event besides its name."""

    user_id: str | int | None
    id: str | None
    email: str | None
    metadata: Mapping[str, Any] | None
    created_at: datetime | float | None


class WantedTimes(Wanted, total=False):
    """The same, and how often it is expected."""

    times: int | None


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """An event as a test expects it: what is None, or not in `metadata`, may be anything.
    `times` is how often it must be stored; None is at least once."""

    event_name: str
    user_id: str | None = None
    id: str | None = None
    email: str | None = None
    metadata: dict[str, Any] | None = None
    created_at: int | None = None
    times: int | None = 1

    def matches(self, event: RecordedEvent) -> bool:
        """Whether an event is one that is meant."""
        return next(self.differences(event), None) is None

    def differences(self, event: RecordedEvent) -> Iterator[tuple[str, str]]:
        """(what, words) of each thing in which an event is another one."""
        if event.event_name != self.event_name:
            yield "event_name", _differs(self.event_name, event.event_name)
        for field, wanted, found in self._person(event):
            if wanted is not None and wanted != found:
                yield field, _differs(wanted, found)
        if self.created_at is not None and self.created_at != event.created_at:
            yield "created_at", _differs(self.created_at, event.created_at)
        kept = event.metadata or {}
        for key, wanted in (self.metadata or {}).items():
            found = kept.get(key, MISSING)
            if not same_value(wanted, found):
                yield f"metadata.{key}", _differs(wanted, found)

    def distance(self, event: RecordedEvent) -> int:
        """How far an event is from what is expected; 0 is the event itself."""
        weights = {"event_name": _NAME_WEIGHT, **dict.fromkeys(_PERSON_FIELDS, _PERSON_WEIGHT)}
        return sum(weights.get(field, 1) for field, _ in self.differences(event))

    def is_enough(self, count: int) -> bool:
        """Whether so many events are as many as expected."""
        return count > 0 if self.times is None else count == self.times

    def is_passed(self, count: int) -> bool:
        """Whether so many events are more than expected: no further one can mend that."""
        return self.times is not None and count > self.times

    def words(self) -> str:
        """The expectation as a sentence begins it."""
        parts = [f"{self.event_name!r}", _times(self.times)]
        person = [(n, getattr(self, n)) for n in _PERSON_FIELDS]
        parts += [f"by {name} {value!r}" for name, value in person if value is not None]
        if self.created_at is not None:
            parts.append(f"at {self.created_at}")
        if self.metadata:
            parts.append(f"with metadata {self.metadata!r}")
        return ", ".join(parts)

    def _person(self, event: RecordedEvent) -> list[tuple[str, str | None, str | None]]:
        wanted_email = None if self.email is None else self.email.lower()
        found_email = None if event.email is None else event.email.lower()
        return [
            ("user_id", self.user_id, event.user_id),
            ("id", self.id, event.contact_id),
            ("email", wanted_email, found_email),
        ]


_PERSON_FIELDS: Final = ("user_id", "id", "email")


def read_expected(
    event_name: str,
    *,
    user_id: str | int | None = None,
    id: str | None = None,
    email: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    created_at: datetime | float | None = None,
    times: int | None = 1,
) -> Expected:
    """The expectation; raises `TypeError` and `ValueError` on what can never be met."""
    if not isinstance(event_name, str):
        raise TypeError(f"the event's name must be text, not {event_name!r}")
    if metadata is not None and not isinstance(metadata, Mapping):
        raise TypeError(f"metadata must be a mapping of keys and values, not {metadata!r}")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int)):
        raise TypeError(f"times must be a whole number, or None for at least once, not {times!r}")
    if times is not None and times < 0:
        raise ValueError(f"times must not be below 0: {times}")
    return Expected(
        event_name=event_name,
        user_id=None if user_id is None else str(user_id),
        id=id,
        email=email,
        metadata=None if metadata is None else {k: plain(v) for k, v in metadata.items()},
        created_at=None if created_at is None else int(read_moment(created_at)),
        times=times,
    )


def plain(value: object) -> object:
    """A value of metadata as it is on the wire: `Money` and `RichLink` are objects there, a
    datetime is its second."""
    if isinstance(value, datetime):
        return int(read_moment(value))
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    return value


def same_value(wanted: object, found: object) -> bool:
    """Equal as JSON: 1 is 1.0, but true is not 1."""
    return wanted == found and isinstance(wanted, bool) == isinstance(found, bool)


def nearest(expected: Expected, events: Sequence[RecordedEvent], count: int) -> list[RecordedEvent]:
    """Those that miss what is expected by the least; others of the same nearness by age."""
    others = [event for event in events if not expected.matches(event)]
    return sorted(others, key=expected.distance)[:count]


def _differs(wanted: object, found: object) -> str:
    got = "it was not sent" if found is MISSING else f"got {found!r}"
    return f"expected {wanted!r}, {got}"


def _times(times: int | None) -> str:
    words: dict[int | None, str] = {None: "at least once", 0: "never", 1: "once", 2: "twice"}
    return words.get(times) or f"{times} times"
