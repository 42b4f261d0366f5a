"""Bulk jobs as callers see them: opened by a bulk call, added to, looked at, changed.

A job says what was done: it is written down when all items of a call were judged, and committed
with them or after them. Source: decisions.md "Bulk and jobs".
"""

from __future__ import annotations

from typing import Final

from pastense.errors import Forbidden, JobNotFound, ParameterInvalid
from pastense.identity import new_job_id
from pastense.limits import (
    CREATED_AT_END_S,
    DAY_S,
    INTEGER_MAX,
    JOB_CLOSING_MAX_S,
    JOB_ERRORS_KEPT_S,
    JOB_ERRORS_PER_PAGE_MAX,
    JOB_OPEN_S,
    JOBS_KEPT_DAYS,
    LABEL_CHARACTERS_MAX,
)
from pastense.model import Job, NewJob, RefusedItem, Workspace
from pastense.store.base import Store
from pastense.wire.numbers import whole_number, whole_seconds
from pastense.wire.paging import read_per_page

DEFAULT_NAME: Final = "api_bulk_job"
_ID_CHARACTERS_SHOWN: Final = 64


def get_job(store: Store, workspace: Workspace, job_id: str) -> Job:
    """The job with that id; raises `JobNotFound`."""
    return present_job(store.jobs.find(workspace, job_id), job_id)


def get_status(store: Store, workspace: Workspace, job_id: str) -> Job:
    """As `get_job`, in the words of the call that came with 2.14."""
    job = store.jobs.find(workspace, job_id)
    if job is None:
        raise JobNotFound
    return job


def new_job(fields: dict[str, object], now: int) -> NewJob:
    """A new job for the items of a bulk call, named in `fields` or not."""
    name, closing_at = read_changes(fields, now)
    end = now + JOB_OPEN_S if closing_at is None else closing_at
    return NewJob(new_job_id(), name or DEFAULT_NAME, end)


def open_job(store: Store, workspace: Workspace, job_id: str, now: int) -> str:
    """The id of the job that the items of a bulk call belong to. Raises `JobNotFound`, and
    `Forbidden` where the job takes no more."""
    job = present_job(store.jobs.find(workspace, job_id), job_id, "job.id")
    if now >= job.closing_at:
        raise Forbidden(f"job {job.id} is closed for new task updates", "job.id")
    return job.id


def update_job(
    store: Store, workspace: Workspace, job_id: str, body: dict[str, object], now: int
) -> Job:
    """Change the name or the time of closing; raises `JobNotFound`, `ParameterInvalid`."""
    job = get_job(store, workspace, job_id)
    name, closing_at = read_changes(body, job.created_at)
    return present_job(store.jobs.update(workspace, job_id, name, closing_at, now), job_id)


def read_changes(fields: dict[str, object], created_at: int) -> tuple[str | None, int | None]:
    """(name, closing_at) of a job, each None where it is not given."""
    name, value = fields.get("name"), fields.get("closing_at")
    if name is not None and (
        not isinstance(name, str) or not 1 <= len(name) <= LABEL_CHARACTERS_MAX
    ):
        message = f"name must be text of 1 to {LABEL_CHARACTERS_MAX} characters"
        raise ParameterInvalid(message, "name")
    closing_at = None if value is None else whole_seconds(value)
    if value is not None and (closing_at is None or not 0 <= closing_at < CREATED_AT_END_S):
        raise ParameterInvalid("closing_at must be whole Unix seconds, UTC", "closing_at")
    if closing_at is not None and closing_at > created_at + JOB_CLOSING_MAX_S:
        message = f"closing_at must be at most {JOB_CLOSING_MAX_S} s after the job was created"
        raise ParameterInvalid(message, "closing_at")
    return name, closing_at


def read_refused(
    store: Store, workspace: Workspace, job_id: str, after: int, per_page: int, now: int
) -> tuple[Job, list[RefusedItem], int | None]:
    """A job, one page of its refused items, and the place where the next page begins, None on
    the last one. Raises `JobNotFound`."""
    job = get_job(store, workspace, job_id)
    since = now - JOB_ERRORS_KEPT_S
    items = store.jobs.refused(workspace, job_id, since, after, per_page + 1)
    page = items[:per_page]
    return job, page, page[-1].index if len(items) > per_page else None


def read_feed_page(values: dict[str, str]) -> tuple[int, int]:
    """(after, per_page) of the query of an error feed; raises `ParameterInvalid`."""
    after = whole_number(values.get("after", "-1"))
    if after is None or not -1 <= after <= INTEGER_MAX:
        raise ParameterInvalid("after must be the number that pages.next says", "after")
    most = JOB_ERRORS_PER_PAGE_MAX
    return after, read_per_page(values.get("per_page"), default=most, most=most)


def forget_jobs(store: Store, now: int) -> bool:
    """Forget some items that nobody may read any more, and jobs of long ago."""
    return store.jobs.forget_step(now - JOB_ERRORS_KEPT_S, now - JOBS_KEPT_DAYS * DAY_S)


def present_job(job: Job | None, job_id: str, field: str | None = None) -> Job:
    """The job that was found; raises `JobNotFound` where none was."""
    if job is None:
        raise JobNotFound(f"job {job_id[:_ID_CHARACTERS_SHOWN]} not found", field)
    return job
