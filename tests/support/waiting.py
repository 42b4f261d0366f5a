"""Wait for what is to come about in a moment, with an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

SOON_S: Final = 30.0
"""Longer than anything takes on a busy machine."""
LOOK_EVERY_S: Final = 0.02


def wait_until(holds: Callable[[], object]) -> None:
    """Ask again and again until it holds; raises `AssertionError` after `SOON_S`."""
    end = time.monotonic() + SOON_S
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(LOOK_EVERY_S)
