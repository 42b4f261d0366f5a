"""Read a second as people write it: Unix seconds, or an ISO 8601 time."""

from __future__ import annotations

from datetime import UTC, datetime

from pastense.wire.numbers import whole_seconds


def read_moment(text: str) -> int | None:
    """A second as Unix seconds or as an ISO 8601 time, UTC unless it says otherwise; None where
    it is neither."""
    seconds = whole_seconds(text)
    if seconds is not None:
        return seconds
    try:
        time = datetime.fromisoformat(text.strip())
        return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
