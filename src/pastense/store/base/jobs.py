"""What a store does with bulk jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pastense.model import Job, JobTask, NewJob, RefusedItem, Workspace


class JobStore(Protocol):
    """Bulk jobs and the items of them that were refused."""

    def find(self, workspace: Workspace, job_id: str) -> Job | None:
        """The job with that id; None where the workspace has none."""
        ...

    def record(
        self,
        workspace: Workspace,
        job: str | NewJob,
        task: JobTask,
        refused: Sequence[RefusedItem],
    ) -> Job | None:
        """Write down one call that was done: in a new job, or in the one with that id. The job
        as it then is, None where the workspace has none with that id. A task that is there
        already is not written again, nor what was refused of it."""
        ...

    def update(
        self,
        workspace: Workspace,
        job_id: str,
        name: str | None,
        closing_at: int | None,
        now: int,
    ) -> Job | None:
        """Change what is given; None where the workspace has no such job."""
        ...

    def refused(
        self, workspace: Workspace, job_id: str, since: int, after: int, limit: int
    ) -> list[RefusedItem]:
        """Items of a job that were refused at `since` or later and stand behind the place
        `after` in it, in their order."""
        ...

    def forget_step(self, items_before: int, jobs_before: int) -> bool:
        """Forget some items that were refused before a second, and some jobs that were last
        changed before another; False when nothing is left to forget."""
        ...
