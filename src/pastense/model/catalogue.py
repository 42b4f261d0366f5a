"""The catalogue: what a workspace knows of its event names."""

from __future__ import annotations

import msgspec


class TrackedKey(msgspec.Struct, frozen=True):
    """A metadata key that a name has, with the type of its first value."""

    key: str
    type: str


class IgnoredKey(msgspec.Struct, frozen=True):
    """A metadata key that was left out of events, and how often."""

    key: str
    count: int


class EventName(msgspec.Struct, frozen=True, kw_only=True):
    """One name. Times are Unix seconds, UTC.

    `created_at` is when the server saw the name first. `first_seen_at` and `last_seen_at` are
    the `created_at` of the earliest and the latest event ever stored, None where there was none;
    `count` is of the events stored now. `ignored_keys_other` counts the ignored keys that have
    no row of their own.
    """

    name: str
    description: str | None
    archived_at: int | None
    created_at: int
    first_seen_at: int | None
    last_seen_at: int | None
    count: int
    tracked_keys: tuple[TrackedKey, ...] = ()
    ignored_keys: tuple[IgnoredKey, ...] = ()
    ignored_keys_other: int = 0
