"""A lock that is handed over in the order of asking."""

from __future__ import annotations

import threading
import time

import pytest

from pastense.store.sqlite.fair_lock import FairLock

WAIT_S = 5.0


def wait_for_waiters(lock: FairLock, count: int) -> None:
    """Return when that many threads stand in line."""
    end = time.monotonic() + WAIT_S
    while len(lock._waiting) < count:
        assert time.monotonic() < end, "nobody waits"
        time.sleep(0.0005)


def test_those_who_wait_are_served_in_the_order_of_asking():
    lock, served = FairLock(), []

    def take(number: int) -> None:
        with lock:
            served.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    with lock:
        for count, thread in enumerate(threads, start=1):
            thread.start()
            wait_for_waiters(lock, count)
        assert served == []
    for thread in threads:
        thread.join(WAIT_S)
    assert served == list(range(20))


def test_who_asks_again_at_once_stands_behind_those_who_wait():
    lock, served = FairLock(), []

    def take() -> None:
        with lock:
            served.append("waiter")

    thread = threading.Thread(target=take)
    with lock:
        thread.start()
        wait_for_waiters(lock, 1)
    with lock:
        served.append("holder again")
    thread.join(WAIT_S)
    assert served == ["waiter", "holder again"]


def test_only_one_holds_it():
    lock, inside, most = FairLock(), 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            with lock:
                inside += 1
                most = max(most, inside)
                time.sleep(0)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert (inside, most) == (0, 1)
    assert not any(thread.is_alive() for thread in threads)


def test_an_error_inside_gives_the_lock_back_and_goes_on():
    lock = FairLock()
    with pytest.raises(ZeroDivisionError), lock:
        raise ZeroDivisionError
    entered = threading.Event()

    def take() -> None:
        with lock:
            entered.set()

    thread = threading.Thread(target=take)
    thread.start()
    thread.join(WAIT_S)
    assert entered.is_set()
