"""The findings of an explanation as sentences: what is true, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from pastense.limits import CREATED_AT_END_S
from pastense.model import Contact, EventName, Refused
from pastense.model.findings import ExplainedEvent, Finding, Forecast
from pastense.model.findings import FindingCode as Code

KEYS_SHOWN_MAX: Final = 20
"""Names of keys in one sentence; the machine's part of an answer holds them all."""
AMBIGUOUS: Final = Finding(
    Code.CONTACT_AMBIGUOUS,
    "Several users have this email: name the contact by user_id or id. By email it is refused 409.",
)
NO_USER: Final = Finding(
    Code.CONTACT_IS_NO_USER,
    "A lead or a visitor has this email, but an email names users only: name the contact by its "
    "id, or make it a user.",
)
LISTED: Final = Finding(
    Code.EVENT_LISTED, "GET /events shows the event now: follow pages.next as far as its second."
)
PRUNED: Final = Finding(
    Code.EVENT_PRUNED,
    "The event is older than the workspace keeps metadata (retention_days): its metadata is gone "
    "and lists leave it out. Summaries count it. It cannot be brought back.",
)
HIDDEN: Final = Finding(
    Code.EVENT_HIDDEN,
    "The event is stored, but lists and summaries leave it out because its name is archived: "
    "unarchive the name to see it again.",
)
NOT_NAMED: Final = Finding(
    Code.EVENT_NOT_NAMED,
    "An event is known by its contact, its name and its second: send event_name beside created_at.",
)


def iso(seconds: int) -> str:
    """A time in ISO 8601, UTC; the number alone where no calendar reaches."""
    if not 0 <= seconds < CREATED_AT_END_S:
        return str(seconds)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def at(seconds: int) -> str:
    """A second for machines and people."""
    return f"{seconds} ({iso(seconds)})"


def day(seconds: int) -> str:
    """The day of a time, UTC."""
    return iso(seconds)[:10]


def found(contact: Contact) -> Finding:
    """Who it is."""
    return Finding(Code.CONTACT_FOUND, f"The contact is the {contact.role} {contact.id}.")


def merged(kind: str, contact: Contact) -> Finding:
    """Who it has become."""
    return Finding(
        Code.CONTACT_MERGED,
        f"The contact with this {kind} was merged into the {contact.role} {contact.id}: events "
        f"sent or read by the old {kind} go there. Name it by id {contact.id}.",
    )


def state_of(contact: Contact) -> Iterator[Finding]:
    """What else holds of a contact that is there."""
    if contact.archived_at is not None:
        yield Finding(
            Code.CONTACT_ARCHIVED,
            f"The contact was archived on {day(contact.archived_at)}: its events can be read, "
            f"submissions are refused 404. POST /contacts/{contact.id}/unarchive restores it.",
        )
    if contact.blocked_at is not None:
        yield Finding(
            Code.CONTACT_BLOCKED,
            f"The contact was blocked on {day(contact.blocked_at)}. Blocking alone does not keep "
            "events away.",
        )


def deleted(kind: str, deleted_at: int) -> Finding:
    """Who is gone for good."""
    return Finding(
        Code.CONTACT_DELETED,
        f"A contact with this {kind} was deleted on {day(deleted_at)} and its events with it. A "
        "submission does not bring it back: create the contact anew if the person has returned.",
    )


def unknown(kind: str) -> Finding:
    """Whom nobody knows."""
    exactly = " External ids compare exactly, case included." if kind == "user_id" else ""
    return Finding(
        Code.CONTACT_UNKNOWN,
        f"No contact has this {kind}: create it first with POST /contacts, or correct the {kind}."
        f"{exactly}",
    )


def would_be_created(kind: str) -> Finding:
    """Whom a submission would create."""
    return Finding(
        Code.CONTACT_WOULD_BE_CREATED,
        f"No contact has this {kind} yet: a submission creates a user with it "
        "(create_unknown_contacts). Reading is refused 404 until then.",
    )


def named_otherwise(kind: str, other: str) -> Finding:
    """Somebody who was meant, perhaps."""
    return Finding(
        Code.CONTACT_NAMED_OTHERWISE,
        f"No contact has this as its {kind}, but one has it as its {other}: send it as {other}.",
    )


def about_name(name: str, known: EventName | None) -> Iterator[Finding]:
    """What is known of a name."""
    if known is None:
        yield Finding(
            Code.NAME_UNKNOWN,
            f"No event {quoted(name)} was ever stored here. Names compare exactly, case included.",
        )
        return
    yield Finding(Code.NAME_KNOWN, f"The workspace knows the name {quoted(name)}.")
    if known.description is not None:
        yield Finding(Code.NAME_DESCRIBED, f"It is described as {quoted(known.description)}.")
    if known.archived_at is not None:
        yield Finding(
            Code.NAME_ARCHIVED,
            f"The name was archived on {day(known.archived_at)}: its events are stored, but lists "
            "and summaries leave them out until it is unarchived.",
        )
    if known.ignored_keys:
        counts = [f"{ignored.key} ({ignored.count})" for ignored in known.ignored_keys]
        yield Finding(
            Code.KEYS_IGNORED,
            "Metadata keys of its events were left out, beyond the quota or not tracked: "
            f"{listed_words(counts)}.",
        )


def would_be_new(name: str) -> Finding:
    """A name that a submission would add."""
    return Finding(
        Code.NAME_WOULD_BE_NEW,
        f"The name {quoted(name)} is new and is added with its first event: check its spelling.",
    )


def stored(event: ExplainedEvent) -> Finding:
    """An event that is there, and what it carries."""
    keys = event.metadata_keys
    carries = "no metadata" if not keys else f"the metadata keys {listed_words(keys)}"
    return Finding(
        Code.EVENT_STORED,
        f"The event is stored as {event.id} with {carries}. Another submission of it would be a "
        "duplicate: answered 202, it changes nothing.",
    )


def absent(name: str, created_at: int) -> Finding:
    """An event that is not there."""
    return Finding(
        Code.EVENT_ABSENT,
        f"No event {quoted(name)} of this contact is stored for second "
        f"{at(created_at)}: check the second and the name, or submit the event.",
    )


def outside_window(days: int) -> Finding:
    """An event that lists no longer reach."""
    return Finding(
        Code.EVENT_OUTSIDE_WINDOW,
        f"Lists reach {days} days back (list_window_days) and the event is older. Summaries count "
        "it.",
    )


def would_be_pruned(days: int) -> Finding:
    """An event that comes too late for its metadata."""
    return Finding(
        Code.EVENT_WOULD_BE_PRUNED,
        f"The event is older than the {days} days that metadata is kept (retention_days): it would "
        "be stored and counted in summaries, but without its metadata, and no list shows it.",
    )


def not_tracked(count: int, known: EventName | None) -> Finding:
    """Keys that a workspace which enforces tracked keys would drop."""
    tracked = [tracked.key for tracked in known.tracked_keys] if known is not None else []
    so_far = f" Tracked so far are {listed_words(tracked)}." if tracked else ""
    return Finding(
        Code.KEYS_NOT_TRACKED,
        f"{count} metadata keys would be left out: this workspace keeps only the tracked keys of a "
        f"name, the first that came with it (tracked_keys_enforced).{so_far}",
    )


def twice_in_list(earlier: str) -> Finding:
    """An event of which the same list has another copy before it."""
    return Finding(
        Code.EVENT_TWICE_IN_LIST,
        f"{earlier} is the same event: the same contact, name and second. The first copy wins.",
    )


def not_consulted(used: str, others: Sequence[str]) -> Finding:
    """Identifiers beside a stronger one."""
    names = " and ".join(others)
    return Finding(
        Code.IDENTIFIER_NOT_CONSULTED,
        f"{used} decides who is meant; {names} is not looked at. Leave it out, or send the one "
        "that you mean.",
    )


def forecast(outcome: Forecast) -> Finding:
    """What a submission would do."""
    if outcome.refusal is not None:
        return refused(outcome.status, outcome.refusal)
    if outcome.result == "duplicate":
        return Finding(
            Code.SUBMISSION_DUPLICATE,
            "A submission now is answered 202 and changes nothing: the first copy is kept.",
        )
    return Finding(Code.SUBMISSION_STORED, "A submission now is answered 202 and stored.")


def refused(status: int, refusal: Refused) -> Finding:
    """Why a submission would be refused."""
    where = f" about {refusal.field}" if refusal.field else ""
    return Finding(
        Code.SUBMISSION_REFUSED,
        f"A submission now is refused {status} {refusal.code}{where}: {refusal.message}.",
    )


def quoted(text: str) -> str:
    """A text of the caller's in a sentence."""
    return f'"{text}"'


def listed_words(words: Sequence[str]) -> str:
    """The first words of a list, and how many more there are."""
    shown = ", ".join(words[:KEYS_SHOWN_MAX])
    more = len(words) - KEYS_SHOWN_MAX
    return f"{shown} and {more} more" if more > 0 else shown
