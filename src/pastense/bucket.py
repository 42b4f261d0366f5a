"""Rate windows: how many calls are let through in ten seconds. Pure arithmetic.

Windows are aligned to the clock, and each lets through a sixth of what is allowed in a minute.
Source: decisions.md "Rate limits"; docs/wire.md "Rate limits".
"""

from __future__ import annotations

from typing import Final

import msgspec

WINDOW_S: Final = 10
_WINDOWS_PER_MINUTE: Final = 60 // WINDOW_S


class Window(msgspec.Struct, frozen=True, gc=False):
    """The window that begins at the second `start`, and the calls that were counted in it."""

    start: int
    calls: int


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """Whether a call is let through, and what its answer says of the window.

    `reset_at` is the Unix second in which the next window begins.
    """

    allowed: bool
    limit: int
    remaining: int
    reset_at: int


def window_limit(per_minute: int) -> int:
    """Calls in one window: a sixth of those in a minute, a half rounded up, at least one."""
    return max(1, (per_minute + _WINDOWS_PER_MINUTE // 2) // _WINDOWS_PER_MINUTE)


def take(window: Window | None, per_minute: int, now: int) -> tuple[Window, Verdict]:
    """Count one call at the second `now`: the window as it is then, and what holds for the call.

    A call that is not let through is counted too. A clock that is put back begins a window anew.
    """
    start = now - now % WINDOW_S
    calls = window.calls + 1 if window is not None and window.start == start else 1
    limit = window_limit(per_minute)
    verdict = Verdict(calls <= limit, limit, max(0, limit - calls), start + WINDOW_S)
    return Window(start, calls), verdict


class Rates:
    """The current window of each key, such as a workspace's number; for one thread."""

    def __init__(self) -> None:
        self._windows: dict[int, Window] = {}

    def take(self, key: int, per_minute: int, now: int) -> Verdict:
        """Count one call under `key`."""
        self._windows[key], verdict = take(self._windows.get(key), per_minute, now)
        return verdict
