"""The one lock of a tracker and what its threads tell each other by it."""

from __future__ import annotations

import threading
import time


class Signals:
    """Callers wake the sender; the sender tells callers that something moved on."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.moved = threading.Condition(self.lock)
        """Told whenever events left the queue, and when the tracker is closed."""
        self.stopping = False
        self.rounds_wanted = 0
        """How often a flush asked to try unknown contacts at once."""
        self._wake = threading.Condition(self.lock)
        self._idle = False

    def tell_sender(self) -> None:
        """There is something to send. Costs next to nothing while the sender is at work. The
        caller holds the lock."""
        if self._idle:
            self._idle = False
            self._wake.notify()

    def interrupt_sender(self) -> None:
        """Something other than an event came up. The caller holds the lock."""
        self._idle = False
        self._wake.notify_all()

    def wait_for_events(self, longest_s: float) -> None:
        """Wait until the sender is told or interrupted. The caller, the sender, holds the lock
        and has seen that there is nothing to do."""
        self._idle = True
        self._wake.wait(longest_s)
        self._idle = False

    def gather(self, pause_s: float) -> None:
        """Wait for more events to send together, unless a flush or the end interrupts."""
        with self.lock:
            if not self.stopping and not self.rounds_wanted:
                self._wake.wait(pause_s)

    def pause(self, pause_s: float) -> None:
        """Wait before the next request; only the end of the tracker cuts it short."""
        end = time.monotonic() + pause_s
        with self.lock:
            while not self.stopping and (left := end - time.monotonic()) > 0:
                self._wake.wait(left)
