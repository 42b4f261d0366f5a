"""The windows of the rate limits: counted by all processes together, and forgotten."""

from __future__ import annotations

import threading

import pytest

from pastense.limits import Limits
from pastense.service.upkeep import forget_rates
from pastense.store.relational.administration import rates
from tests.store.conftest import NOW, Bench

THREADS = 4
ROUNDS = 25


def test_calls_are_added_to_their_windows(bench: Bench) -> None:
    store = bench.store.rates
    assert store.count({(1, NOW): 3}) == {(1, NOW): 3}
    assert store.count({(2, NOW): 1, (1, NOW): 4}) == {(1, NOW): 7, (2, NOW): 1}
    assert store.count({(1, NOW + 10): 2}) == {(1, NOW + 10): 2}
    assert bench.reopen().rates.count({(1, NOW): 0}) == {(1, NOW): 7}


def test_no_call_is_lost_between_those_who_count(bench: Bench) -> None:
    windows = [(workspace, NOW) for workspace in range(1, 6)]
    seen: list[int] = []
    failed: list[BaseException] = []

    def count(number: int) -> None:
        store = bench.reopen().rates
        # Each in another order: two must not wait for each other.
        mine = windows[number:] + windows[:number]
        try:
            seen.extend(store.count(dict.fromkeys(mine, 1))[1, NOW] for _ in range(ROUNDS))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=count, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(seen) == list(range(1, THREADS * ROUNDS + 1))
    total = bench.store.rates.count(dict.fromkeys(windows, 0))
    assert set(total.values()) == {THREADS * ROUNDS}


@pytest.mark.parametrize("bench", ["postgresql"], indirect=True)
def test_counting_waits_for_no_other_writer(bench: Bench) -> None:
    """SQLite has one writer; elsewhere the events of others must not hold a call up."""
    counted: list[dict[tuple[int, int], int]] = []
    thread = threading.Thread(target=lambda: counted.append(bench.store.rates.count({(1, NOW): 1})))
    with bench.store.together():
        bench.contact("u1")
        thread.start()
        thread.join(3.0)
        assert counted == [{(1, NOW): 1}]


def test_old_windows_are_forgotten_in_steps(bench: Bench, monkeypatch) -> None:
    monkeypatch.setattr(rates, "STEP_WINDOWS_MAX", 2)
    store = bench.store.rates
    store.count({(number, NOW - 70): 1 for number in range(3)} | {(1, NOW - 60): 5, (1, NOW): 6})
    left = []
    while forget_rates(bench.store, bench.clock, Limits()):
        left.append(bench.execute("SELECT count(*) FROM rate_windows")[0][0])
    assert left == [3]
    kept = sorted(bench.execute("SELECT start, workspace, calls FROM rate_windows"))
    assert kept == [(NOW - 60, 1, 5), (NOW, 1, 6)]
    assert store.forget_step(NOW - 60) is False
