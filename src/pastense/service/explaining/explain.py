"""Explain what is true now of a contact, a name and an event, and what a submission would do.

Source: decisions.md "Explaining".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from pastense.errors import ParameterInvalid, ParameterNotFound
from pastense.model import Contact, EventName, Workspace, WritePolicy
from pastense.model.findings import (
    ExplainedContact,
    ExplainedName,
    Explanation,
    Finding,
    Forecast,
)
from pastense.service.events.listing import Identifier
from pastense.service.explaining import sentences
from pastense.service.explaining.knowledge import Knowledge
from pastense.service.explaining.moments import read_moment
from pastense.service.explaining.rehearsal import rehearse
from pastense.store.base import Store
from pastense.wire.json_text import check_values
from pastense.wire.submission import KIND_BY_FIELD, Draft, identifier_problem, named_contact


class Question(msgspec.Struct, frozen=True):
    """What is asked: who, with the strongest identifier first, perhaps what, perhaps when."""

    identifiers: Sequence[Identifier]
    event_name: str | None = None
    created_at: int | None = None


def explain(
    store: Store, workspace: Workspace, question: Question, policy: WritePolicy
) -> Explanation:
    """What is true now. A submission is rehearsed where the question names a whole event."""
    forecast = _forecast(store, workspace, question, policy)
    with store.snapshot():
        knowledge = Knowledge(store, workspace, policy.of(workspace.number), policy.now)
        return _explain(knowledge, question, forecast, policy.now)


def read_question(
    asked: Mapping[str, str], event_name: str | None, created_at: str | None
) -> Question:
    """A question of identifiers by their names, with the time as a person writes it.

    Raises `ParameterNotFound` where nobody is named, and `ParameterInvalid` where an identifier
    or the time cannot be one.
    """
    identifiers = [_identifier(name, asked[name]) for name in KIND_BY_FIELD if name in asked]
    check_values(event_name, "event_name")
    return question(identifiers, event_name, created_at)


def question(
    identifiers: Sequence[Identifier], event_name: str | None, created_at: str | None
) -> Question:
    """As `read_question`, where the identifiers were read already."""
    if not identifiers:
        message = "missing user identifier: send user_id, email, id or intercom_user_id"
        raise ParameterNotFound(message, "user_id")
    second = None if created_at is None else read_moment(created_at)
    if created_at is not None and second is None:
        message = "created_at must be Unix seconds or an ISO 8601 time, such as "
        message += "2026-05-01T09:30:00Z (in a query write %2B for +)"
        raise ParameterInvalid(message, "created_at")
    return Question(identifiers, event_name, second)


def _identifier(name: str, value: str) -> Identifier:
    check_values(value, name)
    problem = identifier_problem(name, value)
    if problem is not None:
        raise ParameterInvalid(problem, name)
    return name, *named_contact(name, value)


def _explain(
    knowledge: Knowledge, question: Question, forecast: Forecast | None, now: int
) -> Explanation:
    (used, kind, value), *others = question.identifiers
    contact, about_contact = knowledge.contact(kind, value)
    findings: list[Finding] = list(about_contact)
    if others:
        findings.append(sentences.not_consulted(used, [name for name, _, _ in others]))
    known = event = None
    name, second = _name(question), question.created_at
    if name is not None:
        known = knowledge.name(name)
        findings += sentences.about_name(name, known)
    if name is not None and second is not None and contact is not None:
        event, about_event = knowledge.event(contact, name, second)
        findings += about_event
    if name is None and second is not None:
        findings.append(sentences.NOT_NAMED)
    if forecast is not None:
        findings.append(sentences.forecast(forecast))
    return Explanation(
        "pastense.explanation",
        now,
        None if contact is None else _contact(contact),
        None if known is None else _known(known),
        event,
        forecast,
        tuple(findings),
    )


def _forecast(
    store: Store, workspace: Workspace, question: Question, policy: WritePolicy
) -> Forecast | None:
    if question.event_name is None or question.created_at is None:
        return None
    field, kind, value = question.identifiers[0]
    fields: dict[str, object] = {
        field if KIND_BY_FIELD[field] == kind else kind: value,
        "event_name": question.event_name,
        "created_at": question.created_at,
    }
    (event,) = rehearse(store, workspace, [Draft(fields, fields)], policy)
    return event.outcome


def _name(question: Question) -> str | None:
    """The name as a submission would have it."""
    return None if question.event_name is None else question.event_name.strip()


def _contact(contact: Contact) -> ExplainedContact:
    archived, blocked = contact.archived_at is not None, contact.blocked_at is not None
    return ExplainedContact(contact.id, contact.role, archived, blocked)


def _known(name: EventName) -> ExplainedName:
    archived = name.archived_at is not None
    keys = tuple(tracked.key for tracked in name.tracked_keys)
    return ExplainedName(name.name, name.description, archived, keys)
