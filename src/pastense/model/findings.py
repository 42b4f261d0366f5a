"""What an explanation is made of: codes for programs, sentences for people."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from pastense.model.events import Refused
from pastense.model.values import Json


class FindingCode(StrEnum):
    """Everything that an explanation may find. A code is never given another meaning."""

    CONTACT_FOUND = "contact_found"
    CONTACT_UNKNOWN = "contact_unknown"
    CONTACT_ARCHIVED = "contact_archived"
    CONTACT_BLOCKED = "contact_blocked"
    CONTACT_MERGED = "contact_merged"
    CONTACT_DELETED = "contact_deleted"
    CONTACT_AMBIGUOUS = "contact_ambiguous"
    CONTACT_IS_NO_USER = "contact_is_no_user"
    CONTACT_NAMED_OTHERWISE = "contact_named_otherwise"
    CONTACT_WOULD_BE_CREATED = "contact_would_be_created"
    IDENTIFIER_IS_TEXT = "identifier_is_text"
    IDENTIFIER_NOT_CONSULTED = "identifier_not_consulted"
    NAME_KNOWN = "name_known"
    NAME_UNKNOWN = "name_unknown"
    NAME_ARCHIVED = "name_archived"
    NAME_DESCRIBED = "name_described"
    NAME_TRIMMED = "name_trimmed"
    NAME_WOULD_BE_NEW = "name_would_be_new"
    TIME_READ_FROM_TEXT = "time_read_from_text"
    TIME_CUT = "time_cut"
    KEYS_IGNORED = "keys_ignored"
    KEYS_NOT_TRACKED = "keys_not_tracked"
    EVENT_STORED = "event_stored"
    EVENT_LISTED = "event_listed"
    EVENT_ABSENT = "event_absent"
    EVENT_PRUNED = "event_pruned"
    EVENT_OUTSIDE_WINDOW = "event_outside_window"
    EVENT_HIDDEN = "event_hidden"
    EVENT_NOT_NAMED = "event_not_named"
    EVENT_WOULD_BE_PRUNED = "event_would_be_pruned"
    EVENT_TWICE_IN_LIST = "event_twice_in_list"
    SUBMISSION_STORED = "submission_stored"
    SUBMISSION_DUPLICATE = "submission_duplicate"
    SUBMISSION_REFUSED = "submission_refused"


class Finding(msgspec.Struct, frozen=True):
    """One thing that is true now. `message` says what it means and what to do."""

    code: FindingCode
    message: str


Result = Literal["stored", "duplicate", "refused"]


class Forecast(msgspec.Struct, frozen=True):
    """What a submission of one event would do now, and the status of its answer.

    `event_id` and `contact_id` are None where the event would be refused, and where its contact
    would first have to be created. `keys_ignored` counts metadata keys that would be left out.
    """

    result: Result
    status: int
    event_id: str | None = None
    contact_id: str | None = None
    keys_ignored: int = 0
    refusal: Refused | None = None


class TracedStep(msgspec.Struct, frozen=True):
    """One rule as it judged one event: what it found out, or why it refused."""

    name: str
    passed: bool
    derived: dict[str, Json]
    findings: tuple[Finding, ...] = ()
    refusal: Refused | None = None


class FoundEvent(msgspec.Struct, frozen=True):
    """A stored event looked up by its key; `metadata` is None once it was pruned."""

    slot: int
    metadata: str | None


class ExplainedContact(msgspec.Struct, frozen=True):
    """The contact that an identifier leads to."""

    id: str
    role: str
    archived: bool
    blocked: bool


class ExplainedName(msgspec.Struct, frozen=True):
    """A name of events as the workspace knows it."""

    name: str
    description: str | None
    archived: bool
    tracked_keys: tuple[str, ...]


class ExplainedEvent(msgspec.Struct, frozen=True):
    """A stored event. `metadata_keys` is None once its metadata was pruned; `listed` says
    whether a list of the contact's events shows it now."""

    id: str
    created_at: int
    metadata_keys: tuple[str, ...] | None
    listed: bool


class Explanation(msgspec.Struct, frozen=True):
    """What is true now of a contact, a name and an event. `at` is the time of asking."""

    type: Literal["pastense.explanation"]
    at: int
    contact: ExplainedContact | None
    event_name: ExplainedName | None
    event: ExplainedEvent | None
    submission: Forecast | None
    findings: tuple[Finding, ...]


class RehearsedEvent(msgspec.Struct, frozen=True):
    """One event of a rehearsed submission. `place` is "" or its path, such as "data[3]"."""

    place: str
    steps: tuple[TracedStep, ...]
    outcome: Forecast
    findings: tuple[Finding, ...]


class Rehearsal(msgspec.Struct, frozen=True):
    """What a submission would do now: the status and the errors of its answer, then each event.

    `events` is empty where the submission would be refused as a whole.
    """

    type: Literal["pastense.rehearsal"]
    at: int
    status: int
    stored: int
    duplicates: int
    errors: tuple[Refused, ...]
    events: tuple[RehearsedEvent, ...]
