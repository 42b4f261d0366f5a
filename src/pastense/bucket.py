"""Rate windows: how many calls are let through in ten seconds. Pure arithmetic.

Windows are aligned to the clock, and each lets through a sixth of what is allowed in a minute.
Several processes share a window: each lets a block of calls through before it tells the others.
Source: decisions.md "Rate limits"; docs/wire.md "Rate limits".
"""

from __future__ import annotations

from typing import Final

import msgspec

WINDOW_S: Final = 10
_WINDOWS_PER_MINUTE: Final = 60 // WINDOW_S
BLOCKS_PER_WINDOW: Final = 50
"""A block is this part of the limit, at least one call."""
BLOCKS_LEFT: Final = 10
"""And no more than this part of what is left: so blocks are small when it becomes tight."""


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


def window_start(now: int) -> int:
    """The second in which the window of `now` began."""
    return now - now % WINDOW_S


def block_calls(limit: int, counted: int) -> int:
    """How many calls a process may count by itself when `counted` are known of by all."""
    return max(1, min(limit // BLOCKS_PER_WINDOW, (limit - counted) // BLOCKS_LEFT))


class Share:
    """One window as one process knows it; for one thread.

    `counted` calls of all processes are known of by all. Of `own` further ones only this process
    knows: less than a block, else the call has to be told of before it is judged. `asking` such
    calls wait. So all processes together let through at least the limit, and less than a block
    each above it; blocks of one call are exact. `over` were not let through: nobody is told.
    """

    __slots__ = ("asking", "counted", "is_alone", "latest", "over", "own", "start")

    def __init__(self, start: int, latest: int | None = None) -> None:
        """`latest` is the start of the last window that this process knew of. A clock that is put
        back begins a window anew, which is counted here alone: nobody is locked out by what was
        counted before."""
        self.start = start
        self.is_alone = latest is not None and start <= latest
        self.latest = start if latest is None else max(start, latest)
        self.counted = self.own = self.asking = self.over = 0

    def judge(self, limit: int, ask: bool) -> int | None:
        """Count one call: its place in the window, or None where it waits to be told of. Without
        `ask` nothing waits."""
        here = self.own + self.asking + 1
        place = self.counted + here + self.over
        if place > limit:
            self.over += 1
        elif ask and not self.is_alone and here >= block_calls(limit, self.counted):
            self.asking += 1
            return None
        else:
            self.own += 1
        return place

    def is_due(self, limit: int) -> bool:
        """Whether the others are to be told: half a block early, so that calls seldom wait."""
        here = self.own + self.asking
        return here > 0 and not self.is_alone and 2 * here >= block_calls(limit, self.counted)

    def tell(self, own: int, asking: int, counted: int) -> int:
        """All know of that many calls of this process, with which there are `counted`; returns
        the place before the first that was asking. Who began to ask meanwhile must be told of
        before the next call is judged, which would overtake them."""
        before = max(counted - asking, self.counted + own)
        self.counted = before + asking
        self.own -= own
        self.asking -= asking
        return before

    def go_on(self, own: int, asking: int) -> int:
        """The others could not be told of these: those that were asking are counted here alone;
        returns the place before the first of them."""
        self.own += asking
        self.asking -= asking
        return self.counted + own


def verdict(start: int, limit: int, place: int) -> Verdict:
    """What holds for the call with that place, from 1, in the window."""
    return Verdict(place <= limit, limit, max(0, limit - place), start + WINDOW_S)
