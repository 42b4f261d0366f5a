"""`pastense.Tracker`: events are handed over at once and sent in the background."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from pastense.client.options import TimeoutLike
from pastense.client.settings import read_settings
from pastense.client.tracking import processes
from pastense.client.tracking.events import encode_event
from pastense.client.tracking.items import OnDrop, TrackerStats, WhenFull
from pastense.client.tracking.owners import make_root
from pastense.client.tracking.settings import (
    BODY_BYTES_MAX,
    open_transport,
    read_tracker_settings,
)
from pastense.client.tracking.worker import Worker
from pastense.client.transport import Transport
from pastense.client.values import Identifier, Metadata, Time

MIB: Final = 1024 * 1024
EVENT_BYTES_MAX: Final = BODY_BYTES_MAX - 1024
"""One event as JSON, so that a list of one fits into a request."""


class Tracker:
    """Sends events from a thread of its own, to any server that speaks this API.

    `token`, `base_url`, `version`, `timeout`, `headers`, `transport`, `ca_file` and `proxy` are
    those of `Client`.

    One object serves all threads of a process, and each process that is forked from it: a child
    begins with an empty queue, and what was tracked before the fork is the parent's. Nothing is
    opened and no thread is started before the first `track` or `flush` in a process.

    - `when_full`: what `track` does when as many events wait as may: `"block"` waits for room (at
      most `block_timeout_s`, then the event is dropped), `"spool"` leaves them on disk (up to
      `spool_bytes_max`, then they are dropped), `"drop"` drops the event that is tracked. Without
      a word: `"spool"` where there is a spool, else `"block"`.
    - `queue_events_max`: as many events may wait, with `"block"` and `"drop"`.
    - `spool`: a folder in which each event is written before `track` returns. It survives the
      death of the process (not of the machine) and is sent by the next one with the same folder.
    - `unknown_contact_retry_s`: so long after it was tracked an event is tried whose contact the
      server does not know (404).
    - `on_drop`: called with the event and the reason for each event that is dropped, by the
      thread that calls `track` where it was full, by the one that closes, else by the sender.
      Drops are also counted and logged.
    - `exit_timeout_s`: how long `close`, and the end of the process, wait for events to be sent.

    Raises `ValueError` and `TypeError` for options that are none, `OSError` where the spool's
    folder cannot be written.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        base_url: str | None = None,
        when_full: WhenFull | None = None,
        queue_events_max: int = 10_000,
        block_timeout_s: float | None = None,
        spool: str | os.PathLike[str] | None = None,
        spool_bytes_max: int = 256 * MIB,
        unknown_contact_retry_s: float = 3600.0,
        on_drop: OnDrop | None = None,
        exit_timeout_s: float = 5.0,
        version: str | None = None,
        timeout: TimeoutLike | None = None,
        headers: Mapping[str, str] | None = None,
        transport: Transport | None = None,
        ca_file: str | None = None,
        proxy: str | None = None,
    ) -> None:
        client = read_settings(token, base_url, version=version, timeout=timeout, headers=headers)
        self._settings = read_tracker_settings(
            client,
            spool,
            when_full,
            queue_events_max=queue_events_max,
            block_timeout_s=block_timeout_s,
            spool_bytes_max=spool_bytes_max,
            unknown_contact_retry_s=unknown_contact_retry_s,
            exit_timeout_s=exit_timeout_s,
            on_drop=on_drop,
            transport=transport,
            ca_file=ca_file,
            proxy=proxy,
        )
        open_transport(self._settings).close()
        if self._settings.spool is not None:
            make_root(self._settings.spool)
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._closed = False
        processes.know(self)

    def track(
        self,
        event_name: str,
        *,
        user_id: Identifier | None = None,
        id: Identifier | None = None,
        email: str | None = None,
        created_at: Time | None = None,
        metadata: Metadata | None = None,
    ) -> None:
        """Hand an event over; it is sent soon. `created_at` is this moment unless it is given.

        Raises `TypeError` and `ValueError` for what is no event, `RuntimeError` after `close`.
        What the server refuses is told to `on_drop`.
        """
        body, key = encode_event(event_name, user_id, id, email, created_at, metadata)
        if len(body) > EVENT_BYTES_MAX:
            raise ValueError(f"The event has {len(body)} bytes, at most {EVENT_BYTES_MAX} are sent")
        (self._worker or self._start()).accept(body, key)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything tracked so far, and what earlier processes left in the spool, was
        sent or dropped; at most `timeout` seconds. Events whose contact is unknown are tried once
        more at once, and are not waited for. True where nothing waits any more."""
        return (self._worker or self._start()).flush(timeout)

    def stats(self) -> TrackerStats:
        """The counters of this process."""
        worker = self._worker
        return TrackerStats() if worker is None else worker.stats()

    def close(self, timeout: float | None = None) -> None:
        """Flush for at most `timeout` seconds (`exit_timeout_s` where it is not given), then end.

        What is left then stays in the spool; without one it is dropped, counted and logged, with
        the reason `"outcome_unknown"` where the server may have it (an attempt got no answer).
        Closing twice is fine; tracking afterwards raises `RuntimeError`.
        """
        with self._lock:
            self._closed = True
            worker = self._worker
        if worker is not None:
            worker.close(self._settings.exit_timeout_s if timeout is None else timeout)
        processes.set_resting(self)

    def begin_anew(self) -> None:
        """For the hook that runs in a forked child: forget what belongs to the parent."""
        parent, self._worker = self._worker, None
        self._lock = threading.Lock()
        if parent is not None:
            parent.abandon()

    def _start(self) -> Worker:
        with self._lock:
            if self._closed:
                raise RuntimeError("The tracker is closed: nothing can be tracked any more")
            if self._worker is None:
                worker = Worker(self._settings)
                processes.set_working(self)
                worker.start()
                self._worker = worker
            return self._worker

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
