"""Watch the rules judge one event: what each step found out, and where it stopped.

The steps are those of `rules.STEPS` themselves, so a trace cannot differ from what happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, cast

from pastense.limits import Limits
from pastense.model import Json, NewEvent, Refused
from pastense.model.findings import Finding, TracedStep
from pastense.model.findings import FindingCode as Code
from pastense.service.events import rules
from pastense.service.events.rules import Judged, Step
from pastense.service.explaining import sentences
from pastense.wire.submission import KIND_BY_FIELD, Draft

_SHOWN: Final = ("name", "created_at", "kind", "value", "identifier_field", "keys", "keys_ignored")
"""What is told of what a step derived; the values of metadata are not repeated."""


def trace(
    draft: Draft, workspace: int, now: int, limits: Limits
) -> tuple[tuple[TracedStep, ...], NewEvent | Refused]:
    """Judge a draft and tell of each step that was taken; the result is that of `judge`."""
    taken: list[TracedStep] = []
    watched = [_watched(step, taken) for step in rules.STEPS]
    result = rules.judge(draft, workspace, now, limits, watched)
    return tuple(taken), result


def _watched(step: Step, taken: list[TracedStep]) -> Step:
    def watch(event: Judged) -> Refused | None:
        before = {name: getattr(event, name) for name in _SHOWN}
        refusal = step(event)
        derived = {
            name: _as_json(getattr(event, name))
            for name in _SHOWN
            if getattr(event, name) != before[name]
        }
        notes = () if refusal is not None else tuple(_notes(step, event))
        taken.append(TracedStep(step.__name__, refusal is None, derived, notes, refusal))
        return refusal

    return watch


def _as_json(value: object) -> Json:
    """Pairs become an object, other tuples a list."""
    if isinstance(value, tuple):
        return dict(value) if value and isinstance(value[0], tuple) else list(value)
    return cast(Json, value)


def _notes(step: Step, event: Judged) -> Iterator[Finding]:
    """What the sender may not expect of a step that passed."""
    about = _NOTES.get(step)
    return iter(()) if about is None else about(event)


def _about_name(event: Judged) -> Iterator[Finding]:
    if event.draft.fields.get("event_name") != event.name:
        yield Finding(
            Code.NAME_TRIMMED,
            f"White space at the ends of event_name is taken away: it is "
            f"{sentences.quoted(event.name)}.",
        )


def _about_time(event: Judged) -> Iterator[Finding]:
    value = event.draft.fields.get("created_at")
    if isinstance(value, str):
        yield Finding(
            Code.TIME_READ_FROM_TEXT,
            f"created_at is a text; its digits are read as {sentences.at(event.created_at)}.",
        )
    elif value != event.created_at:
        yield Finding(
            Code.TIME_CUT,
            f"created_at is cut to whole seconds: {sentences.at(event.created_at)}. Two events "
            "of one name within a second are duplicates.",
        )


def _about_identifier(event: Judged) -> Iterator[Finding]:
    user = event.draft.user
    used, *others = [name for name in KIND_BY_FIELD if user.get(name) is not None]
    if not isinstance(user[used], str):
        yield Finding(
            Code.IDENTIFIER_IS_TEXT,
            f"{used} is a number and is taken as the text {sentences.quoted(event.value)}.",
        )
    if others:
        yield sentences.not_consulted(used, others)


def _about_metadata(event: Judged) -> Iterator[Finding]:
    if event.keys_ignored:
        yield Finding(
            Code.KEYS_IGNORED,
            f"The first {event.limits.metadata_keys_max} metadata keys are kept "
            f"(metadata_keys_max); ignored are {sentences.listed_words(event.keys_ignored)}.",
        )


_NOTES: Final[dict[Step, Callable[[Judged], Iterator[Finding]]]] = {
    rules.check_event_name: _about_name,
    rules.check_created_at: _about_time,
    rules.check_identifier: _about_identifier,
    rules.check_metadata: _about_metadata,
}
