"""How long the sender waits."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from pastense.client.messages import Headers, Response
from pastense.client.tracking.pace import (
    BACKOFF_MAX_S,
    FIRST_PAUSE_S,
    backoff_s,
    contact_pause_s,
    window_pause_s,
)


def headers(**given):
    return Headers(tuple((name.replace("_", "-"), str(value)) for name, value in given.items()))


def test_backoff_doubles_up_to_a_bound():
    for attempt in (0, 1, 2, 5, 50, 5000):
        longest = min(BACKOFF_MAX_S, FIRST_PAUSE_S * 2 ** min(attempt, 40))
        assert longest / 2 <= backoff_s(None, attempt) <= longest


def test_what_the_server_asks_for_counts():
    answer = Response(429, headers(Retry_After=7), b"")
    assert 7 <= backoff_s(answer, 0) <= 7.1
    reset = Response(429, headers(X_RateLimit_Reset=int(time.time()) + 5), b"")
    assert 3.5 <= backoff_s(reset, 0) <= 5.2


def test_pauses_for_a_contact_grow_up_to_a_minute():
    assert [contact_pause_s(n) for n in (1, 2, 3, 7, 5000)] == [1, 2, 4, 60, 60]


@pytest.mark.parametrize(
    ("given", "pause_s"),
    [
        ({}, 0),
        ({"X_RateLimit_Remaining": 3, "X_RateLimit_Reset": 110}, 0),
        ({"X_RateLimit_Remaining": 0, "X_RateLimit_Reset": 110}, 10),
        ({"X_RateLimit_Remaining": 0, "X_RateLimit_Reset": 90}, 0),
        ({"X_RateLimit_Remaining": 0, "X_RateLimit_Reset": 10**9}, 60),
        ({"X_RateLimit_Remaining": 0, "X_RateLimit_Reset": "soon"}, 0),
        ({"X_RateLimit_Remaining": 0}, 0),
    ],
)
def test_the_rate_window_is_measured_by_the_servers_clock(given, pause_s):
    assert window_pause_s(headers(Date=formatdate(100, usegmt=True), **given)) == pause_s


def test_without_a_date_ones_own_clock_counts():
    given = {"X_RateLimit_Remaining": 0, "X_RateLimit_Reset": int(time.time()) + 8}
    assert 6 < window_pause_s(headers(**given)) <= 8
    assert 6 < window_pause_s(headers(Date="yesterday", **given)) <= 8
