"""Dropping an event, never in silence: counted, told to `on_drop`, said in the log."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import Final

import msgspec

from pastense.client.tracking.items import DropReason, OnDrop

LOG: Final = logging.getLogger("pastense.tracker")


class Dropper:
    """Counts what is dropped. The log says the first of each kind, then each time the count has
    doubled; never whose event it was."""

    def __init__(self, on_drop: OnDrop | None) -> None:
        self.counts: Counter[str] = Counter()
        self._on_drop = on_drop
        self._lock = threading.Lock()

    def drop(self, body: bytes, reason: DropReason) -> None:
        """Drop one event. What `on_drop` raises is logged and goes no further."""
        with self._lock:
            self.counts[reason.kind] += 1
            count = self.counts[reason.kind]
        if count & (count - 1) == 0:
            LOG.warning("%d events dropped so far: %s", count, _without_names(reason))
        if self._on_drop is not None:
            try:
                self._on_drop(msgspec.json.decode(body, type=dict), reason)
            except Exception:
                LOG.exception("on_drop failed; the event it was told of is dropped")


def _without_names(reason: DropReason) -> str:
    """The reason as the log may have it: a server's sentence can hold an email."""
    if reason.error is None or isinstance(reason.error, OSError):
        return str(reason)
    return f"{DropReason(reason.kind)} ({reason.error.status} {reason.error.code})"
