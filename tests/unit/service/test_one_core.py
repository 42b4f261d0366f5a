"""Threads that belong together share a core, unless others want it; no other thread does."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from pastense.service.one_core import (
    APART_S,
    CROWDED_SHARE,
    OneCore,
    Times,
    allowed_cores,
    thread_times,
)

pytestmark = pytest.mark.skipif(len(allowed_cores()) < 2, reason="there is one core to choose from")
SOON_S = 20.0


def in_thread(work: Callable[[], object]) -> None:
    """Run this in a thread of its own, so that this one stays where it is."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(SOON_S)
    if raised:
        raise raised[0]


def test_those_that_join_share_a_core_and_those_that_leave_have_all():
    core, everywhere, seen = OneCore(allowed_cores()), set(allowed_cores()), []

    def begun_by_one_of_them() -> None:
        seen.append(os.sched_getaffinity(0))
        core.leave()
        seen.append(os.sched_getaffinity(0))

    def one_of_them() -> None:
        core.join()
        seen.append(os.sched_getaffinity(0))
        in_thread(begun_by_one_of_them)

    in_thread(one_of_them)
    in_thread(one_of_them)
    assert len(seen[0]) == 1
    assert seen[0] == seen[1] == seen[3] == seen[4], "begun where the one is that began it"
    assert seen[2] == seen[5] == everywhere
    assert os.sched_getaffinity(0) == everywhere, "who did not join stays free"


@pytest.mark.parametrize("cores", [(), (0,)])
def test_with_nothing_to_choose_from_nothing_is_done(cores):
    core, everywhere = OneCore(cores), os.sched_getaffinity(0)
    core.join()
    core.look()
    assert os.sched_getaffinity(0) == everywhere


class Told:
    """A clock that is moved, and the times of threads as somebody would read them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.times: dict[int, Times] = {}
        self.core = OneCore(allowed_cores(), self.times.get, lambda: self.now)
        self.places: list[set[int]] = []

    def pass_second(self, **threads: tuple[float, float]) -> None:
        """What each thread ran and waited within a second; then it is looked at."""
        self.now += 1.0
        for number, (ran_s, waited_s) in enumerate(threads.values(), start=self.first):
            before = self.times.get(number, Times(0.0, 0.0))
            self.times[number] = Times(before.ran_s + ran_s, before.waited_s + waited_s)
        self.core.look()

    first = 10**9
    """No thread has such a number: none is moved when these are."""


@pytest.fixture
def told() -> Told:
    found = Told()
    found.core._threads = {Told.first: Times(0.0, 0.0), Told.first + 1: Times(0.0, 0.0)}
    return found


def is_together(told: Told) -> bool:
    return told.core._apart_until is None


def test_that_they_wait_for_one_another_is_no_reason_to_part(told):
    for _ in range(3):
        told.pass_second(loop=(0.5, 0.5), committer=(0.5, 0.5))
        assert is_together(told)


def test_that_one_waits_for_others_is_one_and_it_ends(told):
    share = CROWDED_SHARE + 0.05
    told.pass_second(loop=(0.4, 0.3 + share), committer=(0.3, 0.3))
    assert not is_together(told)
    for _ in range(int(APART_S) - 1):
        told.pass_second(loop=(0.9, 0.9), committer=(0.1, 0.9))
    assert not is_together(told)
    told.pass_second(loop=(0.9, 0.0), committer=(0.1, 0.0))
    assert is_together(told)
    told.pass_second(loop=(0.5, 0.4), committer=(0.4, 0.5))
    assert is_together(told), "what was before does not count"


def test_a_little_waiting_is_no_reason(told):
    share = CROWDED_SHARE - 0.05
    told.pass_second(loop=(0.4, 0.3 + share), committer=(0.3, 0.4 + share))
    assert is_together(told)


def test_a_thread_that_ended_is_forgotten(told):
    told.pass_second(loop=(0.5, 0.0))
    assert list(told.core._threads) == [Told.first]


def test_a_busy_neighbour_parts_them():
    """A real one: another process that never rests, on the same core."""
    seen: list[set[int]] = []

    def one_of_them() -> None:
        core = OneCore(allowed_cores())
        core.join()
        (number,) = os.sched_getaffinity(0)
        words = (
            "import os\nos.sched_setaffinity(0, {%d})\nprint('busy', flush=True)\nwhile True: pass"
        )
        neighbour = subprocess.Popen(
            [sys.executable, "-c", words % number], stdout=subprocess.PIPE, text=True
        )
        try:
            assert neighbour.stdout is not None
            neighbour.stdout.readline()
            core.look()
            end = time.monotonic() + SOON_S
            while len(os.sched_getaffinity(0)) == 1 and time.monotonic() < end:
                until = time.monotonic() + 1.0
                while time.monotonic() < until:
                    hashlib.sha256(bytes(100_000))
                core.look()
            seen.append(os.sched_getaffinity(0))
        finally:
            neighbour.kill()
            neighbour.communicate()

    in_thread(one_of_them)
    assert seen == [set(allowed_cores())]


def test_the_system_tells_how_long_a_thread_ran():
    before = thread_times(threading.get_native_id())
    until = time.monotonic() + 0.2
    while time.monotonic() < until:
        pass
    after = thread_times(threading.get_native_id())
    assert before is not None
    assert after is not None
    assert 0.05 < after.ran_s - before.ran_s < 0.5
    assert after.waited_s >= before.waited_s
    assert thread_times(10**9) is None
