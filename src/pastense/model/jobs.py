"""Bulk jobs: what was handed over together, and which items of it were refused."""

from __future__ import annotations

import msgspec

from pastense.model.events import Refused


class JobTask(msgspec.Struct, frozen=True):
    """One call of a job; it was done when it was answered."""

    id: str
    item_count: int
    created_at: int
    started_at: int
    completed_at: int


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A bulk call and those that were added to it. Times are Unix seconds, UTC.

    From `closing_at` on nothing more is added. `tasks` are the newest of its calls, the earliest
    of them first.
    """

    id: str
    workspace_id: str
    name: str
    created_at: int
    updated_at: int
    closing_at: int
    completed_at: int
    tasks: tuple[JobTask, ...] = ()


class NewJob(msgspec.Struct, frozen=True):
    """A job that is about to be written down. Its id is chosen before, so that it is the same job
    where it has to be written twice."""

    id: str
    name: str
    closing_at: int


class RefusedItem(msgspec.Struct, frozen=True):
    """One item of a bulk call that was refused, as the error feed shows it.

    `index` is its place in the call, in a feed its place in the job. `data` is its JSON text.
    The identifiers are all of those in the data, so that a deleted person's items are found;
    `email_key` is in lower case.
    """

    index: int
    at: int
    method: str
    data_type: str
    data: str
    refused: Refused
    contact_id: str | None = None
    user_id: str | None = None
    email_key: str | None = None
