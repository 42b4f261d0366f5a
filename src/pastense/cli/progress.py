"""A line on the terminal that tells how far long work is."""

from __future__ import annotations

import sys
import time
from typing import Final

_EVERY_S: Final = 0.5
_WIDTH: Final = 79


class Progress:
    """What is done, in all, and per second, and how long the rest takes. Silent in a pipe."""

    def __init__(self, verb: str, things: str) -> None:
        """`verb` and `things` are the words around the figures: "checked", "contacts"."""
        self._verb, self._things = verb, things
        self._started = self._shown = time.monotonic()
        self._before: int | None = None
        self._is_terminal = sys.stderr.isatty()

    def show(self, done: int, total: int) -> None:
        """Show how far it is, at most twice a second. What is done at the first call was done
        before, by an earlier run."""
        now = time.monotonic()
        if self._before is None:
            self._before, self._started = done, now
        if not self._is_terminal or now - self._shown < _EVERY_S:
            return
        self._shown = now
        rate = (done - self._before) / max(now - self._started, 0.001)
        left_s = (total - done) / max(rate, 1)
        figures = f"{done} of {total} {self._things}, {rate:.0f}/s, {left_s:.0f} s left"
        sys.stderr.write(f"\r{self._verb + ' ' + figures:<{_WIDTH}}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away before something else is printed."""
        if self._is_terminal:
            sys.stderr.write("\r" + " " * _WIDTH + "\r")
            sys.stderr.flush()
