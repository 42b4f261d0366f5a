"""When a request is sent again, and after how long."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.client.messages import Headers, Response
from pastense.client.retry import (
    FIRST_PAUSE_S,
    PAUSE_MAX_S,
    asked_pause,
    is_retried,
    pause_before_retry,
)
from pastense.errors import ConnectionFailed

HEADER = st.one_of(
    st.text(max_size=40),
    st.integers(-10, 10**20).map(str),
    st.datetimes(timezones=st.just(UTC)).map(lambda d: format_datetime(d, usegmt=True)),
    st.from_regex(r"[A-Z][a-z]{2}, \d{1,4} [A-Z][a-z]{2} \d{1,6} \d\d:\d\d:\d\d [+-]?\w{1,6}"),
)


def answer(status: int, **headers: str) -> Response:
    return Response(status, Headers({n.replace("_", "-"): v for n, v in headers.items()}), b"")


def test_what_may_help_is_retried():
    retried = {status for status in range(100, 600) if is_retried(status)}
    assert retried == {408, 429, *range(500, 600)}


@given(st.integers(0, 100_000), st.sampled_from([408, 429, 500, 503, None]))
def test_pauses_double_with_jitter_up_to_the_longest(attempt, status):
    outcome = ConnectionFailed("x") if status is None else answer(status)
    longest = min(PAUSE_MAX_S, FIRST_PAUSE_S * 2 ** min(attempt, 99))
    assert longest / 2 <= pause_before_retry(outcome, attempt) <= longest


def test_pauses_are_not_all_the_same():
    assert len({pause_before_retry(answer(500), 3) for _ in range(50)}) > 1
    assert len({pause_before_retry(answer(500, Retry_After="3"), 3) for _ in range(50)}) > 1


@given(st.integers(100, 599), HEADER, HEADER, HEADER, st.integers(0, 50))
def test_whatever_a_server_says_a_pause_is_within_bounds(status, after, reset, date, attempt):
    outcome = answer(status, Retry_After=after, X_RateLimit_Reset=reset, Date=date)
    pause_s = pause_before_retry(outcome, attempt)
    if is_retried(status):
        assert 0 <= pause_s <= PAUSE_MAX_S
    else:
        assert pause_s is None


@given(st.integers(0, 59))
def test_what_the_server_asks_for_is_the_least(seconds):
    pause_s = pause_before_retry(answer(503, Retry_After=str(seconds)), 0)
    assert seconds <= pause_s <= seconds + 0.25


@pytest.mark.parametrize(
    ("headers", "status", "pause_s"),
    [
        ({}, 429, None),
        ({"Retry_After": " 7 "}, 500, 7),
        ({"Retry_After": "0"}, 429, 0),
        ({"Retry_After": "soon"}, 429, None),
        ({"Retry_After": "-1"}, 429, None),
        ({"Retry_After": "soon", "X_RateLimit_Reset": "110"}, 429, 10),
        ({"Retry_After": formatdate(107, usegmt=True)}, 503, 7),
        ({"Retry_After": formatdate(107)}, 503, 7),
        ({"Retry_After": formatdate(90, usegmt=True)}, 503, None),
        ({"X_RateLimit_Reset": "110"}, 429, 10),
        ({"X_RateLimit_Reset": "110"}, 503, None),
        ({"X_RateLimit_Reset": "90"}, 429, None),
        ({"X_RateLimit_Reset": "soon"}, 429, None),
        ({"X_RateLimit_Reset": "9" * 400}, 429, None),
    ],
)
def test_moments_are_measured_by_the_servers_clock(headers, status, pause_s):
    said = answer(status, Date=formatdate(100, usegmt=True), **headers)
    assert asked_pause(said.headers, status) == pause_s


@pytest.mark.parametrize("date", [{}, {"Date": "yesterday"}])
def test_without_a_date_ones_own_clock_counts(date):
    reset = answer(429, X_RateLimit_Reset=str(int(time.time()) + 30), **date)
    assert 28 <= asked_pause(reset.headers, 429) <= 30
    moment = datetime.fromtimestamp(time.time() + 30, UTC)
    until = answer(503, Retry_After=format_datetime(moment, usegmt=True), **date)
    assert 28 <= asked_pause(until.headers, 503) <= 30
