"""The right to send, which one process has at a time."""

from __future__ import annotations

import secrets
import time
from typing import Final

from pastense.clock import Clock
from pastense.store.base import OutboxStore

NAME: Final = "webhooks"


class Lease:
    """Taken from the store for some seconds, asked for again in time.

    `hold` and `release` are for one thread; `is_held` may be asked by all. It is counted by a
    clock that nobody sets, from before the store was asked: so it never seems to last longer
    here than it does there.
    """

    def __init__(self, outbox: OutboxStore, clock: Clock, lease_s: int) -> None:
        self._outbox = outbox
        self._clock = clock
        self._lease_s = lease_s
        self._holder = secrets.token_hex(8)
        self._end = 0.0

    def hold(self) -> bool:
        """Have it, or have it for longer; False while another process has it."""
        asked_at, now = time.monotonic(), self._clock.now()
        if self._end - asked_at > (self._lease_s - 1) / 2:
            return True
        if self._outbox.lease(NAME, self._holder, now, now + self._lease_s):
            # Seconds are whole in the store: the last one may be nearly over.
            self._end = asked_at + self._lease_s - 1
        return self.is_held()

    def is_held(self) -> bool:
        """Whether this process may send at this moment."""
        return time.monotonic() < self._end

    def release(self) -> None:
        """Let another process have it at once."""
        if self._end:
            self._end = 0.0
            self._outbox.release(NAME, self._holder)
