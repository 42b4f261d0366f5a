"""What happens to trackers when their process forks and when it ends."""

from __future__ import annotations

import atexit
import os
import sys
from typing import Protocol
from weakref import WeakSet


class Tracked(Protocol):
    """What a tracker offers here."""

    def begin_anew(self) -> None:
        """A fork has happened and this is the child."""
        ...

    def close(self) -> None:
        """Flush for a bounded time and end."""
        ...


_ALL: WeakSet[Tracked] = WeakSet()
_WORKING: set[Tracked] = set()
"""Those that may have events: nobody else need hold them."""


def know(tracker: Tracked) -> None:
    """Remember a tracker for the case of a fork."""
    _ALL.add(tracker)


def set_working(tracker: Tracked) -> None:
    """It has events from now on: close it when the process ends."""
    _WORKING.add(tracker)
    _end_with_multiprocessing()
    _end_with_celery()


def set_resting(tracker: Tracked) -> None:
    """It was closed."""
    _WORKING.discard(tracker)


def close_all() -> None:
    """Close the trackers that work."""
    for tracker in list(_WORKING):
        tracker.close()


def _begin_anew() -> None:
    _WORKING.clear()
    for tracker in list(_ALL):
        tracker.begin_anew()


def _end_with_multiprocessing() -> None:
    """A child of `multiprocessing` ends without the functions of `atexit`; it has its own list."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, close_all, exitpriority=0)


def _end_with_celery() -> None:
    """Nor do Celery's worker processes come to `atexit`; they send a signal of their own."""
    signals = sys.modules.get("celery.signals")
    if signals is not None:
        signals.worker_process_shutdown.connect(_close_all_on_signal, dispatch_uid=__name__)


def _close_all_on_signal(**_: object) -> None:
    close_all()


os.register_at_fork(after_in_child=_begin_anew)
atexit.register(close_all)
