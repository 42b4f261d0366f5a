"""Group commit: a bounded queue, a thread or two, one transaction for whatever is waiting.

There is no timer: while groups are being synchronised to disk the next one gathers. A
waiter hears of its events only after the commit; a group that failed is reported as failed
to every waiter, never as stored.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

import msgspec

from pastense.model import NewEvent, Outcome
from pastense.service.troubles import Troubles
from pastense.store.base import StoreDataError, StoreError, Then

Waiter = TypeVar("Waiter")
Result = list[Outcome] | StoreError
_log = logging.getLogger("pastense.committer")


class QueueFull(Exception):
    """More events are waiting than the queue's bound allows; nothing was queued."""


class Ticket(msgspec.Struct, Generic[Waiter], eq=False):
    """The events of one request, stored together, what is written with them, and who waits."""

    events: Sequence[NewEvent]
    waiter: Waiter
    then: Then | None
    size: int
    """Its share of the queue, and of a group: its events, and the refused items with them."""


class Committer(Generic[Waiter]):
    """Stores submitted events in groups, in threads of its own.

    `write` stores one group, lets its second argument write in the same transaction, and blocks
    until all of it is on disk; `groups_at_once` says how many threads may be in it. `deliver` gets
    the results of a whole group in one call, from one of these threads; each of them calls `begin`
    first. `submit` is to be called from one thread, the event loop's: so the count of waiting
    events needs no lock.
    """

    def __init__(
        self,
        write: Callable[[Sequence[NewEvent], Then | None], list[Outcome]],
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
        """Events, and refused items of bulk calls, that are queued or being written."""
        return self._submitted - sum(self._finished)

    @property
    def alive(self) -> bool:
        """Whether submitted events will be written."""
        return not self._stopping and all(thread.is_alive() for thread in self._threads)

    def submit(
        self,
        events: Sequence[NewEvent],
        waiter: Waiter,
        then: Then | None = None,
        refused: int = 0,
    ) -> None:
        """Queue the events of one request; raises `QueueFull` where there is no room. `then` is
        called before they are committed, by another thread, and once more where that failed.
        What it writes down of `refused` items waits as events do, and counts as they do."""
        size = len(events) + refused
        if self._stopping or self.events_waiting + size > self._queue_events_max:
            raise QueueFull
        self._submitted += size
        self._queue.put(Ticket(events, waiter, then, size))

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
                self._finished[place] += sum(ticket.size for ticket in tickets)

    def _take(self) -> tuple[list[Ticket[Waiter]], bool]:
        """What is waiting, up to the group's bound; False once the queue was told to end."""
        tickets: list[Ticket[Waiter]] = []
        events = 0
        ticket = self._queue.get()
        try:
            while ticket is not None:
                tickets.append(ticket)
                events += ticket.size
                if events >= self._group_events_max:
                    return tickets, True
                ticket = self._queue.get_nowait()
        except Empty:
            return tickets, True
        return tickets, False

    def _commit(self, tickets: list[Ticket[Waiter]]) -> None:
        """Store a group and report it. One that fails for something in it, and not because the
        store does not answer, is tried in halves: a bad event must not fail its neighbours."""
        results = self._store(tickets)
        if results is not None:
            self._report(results)
            return
        middle = len(tickets) // 2
        self._commit(tickets[:middle])
        self._commit(tickets[middle:])

    def _store(self, tickets: list[Ticket[Waiter]]) -> list[tuple[Waiter, Result]] | None:
        """What became of a group; None where it is to be tried in halves."""
        try:
            events = [event for ticket in tickets for event in ticket.events]
            outcomes = self._write(events, _joined(tickets))
        except Exception as error:
            about_events = _is_about_events(error)
            if about_events and len(tickets) > 1:
                return None
            if about_events:
                _log.error("events were not stored", exc_info=error)
            else:
                self._troubles.failed(error)
            failure = _without_traces(error)
            return [(ticket.waiter, failure) for ticket in tickets]
        self._troubles.answered()
        return [(ticket.waiter, share) for ticket, share in _shares(tickets, outcomes)]

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


def _without_traces(error: Exception) -> StoreError:
    """What waiters are told. The error itself leads to all that the group was made of, and the
    waiters keep what they are told: only the collector could take such a ring apart."""
    kind = type(error) if isinstance(error, StoreError) else StoreError
    return kind(str(error))


def _joined(tickets: list[Ticket[Waiter]]) -> Then | None:
    """What is written with a group: for each ticket what belongs to its events."""
    if all(ticket.then is None for ticket in tickets):
        return None

    def then(outcomes: list[Outcome]) -> None:
        for ticket, share in _shares(tickets, outcomes):
            if ticket.then is not None:
                ticket.then(share)

    return then


def _shares(
    tickets: list[Ticket[Waiter]], outcomes: list[Outcome]
) -> Iterator[tuple[Ticket[Waiter], list[Outcome]]]:
    """Each ticket with its own of the group's outcomes."""
    start = 0
    for ticket in tickets:
        end = start + len(ticket.events)
        yield ticket, outcomes[start:end]
        start = end
