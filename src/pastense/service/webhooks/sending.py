"""The threads that send: each takes a job, sends that contact's deliveries, reports on each."""

from __future__ import annotations

import logging
import threading
import time
from queue import SimpleQueue
from typing import Final

import msgspec

import pastense
from pastense.clock import Clock
from pastense.limits import Limits
from pastense.model import Delivery
from pastense.service.troubles import Troubles
from pastense.service.webhooks.jobs import Claims, Job, Jobs
from pastense.service.webhooks.lease import Lease
from pastense.service.webhooks.transport import Reply, Sender
from pastense.store.base import OutboxStore, StoreError
from pastense.wire.notifications import event_notification, signature_headers

RUN_ITEMS_MAX: Final = 20
"""Deliveries of one contact that a thread sends before it looks for another contact."""
HEADERS: Final = {
    "Content-Type": "application/json",
    "User-Agent": f"Pastense/{pastense.__version__}",
}
_log = logging.getLogger("pastense.webhooks")


class Report(msgspec.Struct, frozen=True):
    """What became of one number; without a delivery and a reply nothing was sent."""

    job: Job
    number: int
    delivery: Delivery | None = None
    reply: Reply | None = None


Told = Report | Job | None
"""What the dispatcher is told: a report, that a job is done, or that it should look at once."""


class Senders:
    """Some threads that do the jobs of one dispatcher."""

    def __init__(
        self, outbox: OutboxStore, clock: Clock, limits: Limits, lease: Lease, claims: Claims
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._limits = limits
        self._lease = lease
        self._claims = claims
        self._troubles = Troubles(asking="the senders of webhooks")
        self._stopping = False
        self.jobs = Jobs()
        self.told: SimpleQueue[Told] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"webhook-{number}", daemon=True)
            for number in range(limits.webhook_threads)
        ]

    def start(self) -> None:
        """Begin to take jobs."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float) -> None:
        """End after what is being sent, or give up waiting."""
        end = time.monotonic() + timeout_s
        self._stopping = True
        self.jobs.close()
        for thread in self._threads:
            thread.join(max(0.1, end - time.monotonic()))

    def _run(self) -> None:
        limits = self._limits
        sender = Sender(
            private_targets=limits.webhook_private_targets, timeout_s=limits.webhook_timeout_s
        )
        while (job := self.jobs.take()) is not None:
            try:
                self._send_contact(sender, job)
            finally:
                self.jobs.done(job)
                self.told.put(job)
        sender.close()

    def _send_contact(self, sender: Sender, job: Job) -> None:
        """Send a contact's deliveries one after the other, until one fails."""
        number, left = job.number, 1 if job.is_probe else RUN_ITEMS_MAX
        while True:
            report = self._attempt(sender, job, number)
            self.told.put(report)
            left -= 1
            following = _following(report)
            if not left or following is None or not self._claims.take(following):
                return
            number = following

    def _attempt(self, sender: Sender, job: Job, number: int) -> Report:
        """Send one delivery, put together from what the store holds at this moment."""
        may_send = self._lease.is_held() and not self._stopping
        if not may_send or (job.receiver.is_down and not job.is_probe):
            return Report(job, number)
        try:
            delivery = self._outbox.load(number)
            self._troubles.answered()
        except StoreError as error:
            self._troubles.failed(error)
            return Report(job, number)
        if delivery is None:
            return Report(job, number)
        return Report(job, number, delivery, self._post(sender, delivery))

    def _post(self, sender: Sender, delivery: Delivery) -> Reply:
        try:
            body = event_notification(delivery, self._clock.now())
            headers = HEADERS | signature_headers(body, delivery.secret)
            return sender.post(delivery.url, body, headers)
        except Exception:
            # Whatever it is, this delivery is the cause: it must not hold up the others.
            _log.exception("delivery %d broke", delivery.number)
            return Reply(0, "the notification could not be sent")


def _following(report: Report) -> int | None:
    """The contact's next delivery, where this one was taken."""
    if report.delivery is None or report.reply is None or not report.reply.delivered:
        return None
    return report.delivery.following
