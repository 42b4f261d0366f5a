"""The one source of now: passed in, so that tests and the sandbox can move it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time in Unix seconds, UTC."""

    def now(self) -> int:
        """The current time in whole Unix seconds."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """The current time in whole Unix seconds."""
        return int(time.time())


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        """The time that was set last, in whole Unix seconds."""
        return self._now

    def move(self, seconds: int) -> None:
        """Go forward by `seconds`, or back when it is negative."""
        self._now += seconds
