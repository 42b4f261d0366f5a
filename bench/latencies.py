"""How long an answer takes: at half of the saturating load, and with one connection alone."""

from __future__ import annotations

import statistics
import sys
import time

from bench.load import event_requests, measure
from bench.rig import Served

HALF_S = 4.0
"""How long each round at half load lasts."""
ALONE = 300
BEFORE_S = 40 * 86_400
"""Seconds that the other rounds do not use."""


def latencies(served: Served, saturating: float, rounds: int) -> dict[str, float]:
    """Medians of the rounds: requests are due at half of `saturating` per second, and a latency
    begins when its request was due."""
    pace = saturating / 2
    count = int(pace * HALF_S)
    medians, tails, ratios, alone = [], [], [], []
    begin = int(time.time()) - BEFORE_S
    for number in range(rounds):
        events = event_requests(served.token, count, begin, number)
        half = measure(served.port, served.pid, events, 64, per_second=pace)
        events = event_requests(served.token, ALONE, begin + count, number)
        single = measure(served.port, served.pid, events, 1)
        assert {*half.statuses, *single.statuses} == {202}, (half.statuses, single.statuses)
        begin += count + ALONE
        medians.append(half.median_ms)
        tails.append(half.p99_ms)
        ratios.append(half.p99_ms / half.median_ms)
        alone.append(single.median_ms)
        print(f"latencies, round {number + 1}/{rounds}", file=sys.stderr, flush=True)
    return {
        "half_per_second": pace,
        "half_median_ms": statistics.median(medians),
        "half_p99_ms": statistics.median(tails),
        "half_p99_ratio": statistics.median(ratios),
        "one_median_ms": statistics.median(alone),
    }
