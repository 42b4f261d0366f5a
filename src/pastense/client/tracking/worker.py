"""A tracker's working part in one process: the queue, the sender's thread, and what callers do."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from pastense.client.tracking.dropping import LOG, Dropper
from pastense.client.tracking.events import Key
from pastense.client.tracking.items import DropKind, DropReason, EventQueue, TrackerStats
from pastense.client.tracking.queue import MemoryQueue
from pastense.client.tracking.repeats import Repeats
from pastense.client.tracking.sender import Sender
from pastense.client.tracking.settings import TrackerSettings
from pastense.client.tracking.signals import Signals
from pastense.client.tracking.spool import SpoolQueue

STOP_TIMEOUT_S: Final = 0.5
"""How long a sender that is told to end may take, unless a request is under way."""


class Worker:
    """Lives in the process that made it; a forked child makes one of its own."""

    def __init__(self, settings: TrackerSettings) -> None:
        self.closed = False
        self._settings = settings
        self._signals = Signals()
        self._queue = _make_queue(settings, self._signals)
        self._dropper = Dropper(settings.on_drop)
        self._sender = Sender(settings, self._queue, self._dropper, self._signals)
        self._repeats = Repeats()
        self._tracked = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the sender's thread, once."""
        with self._signals.lock:
            if self._thread is not None or self.closed:
                return
            thread = threading.Thread(target=self._sender.run, name="pastense.tracker", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # No more threads, or the interpreter is about to end.
                LOG.warning("The tracker's sender cannot be started: %s", error)
            else:
                self._thread = thread

    def accept(self, body: bytes, key: Key) -> None:
        """Take one event in, as the policy says. Raises `RuntimeError` once closed."""
        with self._signals.lock:
            reason = self._put(body)
            self._tracked += 1
            first_repeat = self._repeats.see(key) and self._repeats.count == 1
            self._signals.tell_sender()
        if first_repeat:
            LOG.warning(
                "Two events of one contact have the same name and second: the server keeps one. "
                "Further ones are counted (stats().repeats) and not said again"
            )
        if reason is not None:
            self._dropper.drop(body, reason)

    def flush(self, timeout_s: float | None) -> bool:
        """Wait until all that was put is settled; True where nothing waits any more. The sender
        itself, within `on_drop`, cannot wait for what it is to do afterwards."""
        self.start()
        if self._thread in (None, threading.current_thread()):
            return False
        signals, sender = self._signals, self._sender
        end = None if timeout_s is None else time.monotonic() + timeout_s
        with signals.lock:
            signals.rounds_wanted += 1
            wanted = signals.rounds_wanted
            signals.interrupt_sender()
            if not self._wait(lambda: signals.stopping or sender.passed is not None, end):
                return False
            mark = self._queue.put_count()

            def is_passed() -> bool:
                return sender.passed is not None and sender.passed.reaches(mark)

            def is_over() -> bool:
                return signals.stopping or (is_passed() and sender.rounds_done >= wanted)

            return self._wait(is_over, end) and is_passed() and not sender.room

    def close(self, timeout_s: float) -> None:
        """Flush, end the thread, account for what is left. Closing again does nothing."""
        with self._signals.lock:
            if self.closed:
                return
            self.closed = self._sender.ending = True
            self._signals.moved.notify_all()
        if self._thread is None:
            self._queue.close()
        else:
            self.flush(timeout_s)
            self._stop(self._thread)
        self._account_for_rest()

    def stats(self) -> TrackerStats:
        """The counters at this moment."""
        with self._signals.lock:
            self._wait(lambda: not self._sender.taking, None)
            put, taken = self._queue.put_count(), self._queue.taken_count()
            in_hand = self._sender.in_hand()
            waiting = sum(put) - sum(taken)
            return TrackerStats(
                tracked=self._tracked,
                recovered=put.recovered,
                sent=self._sender.sent,
                duplicates=self._sender.duplicates,
                dropped=self._dropped(),
                outcome_unknown=self._dropper.counts["outcome_unknown"],
                queued=waiting + len(in_hand),
                spooled=self._queue.spooled(),
                waiting_for_contact=len(self._sender.room),
                retried=self._sender.retried,
                repeats=self._repeats.count,
            )

    def abandon(self) -> None:
        """In a forked child: everything here is the parent's."""
        self._queue.abandon()

    def _put(self, body: bytes) -> DropReason | None:
        """Why the event was dropped, None where it was kept."""
        full = self._queue.full(len(body))
        if full is not None and self._settings.when_full == "block":
            full = self._wait_for_room(len(body))
        if self.closed:
            raise RuntimeError("The tracker is closed: nothing can be tracked any more")
        if full is not None:
            return DropReason(full)
        try:
            self._queue.put(body, time.time())
        except OSError as error:
            return DropReason("spool_failed", error)
        return None

    def _wait_for_room(self, size_bytes: int) -> DropKind | None:
        """None once there is room; the bound that is still reached when the time is over. The
        sender itself, within `on_drop`, never waits for itself."""
        if threading.current_thread() is not self._thread:
            timeout_s = self._settings.block_timeout_s
            end = None if timeout_s is None else time.monotonic() + timeout_s
            self._wait(lambda: self.closed or self._queue.full(size_bytes) is None, end)
        return self._queue.full(size_bytes)

    def _wait(self, holds: Callable[[], bool], end: float | None) -> bool:
        """Wait until something holds, or the monotonic time `end`. The caller has the lock."""
        timeout_s = None if end is None else max(0.0, end - time.monotonic())
        return self._signals.moved.wait_for(holds, timeout_s)

    def _stop(self, thread: threading.Thread) -> None:
        with self._signals.lock:
            self._signals.stopping = True
            self._signals.interrupt_sender()
            self._signals.moved.notify_all()
        if threading.current_thread() is not thread:
            thread.join(STOP_TIMEOUT_S)

    def _account_for_rest(self) -> None:
        """What was not sent stays in the spool, or is dropped and said so."""
        with self._signals.lock:
            self._sender.given_up = True
            self._wait(lambda: not self._sender.taking, None)
            spooled = self._queue.spooled()
        if self._settings.spool is not None:
            if spooled:
                LOG.info("%d events stay in the spool for the next process", spooled)
            return
        with self._signals.lock:
            left = self._sender.release()
            left += ((item, False) for item in self._queue.take(sys.maxsize, sys.maxsize))
        for item, may_be_there in left:
            kind: DropKind = "outcome_unknown" if may_be_there else "closed"
            self._dropper.drop(item.body, DropReason(kind))
        _say_what_is_left(len(left), sum(may_be_there for _, may_be_there in left))

    def _dropped(self) -> dict[str, int]:
        counts = dict(self._dropper.counts)
        counts.pop("outcome_unknown", None)
        if self._queue.lost:
            counts["spool_failed"] = counts.get("spool_failed", 0) + self._queue.lost
        return counts


def _say_what_is_left(left: int, may_be_there: int) -> None:
    lost = left - may_be_there
    if lost:
        LOG.warning("The tracker was closed with %d events that were not sent: lost", lost)
    if may_be_there:
        LOG.warning(
            "The tracker was closed before an answer said whether %d events were stored",
            may_be_there,
        )


def _make_queue(settings: TrackerSettings, signals: Signals) -> EventQueue:
    if settings.spool is None:
        return MemoryQueue(settings.queue_events_max)
    events_max = None if settings.when_full == "spool" else settings.queue_events_max
    server = settings.client.base_url
    return SpoolQueue(settings.spool, server, signals.lock, settings.spool_bytes_max, events_max)
