"""Pauses grow and are capped; a receiver that is down gets one probe at a time."""

from __future__ import annotations

import pytest

from pastense.service.webhooks.pace import FAILED_DELIVERIES_MAX, Pace, Receiver

NOW = 1_800_000_000
PACE = Pace(first_retry_s=2.0, retry_max_s=300.0)


@pytest.mark.parametrize(
    ("attempts", "least_s", "most_s"),
    [(1, 1, 2), (2, 2, 4), (5, 16, 32), (8, 128, 256), (9, 150, 300), (10_000, 150, 300)],
)
def test_pauses_double_up_to_some_minutes_with_chance_in_them(attempts, least_s, most_s):
    waits = {PACE.retry_s(attempts) for _ in range(300)}
    assert min(waits) >= least_s
    assert max(waits) <= most_s
    assert attempts == 1 or len(waits) > 1


def test_a_shorter_longest_pause_may_be_asked_for():
    assert {PACE.retry_s(20, 30.0) for _ in range(200)} <= set(range(15, 31))
    assert Pace(first_retry_s=0).retry_s(5) == 0


def fail(receiver: Receiver, numbers, now: int = NOW, *, answered: bool = False) -> None:
    for number in numbers:
        receiver.failed(number, "no", now, answered=answered)


def test_a_receiver_is_up_at_first_and_has_room():
    receiver = Receiver(PACE, 1)
    assert receiver.is_down is False
    assert [receiver.room(n, NOW, 8) for n in (0, 5, 8, 9)] == [8, 3, 0, 0]


def test_one_delivery_that_gets_no_answer_does_not_bring_the_receiver_down():
    receiver = Receiver(PACE, 1)
    fail(receiver, [1] * 50)
    assert receiver.is_down is False


def test_two_without_an_answer_do_and_then_it_is_probed_one_at_a_time():
    receiver = Receiver(PACE, 1)
    fail(receiver, [1, 2])
    assert receiver.is_down
    assert receiver.room(0, NOW, 8) == 0
    later = NOW + 2
    assert receiver.room(0, later, 8) == 1
    assert receiver.room(1, later, 8) == 0
    receiver.took()
    assert receiver.room(0, later, 8) == 8


def test_an_answer_says_that_it_is_there():
    receiver = Receiver(PACE, 1)
    fail(receiver, [1])
    fail(receiver, [2], answered=True)
    fail(receiver, [3])
    assert receiver.is_down is False


def test_many_different_refusals_in_a_row_bring_it_down_and_one_bad_delivery_does_not():
    receiver = Receiver(PACE, 1)
    fail(receiver, [1] * 100, answered=True)
    assert receiver.is_down is False
    fail(receiver, range(FAILED_DELIVERIES_MAX), answered=True)
    assert receiver.is_down


def test_probes_come_less_and_less_often_and_what_was_in_flight_is_no_probe():
    receiver = Receiver(Pace(first_retry_s=8.0, retry_max_s=300.0), 1)
    fail(receiver, [1, 2])
    fail(receiver, range(3, 100))
    assert receiver.room(0, NOW + 8, 8) == 1, "those in flight have not made the pause longer"
    pauses = []
    now = NOW
    for _ in range(9):
        before = now
        while not receiver.room(0, now, 8):
            now += 1
        pauses.append(now - before)
        fail(receiver, [1], now)
    assert pauses[0] <= 8
    assert pauses[3] >= 32
    assert 150 <= pauses[-1] <= 300
