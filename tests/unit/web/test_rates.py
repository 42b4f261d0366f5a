"""Rate limits between the event loop and the store: who waits, and what when it is away."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Mapping

import pytest

from pastense.bucket import WINDOW_S
from pastense.store.base import RateWindow, StoreError
from pastense.web import rates
from pastense.web.rates import Rates
from tests.unit.support import NOW

PER_MINUTE = 600
LIMIT = 100


class Store:
    """Counts in memory; can be held up, and can fail."""

    def __init__(self) -> None:
        self.counted: Counter[RateWindow] = Counter()
        self.writes: list[dict[RateWindow, int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None

    def count(self, calls: Mapping[RateWindow, int]) -> dict[RateWindow, int]:
        self.gate.wait(10)
        self.writes.append(dict(calls))
        if self.error is not None:
            raise self.error
        self.counted.update(calls)
        return {window: self.counted[window] for window in calls}

    def forget_step(self, before: int) -> bool:
        raise AssertionError("not of the web floor")


class Bench:
    """Processes on one store, each with its own rates, in one event loop."""

    def __init__(self, processes: int = 1) -> None:
        self.store = Store()
        self.alone: list[int] = []
        self.rates = [Rates(self.store, self.alone.append) for _ in range(processes)]

    async def call(self, process: int = 0, now: int = NOW, per_minute: int = PER_MINUTE, key=1):
        """(allowed, remaining) of one call."""
        verdict = await self.rates[process].take(key, per_minute, now)
        return verdict.allowed, verdict.remaining


@pytest.fixture
def run():
    """Run a coroutine with benches that are ended after it."""
    benches: list[Bench] = []

    def begin(scenario, processes: int = 1) -> Bench:
        benches.append(Bench(processes))
        asyncio.run(scenario(benches[-1]))
        return benches[-1]

    yield begin
    for bench in benches:
        bench.store.gate.set()
        for one in bench.rates:
            one.stop(wait=True)


def test_one_process_lets_exactly_the_limit_through_in_each_window(run):
    async def scenario(bench):
        for window in range(2):
            said = [await bench.call(now=NOW + window * WINDOW_S) for _ in range(LIMIT + 5)]
            assert said == [(True, left) for left in range(LIMIT - 1, -1, -1)] + [(False, 0)] * 5

    bench = run(scenario)
    assert bench.alone == []
    assert all(LIMIT - 1 <= calls <= LIMIT for calls in bench.store.counted.values())


def test_calls_at_once_in_several_processes_share_the_limit(run):
    async def scenario(bench):
        calls = [bench.call(number % 4) for number in range(3 * LIMIT)]
        said = await asyncio.gather(*calls)
        assert sum(allowed for allowed, _ in said) == LIMIT
        assert min(left for _, left in said) == 0

    run(scenario, processes=4)


def test_a_low_limit_is_exact_whoever_is_asked(run):
    async def scenario(bench):
        said = [await bench.call(number % 4, per_minute=18) for number in range(8)]
        assert said == [(True, 2), (True, 1), (True, 0)] + [(False, 0)] * 5

    run(scenario, processes=4)


def test_workspaces_share_nothing_but_the_statement(run):
    async def scenario(bench):
        bench.store.gate.clear()
        calls = [asyncio.ensure_future(bench.call(key=key, per_minute=6)) for key in (9, 1, 2, 2)]
        await asyncio.sleep(0.05)
        bench.store.gate.set()
        said = await asyncio.gather(*calls)
        assert said == [(True, 0), (True, 0), (True, 0), (False, 0)]

    bench = run(scenario)
    assert bench.store.writes == [{(9, NOW): 1}, {(1, NOW): 1, (2, NOW): 1}]


def test_the_loop_goes_on_while_the_store_takes_its_time(run):
    async def scenario(bench):
        bench.store.gate.clear()
        waiting = asyncio.ensure_future(bench.call(per_minute=6))
        for _ in range(50):
            assert await bench.call(key=2, per_minute=1_000_000) != (False, 0)
        assert not waiting.done()
        bench.store.gate.set()
        assert await waiting == (True, 0)

    run(scenario)


@pytest.mark.parametrize("error", [StoreError("gone"), RuntimeError("broken")])
def test_while_the_store_fails_each_process_counts_alone(run, error, caplog, monkeypatch):
    async def scenario(bench):
        bench.store.error = error
        said = [await bench.call(per_minute=18) for _ in range(4)]
        assert said == [(True, 2), (True, 1), (True, 0), (False, 0)]
        assert len(bench.store.writes) == 1, "it is not asked again at once"
        bench.store.error = None
        monkeypatch.setattr(bench.rates[0], "_alone_until", 0.0)
        # The next window is shared again.
        said = [await bench.call(process, NOW + WINDOW_S, 18) for process in (0, 1, 0, 1, 0)]
        assert [allowed for allowed, _ in said] == [True, True, True, False, False]

    bench = run(scenario, processes=2)
    assert bench.alone == [1, 1, 1, 1]
    assert f"rate limits are counted in this process alone: {error}" in caplog.text


def test_what_was_counted_alone_is_told_once_the_store_is_back(run, monkeypatch):
    async def scenario(bench):
        bench.store.error = StoreError("gone")
        for _ in range(5):
            await bench.call(0, per_minute=60)
        bench.store.error = None
        monkeypatch.setattr(bench.rates[0], "_alone_until", 0.0)
        assert await bench.call(0, per_minute=60) == (True, 4)
        assert await bench.call(1, per_minute=60) == (True, 3)

    run(scenario, processes=2)


def test_no_call_waits_longer_for_the_store_than_it_may(run, monkeypatch):
    monkeypatch.setattr(rates, "WAIT_S", 0.1)

    async def scenario(bench):
        bench.store.gate.clear()
        async with asyncio.timeout(1.0):
            said = await asyncio.gather(*(bench.call(per_minute=18) for _ in range(3)))
            said += [await bench.call(per_minute=18)]
        assert said == [(True, 2), (True, 1), (True, 0), (False, 0)]
        bench.store.gate.set()
        await asyncio.sleep(0.1)

    bench = run(scenario)
    assert bench.alone == [1] * 4
    assert bench.store.counted == {(1, NOW): 3}


def test_who_would_be_told_of_next_does_not_wait_for_a_store_that_failed(run):
    async def scenario(bench):
        bench.store.gate.clear()
        calls = [asyncio.ensure_future(bench.call(key=key, per_minute=6)) for key in (1, 2)]
        await asyncio.sleep(0.05)
        bench.store.error = StoreError("gone")
        bench.store.gate.set()
        async with asyncio.timeout(rates.WAIT_S / 2):
            assert await asyncio.gather(*calls) == [(True, 0), (True, 0)]

    bench = run(scenario)
    assert (bench.alone, len(bench.store.writes)) == ([1, 2], 1)


def test_a_caller_who_goes_away_holds_nobody_up(run):
    async def scenario(bench):
        bench.store.gate.clear()
        calls = [asyncio.ensure_future(bench.call(per_minute=18)) for _ in range(3)]
        await asyncio.sleep(0.05)
        calls[0].cancel()
        bench.store.gate.set()
        assert await calls[1] == (True, 1)
        assert await calls[2] == (True, 0)

    run(scenario)


def test_after_the_stop_nothing_is_asked(run):
    async def scenario(bench):
        bench.rates[0].stop(wait=True)
        assert await bench.call(per_minute=6) == (True, 0)

    assert run(scenario).store.writes == []
