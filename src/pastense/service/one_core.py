"""Keep the threads that hand each event to one another on one core.

The interpreter lets one of them run at a time. On two cores each handing over wakes a core and
takes the caches along, which cost a third of the CPU time of an event, and of the rate. So the
event loop's thread and the committer's share a core, and all other threads may run on any.

Where somebody else keeps that core busy, they are let go for a while: the system knows better.
Only Linux can do this; elsewhere nothing is done.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

import msgspec

APART_S: Final = 30.0
"""How long the threads are let go after others kept the core busy."""
CROWDED_SHARE: Final = 0.2
"""So much of the time may a thread wait for others than its own."""
_log = logging.getLogger("pastense.service")


class Times(msgspec.Struct, frozen=True):
    """Seconds that a thread ran so far, and that it waited to run while others did."""

    ran_s: float
    waited_s: float


def thread_times(thread: int) -> Times | None:
    """The times of a thread of this process; None where the system does not tell."""
    try:
        words = Path(f"/proc/self/task/{thread}/schedstat").read_text(encoding="ascii").split()
        return Times(int(words[0]) / 1e9, int(words[1]) / 1e9)
    except (OSError, ValueError, IndexError):
        return None


def allowed_cores() -> Collection[int]:
    """The cores that this process may run on; none where it cannot choose among them."""
    if not hasattr(os, "sched_getaffinity") or thread_times(threading.get_native_id()) is None:
        return ()
    return os.sched_getaffinity(0)


class OneCore:
    """The threads that belong together. With one core or none to choose from it does nothing."""

    def __init__(
        self,
        cores: Collection[int] = (),
        times: Callable[[int], Times | None] = thread_times,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cores = frozenset(cores) if len(cores) > 1 else frozenset()
        self._times = times
        self._clock = clock
        self._threads: dict[int, Times] = {}
        self._lock = threading.Lock()
        self._looked_at = clock()
        self._apart_until: float | None = None
        self._core = random.choice(sorted(self._cores)) if self._cores else 0  # noqa: S311

    def join(self) -> None:
        """The calling thread is one of those that belong together."""
        if self._cores:
            with self._lock:
                thread = threading.get_native_id()
                self._threads[thread] = self._times(thread) or Times(0.0, 0.0)
                _run_on(0, {self._core} if self._apart_until is None else self._cores)

    def leave(self) -> None:
        """The calling thread may run anywhere: a thread begins where the one that began it was."""
        if self._cores:
            _run_on(0, self._cores)

    def look(self) -> None:
        """See whether others keep the core busy. To be called about once a second."""
        if not self._cores:
            return
        now = self._clock()
        with self._lock:
            crowded = self._is_crowded(now - self._looked_at)
            self._looked_at = now
            if self._apart_until is None and crowded:
                _log.debug("core %d is busy with others: its threads are let go", self._core)
                self._apart_until = now + APART_S
                self._place(self._cores)
            elif self._apart_until is not None and now >= self._apart_until:
                self._apart_until = None
                self._core = random.choice(sorted(self._cores))  # noqa: S311
                self._place({self._core})

    def _is_crowded(self, passed_s: float) -> bool:
        """Whether a thread waited for others than its own too much of the time that passed."""
        ran_s: dict[int, float] = {}
        waited_s: dict[int, float] = {}
        for thread, before in list(self._threads.items()):
            times = self._times(thread)
            if times is None:
                del self._threads[thread]
                continue
            ran_s[thread] = times.ran_s - before.ran_s
            waited_s[thread] = times.waited_s - before.waited_s
            self._threads[thread] = times
        ran_together_s = sum(ran_s.values())
        for_others_s = (waited_s[t] - (ran_together_s - ran_s[t]) for t in ran_s)
        return max(for_others_s, default=0.0) > CROWDED_SHARE * passed_s

    def _place(self, cores: Collection[int]) -> None:
        for thread in self._threads:
            _run_on(thread, cores)


def _run_on(thread: int, cores: Collection[int]) -> None:
    """Let a thread of this process, 0 for the calling one, run on these cores. It is no matter
    where that fails: the thread may have ended, the cores may have been taken away."""
    try:
        os.sched_setaffinity(thread, cores)
    except OSError as error:
        _log.debug("a thread stays on its cores: %s", error)
