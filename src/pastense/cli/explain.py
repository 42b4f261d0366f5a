"""`pastense explain`: what is true of an event, or what a submission would do, in lines to read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from pastense.cli.common import CLOCK, database_option, opened_store, print_line, read_settings
from pastense.cli.workspaces import find_workspace
from pastense.errors import PayloadTooLarge
from pastense.limits import Limits
from pastense.model import Workspace, WritePolicy
from pastense.model.findings import Finding, Rehearsal, RehearsedEvent, TracedStep
from pastense.profiles import workspace_limits
from pastense.service.explaining.explain import explain, read_question
from pastense.service.explaining.rehearsal import rehearse_submission

_INDENT: Final = "  "


@click.command("explain")
@click.option("--user-id", metavar="ID", help="The contact by its external id.")
@click.option("--id", "contact_id", metavar="ID", help="The contact by its id.")
@click.option("--email", help="The user by the email.")
@click.option("--event-name", metavar="NAME", help="The name of the event.")
@click.option("--created-at", metavar="TIME", help="Its second: Unix seconds or ISO 8601, UTC.")
@click.option("--submission", metavar="FILE", help="Rehearse a body of POST /events; - is stdin.")
@click.option("--workspace", metavar="ID", help="The workspace's id, where there are several.")
@database_option
def explain_event(
    user_id: str | None,
    contact_id: str | None,
    email: str | None,
    event_name: str | None,
    created_at: str | None,
    submission: str | None,
    workspace: str | None,
    database: str | None,
) -> None:
    """Say what is true now of a contact and an event, or what a submission would do."""
    given = {"id": contact_id, "user_id": user_id, "email": email}
    asked = {name: value for name, value in given.items() if value is not None}
    _check_options(asked, event_name, created_at, submission)
    settings, _ = read_settings(database=database)
    question = body = None
    if submission is None:
        question = read_question(asked, event_name, created_at)
    else:
        body = _read_body(submission, settings.limits.body_bytes_max)
    with opened_store(settings) as (store, _):
        found = find_workspace(store, workspace)
        policy = _policy(found, settings.limits)
        if question is not None:
            lines = _finding_lines(explain(store, found, question, policy).findings)
        else:
            lines = _rehearsal_lines(rehearse_submission(store, found, body or b"", policy))
        for line in lines:
            print_line(_printable(line))


def _check_options(
    asked: dict[str, str], event_name: str | None, created_at: str | None, submission: str | None
) -> None:
    about_event = bool(asked) or event_name is not None or created_at is not None
    if submission is not None and about_event:
        raise click.ClickException("--submission says all of it: leave the other options out")
    if submission is None and not asked:
        raise click.ClickException("say who: --user-id, --id or --email; or --submission FILE")


def _read_body(name: str, bytes_max: int) -> bytes:
    """The file, or standard input, as a server would take it."""
    try:
        if name == "-":
            body = sys.stdin.buffer.read(bytes_max + 1)
        else:
            with Path(name).open("rb") as file:
                body = file.read(bytes_max + 1)
    except OSError as error:
        raise click.ClickException(f"cannot read {name}: {error.strerror}") from None
    if len(body) > bytes_max:
        raise PayloadTooLarge(f"The body must have at most {bytes_max} bytes", "body")
    return body


def _policy(workspace: Workspace, limits: Limits) -> WritePolicy:
    own = workspace_limits(limits, workspace.settings)
    return WritePolicy(CLOCK.now(), limits, {workspace.number: own})


def _finding_lines(findings: tuple[Finding, ...], indent: str = "") -> Iterator[str]:
    return (f"{indent}{finding.code}: {finding.message}" for finding in findings)


def _rehearsal_lines(rehearsal: Rehearsal) -> Iterator[str]:
    """The answer in one line, then each event with its steps."""
    counts = f"{rehearsal.stored} stored, {rehearsal.duplicates} duplicates"
    yield f"POST /events would answer {rehearsal.status}: {counts}, {len(rehearsal.errors)} refused"
    if not rehearsal.events:
        for error in rehearsal.errors:
            yield f"{_INDENT}{error.code} {error.field or '-'}: {error.message}"
    for event in rehearsal.events:
        yield from _event_lines(event)


def _event_lines(event: RehearsedEvent) -> Iterator[str]:
    yield f"{event.place or 'the event'}: {event.outcome.result}"
    for step in event.steps:
        yield _INDENT + _step_line(step)
        yield from _finding_lines(step.findings, _INDENT * 2)
    yield from _finding_lines(event.findings, _INDENT)


def _step_line(step: TracedStep) -> str:
    if step.refusal is None:
        return f"{step.name}: passed"
    return f"{step.name}: refused, {step.refusal.code} {step.refusal.field}"


def _printable(line: str) -> str:
    """A line for a terminal: what a caller sent may hold anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
