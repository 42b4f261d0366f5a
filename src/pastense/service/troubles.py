"""Tell of a store that does not answer, without a line for everybody who waits for it.

The first failure is told at once, then how many there were every ten seconds, and at the end that
the store answers again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

TELL_EVERY_S: Final = 10.0
_log = logging.getLogger("pastense.store")


class Troubles:
    """The failures of one store, told by any number of threads. Who asks it in rounds has one of
    his own, with his name: the store may answer some of those who ask, and not others."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic, asking: str = "") -> None:
        self._monotonic_s = monotonic_s
        self._whom = f" {asking}" if asking else ""
        self._lock = threading.Lock()
        self._begun_s: float | None = None
        self._told_s = 0.0
        self._failures = 0

    def failed(self, error: Exception) -> None:
        """The store did not answer to somebody, who was told so."""
        with self._lock:
            now = self._monotonic_s()
            self._failures += 1
            if self._begun_s is None:
                self._begun_s = self._told_s = now
                _log.error("the store did not answer%s: %s", self._whom, error)
            elif now - self._told_s >= TELL_EVERY_S:
                self._told_s = now
                _log.error(
                    "the store has not answered%s %d times in %.0f s: %s",
                    self._whom,
                    self._failures,
                    now - self._begun_s,
                    error,
                )

    def answered(self) -> None:
        """The store did answer; where it had not, that is over."""
        if self._begun_s is None:
            return
        with self._lock:
            if self._begun_s is not None:
                seconds = self._monotonic_s() - self._begun_s
                _log.warning(
                    "the store answers%s again: %d failures in %.1f s",
                    self._whom,
                    self._failures,
                    seconds,
                )
                self._begun_s, self._failures = None, 0
