"""Counters that several threads add to."""

from __future__ import annotations

import sys
import threading

from pastense.service.webhooks.counts import DEAD, DELIVERED, FAILED, DeliveryCounts


def test_all_counters_are_there_from_the_start_and_a_look_changes_nothing():
    counts = DeliveryCounts()
    counts.counts(1)[DEAD] = 9
    assert counts.counts(1) == {DELIVERED: 0, FAILED: 0, DEAD: 0}


def test_workspaces_are_apart():
    counts = DeliveryCounts()
    counts.add(1, DEAD, 3)
    counts.add(2, FAILED)
    assert counts.counts(1) == {DELIVERED: 0, FAILED: 0, DEAD: 3}
    assert counts.counts(2) == {DELIVERED: 0, FAILED: 1, DEAD: 0}


def test_threads_add_up():
    counts = DeliveryCounts()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        work = [
            threading.Thread(target=lambda: [counts.add(1, FAILED) for _ in range(2_000)])
            for _ in range(4)
        ]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert counts.counts(1)[FAILED] == 8_000
