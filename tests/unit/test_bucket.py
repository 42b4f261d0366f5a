"""Rate windows: ten seconds each, aligned to the clock (decisions.md "Rate limits")."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.bucket import WINDOW_S, Rates, Verdict, Window, take, window_limit

from .support import NOW

TIMES = st.lists(st.integers(0, 40), max_size=120).map(sorted)
PER_MINUTE = st.integers(1, 60)


@pytest.mark.parametrize(
    ("per_minute", "limit"),
    [(1000, 167), (500, 83), (10_000, 1667), (25_000, 4167), (9, 2), (6, 1), (3, 1), (1, 1)],
)
def test_a_window_lets_a_sixth_through(per_minute, limit):
    assert window_limit(per_minute) == limit


@given(st.integers(1, 10**9))
def test_it_is_the_nearest_whole_number_and_never_none(per_minute):
    limit = window_limit(per_minute)
    assert limit == 1 or abs(limit * 6 - per_minute) <= 3
    assert limit >= 1
    assert window_limit(per_minute + 1) >= limit


def test_the_first_call_begins_a_window():
    window, verdict = take(None, 1000, 1_487_332_513)
    assert window == Window(1_487_332_510, 1)
    assert verdict == Verdict(True, 167, 166, 1_487_332_520)


def test_the_last_call_of_a_window_and_the_first_that_is_too_many():
    window = Window(NOW, 166)
    window, last = take(window, 1000, NOW + 9)
    assert (last.allowed, last.remaining) == (True, 0)
    window, refused = take(window, 1000, NOW + 9)
    assert (refused.allowed, refused.remaining, refused.reset_at) == (False, 0, NOW + 10)
    assert take(window, 1000, NOW + 10)[1] == Verdict(True, 167, 166, NOW + 20)


def test_a_clock_that_is_put_back_does_not_lock_anybody_out():
    window = Window(NOW, 500)
    _, verdict = take(window, 1000, NOW - 3_600)
    assert verdict == Verdict(True, 167, 166, NOW - 3_590)


def test_another_limit_holds_at_once():
    window = Window(NOW, 100)
    assert take(window, 6, NOW)[1].allowed is False
    assert take(window, 6_000, NOW)[1].remaining == 1_000 - 101


@given(TIMES, PER_MINUTE)
def test_no_window_lets_more_through_and_none_holds_back_too_early(times, per_minute):
    rates = Rates()
    asked, passed = Counter(), Counter()
    for now in times:
        verdict = rates.take(7, per_minute, NOW + now)
        start = now - now % WINDOW_S
        asked[start] += 1
        passed[start] += verdict.allowed
        assert verdict.limit == window_limit(per_minute)
        assert verdict.remaining == max(0, verdict.limit - asked[start])
        assert verdict.reset_at == NOW + start + WINDOW_S > NOW + now
    limit = window_limit(per_minute)
    assert passed == {start: min(count, limit) for start, count in asked.items()}


@given(TIMES, TIMES, PER_MINUTE)
def test_one_key_takes_nothing_from_another(mine, theirs, per_minute):
    alone, together = Rates(), Rates()
    calls = sorted([(now, 1) for now in mine] + [(now, 2) for now in theirs])
    expected = [alone.take(1, per_minute, now) for now in mine]
    found = [together.take(key, per_minute, now) for now, key in calls]
    assert [v for v, (_, key) in zip(found, calls, strict=True) if key == 1] == expected
