"""Counters of the threads that deliver webhooks."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Final

DELIVERED: Final = "webhooks_delivered"
FAILED: Final = "webhook_attempts_failed"
DEAD: Final = "webhooks_dead"


class DeliveryCounts:
    """Counters of this process since it started. Used from several threads, unlike `Tally`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter({DELIVERED: 0, FAILED: 0, DEAD: 0})

    def add(self, name: str, count: int = 1) -> None:
        """Count something by its name."""
        with self._lock:
            self._counts[name] += count

    def counts(self) -> dict[str, int]:
        """All counters by name."""
        with self._lock:
            return dict(self._counts)
