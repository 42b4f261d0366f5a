"""How often each event reached the store of a sandbox: the store keeps the first copy alone."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from pastense.model import Accepted, NewEvent, Outcome

DUPLICATES_KEPT: Final = 10_000
Key = tuple[str, int, int]
"""(contact id, second, slot of the name)."""


class Dropped(NamedTuple):
    """An event that was not stored, as it was there before; `metadata` is its JSON text."""

    key: Key
    event_name: str
    metadata: str


class Journal:
    """Counts what the committer wrote. Written to by its thread, read by any."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._copies: Counter[Key] = Counter()
        self._dropped: deque[Dropped] = deque(maxlen=DUPLICATES_KEPT)
        self._groups = 0

    def add(self, group: Sequence[NewEvent], outcomes: Sequence[Outcome]) -> None:
        """Count a group that is in the store now."""
        with self._changed:
            for event, outcome in zip(group, outcomes, strict=True):
                if isinstance(outcome, Accepted):
                    self._count(event, outcome)
            self._groups += 1
            self._changed.notify_all()

    def copies(self) -> Counter[Key]:
        """How often each event was sent; 0 for one that never was."""
        with self._changed:
            return Counter(self._copies)

    def dropped(self) -> list[Dropped]:
        """The latest events that were not stored, oldest first."""
        with self._changed:
            return list(self._dropped)

    @property
    def groups(self) -> int:
        """How many groups were written, to be given to `wait`."""
        return self._groups

    def wait(self, groups: int, timeout_s: float) -> bool:
        """Wait until more than so many groups were written; False where the time is over."""
        with self._changed:
            return self._changed.wait_for(lambda: self._groups > groups, timeout_s)

    def clear(self) -> None:
        """Forget everything but the number of groups."""
        with self._changed:
            self._copies.clear()
            self._dropped.clear()

    def _count(self, event: NewEvent, outcome: Accepted) -> None:
        key = (outcome.contact_id, outcome.created_at, outcome.slot)
        self._copies[key] += 1
        if outcome.duplicate:
            self._dropped.append(Dropped(key, event.name, event.metadata))
