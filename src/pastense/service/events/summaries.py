"""Summaries written by hand: history from elsewhere, kept apart from what was recorded.

Source: decisions.md "Summaries written by hand".
"""

from __future__ import annotations

from pastense.errors import ManyRefused, ParameterInvalid, ParameterNotFound, raise_refused
from pastense.limits import SUMMARY_COUNT_MAX, Limits
from pastense.model import Accepted, ImportedSummary, Refused, Workspace, WritePolicy
from pastense.service.events.rules import (
    Judged,
    check_event_name,
    check_identifier,
    created_at_problem,
)
from pastense.store.base import Store
from pastense.wire.numbers import whole_number, whole_seconds
from pastense.wire.submission import Draft


def import_summaries(
    store: Store, workspace: Workspace, body: dict[str, object], policy: WritePolicy, limits: Limits
) -> Accepted:
    """Replace the imported part of each summary in the body, all together or none.

    Raises `ParameterNotFound` where the contact or the summaries are missing,
    `ParameterInvalid` or `ManyRefused` (400) where one is not acceptable, and the refusal of
    the store (404, 409, 422) for the contact or a name.
    """
    items, single = _items(body, limits)
    person = Judged(Draft(body, body), workspace.number, policy.now, limits)
    refused = check_identifier(person)
    if refused is not None:
        raise_refused(refused)
    summaries = _judge_all(items, single, policy.now, limits)
    outcome = store.events.import_summaries(
        workspace.number, person.kind, person.value, summaries, policy
    )
    if isinstance(outcome, Refused):
        field = person.identifier_field if outcome.code != "422" else "event_summaries"
        raise_refused(Refused(outcome.code, outcome.message, field))
    return outcome


def _items(body: dict[str, object], limits: Limits) -> tuple[list[object], bool]:
    """The summaries as a list, and whether the body held just one object."""
    value = body.get("event_summaries")
    if value is None or value == []:
        message = "missing event_summaries: send an object or a list"
        raise ParameterNotFound(message, "event_summaries")
    if isinstance(value, dict):
        return [value], True
    if not isinstance(value, list):
        raise ParameterInvalid("event_summaries must be an object or a list", "event_summaries")
    if len(value) > limits.list_items_max:
        message = f"event_summaries must hold 1 to {limits.list_items_max} items"
        raise ParameterInvalid(message, "event_summaries")
    return value, False


def _judge_all(
    items: list[object], single: bool, now: int, limits: Limits
) -> list[ImportedSummary]:
    judged: list[ImportedSummary] = []
    refusals: list[Refused] = []
    names: set[str] = set()
    for index, item in enumerate(items):
        prefix = "event_summaries." if single else f"event_summaries[{index}]."
        result = _judge(item, prefix, now, limits)
        if isinstance(result, ImportedSummary) and result.name in names:
            message = "The same event_name stands twice in one call"
            result = Refused("parameter_invalid", message, prefix + "event_name")
        if isinstance(result, Refused):
            refusals.append(result)
        else:
            judged.append(result)
            names.add(result.name)
    if refusals:
        raise ManyRefused(refusals, 400)
    return judged


def _judge(item: object, prefix: str, now: int, limits: Limits) -> ImportedSummary | Refused:
    if not isinstance(item, dict):
        return Refused("parameter_invalid", "A summary must be an object", prefix.rstrip("."))
    named = Judged(Draft(item, {}, prefix), 0, now, limits)
    refused = check_event_name(named)
    if refused is not None:
        return refused
    count = _check_count(named, item.get("count"))
    first = _check_time(named, "first", item.get("first"))
    last = _check_time(named, "last", item.get("last"))
    for value in (count, first, last):
        if isinstance(value, Refused):
            return value
    assert isinstance(count, int)
    assert isinstance(first, int)
    assert isinstance(last, int)
    if first > last:
        return named.refuse("first", "first must not be after last")
    return ImportedSummary(named.name, count, first, last)


def _check_count(event: Judged, value: object) -> int | Refused:
    if value is None:
        return event.refuse("count", "missing count", "parameter_not_found")
    count = whole_number(value)
    if count is None or not 1 <= count <= SUMMARY_COUNT_MAX:
        return event.refuse("count", f"count must be a whole number, 1 to {SUMMARY_COUNT_MAX}")
    return count


def _check_time(event: Judged, field: str, value: object) -> int | Refused:
    """`first` and `last` have the bounds of created_at."""
    if value is None:
        return event.refuse(field, f"missing {field}", "parameter_not_found")
    seconds = whole_seconds(value)
    if seconds is None:
        return event.refuse(field, f"{field} must be whole Unix seconds, UTC")
    problem = created_at_problem(seconds, event.now, event.limits.created_at_ahead_max_s)
    return seconds if problem is None else event.refuse(field, f"{field} {problem}")
