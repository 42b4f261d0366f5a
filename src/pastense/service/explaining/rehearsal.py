"""Say what a submission would do, without storing it: each rule, then the store's part.

The rules are watched while they judge, and the store does the very write and undoes it: so what
is said here is what `POST /events` would do at this moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pastense.errors import STATUS_BY_CODE, ApiError
from pastense.identity import event_id
from pastense.model import Accepted, Contact, NewEvent, Outcome, Refused, Workspace, WritePolicy
from pastense.model.findings import (
    Finding,
    Forecast,
    Rehearsal,
    RehearsedEvent,
    Result,
    TracedStep,
)
from pastense.service.explaining import sentences
from pastense.service.explaining.knowledge import Knowledge
from pastense.service.explaining.tracing import trace
from pastense.store.base import Store
from pastense.wire.json_text import decode_unchecked_object
from pastense.wire.submission import Draft, Submission, parse_submission

ACCEPTED = 202
LIST_REFUSED = 422
Traced = tuple[tuple[TracedStep, ...], NewEvent | Refused]


def rehearse_submission(
    store: Store, workspace: Workspace, body: bytes, policy: WritePolicy
) -> Rehearsal:
    """What `POST /events` would answer to this body, and why.

    Raises `BadRequest` and `ParameterInvalid` where the body is no JSON object; whatever else
    would refuse it as a whole is told in the answer.
    """
    decode_unchecked_object(body)
    limits = policy.of(workspace.number)
    try:
        submission = parse_submission(body, limits.list_items_max)
    except ApiError as error:
        errors = tuple(error.refusals)
        return Rehearsal("pastense.rehearsal", policy.now, error.status, 0, 0, errors, ())
    return _summed_up(submission, rehearse(store, workspace, submission.drafts, policy), policy.now)


def rehearse(
    store: Store, workspace: Workspace, drafts: Sequence[Draft], policy: WritePolicy
) -> list[RehearsedEvent]:
    """Judge and write the drafts together, undo it, and tell of each of them."""
    limits = policy.of(workspace.number)
    traced = [trace(draft, workspace.number, policy.now, limits) for draft in drafts]
    passed = [event for _, event in traced if isinstance(event, NewEvent)]
    outcomes = iter(store.events.rehearse(passed, policy) if passed else [])
    with store.snapshot():
        teller = _Teller(Knowledge(store, workspace, limits, policy.now))
        return [
            teller.tell(draft, one, one[1] if isinstance(one[1], Refused) else next(outcomes))
            for draft, one in zip(drafts, traced, strict=True)
        ]


class _Teller:
    """Puts the outcome of each event into words, in the order of the submission."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._places: dict[tuple[str, int, int], str] = {}

    def tell(self, draft: Draft, traced: Traced, outcome: Outcome) -> RehearsedEvent:
        """One event: its steps, what becomes of it, and what is to be said about that."""
        steps, event = traced
        place = draft.prefix.rstrip(".")
        if isinstance(event, Refused):
            forecast = _refused(event)
            return RehearsedEvent(place, steps, forecast, (sentences.forecast(forecast),))
        contact, about_contact = self._knowledge.contact(event.kind, event.value)
        findings = [*about_contact, *self._about_name(event, outcome)]
        if isinstance(outcome, Accepted):
            findings += self._about_accepted(event, outcome, contact, place)
        forecast = _forecast(outcome, contact)
        return RehearsedEvent(place, steps, forecast, (*findings, sentences.forecast(forecast)))

    def _about_name(self, event: NewEvent, outcome: Outcome) -> Iterator[Finding]:
        known = self._knowledge.name(event.name)
        if known is None and isinstance(outcome, Accepted):
            yield sentences.would_be_new(event.name)
        else:
            yield from sentences.about_name(event.name, known)

    def _about_accepted(
        self, event: NewEvent, outcome: Accepted, contact: Contact | None, place: str
    ) -> Iterator[Finding]:
        """Of which event a duplicate is one, an earlier one of the list or a stored one; else
        what of the event would not be kept."""
        key = (outcome.contact_id, outcome.created_at, outcome.slot)
        earlier = self._places.setdefault(key, place)
        if not outcome.duplicate:
            yield from self._knowledge.would_be_stored(event.created_at, outcome.pruned)
            untracked = outcome.keys_ignored - len(event.keys_ignored)
            if untracked > 0:
                yield sentences.not_tracked(untracked, self._knowledge.name(event.name))
        elif earlier != place:
            yield sentences.twice_in_list(earlier)
        elif contact is not None:
            yield from self._knowledge.event(contact, event.name, event.created_at)[1]


def _forecast(outcome: Outcome, contact: Contact | None) -> Forecast:
    """A contact that would be created gets another id than in a rehearsal: none is told."""
    if isinstance(outcome, Refused):
        return _refused(outcome)
    result: Result = "duplicate" if outcome.duplicate else "stored"
    if contact is None:
        return Forecast(result, ACCEPTED, keys_ignored=outcome.keys_ignored)
    identity = event_id(outcome.contact_id, outcome.created_at, outcome.slot)
    return Forecast(result, ACCEPTED, identity, outcome.contact_id, outcome.keys_ignored)


def _refused(refusal: Refused) -> Forecast:
    return Forecast("refused", STATUS_BY_CODE[refusal.code], refusal=refusal)


def _summed_up(submission: Submission, events: list[RehearsedEvent], now: int) -> Rehearsal:
    """The answer of the whole: a single event's own status, 422 for a list refused in part."""
    results = [event.outcome.result for event in events]
    errors = tuple(e.outcome.refusal for e in events if e.outcome.refusal is not None)
    status = events[0].outcome.status
    if submission.is_list:
        status = LIST_REFUSED if errors else ACCEPTED
    counts = (results.count("stored"), results.count("duplicate"))
    return Rehearsal("pastense.rehearsal", now, status, *counts, errors, tuple(events))
