"""Counters of the threads that deliver webhooks."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from typing import Final

DELIVERED: Final = "webhooks_delivered"
FAILED: Final = "webhook_attempts_failed"
DEAD: Final = "webhooks_dead"


class DeliveryCounts:
    """Counters of this process since it started, apart for each workspace, which is named by its
    number. Used from several threads, unlike `Tally`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_workspace: defaultdict[int, Counter[str]] = defaultdict(_new_counts)

    def add(self, workspace: int, name: str, count: int = 1) -> None:
        """Count something by its name."""
        with self._lock:
            self._by_workspace[workspace][name] += count

    def counts(self, workspace: int) -> dict[str, int]:
        """All counters of a workspace by name."""
        with self._lock:
            return dict(self._by_workspace.get(workspace, _new_counts()))


def _new_counts() -> Counter[str]:
    return Counter({DELIVERED: 0, FAILED: 0, DEAD: 0})
