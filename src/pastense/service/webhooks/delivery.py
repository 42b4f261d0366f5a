"""Deliver webhooks: hand out what is due, record what became of it, leave the tired in peace.

At least once and in order: a contact's deliveries to one receiver are sent one after the other,
and what a crash cuts off is sent again. Source: docs/webhooks.md, decisions.md "Webhooks".
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from contextlib import suppress
from queue import Empty
from typing import Final

from pastense.clock import Clock
from pastense.limits import DAY_S, DEAD_DELIVERIES_KEPT_DAYS, WEBHOOK_STEP_ITEMS_MAX, Limits
from pastense.model import Delivery, FailedAttempt
from pastense.service.troubles import Troubles
from pastense.service.webhooks.counts import DEAD, DELIVERED, FAILED, DeliveryCounts
from pastense.service.webhooks.jobs import Claims, Job
from pastense.service.webhooks.lease import Lease
from pastense.service.webhooks.pace import Pace, Receiver
from pastense.service.webhooks.sending import Report, Senders, Told
from pastense.service.webhooks.transport import Reply
from pastense.store.base import Store, StoreError

PACE = Pace()
"""How fast deliveries go; tests put another one here before they start a server."""
READY_ITEMS_MAX: Final = 64
"""Deliveries to one receiver that are handed out at once."""
_log = logging.getLogger("pastense.webhooks")


class Webhooks:
    """The threads that deliver, from the server's start to its end."""

    def __init__(self, store: Store, clock: Clock, limits: Limits) -> None:
        self._outbox = store.outbox
        self._clock = clock
        self._limits = limits
        self._pace = PACE
        self._counts = DeliveryCounts()
        self._lease = Lease(store.outbox, clock, PACE.lease_s)
        self._claims = Claims()
        self._senders = Senders(store.outbox, clock, limits, self._lease, self._claims)
        self._receivers: dict[int, Receiver] = {}
        self._in_flight: Counter[int] = Counter()
        self._expired_at: dict[int, int] = {}
        self._troubles = Troubles(asking="the webhooks")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin with what an earlier process left."""
        self._senders.start()
        self._thread.start()

    @property
    def has_receivers(self) -> bool:
        """Whether there was ever anybody to deliver to."""
        return bool(self._receivers)

    def soon(self) -> None:
        """Look at once: something has changed."""
        self._senders.told.put(None)

    def stop(self, timeout_s: float) -> None:
        """End after what is being sent, or give up waiting: then it is sent again later."""
        end = time.monotonic() + timeout_s
        self._senders.stop(timeout_s)
        self._stopping.set()
        self.soon()
        self._thread.join(max(0.1, end - time.monotonic()))

    def counts(self, workspace: int) -> dict[str, int]:
        """What a workspace's receivers took and did not take, and what is dead, by name."""
        return self._counts.counts(workspace)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._round()
        with suppress(StoreError):
            self._record(self._gather(wait_s=0.0))
            self._lease.release()

    def _round(self) -> None:
        """Record what has become of deliveries, hand out what is due."""
        try:
            self._record(self._gather(self._pace.poll_s))
            if len(self._claims):
                self._lease.hold()
            self._hand_out()
            self._troubles.answered()
        except StoreError as error:
            self._troubles.failed(error)
            self._stopping.wait(self._pace.poll_s)
        except Exception:
            _log.exception("the delivery of webhooks broke")
            self._stopping.wait(self._pace.poll_s)

    def _gather(self, wait_s: float) -> list[Report]:
        """Reports that have come; where there is one, those of a moment later as well, so that
        one transaction serves them all."""
        told: list[Told] = []
        with suppress(Empty):
            told.append(self._senders.told.get(timeout=wait_s))
            if told[0] is not None:
                self._stopping.wait(self._pace.gather_s)
            while True:
                told.append(self._senders.told.get_nowait())
        for one in told:
            if isinstance(one, Job):
                self._in_flight[one.subscription] -= 1
        return [one for one in told if isinstance(one, Report)]

    def _record(self, reports: list[Report]) -> None:
        """Write down what became of attempts; what cannot be written down is sent again."""
        now = self._clock.now()
        sent = [(r.job.receiver, r.delivery, r.reply) for r in reports if r.delivery and r.reply]
        delivered = [delivery.number for _, delivery, reply in sent if reply.delivered]
        failed = [self._failed(d, reply, now) for _, d, reply in sent if not reply.delivered]
        try:
            if sent:
                self._outbox.finish(delivered, failed, now)
        finally:
            for report in reports:
                self._claims.release(report.number)
        dead = {one.number for one in failed if one.next_at is None}
        for receiver, delivery, reply in sent:
            self._counts.add(receiver.workspace, DELIVERED if reply.delivered else FAILED)
            self._counts.add(receiver.workspace, DEAD, delivery.number in dead)
            _remember(receiver, delivery, reply, now)

    def _failed(self, delivery: Delivery, reply: Reply, now: int) -> FailedAttempt:
        """When it is tried again; never, once it is as old as it may become."""
        problem = reply.problem or ""
        if now - delivery.queued_at >= self._limits.webhook_retry_max_s:
            return FailedAttempt(delivery.number, now, problem, None)
        longest_s = self._pace.silent_retry_max_s if reply.status is None else None
        wait_s = self._pace.retry_s(delivery.attempts + 1, longest_s)
        return FailedAttempt(delivery.number, now, problem, now + wait_s)

    def _hand_out(self) -> None:
        """Give the senders what is due, as far as the state of each receiver allows."""
        now = self._clock.now()
        for subscription, workspace in self._outbox.receivers().items():
            receiver = self._receivers.get(subscription)
            if receiver is None:
                receiver = self._receivers[subscription] = Receiver(self._pace, workspace)
            if receiver.is_down:
                self._expire(subscription, receiver, now)
            room = receiver.room(self._in_flight[subscription], now, READY_ITEMS_MAX)
            if room and not self._begin(subscription, receiver, room, now):
                return

    def _begin(self, subscription: int, receiver: Receiver, room: int, now: int) -> bool:
        """Hand out up to `room` deliveries; False where another process does that."""
        for number in self._outbox.due(subscription, now, room + len(self._claims)):
            if not self._lease.hold():
                return False
            if room and self._claims.take(number):
                room -= 1
                self._in_flight[subscription] += 1
                self._senders.jobs.put(Job(subscription, number, receiver, receiver.is_down))
        return True

    def _expire(self, subscription: int, receiver: Receiver, now: int) -> None:
        """A receiver that is down is probed with one delivery at a time: the others that are
        too old are given up without an attempt of their own."""
        if self._expired_at.get(subscription) == now or not self._lease.hold():
            return
        self._expired_at[subscription] = now
        before, limit = now - self._limits.webhook_retry_max_s, WEBHOOK_STEP_ITEMS_MAX
        dead = self._outbox.expire(subscription, before, receiver.problem, now, limit)
        self._counts.add(receiver.workspace, DEAD, dead)


def tidy_step(store: Store, clock: Clock, limits: Limits) -> bool:
    """A step of the upkeep: erase what died long ago and what belonged to subscriptions that
    were deleted, give up what waits for inactive ones; whether there may be more."""
    now = clock.now()
    dead_before = now - DEAD_DELIVERIES_KEPT_DAYS * DAY_S
    queued_before = now - limits.webhook_retry_max_s
    return store.outbox.tidy_step(dead_before, queued_before, now, WEBHOOK_STEP_ITEMS_MAX)


def _remember(receiver: Receiver, delivery: Delivery, reply: Reply, now: int) -> None:
    """What an attempt says of the receiver; its ups and downs go to the log."""
    was_down = receiver.is_down
    if reply.delivered:
        receiver.took()
    else:
        answered = reply.status is not None
        receiver.failed(delivery.number, reply.problem or "", now, answered=answered)
    if receiver.is_down != was_down:
        word = "down" if receiver.is_down else "back"
        _log.warning("the receiver of subscription %s is %s", delivery.subscription_id, word)
