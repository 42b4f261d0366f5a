"""How fast webhooks are tried again, and how a receiver that is down is left in peace."""

from __future__ import annotations

import math
import random
from typing import Final

import msgspec

SILENT_DELIVERIES_MAX: Final = 2
"""So many different deliveries in a row without any answer, and the receiver counts as down."""
FAILED_DELIVERIES_MAX: Final = 10
"""So many different deliveries refused in a row: then it is the receiver and not one of them."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """The spans of time of the delivery; tests take shorter ones."""

    first_retry_s: float = 2.0
    retry_max_s: float = 300.0
    silent_retry_max_s: float = 30.0
    poll_s: float = 0.2
    gather_s: float = 0.05
    lease_s: int = 10

    def retry_s(self, attempts: int, longest_s: float | None = None) -> int:
        """How long to wait after so many failed attempts: twice as long each time, at most some
        minutes, and by chance up to half of it less, so that not all come back at once."""
        longest = self.retry_max_s if longest_s is None else min(self.retry_max_s, longest_s)
        wait_s = min(longest, self.first_retry_s * 2.0 ** min(attempts - 1, 30))
        return math.ceil(wait_s * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)


class Receiver:
    """What is known of one receiver since the process began: the number of its workspace,
    whether it is down, and then when it may be probed. Times are Unix seconds."""

    def __init__(self, pace: Pace, workspace: int) -> None:
        self._pace = pace
        self.workspace = workspace
        self._silent: set[int] = set()
        self._failed: set[int] = set()
        self._probes = 0
        self._probe_at = 0
        self.problem = ""

    @property
    def is_down(self) -> bool:
        """Whether it counts as down: it did not answer, or refused one delivery after another."""
        silent, failed = len(self._silent), len(self._failed)
        return silent >= SILENT_DELIVERIES_MAX or failed >= FAILED_DELIVERIES_MAX

    def room(self, in_flight: int, now: int, in_flight_max: int) -> int:
        """How many further deliveries may be sent to it now; one at a time while it is down."""
        if not self.is_down:
            return max(0, in_flight_max - in_flight)
        return 1 if in_flight == 0 and now >= self._probe_at else 0

    def took(self) -> None:
        """It took a delivery: all is well."""
        self._probes = 0
        self._silent.clear()
        self._failed.clear()

    def failed(self, number: int, problem: str, now: int, *, answered: bool) -> None:
        """It did not take a delivery; `answered` says whether it said so itself."""
        was_down = self.is_down
        self.problem = problem
        if answered:
            self._silent.clear()
        else:
            _add(self._silent, number, SILENT_DELIVERIES_MAX)
        _add(self._failed, number, FAILED_DELIVERIES_MAX)
        # What was in flight when it went down is no probe and makes the pause no longer.
        if self.is_down and (not was_down or now >= self._probe_at):
            self._probes += 1
            self._probe_at = now + self._pace.retry_s(self._probes)


def _add(numbers: set[int], number: int, count_max: int) -> None:
    """Keep no more of them than it takes to be sure."""
    if len(numbers) < count_max:
        numbers.add(number)
