"""The events that are under way, in parts: each part is one request, until all of it is settled."""

from __future__ import annotations

from collections import deque

import msgspec

from pastense.client.tracking.items import Item


class Part(msgspec.Struct, eq=False):
    """Events of one request. `unanswered`: an attempt to send them is under way, or ended without
    an answer that says what became of them, so that the server may have them."""

    items: list[Item]
    unanswered: bool = False


class Parts:
    """The parts in the order in which they are sent; the first is the one that is sent now."""

    def __init__(self) -> None:
        self._parts: deque[Part] = deque()

    def __len__(self) -> int:
        return len(self._parts)

    def add(self, items: list[Item]) -> None:
        """Send these too."""
        self._parts.append(Part(items))

    def first(self, items_max: int) -> Part:
        """The part to send, cut so that it has no more events than that."""
        part = self._parts[0]
        if len(part.items) > items_max:
            self._divide(items_max)
        return self._parts[0]

    def halve(self) -> None:
        """The first part is sent as two."""
        self._divide(len(self._parts[0].items) // 2)

    def end_first(self) -> None:
        """The first part is settled."""
        self._parts.popleft()

    def items(self) -> list[Item]:
        """All events under way."""
        return [item for part in self._parts for item in part.items]

    def empty(self) -> list[tuple[Item, bool]]:
        """Take out all, each with whether the server may have it."""
        left = [(item, part.unanswered) for part in self._parts for item in part.items]
        self._parts.clear()
        return left

    def _divide(self, place: int) -> None:
        whole = self._parts.popleft()
        head, tail = whole.items[:place], whole.items[place:]
        self._parts.extendleft((Part(tail, whole.unanswered), Part(head, whole.unanswered)))
