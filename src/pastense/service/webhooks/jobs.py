"""What the sending threads have before them: which delivery is whose, and whose turn it is."""

from __future__ import annotations

import threading
from collections import Counter, deque

import msgspec

from pastense.service.webhooks.pace import Receiver


class Job(msgspec.Struct, frozen=True):
    """A delivery to begin with; the same contact's next ones may follow in one go."""

    subscription: int
    number: int
    receiver: Receiver
    is_probe: bool


class Claims:
    """The deliveries that are being sent, or were sent and are not recorded yet. Each is taken
    once, by whichever thread comes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: set[int] = set()

    def __len__(self) -> int:
        return len(self._numbers)

    def take(self, number: int) -> bool:
        """Whether it was free and is now the caller's."""
        with self._lock:
            if number in self._numbers:
                return False
            self._numbers.add(number)
            return True

    def release(self, number: int) -> None:
        """It was recorded, or never sent."""
        with self._lock:
            self._numbers.discard(number)


class Jobs:
    """Jobs that are ready. A thread that is free takes one of the receiver that the fewest
    threads are busy with: a slow receiver does not keep the others waiting."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ready: dict[int, deque[Job]] = {}
        self._busy: Counter[int] = Counter()
        self._closed = False

    def put(self, job: Job) -> None:
        """A job to be taken."""
        with self._changed:
            self._ready.setdefault(job.subscription, deque()).append(job)
            self._changed.notify()

    def take(self) -> Job | None:
        """The next job, once there is one; None after `close`."""
        with self._changed:
            while not self._ready and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            subscription = min(self._ready, key=lambda number: self._busy[number])
            jobs = self._ready.pop(subscription)
            job = jobs.popleft()
            if jobs:
                # At the end of the row, so that equals take turns.
                self._ready[subscription] = jobs
            self._busy[subscription] += 1
            return job

    def done(self, job: Job) -> None:
        """The thread is free again."""
        with self._changed:
            self._busy[job.subscription] -= 1

    def close(self) -> None:
        """Nothing more is taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
