"""What a tracker is told once, checked."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any, Final

import msgspec

from pastense.client.http import HttpTransport
from pastense.client.options import ClientOptions
from pastense.client.tracking.items import OnDrop, WhenFull
from pastense.client.transport import Transport
from pastense.limits import Limits

LIST_ITEMS_MAX: Final = Limits().list_items_max
BODY_BYTES_MAX: Final = Limits().body_bytes_max
_POLICIES: Final = ("block", "spool", "drop")


class TrackerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `Tracker`, whose docstring tells what they mean."""

    client: ClientOptions
    when_full: WhenFull
    queue_events_max: int
    block_timeout_s: float | None
    spool: Path | None
    spool_bytes_max: int
    unknown_contact_retry_s: float
    exit_timeout_s: float
    on_drop: OnDrop | None
    transport: Transport | None = None
    ca_file: str | None = None
    proxy: str | None = None


def read_tracker_settings(
    client: ClientOptions,
    spool: str | os.PathLike[str] | None,
    when_full: WhenFull | None,
    **given: Any,  # noqa: ANN401 (checked here, by name)
) -> TrackerSettings:
    """The settings, checked. Raises `TypeError` and `ValueError` with a sentence."""
    folder = None if spool is None else Path(spool).absolute()
    policy = when_full or ("block" if folder is None else "spool")
    if policy not in _POLICIES:
        raise ValueError(f"when_full is one of {', '.join(_POLICIES)}, not {when_full!r}")
    if policy == "spool" and folder is None:
        raise ValueError('when_full="spool" needs a folder: give spool="/var/lib/myapp/events"')
    if given["block_timeout_s"] is not None and policy != "block":
        raise ValueError('block_timeout_s belongs to when_full="block"')
    for name in ("queue_events_max", "spool_bytes_max"):
        _check_count(name, given[name])
    for name in ("unknown_contact_retry_s", "exit_timeout_s", "block_timeout_s"):
        _check_seconds(name, given[name])
    if given["on_drop"] is not None and not callable(given["on_drop"]):
        raise TypeError("on_drop is called with the event and the reason: give a function")
    return TrackerSettings(client=client, spool=folder, when_full=policy, **given)


def open_transport(settings: TrackerSettings) -> Transport:
    """What sends: the caller's, or one of our own for each process. Opens no connection yet."""
    if settings.transport is not None:
        return settings.transport
    base_url = settings.client.base_url
    return HttpTransport(base_url, proxy=settings.proxy, ca_file=settings.ca_file)


def _check_count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} is a whole number from 1 on, not {value!r}")


def _check_seconds(name: str, value: object) -> None:
    if value is None and name == "block_timeout_s":
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is a number of seconds, not {value!r}")
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} is a number of seconds from 0 on, not {value!r}")
