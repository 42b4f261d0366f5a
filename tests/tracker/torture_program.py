"""One process of the torture: tracks events in turn and keeps a ledger that survives its death.

A ledger has lines per event: `A number` before `track`, `T number` once it returned, `D number` if
`on_drop` was told that it is dropped, `U number` if it was told that nobody knows; and at a good
end `S` with the count of drops.
"""

from __future__ import annotations

import os
import time
from typing import Any

from pastense.client.tracking import pace
from pastense.client.tracking.tracker import Tracker

PAUSE_EVERY_EVENTS = 1
PAUSE_S = 0.002
TIMEOUT_S = 0.15
"""Shorter than a fault hangs."""


def work(
    base_url: str, token: str, path: str, first: int, behind: int, options: dict[str, Any]
) -> None:
    """Track, then end by closing: what could not be sent stays in the spool or is dropped."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    pace.FIRST_PAUSE_S, pace.BACKOFF_MAX_S, pace.CONTACT_PAUSE_S = 0.01, 0.05, 0.02
    ledger = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(event, reason):
        kind = "U" if reason.kind == "outcome_unknown" else "D"
        os.write(ledger, f"{kind} {event['metadata']['number']}\n".encode())

    tracker = Tracker(token, base_url=base_url, timeout=TIMEOUT_S, on_drop=note, **options)
    for number in range(first, behind):
        user = f"u{number % 5}"
        os.write(ledger, f"A {number}\n".encode())
        tracker.track(
            "did", user_id=user, created_at=1_000_000 + number, metadata={"number": number}
        )
        os.write(ledger, f"T {number}\n".encode())
        if number % PAUSE_EVERY_EVENTS == 0:
            time.sleep(PAUSE_S)
    tracker.close(20)
    os.write(ledger, f"S {tracker.stats().dropped_total}\n".encode())
