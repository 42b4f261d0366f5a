"""What a store does with the windows of the rate limits, which all its processes share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

RateWindow = tuple[int, int]
"""The number of a workspace, and the second in which the window begins."""


class RateStore(Protocol):
    """How many calls were made. Unlike all else it need not outlive a crash of the database."""

    def count(self, calls: Mapping[RateWindow, int]) -> dict[RateWindow, int]:
        """Add calls to windows; how many each of these has now, of all processes."""
        ...

    def forget_step(self, before: int) -> bool:
        """Forget some windows that began before that second; whether there may be more."""
        ...
