"""The clock of a sandbox: the machine's time, shifted or stopped as a test wants it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from pastense.limits import CREATED_AT_END_S


class SandboxClock:
    """Real time flows until the clock is set, moved or frozen. Safe in threads."""

    def __init__(self, real_time: Callable[[], float] = time.time) -> None:
        self._real_time = real_time
        self._lock = threading.Lock()
        self._shift_s = 0.0
        self._frozen_at: float | None = None

    def now(self) -> int:
        """The time of the sandbox in whole Unix seconds."""
        with self._lock:
            return int(self._now())

    @property
    def is_frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen_at is not None

    def set(self, moment: datetime | float) -> None:
        """Go to a moment: Unix seconds, or a datetime with a time zone. From there time flows on,
        unless the clock is frozen. Raises `ValueError` and `TypeError`."""
        self._go_to(lambda: read_moment(moment))

    def move(self, span: timedelta | float) -> None:
        """Go forward by seconds or a timedelta, or back where it is negative."""
        self._go_to(lambda: self._now() + _read_span(span))

    def freeze(self, moment: datetime | float | None = None) -> None:
        """Stand still, at `moment` where one is given. `move` and `set` still work."""
        with self._lock:
            self._frozen_at = self._now() if moment is None else read_moment(moment)

    def resume(self) -> None:
        """Let time flow again, from where the clock stands."""
        with self._lock:
            if self._frozen_at is not None:
                self._shift_s = self._frozen_at - self._real_time()
                self._frozen_at = None

    def reset(self) -> None:
        """Show the machine's time again."""
        with self._lock:
            self._shift_s, self._frozen_at = 0.0, None

    def _now(self) -> float:
        if self._frozen_at is not None:
            return self._frozen_at
        return max(0.0, self._real_time() + self._shift_s)

    def _go_to(self, moment: Callable[[], float]) -> None:
        with self._lock:
            seconds = moment()
            _check(seconds)
            if self._frozen_at is not None:
                self._frozen_at = seconds
            else:
                self._shift_s = seconds - self._real_time()


def read_moment(moment: datetime | float) -> float:
    """Unix seconds of a moment; raises `ValueError` where it is no time that an event may have,
    `TypeError` where it is something else."""
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError(f"{moment!r} has no time zone; give it one, as datetime.UTC")
        seconds = moment.timestamp()
    elif is_number(moment):
        seconds = float(moment)
    else:
        raise TypeError(f"{moment!r} is no time; give Unix seconds or a datetime with a time zone")
    _check(seconds)
    return seconds


def _read_span(span: timedelta | float) -> float:
    if isinstance(span, timedelta):
        return span.total_seconds()
    if not is_number(span):
        raise TypeError(f"{span!r} is no span of time; give seconds or a timedelta")
    return float(span)


def is_number(value: object) -> bool:
    """Whether a value is a number, which true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check(seconds: float) -> None:
    if not 0 <= seconds < CREATED_AT_END_S:
        raise ValueError(f"{seconds!r} is no time in seconds since 1970 (milliseconds perhaps?)")
