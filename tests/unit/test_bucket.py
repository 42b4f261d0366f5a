"""Rate windows: ten seconds each, aligned to the clock (decisions.md "Rate limits")."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.bucket import (
    BLOCKS_PER_WINDOW,
    WINDOW_S,
    Share,
    Verdict,
    block_calls,
    verdict,
    window_limit,
    window_start,
)

from .support import NOW

LIMITS = st.one_of(st.integers(1, 12), st.integers(1, 4_000))


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


@given(st.integers(0, 10**10))
def test_windows_begin_at_full_ten_seconds(now):
    assert window_start(now) % WINDOW_S == 0
    assert 0 <= now - window_start(now) < WINDOW_S


def test_what_an_answer_says_of_a_window():
    assert verdict(NOW, 167, 1) == Verdict(True, 167, 166, NOW + WINDOW_S)
    assert verdict(NOW, 167, 167) == Verdict(True, 167, 0, NOW + WINDOW_S)
    assert verdict(NOW, 167, 168) == Verdict(False, 167, 0, NOW + WINDOW_S)


@given(LIMITS, st.integers(0, 5_000))
def test_a_block_is_a_small_part_and_at_least_a_call(limit, counted):
    block = block_calls(limit, counted)
    assert 1 <= block <= max(1, limit // BLOCKS_PER_WINDOW)
    assert block_calls(limit, counted + 1) <= block
    assert block_calls(limit, limit - 1) == 1


def test_a_clock_that_is_put_back_begins_a_window_that_is_counted_here_alone():
    first = Share(NOW)
    back = Share(NOW - 30, first.latest)
    ahead = Share(NOW - 20, back.latest)
    past = Share(NOW + 10, ahead.latest)
    assert [one.is_alone for one in (first, back, ahead, past)] == [False, True, True, False]
    assert [back.judge(2, True) for _ in range(4)] == [1, 2, 3, 4]
    assert not back.is_due(2)


def test_without_asking_nothing_waits():
    share = Share(NOW)
    assert share.judge(5, True) is None
    assert share.go_on(0, 1) == 0
    assert [share.judge(5, False) for _ in range(6)] == [2, 3, 4, 5, 6, 7]
    assert (share.own, share.over, share.asking) == (5, 2, 0)


def test_another_limit_holds_at_once_and_what_was_refused_counts():
    share = Share(NOW)
    assert [share.judge(1, False) for _ in range(4)] == [1, 2, 3, 4]
    assert share.judge(1_000, False) == 5
    assert share.judge(5, False) == 6
    assert (share.own, share.over) == (2, 4)


def test_a_store_that_forgot_what_it_was_told_brings_nothing_back():
    share = Share(NOW)
    places = [share.judge(1_000, True) for _ in range(19)]
    assert places == list(range(1, 20))
    assert share.judge(1_000, True) is None
    assert share.tell(19, 1, counted=900) == 899
    assert share.judge(1_000, True) == 901
    assert share.tell(1, 0, counted=1) == 901


@dataclass
class World:
    """Processes that share a window, and the store that they tell of their calls."""

    limit: int
    shares: list[Share]
    is_shared: bool = True
    stored: int = 0
    writes: int = 0
    calls: list[int] = field(default_factory=list)
    """Of each call in their order, the process."""
    places: dict[int, int] = field(default_factory=dict)
    waiting: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    told: dict[int, tuple[int, list[int]]] = field(default_factory=dict)

    @property
    def let_through(self) -> int:
        return sum(place <= self.limit for place in self.places.values())

    def call(self, number: int) -> None:
        call = len(self.calls)
        self.calls.append(number)
        place = self.shares[number].judge(self.limit, self.is_shared)
        if place is None:
            self.waiting[number].append(call)
        else:
            self.places[call] = place

    def send(self, number: int) -> None:
        """What is due goes on its way to the store, unless something is on it already."""
        share = self.shares[number]
        is_due = share.asking or share.is_due(self.limit)
        if is_due and number not in self.told:
            self.told[number] = (share.own, self.waiting.pop(number, []))

    def answer(self, number: int) -> None:
        """The store counts it and answers; who asked meanwhile is next, before anybody comes."""
        if number not in self.told:
            return
        own, asking = self.told.pop(number)
        self.stored += own + len(asking)
        self.writes += 1
        before = self.shares[number].tell(own, len(asking), self.stored)
        self.places.update(zip(asking, itertools.count(before + 1)))
        self.send(number)

    def finish(self) -> None:
        """Everything that waits is answered."""
        while any(share.asking for share in self.shares):
            for number in range(len(self.shares)):
                self.send(number)
                self.answer(number)


STEPS = st.lists(
    st.tuples(st.sampled_from(("call", "call", "call", "send", "answer")), st.integers(0, 7)),
    max_size=400,
)


def run(world: World, steps: list[tuple[str, int]], calls_per_step: int) -> None:
    for what, number in steps:
        for _ in range(calls_per_step if what == "call" else 1):
            getattr(world, what)(number % len(world.shares))
    world.finish()


def assert_never_more(world: World) -> None:
    """In one process no call hears of more that is left than one before it."""
    for number in range(len(world.shares)):
        calls = [call for call, process in enumerate(world.calls) if process == number]
        left = [verdict(NOW, world.limit, world.places[call]).remaining for call in calls]
        assert left == sorted(left, reverse=True)


def assert_within(world: World, calls: int) -> None:
    """At least the limit where so many calls came; less than a block each above it."""
    blocks = len(world.shares) * (max(1, world.limit // BLOCKS_PER_WINDOW) - 1)
    assert len(world.places) == calls
    assert world.let_through >= min(calls, world.limit)
    assert world.let_through <= world.limit + blocks


@given(LIMITS, st.integers(1, 8), STEPS, st.integers(1, 40))
def test_processes_together_keep_the_limit_and_never_hold_back_too_early(
    limit, processes, steps, calls_per_step
):
    world = World(limit, [Share(NOW) for _ in range(processes)])
    run(world, steps, calls_per_step)
    calls = calls_per_step * sum(what == "call" for what, _ in steps)
    assert_within(world, calls)
    assert_never_more(world)
    counted_here = sum(share.own + share.over for share in world.shares)
    assert world.stored + counted_here == calls, "each call is counted once"
    assert processes > 1 or world.places == {call: call + 1 for call in range(calls)}


@pytest.mark.parametrize("limit", [1, 60, 167, 4_000])
def test_what_comes_while_the_store_is_told_is_not_forgotten(limit):
    world = World(limit, [Share(NOW)])
    while len(world.calls) < limit + 10:
        world.call(0)
        world.send(0)
        world.call(0)
        world.answer(0)
    world.finish()
    assert world.places == {call: call + 1 for call in range(len(world.calls))}
    assert world.let_through == limit


@given(LIMITS, st.integers(1, 300))
def test_one_process_alone_counts_as_if_nobody_else_could(limit, calls):
    world = World(limit, [Share(NOW)])
    for number in range(1, calls + 1):
        world.call(0)
        world.send(0)
        world.answer(0)
        assert world.places == {call: call + 1 for call in range(number)}


def test_counting_in_each_process_is_caught():
    world = World(100, [Share(NOW) for _ in range(4)], is_shared=False)
    run(world, [("call", number) for number in range(4)] * 60, 1)
    assert world.let_through == 240  # Each has its own hundred, of which sixty came.
    with pytest.raises(AssertionError):
        assert_within(world, 240)


@pytest.mark.parametrize("limit", [1, 5, 167, 1_667, 16_667, 100_000])
@pytest.mark.parametrize("processes", [1, 4])
def test_the_store_is_written_to_seldom(limit, processes):
    world = World(limit, [Share(NOW) for _ in range(processes)])
    for call in range(2 * limit + processes):
        world.call(call % processes)
        world.send(call % processes)
        world.answer(call % processes)
    assert world.writes <= min(limit + processes, 400)
    assert limit <= world.let_through <= limit + processes
