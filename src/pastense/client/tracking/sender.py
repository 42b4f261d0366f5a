"""The thread that sends: takes events, sends them, and sees to each one until it is settled."""

from __future__ import annotations

import time
from typing import Final

import msgspec

from pastense.client.core import Call, build_request
from pastense.client.messages import Response
from pastense.client.tracking.contacts import WaitingRoom
from pastense.client.tracking.dropping import LOG, Dropper
from pastense.client.tracking.items import DropReason, EventQueue, Item, Progress
from pastense.client.tracking.pace import backoff_s, window_pause_s
from pastense.client.tracking.parts import Part, Parts
from pastense.client.tracking.settings import (
    BODY_BYTES_MAX,
    LIST_ITEMS_MAX,
    TrackerSettings,
    open_transport,
)
from pastense.client.tracking.signals import Signals
from pastense.client.tracking.verdicts import OUR_HEADER, Verdict, judge, never_arrived
from pastense.errors import ApiError, NoAnswer

ADOPT_EVERY_S: Final = 30.0
"""How often files of processes that died are looked for."""
GATHER_S: Final = 0.02
"""How long a sender that was idle waits for more events, to send them together."""
_ENVELOPE_BYTES: Final = len(b'{"data":[]}')


class Sender:
    """One process's sender. `parts` are the events under way: the first is being sent, and kept
    until the server has answered for each of its events."""

    def __init__(
        self, settings: TrackerSettings, queue: EventQueue, dropper: Dropper, signals: Signals
    ) -> None:
        self.sent = self.duplicates = self.retried = 0
        self.passed: Progress | None = None
        """How far the queue was taken and every event tried; None before the first look at what
        dead processes left."""
        self.rounds_done = 0
        self.ending = False
        """Set once the tracker is being closed: contacts that are not known are not asked for of
        the sender's own accord any more, so that no request is under way when all else is done."""
        self.given_up = False
        """Set under the lock by who closes the tracker while a request is under way: what the
        answer says comes too late."""
        self.taking = False
        """Events are on their way from the queue to the parts: nobody else sees them just now."""
        self.parts = Parts()
        self.room = WaitingRoom(
            settings.queue_events_max, settings.unknown_contact_retry_s, time.time
        )
        self._asked_again: list[Item] = []
        self._settings = settings
        self._queue = queue
        self._dropper = dropper
        self._signals = signals
        self._transport = open_transport(settings)
        self._takes_lists = False
        self._attempt = 0
        self._not_before = 0.0
        self._adopt_at = 0.0
        self._round = 0

    def run(self) -> None:
        """The thread's whole life: until the tracker is closed."""
        try:
            while not self._signals.stopping:
                try:
                    self._step()
                except Exception:
                    LOG.exception("The tracker's sender failed; it tries again")
                    self._signals.pause(1.0)
        finally:
            self._transport.close()
            self._queue.close()

    def in_hand(self) -> list[Item]:
        """All events that were taken from the queue and are not settled."""
        return [*self.parts.items(), *self._asked_again, *self.room.items()]

    def release(self) -> list[tuple[Item, bool]]:
        """Give away all that is in hand, each with whether the server may have it. The caller
        holds the lock and has set `given_up`."""
        waiting = [*self._asked_again, *self.room.empty()]
        self._asked_again.clear()
        return [*self.parts.empty(), *((item, False) for item in waiting)]

    def _step(self) -> None:
        """Send one request, or wait until there is something to send."""
        if not self.parts:
            self._adopt_when_due()
            self._take_batch()
        if not self.parts:
            self._wait()
            return
        self._signals.pause(self._not_before - time.monotonic())
        with self._signals.lock:
            if self._signals.stopping:
                return
            part = self.parts.first(LIST_ITEMS_MAX if self._takes_lists else 1)
            unanswered, part.unanswered = part.unanswered, True
        answer = self._send(part.items)
        if not self.given_up:
            self._conclude(part, answer, unanswered)

    def _take_batch(self) -> None:
        """Make a part of what is to be sent next, if there is anything."""
        with self._signals.lock:
            if self.given_up:
                return
            self.taking = True
        batch: list[Item] = []
        try:
            batch = self._next_batch()
        finally:
            with self._signals.lock:
                self.taking = False
                if batch:
                    self.parts.add(batch)
                self._signals.moved.notify_all()  # There is room in the queue.

    def _next_batch(self) -> list[Item]:
        """What was asked for again, what is due again, then what waits in the queue."""
        if self._signals.rounds_wanted > self._round:
            self._round = self._signals.rounds_wanted
            self._asked_again += self.room.empty()
        if self._asked_again:
            batch = self._asked_again[:LIST_ITEMS_MAX]
            del self._asked_again[:LIST_ITEMS_MAX]
            return batch
        due = [] if self.ending else self.room.due(LIST_ITEMS_MAX)
        return due or self._queue.take(LIST_ITEMS_MAX, BODY_BYTES_MAX - _ENVELOPE_BYTES)

    def _wait(self) -> None:
        """Nothing is under way: say so, and sleep until there is something to do."""
        with self._signals.lock:
            self._note_progress()
            if self._queue.taken_count() != self._queue.put_count():
                return
            if self._signals.stopping or self._signals.rounds_wanted > self._round:
                return
            due_s = None if self.ending else self.room.next_in_s()
            longest_s = max(0.0, self._adopt_at - time.monotonic())
            self._signals.wait_for_events(longest_s if due_s is None else min(due_s, longest_s))
        if self._takes_lists:
            self._signals.gather(GATHER_S)

    def _note_progress(self) -> None:
        """The caller holds the lock; no part is under way."""
        self.passed = self._queue.taken_count()
        if not self._asked_again:
            self.rounds_done = self._round
        self._signals.moved.notify_all()

    def _adopt_when_due(self) -> None:
        if time.monotonic() >= self._adopt_at:
            self._adopt_at = time.monotonic() + ADOPT_EVERY_S
            self._queue.relocate(self.room.items())
            found = self._queue.adopt()
            if found:
                LOG.info("%d events that an earlier process left are sent now", found)

    def _send(self, items: list[Item]) -> Response | NoAnswer:
        body = items[0].body
        if self._takes_lists:
            body = b'{"data":[' + b",".join(item.body for item in items) + b"]}"
        call = Call("POST", "/events", lambda _: None, body=msgspec.Raw(body))
        try:
            response = self._transport.send(build_request(self._settings.client, call))
        except NoAnswer as error:
            return error
        if response.status != 429:  # That one says itself how long to wait.
            self._not_before = time.monotonic() + window_pause_s(response.headers)
        return response

    def _conclude(self, part: Part, answer: Response | NoAnswer, unanswered: bool) -> None:
        """What the answer means for the part that was sent. `unanswered`: whether the server may
        have it from an earlier attempt."""
        if isinstance(answer, NoAnswer):
            part.unanswered = unanswered or not never_arrived(answer)
            self._hold_back(None, f"no answer ({type(answer).__name__})")
            return
        verdict = judge(answer, len(part.items), self._takes_lists)
        part.unanswered = unanswered or verdict.unclear
        if verdict.kind == "done":
            self._note_success()
            self._settle(part, verdict)
        elif verdict.kind == "split":
            self._split()
        else:
            assert verdict.error is not None
            self._hold_back(answer, _words(verdict))
        self._learn(answer)

    def _split(self) -> None:
        with self._signals.lock:
            if not self.given_up:
                self.parts.halve()
                self.retried += 1

    def _learn(self, answer: Response) -> None:
        """Whether the server takes lists. An answer that a proxy may have given says nothing."""
        if OUR_HEADER in answer.headers:
            self._takes_lists = True
        elif answer.status < 400:
            self._takes_lists = False

    def _hold_back(self, answer: Response | None, words: str) -> None:
        """Keep the part and wait; the log has it once per disturbance."""
        if self._attempt == 0:
            LOG.warning("Events cannot be sent and wait: %s", words)
        pause_s = backoff_s(answer, self._attempt)
        self._attempt += 1
        self.retried += 1
        self._signals.pause(pause_s)

    def _note_success(self) -> None:
        if self._attempt:
            LOG.info("Events are sent again, after %d attempts", self._attempt)
        self._attempt = 0

    def _settle(self, part: Part, verdict: Verdict) -> None:
        """Each event is stored, waits for its contact, or is dropped with the server's words."""
        items = part.items
        with self._signals.lock:
            if self.given_up:
                return
            self.parts.end_first()
            self.sent += verdict.stored
            self.duplicates += verdict.duplicates
            waiting = {place for place in verdict.unknown if self.room.add(items[place])}
        dropped = {
            place: DropReason("unknown_contact", error, part.unanswered)
            for place, error in verdict.unknown.items()
            if place not in waiting
        }
        for place, error in verdict.refused.items():
            dropped[place] = DropReason("refused", error, part.unanswered)
        for place, reason in dropped.items():
            self._dropper.drop(items[place].body, reason)
            # One by one: a process that is killed here has told of one event at most that the
            # spool still holds and the next process sends.
            self._queue.settle([items[place]])
        kept = waiting | dropped.keys()
        self._queue.settle([item for place, item in enumerate(items) if place not in kept])
        with self._signals.lock:
            if not self.parts:
                self._note_progress()


def _words(verdict: Verdict) -> str:
    error = verdict.error
    assert isinstance(error, ApiError)
    said = f"{error.status} {error.code}"
    if verdict.kind == "blocked":
        return f"{said}: the token, the address or the version is not right; they wait until it is"
    return said
