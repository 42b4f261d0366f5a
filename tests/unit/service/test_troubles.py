"""A store that does not answer is told of at its begin, now and then, and at its end."""

from __future__ import annotations

import threading

import pytest

from pastense.service.troubles import TELL_EVERY_S, Troubles
from pastense.store.base import StoreError


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand() -> Hand:
    return Hand()


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage() for record in caplog.records]
    caplog.clear()
    return found


def test_a_store_that_answers_is_not_worth_a_word(hand, caplog):
    Troubles(hand).answered()
    assert messages(caplog) == []


def test_one_line_at_the_begin_one_now_and_then_one_at_the_end(hand, caplog):
    troubles = Troubles(hand)
    for _ in range(50):
        troubles.failed(StoreError("gone"))
    assert messages(caplog) == ["the store did not answer: gone"]
    hand.now += TELL_EVERY_S
    for _ in range(50):
        troubles.failed(StoreError("still gone"))
    assert messages(caplog) == ["the store has not answered 51 times in 10 s: still gone"]
    hand.now += 2.5
    troubles.answered()
    troubles.answered()
    assert messages(caplog) == ["the store answers again: 100 failures in 12.5 s"]


def test_who_asks_in_rounds_is_named(hand, caplog):
    troubles = Troubles(hand, asking="the upkeep")
    troubles.failed(StoreError("gone"))
    hand.now += TELL_EVERY_S
    troubles.failed(StoreError("gone"))
    troubles.answered()
    assert messages(caplog) == [
        "the store did not answer the upkeep: gone",
        "the store has not answered the upkeep 2 times in 10 s: gone",
        "the store answers the upkeep again: 2 failures in 10.0 s",
    ]


def test_the_next_trouble_is_told_at_once(hand, caplog):
    troubles = Troubles(hand)
    for _ in range(2):
        troubles.failed(StoreError("gone"))
        troubles.answered()
    assert len(messages(caplog)) == 4


def test_many_threads_tell_of_one_trouble(caplog):
    troubles = Troubles()
    begin = threading.Barrier(8)

    def fail() -> None:
        begin.wait()
        for _ in range(200):
            troubles.failed(StoreError("gone"))

    threads = [threading.Thread(target=fail) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    troubles.answered()
    told = messages(caplog)
    assert told[0] == "the store did not answer: gone"
    assert told[-1].startswith("the store answers again: 1600 failures in ")
