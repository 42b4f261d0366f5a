"""Events whose contact the server does not know yet: they wait apart and are asked for again."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Final

from pastense.client.tracking.items import Item
from pastense.client.tracking.pace import contact_pause_s


class WaitingRoom:
    """Holds at most `events_max` events, each until its next attempt. Times are epoch seconds;
    an event is given up `retry_s` after it was tracked, also by an earlier process."""

    def __init__(self, events_max: int, retry_s: float, now: Callable[[], float]) -> None:
        self._events_max: Final = events_max
        self._retry_s: Final = retry_s
        self._now: Final = now
        self._heap: list[tuple[float, int, Item]] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, item: Item) -> bool:
        """Let an event wait once more; False where its time is over, or no room is left."""
        now = self._now()
        item.attempts += 1
        end = item.tracked_at + self._retry_s
        if now >= end or len(self._heap) >= self._events_max:
            return False
        due = min(end, now + contact_pause_s(item.attempts))
        heapq.heappush(self._heap, (due, next(self._order), item))
        return True

    def due(self, items_max: int) -> list[Item]:
        """Take out events whose next attempt is due."""
        found: list[Item] = []
        now = self._now()
        while self._heap and self._heap[0][0] <= now and len(found) < items_max:
            found.append(heapq.heappop(self._heap)[2])
        return found

    def next_in_s(self) -> float | None:
        """Seconds until the next attempt is due, None where nobody waits."""
        return max(0.0, self._heap[0][0] - self._now()) if self._heap else None

    def items(self) -> list[Item]:
        """All that wait."""
        return [item for _, _, item in self._heap]

    def empty(self) -> list[Item]:
        """Take out all, due or not."""
        found, self._heap = self.items(), []
        return found
