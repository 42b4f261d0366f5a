"""What a store does with the deliveries of webhooks that are on their way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pastense.model import Delivery, FailedAttempt


class OutboxStore(Protocol):
    """Deliveries of all workspaces. `EventStore.write` queues them with the events.

    Deliveries of one contact to one receiver are ordered by their numbers, and the oldest that
    is not dead is the only one that is ever due.
    """

    def receivers(self) -> dict[int, int]:
        """The numbers of the active subscriptions that have something to deliver, the oldest
        first, each with the number of its workspace."""
        ...

    def due(self, subscription: int, now: int, limit: int) -> list[int]:
        """The numbers of up to `limit` deliveries that may be sent now, those that have waited
        longest first; at most one of each contact."""
        ...

    def load(self, number: int) -> Delivery | None:
        """What is to be sent, as contact, event and subscription now are; None where it is not
        to be sent any more."""
        ...

    def finish(self, delivered: Sequence[int], failed: Sequence[FailedAttempt], now: int) -> None:
        """Record what became of attempts, all in one transaction; the contacts' next
        deliveries become due. Numbers that are gone are left alone."""
        ...

    def expire(self, subscription: int, before: int, problem: str, now: int, limit: int) -> int:
        """Give up deliveries that were queued before that second, dead at `now`; how many."""
        ...

    def tidy_step(self, dead_before: int, queued_before: int, now: int, limit: int) -> bool:
        """Erase some deliveries that died before a second or whose subscription was deleted,
        and give up some of inactive subscriptions that were queued before a second; whether
        there may be more to do."""
        ...

    def lease(self, name: str, holder: str, now: int, until: int) -> bool:
        """Hold a piece of background work until then, alone among all processes; False while
        somebody else holds it. Whoever holds it may ask again for longer."""
        ...

    def release(self, name: str, holder: str) -> None:
        """Let go what the holder has, so that others need not wait for its end."""
        ...
