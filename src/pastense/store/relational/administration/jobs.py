"""Bulk jobs; see `store.base.JobStore` for what each method promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from pastense.limits import JOB_STEP_ITEMS_MAX, JOB_TASKS_SHOWN_MAX
from pastense.model import Job, JobTask, NewJob, Refused, RefusedItem, Workspace
from pastense.store.relational.connection import Connection, Database
from pastense.store.statements import Statements

SQL = Statements("jobs.sql")


class Jobs:
    """Writes jobs down, finds, changes and forgets them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, workspace: Workspace, job_id: str) -> Job | None:
        """The job with that id; None where the workspace has none."""
        rows = self._database.query(SQL["find"], (workspace.number, job_id))
        if not rows:
            return None
        tasks = self._database.query(SQL["tasks"], (rows[0][0], JOB_TASKS_SHOWN_MAX))
        return _job(workspace, rows[0], tasks)

    def record(
        self,
        workspace: Workspace,
        job: str | NewJob,
        task: JobTask,
        refused: Sequence[RefusedItem],
    ) -> Job | None:
        """Write down one call that was done, once: in a new job, or in the one with that id."""
        job_id = job.id if isinstance(job, NewJob) else job
        key = (workspace.number, job_id)
        with self._database.writing() as connection:
            if isinstance(job, NewJob):
                row = (*key, job.name, task.created_at, task.completed_at, job.closing_at)
                connection.execute(SQL["insert"], row)
            if connection.execute(SQL["insert_task"], (*key, *_task_row(task))).fetchall():
                _append(connection, workspace, job_id, task, refused)
            return _find(connection, workspace, job_id)

    def update(
        self,
        workspace: Workspace,
        job_id: str,
        name: str | None,
        closing_at: int | None,
        now: int,
    ) -> Job | None:
        """Change what is given; None where the workspace has no such job."""
        with self._database.writing() as connection:
            changes = (name, closing_at, now)
            connection.execute(SQL["update"], (workspace.number, job_id, *changes))
            return _find(connection, workspace, job_id)

    def refused(
        self, workspace: Workspace, job_id: str, since: int, after: int, limit: int
    ) -> list[RefusedItem]:
        """Refused items of a job behind a place in it, in their order."""
        asked = (workspace.number, job_id, since, after, limit)
        return [_refused_item(row) for row in self._database.query(SQL["refused"], asked)]

    def forget_step(self, items_before: int, jobs_before: int) -> bool:
        """Forget some refused items, and once they are gone some jobs."""
        items = self._database.query(SQL["old_refused"], (items_before, JOB_STEP_ITEMS_MAX))
        jobs = self._database.query(SQL["old_jobs"], (jobs_before, JOB_STEP_ITEMS_MAX))
        if not items and not jobs:
            return False
        with self._database.writing() as connection:
            connection.execute(SQL["forget_refused"], (_numbers(items),))
            connection.execute(SQL["forget_tasks"], (_numbers(jobs),))
            connection.execute(SQL["forget_jobs"], (_numbers(jobs),))
        return True


def _append(
    connection: Connection,
    workspace: Workspace,
    job_id: str,
    task: JobTask,
    refused: Sequence[RefusedItem],
) -> None:
    """Count the items of a task, and give those that were refused their places in the job."""
    added = (workspace.number, job_id, task.item_count, task.completed_at)
    number, items_in_all = cast(Any, connection.execute(SQL["append"], added).fetchone())
    start = items_in_all - task.item_count
    for item in refused:
        connection.execute(SQL["insert_refused"], _refused_row(number, workspace, start, item))


def _task_row(task: JobTask) -> tuple[object, ...]:
    return (task.id, task.item_count, task.created_at, task.started_at, task.completed_at)


def _find(connection: Connection, workspace: Workspace, job_id: str) -> Job | None:
    """The job within the open transaction."""
    row = connection.execute(SQL["find"], (workspace.number, job_id)).fetchone()
    if row is None:
        return None
    tasks = connection.execute(SQL["tasks"], (row[0], JOB_TASKS_SHOWN_MAX)).fetchall()
    return _job(workspace, row, tasks)


def _job(workspace: Workspace, row: Sequence[object], tasks: Sequence[Sequence[object]]) -> Job:
    _, job_id, name, created_at, updated_at, closing_at, completed_at = cast(Any, row)
    return Job(
        id=job_id,
        workspace_id=workspace.id,
        name=name,
        created_at=created_at,
        updated_at=updated_at,
        closing_at=closing_at,
        completed_at=completed_at,
        tasks=tuple(JobTask(*cast(Any, task)) for task in tasks),
    )


def _refused_row(
    job: int, workspace: Workspace, start: int, item: RefusedItem
) -> tuple[object, ...]:
    refused = item.refused
    return (
        *(job, start + item.index, workspace.number, item.at, item.method, item.data_type),
        *(item.data, refused.code, refused.message, refused.field),
        *(item.contact_id, item.user_id, item.email_key),
    )


def _refused_item(row: Sequence[object]) -> RefusedItem:
    place, at, method, data_type, data, code, message, field, *people = cast(Any, row)
    return RefusedItem(place, at, method, data_type, data, Refused(code, message, field), *people)


def _numbers(rows: Sequence[Sequence[object]]) -> str:
    return msgspec.json.encode([row[0] for row in rows]).decode()
