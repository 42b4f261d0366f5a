"""Events that wait in memory."""

from __future__ import annotations

from collections import deque

from pastense.client.tracking.items import DropKind, Item, Progress


class MemoryQueue:
    """At most `events_max` events; they end with the process."""

    def __init__(self, events_max: int) -> None:
        self._events_max = events_max
        self._items: deque[Item] = deque()
        self._put = self._taken = 0
        self.lost = 0

    def full(self, size_bytes: int) -> DropKind | None:  # noqa: ARG002 (the bound is a count)
        """Whether the bound of events is reached."""
        return "queue_full" if len(self._items) >= self._events_max else None

    def put(self, body: bytes, tracked_at: float) -> None:
        """Keep one event."""
        self._items.append(Item(body, tracked_at))
        self._put += 1

    def take(self, items_max: int, bytes_max: int) -> list[Item]:
        """The next events, first in first out."""
        taken: list[Item] = []
        size = 0
        while self._items and len(taken) < items_max:
            size += len(self._items[0].body) + 1
            if taken and size > bytes_max:
                break
            taken.append(self._items.popleft())
        self._taken += len(taken)
        return taken

    def settle(self, items: list[Item]) -> None:
        """Nothing to forget: what was taken is gone."""

    def put_count(self) -> Progress:
        """How many events were put."""
        return Progress(self._put)

    def taken_count(self) -> Progress:
        """How many were taken."""
        return Progress(self._taken)

    def relocate(self, items: list[Item]) -> None:
        """Nothing to write anew."""

    def spooled(self) -> int:
        """None: memory is no spool."""
        return 0

    def adopt(self) -> int:
        """Nobody leaves anything in memory."""
        return 0

    def close(self) -> None:
        """Nothing to let go of."""

    def abandon(self) -> None:
        """Nothing to let go of."""
