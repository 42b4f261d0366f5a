"""The one source of now."""

from __future__ import annotations

import time

from pastense.clock import ManualClock, SystemClock


def test_the_system_clock_tells_whole_unix_seconds():
    before = int(time.time())
    now = SystemClock().now()
    assert type(now) is int
    assert before <= now <= int(time.time())


def test_a_manual_clock_stands_still_until_it_is_moved():
    clock = ManualClock(100)
    assert (clock.now(), clock.now()) == (100, 100)
    clock.move(25)
    assert clock.now() == 125
    clock.move(-125)
    assert clock.now() == 0
