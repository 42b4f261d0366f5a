"""The rules that each submitted event passes, one named step after the other.

`check_` steps may refuse the event, `put_` steps may only add to it. Source: decisions.md,
"Submitting an event".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, cast

import msgspec

from pastense.limits import (
    CREATED_AT_END_S,
    EVENT_NAME_CHARACTERS_MAX,
    Limits,
)
from pastense.metadata import metadata_type, take_first_keys
from pastense.model import IdentifierKind, NewEvent, Refused
from pastense.wire.numbers import whole_seconds
from pastense.wire.submission import (
    Draft,
    find_identifier,
    identifier_problem,
    identifier_text,
    named_contact,
)

_encode = msgspec.json.Encoder().encode
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
MISSING_IDENTIFIER: Final = "missing user identifier: send id, user_id or email"


class Judged(msgspec.Struct, gc=False):
    """One event on its way through the rules: what was found so far."""

    draft: Draft
    workspace: int
    now: int
    limits: Limits
    name: str = ""
    created_at: int = 0
    kind: IdentifierKind = "id"
    value: str = ""
    identifier_field: str = ""
    metadata: dict[str, object] = {}
    metadata_text: str = "{}"
    keys: tuple[tuple[str, str], ...] = ()
    keys_ignored: tuple[str, ...] = ()

    def refuse(self, field: str, message: str, code: str = "parameter_invalid") -> Refused:
        """A refusal that names its place in the submission."""
        return Refused(code, message, self.draft.prefix + field)


def check_readable(event: Judged) -> Refused | None:
    """An item of a list must be an object without forbidden text or numbers."""
    return event.draft.problem


def check_event_name(event: Judged) -> Refused | None:
    """1 to 255 characters after trimming, no control characters; missing is another code."""
    name = event.draft.fields.get("event_name")
    if name is None:
        return event.refuse("event_name", "missing data parameter", "parameter_not_found")
    if not isinstance(name, str):
        return event.refuse("event_name", "event_name must be a string")
    name = name.strip()
    problem = event_name_problem(name)
    if problem is not None:
        return event.refuse("event_name", f"event_name {problem}")
    event.name = name
    return None


def event_name_problem(name: str) -> str | None:
    """What is wrong with a trimmed name; None where nothing is."""
    if not 1 <= len(name) <= EVENT_NAME_CHARACTERS_MAX:
        return f"must have 1 to {EVENT_NAME_CHARACTERS_MAX} characters"
    if name.isprintable():
        return None
    return "must not hold control characters" if _CONTROL.search(name) else None


def check_created_at(event: Judged) -> Refused | None:
    """Whole seconds from 1970 to a day ahead of now; milliseconds are told apart."""
    value = event.draft.fields.get("created_at")
    if value is None:
        return event.refuse("created_at", "missing data parameter", "parameter_not_found")
    seconds = whole_seconds(value)
    if seconds is None:
        return event.refuse("created_at", "created_at must be whole Unix seconds, UTC")
    problem = created_at_problem(seconds, event.now, event.limits.created_at_ahead_max_s)
    if problem is not None:
        return event.refuse("created_at", f"created_at {problem}")
    event.created_at = seconds
    return None


def check_identifier(event: Judged) -> Refused | None:
    """The strongest identifier given; the weaker ones are not consulted."""
    found = event.draft.identifier or find_identifier(event.draft.user)
    if found is None:
        return event.refuse("user_id", MISSING_IDENTIFIER, "parameter_not_found")
    name, value = found
    field = event.draft.user_prefix + name
    text = identifier_text(value)
    problem = identifier_problem(name, text)
    if problem is not None:
        return event.refuse(field, problem)
    event.kind, event.value = named_contact(name, cast(str, text))
    event.identifier_field = field
    return None


def check_metadata(event: Judged) -> Refused | None:
    """An object of at most ten keys; the six types; the keys beyond the quota are counted."""
    metadata = event.draft.fields.get("metadata")
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        return event.refuse("metadata", "metadata must be an object")
    if len(metadata) > event.limits.metadata_keys_max:
        metadata, event.keys_ignored = take_first_keys(metadata, event.limits.metadata_keys_max)
    event.metadata = metadata
    keys = []
    for key, value in metadata.items():
        kind = metadata_type(key, value)
        if kind is None:
            return event.refuse(f"metadata.{key[:EVENT_NAME_CHARACTERS_MAX]}", "Invalid metadata")
        keys.append((key, kind))
    event.keys = tuple(keys)
    return None


def put_metadata_text(event: Judged) -> None:
    """The canonical text: the same bytes in every store, key order as sent."""
    if event.metadata:
        event.metadata_text = _encode(event.metadata).decode()


Step = Callable[[Judged], Refused | None]
STEPS: Final[tuple[Step, ...]] = (
    check_readable,
    check_event_name,
    check_created_at,
    check_identifier,
    check_metadata,
    put_metadata_text,
)


def judge(
    draft: Draft, workspace: int, now: int, limits: Limits, steps: Sequence[Step] = STEPS
) -> NewEvent | Refused:
    """Take one draft through all steps: the event, or the refusal of the first that refuses.

    `steps` are other than `STEPS` only where somebody watches each of them.
    """
    event = Judged(draft, workspace, now, limits)
    for step in steps:
        refused = step(event)
        if refused is not None:
            return refused
    return _new_event(event)


def _new_event(event: Judged) -> NewEvent:
    return NewEvent(
        event.workspace,
        event.kind,
        event.value,
        event.name,
        event.created_at,
        event.metadata_text,
        event.keys,
        event.draft.prefix,
        event.identifier_field,
        event.keys_ignored,
    )


def created_at_problem(seconds: int, now: int, ahead_max_s: int) -> str | None:
    """What is wrong with a time, to follow the field's name in a sentence; else None."""
    if seconds < 0:
        return "must not be before 1970: send Unix seconds, UTC"
    if seconds >= CREATED_AT_END_S:
        return "looks like milliseconds: send whole Unix seconds, UTC"
    if seconds > now + ahead_max_s:
        return f"is more than {ahead_max_s} s ahead of the server's clock ({now})"
    return None
