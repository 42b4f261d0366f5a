"""When a request is sent again, and after how long.

Sending again is safe: an event that was stored is a duplicate the second time and changes nothing
(decisions.md "Submitting an event").
"""

from __future__ import annotations

import random
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from pastense.client.messages import Headers, Response
from pastense.errors import NoAnswer

FIRST_PAUSE_S: Final = 0.5
PAUSE_MAX_S: Final = 60.0
_RETRIED: Final = frozenset({408, 429})
_DOUBLINGS_MAX: Final = 30
"""Far beyond where the longest pause is reached, and a number that a float can hold."""


def is_retried(status: int) -> bool:
    """Whether another attempt may help: 408, 429 and 5xx."""
    return status in _RETRIED or status >= 500


def pause_before_retry(outcome: Response | NoAnswer, attempt: int) -> float | None:
    """Seconds to wait after this attempt (the first is 0), None where no other may help.

    The server's `Retry-After` (seconds or a date) counts, then `X-RateLimit-Reset` (epoch
    seconds) on a 429, then doubling pauses with jitter. Never more than `PAUSE_MAX_S`.
    """
    if isinstance(outcome, NoAnswer):
        return _backoff(attempt)
    if not is_retried(outcome.status):
        return None
    asked = asked_pause(outcome.headers, outcome.status)
    if asked is None:
        return _backoff(attempt)
    # A little more than asked, so that many clients do not come back in one moment.
    return min(PAUSE_MAX_S, asked + random.uniform(0, 0.25))  # noqa: S311 (no secret)


def asked_pause(headers: Headers, status: int) -> float | None:
    """Seconds that the server asks to wait; None where it does not say, or names a moment that is
    past. Moments are measured by the server's own `Date` where it sends one: clocks differ."""
    value = headers.get("retry-after", "").strip()
    if value and (seconds := _seconds(value)) is not None:
        return seconds
    moment = _date(value) if value else None
    if moment is None and status == 429:
        moment = _seconds(headers.get("x-ratelimit-reset", "").strip())
    if moment is None:
        return None
    pause_s = moment - server_time(headers)
    return pause_s if pause_s > 0 else None


def server_time(headers: Headers) -> float:
    """The server's second, taken as its beginning; ours where the answer has no `Date`."""
    said = _date(headers.get("date", ""))
    return time.time() if said is None else said


def _backoff(attempt: int) -> float:
    longest = min(PAUSE_MAX_S, FIRST_PAUSE_S * 2.0 ** min(attempt, _DOUBLINGS_MAX))
    return random.uniform(longest / 2, longest)  # noqa: S311 (no secret)


def _seconds(value: str) -> float | None:
    return float(value) if value.isascii() and value.isdigit() and len(value) < 16 else None


def _date(value: str) -> float | None:
    """A date of a header in seconds since 1970, None where it is none. One without a zone is in
    UTC, as all dates of HTTP are."""
    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo is not None else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
