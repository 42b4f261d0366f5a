"""The message of an assertion that failed: what is nearest, what was dropped, what was refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec

from pastense.testing.expectations import Expected, nearest
from pastense.testing.records import (
    RecordedDuplicate,
    RecordedEvent,
    RecordedRefusal,
    RecordedRequest,
)

T = TypeVar("T")
_SHOWN_COUNT: Final = 5
_SENT_CHARACTERS: Final = 300


class Seen(msgspec.Struct, frozen=True):
    """All that a sandbox saw until now."""

    events: Sequence[RecordedEvent]
    duplicates: Sequence[RecordedDuplicate]
    refusals: Sequence[RecordedRefusal]
    requests: Sequence[RecordedRequest]


def failure(expected: Expected, seen: Seen) -> str:
    """Why an expectation is not met, to be read by a person."""
    found = [event for event in seen.events if expected.matches(event)]
    lines = [f"expected {expected.words()}; {_found(len(found), len(seen.events))}"]
    lines += _section("Found:", found, _event_line)
    if expected.times is None or len(found) < expected.times:
        near = nearest(expected, seen.events, _SHOWN_COUNT)
        lines += _section("Nearest:", near, lambda event: _nearest_lines(expected, event))
    lines += _section(
        "Same-second duplicates, answered 202 and not stored (a contact has one event of a name "
        "in a second):",
        _relevant(expected, seen.duplicates),
        _duplicate_line,
    )
    lines += _section("Refused:", seen.refusals, _refusal_line)
    unanswered = [request for request in seen.requests if request.status is None]
    lines += _section("Not answered:", unanswered, _request_line)
    if not seen.requests:
        lines.append("No request has come to this sandbox: is its base_url what the code uses?")
    return "\n".join(lines)


def _relevant(
    expected: Expected, duplicates: Sequence[RecordedDuplicate]
) -> list[RecordedDuplicate]:
    """Those of the expected name first."""
    return sorted(duplicates, key=lambda one: one.event_name != expected.event_name)


def _found(count: int, events: int) -> str:
    noun = "event is" if events == 1 else "events are"
    return f"found {count} ({events} {noun} stored)"


def _section(head: str, items: Sequence[T], line: Callable[[T], str]) -> Iterable[str]:
    if not items:
        return []
    shown = [f"  - {line(item)}" for item in items[:_SHOWN_COUNT]]
    left = len(items) - len(shown)
    return [head, *shown, *([f"  and {left} more"] if left > 0 else [])]


def _event_line(event: RecordedEvent) -> str:
    sent = f", sent {event.copies} times" if event.copies > 1 else ""
    who = _who(event.user_id, event.email, event.contact_id)
    return f"{event.event_name!r} by {who} at {_moment(event.created_at)}{sent}: {event.metadata!r}"


def _nearest_lines(expected: Expected, event: RecordedEvent) -> str:
    who = _who(event.user_id, event.email, event.contact_id)
    head = f"{event.event_name!r} by {who} at {_moment(event.created_at)}"
    return "\n".join(
        [head, *(f"      {what}: {words}" for what, words in expected.differences(event))]
    )


def _duplicate_line(one: RecordedDuplicate) -> str:
    who = _who(one.user_id, one.email, one.contact_id)
    head = f"{one.event_name!r} by {who} at {_moment(one.created_at)}"
    return f"{head}: metadata {one.metadata!r} was dropped"


def _refusal_line(one: RecordedRefusal) -> str:
    sent = "" if one.sent is None else f"\n      sent {_cut(one.sent)}"
    place = "" if one.field is None else f" ({one.field})"
    by = "" if one.fault is None else f", by the fault {one.fault}"
    return f"{one.method} {one.path}: {one.status} {one.code}{place}: {one.message}{by}{sent}"


def _request_line(one: RecordedRequest) -> str:
    why = f"the fault {one.fault}" if one.fault else "still under way, or the client went away"
    return f"{one.method} {one.path}: {why}"


def _who(user_id: str | None, email: str | None, contact_id: str) -> str:
    if user_id is not None:
        return f"user_id {user_id!r}"
    return f"id {contact_id!r}" if email is None else f"email {email!r}"


def _moment(seconds: int) -> str:
    return f"{seconds} ({datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ})"


def _cut(sent: object) -> str:
    text = msgspec.json.encode(sent).decode()
    return text if len(text) <= _SENT_CHARACTERS else f"{text[:_SENT_CHARACTERS]}…"
