"""Group commit: a bounded queue, a thread or two, one transaction for whatever is waiting.

There is no timer: while groups are being synchronised to disk the next one gathers. A
waiter hears of its events only after the commit; a group that failed is reported as failed
to every waiter, never as stored.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

import msgspec

from pastense.model import NewEvent, Outcome
from pastense.service.troubles import Troubles
from pastense.store.base import StoreDataError, StoreError

Waiter = TypeVar("Waiter")
Result = list[Outcome] | StoreError
_log = logging.getLogger("pastense.committer")


class QueueFull(Exception):
    """More events are waiting than the queue's bound allows; nothing was queued."""


class Ticket(msgspec.Struct, Generic[Waiter], eq=False):
    """The events of one request, stored together, and who waits for them."""

    events: Sequence[NewEvent]
    waiter: Waiter


class Committer(Generic[Waiter]):
    """Stores submitted events in groups, in threads of its own.

    `write` stores one group and blocks until it is on disk; `groups_at_once` says how many threads
    may be in it. `deliver` gets the results of a whole group in one call, from one of these
    threads; each of them calls `begin` first. `submit` is to be called from one thread, the event
    loop's: so the count of waiting events needs no lock.
    """

    def __init__(
        self,
        write: Callable[[Sequence[NewEvent]], list[Outcome]],
        deliver: Callable[[list[tuple[Waiter, Result]]], None],
        queue_events_max: int,
        group_events_max: int,
        groups_at_once: int = 1,
        troubles: Troubles | None = None,
        begin: Callable[[], None] | None = None,
    ) -> None:
        self._write = write
        self._begin = begin
        self._troubles = troubles or Troubles()
        self._deliver = deliver
        self._queue_events_max = queue_events_max
        self._group_events_max = group_events_max
        self._queue: SimpleQueue[Ticket[Waiter] | None] = SimpleQueue()
        self._submitted = 0
        self._finished = [0] * groups_at_once
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, args=(place,), name="committer", daemon=True)
            for place in range(groups_at_once)
        ]

    def start(self) -> None:
        """Begin to take groups from the queue."""
        for thread in self._threads:
            thread.start()

    @property
    def events_waiting(self) -> int:
        """Events that are queued or being written."""
        return self._submitted - sum(self._finished)

    @property
    def alive(self) -> bool:
        """Whether submitted events will be written."""
        return not self._stopping and all(thread.is_alive() for thread in self._threads)

    def submit(self, events: Sequence[NewEvent], waiter: Waiter) -> None:
        """Queue the events of one request; raises `QueueFull` where there is no room."""
        if self._stopping or self.events_waiting + len(events) > self._queue_events_max:
            raise QueueFull
        self._submitted += len(events)
        self._queue.put(Ticket(events, waiter))

    def stop(self, timeout_s: float) -> bool:
        """Write what is queued, then end; False when that took longer than `timeout_s`."""
        self._stopping = True
        end = time.monotonic() + timeout_s
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, place: int) -> None:
        """Take groups and write them; what was finished is counted by each thread for itself."""
        if self._begin is not None:
            self._begin()
        running = True
        while running:
            tickets, running = self._take()
            if tickets:
                self._commit(tickets)
                self._finished[place] += sum(len(ticket.events) for ticket in tickets)

    def _take(self) -> tuple[list[Ticket[Waiter]], bool]:
        """What is waiting, up to the group's bound; False once the queue was told to end."""
        tickets: list[Ticket[Waiter]] = []
        events = 0
        ticket = self._queue.get()
        try:
            while ticket is not None:
                tickets.append(ticket)
                events += len(ticket.events)
                if events >= self._group_events_max:
                    return tickets, True
                ticket = self._queue.get_nowait()
        except Empty:
            return tickets, True
        return tickets, False

    def _commit(self, tickets: list[Ticket[Waiter]]) -> None:
        """Store a group and report it. One that fails for something in it, and not because the
        store does not answer, is tried in halves: a bad event must not fail its neighbours."""
        try:
            outcomes = self._write([event for ticket in tickets for event in ticket.events])
        except Exception as error:
            failed = error
        else:
            self._troubles.answered()
            self._report(_share(tickets, outcomes))
            return
        if len(tickets) > 1 and _is_about_events(failed):
            middle = len(tickets) // 2
            self._commit(tickets[:middle])
            self._commit(tickets[middle:])
            return
        if _is_about_events(failed):
            _log.error("events were not stored", exc_info=failed)
        else:
            self._troubles.failed(failed)
        failure = failed if isinstance(failed, StoreError) else StoreError(str(failed))
        self._report([(ticket.waiter, failure) for ticket in tickets])

    def _report(self, results: list[tuple[Waiter, Result]]) -> None:
        """Hand over a group's results; whatever happens there, the next group is written."""
        try:
            self._deliver(results)
        except Exception:
            _log.exception("the results of a group could not be delivered")


def _is_about_events(error: Exception) -> bool:
    """Whether a part of the group may still be stored: the store is there, the data is not to
    its taste, or something broke over it that nobody foresaw."""
    return isinstance(error, StoreDataError) or not isinstance(error, StoreError)


def _share(tickets: list[Ticket[Waiter]], outcomes: list[Outcome]) -> list[tuple[Waiter, Result]]:
    """Cut the group's outcomes into those of each ticket."""
    shared: list[tuple[Waiter, Result]] = []
    start = 0
    for ticket in tickets:
        end = start + len(ticket.events)
        shared.append((ticket.waiter, outcomes[start:end]))
        start = end
    return shared
