"""A bulk call on its way into its job: how many items it had, and which of them were refused.

Source: decisions.md "Bulk and jobs".
"""

from __future__ import annotations

from collections.abc import Sequence

from pastense.clock import Clock
from pastense.identity import new_task_id
from pastense.model import Job, JobTask, NewJob, Refused, Workspace
from pastense.service.older.jobs import present_job
from pastense.service.older.refused_items import refused_items
from pastense.store.base import Store
from pastense.wire.bulk import BulkItem


class CallRecord:
    """One call; `job` is a new one, or the id of the one that it is added to."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        workspace: Workspace,
        job: str | NewJob,
        items: Sequence[BulkItem],
        started_at: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._workspace = workspace
        self._job = job
        self._items = items
        self.started_at = started_at
        self._task_id = new_task_id()
        self._recorded: Job | None = None

    def write(self, outcomes: Sequence[object]) -> None:
        """Write the call down, with one outcome for each item: in the transaction that this
        thread has open, where it has one. Raises `StoreError`. Where that transaction has to be
        done again, this is too; the call is written down once, whether or not the first was
        done after all."""
        now = self._clock.now()
        refused = []
        if any(type(outcome) is Refused for outcome in outcomes):
            refused = refused_items(self._items, outcomes, now)
        start = self.started_at
        task = JobTask(self._task_id, len(self._items), start, start, now)
        self._recorded = self._store.jobs.record(self._workspace, self._job, task, refused)

    @property
    def job(self) -> Job:
        """The job with the call in it; raises `JobNotFound` where it was forgotten meanwhile."""
        return present_job(self._recorded, self._job if isinstance(self._job, str) else "")
