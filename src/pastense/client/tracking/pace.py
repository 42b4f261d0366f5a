"""How long the sender waits: after a failure, for a contact to appear, for the rate window."""

from __future__ import annotations

import random
from typing import Final

from pastense.client.messages import Headers, Response
from pastense.client.retry import PAUSE_MAX_S, asked_pause, server_time

FIRST_PAUSE_S: Final = 0.25
BACKOFF_MAX_S: Final = 20.0
CONTACT_PAUSE_S: Final = 1.0
CONTACT_PAUSE_MAX_S: Final = 60.0


def backoff_s(outcome: Response | None, attempt: int) -> float:
    """Seconds before the same is sent again: as the server asks, else doubling, with jitter so
    that many processes do not come back in one moment. The first attempt is 0."""
    asked = None if outcome is None else asked_pause(outcome.headers, outcome.status)
    if asked is not None:
        return min(PAUSE_MAX_S, asked + random.uniform(0, 0.1))  # noqa: S311 (no secret)
    longest = min(BACKOFF_MAX_S, FIRST_PAUSE_S * 2.0 ** min(attempt, 20))
    return random.uniform(longest / 2, longest)  # noqa: S311 (no secret)


def contact_pause_s(attempts: int) -> float:
    """Seconds until an unknown contact is asked for again, after so many refusals (1 at first)."""
    return min(CONTACT_PAUSE_MAX_S, CONTACT_PAUSE_S * 2.0 ** min(attempts - 1, 20))


def window_pause_s(headers: Headers) -> float:
    """Seconds until the next call may go out: none while calls are left in the rate window, else
    until it ends. Measured by the server's own `Date` where it sends one: clocks differ."""
    remaining = headers.get("x-ratelimit-remaining", "").strip()
    reset = headers.get("x-ratelimit-reset", "").strip()
    if remaining != "0" or not (reset.isascii() and reset.isdigit() and len(reset) < 16):
        return 0.0
    return min(PAUSE_MAX_S, max(0.0, int(reset) - server_time(headers)))
