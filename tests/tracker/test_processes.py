"""Forks: each event is sent by one process, and no child stands still."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
import time

import pytest

from tests.tracker.conftest import assert_adds_up, track_many
from tests.tracker.programs import run, seconds


def forked(work):
    """Run something in a real forked child; its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = int(work() or 0)
        finally:
            os._exit(code)
    end = time.monotonic() + 15
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise AssertionError("the child stands still")


@pytest.mark.parametrize("spooled", [False, True], ids=["memory", "spool"])
def test_parent_and_child_send_each_event_once(spooled, sandbox, make_tracker, tmp_path):
    tracker = make_tracker(spool=tmp_path / "spool" if spooled else None)
    tracker.track("warm", user_id="u1", created_at=1)
    assert tracker.flush(5)
    sandbox.hang(0.3)
    track_many(tracker, 100)  # These are the parent's: under way or waiting when it forks.

    def child():
        assert tracker.stats().tracked == 0
        track_many(tracker, 100, 2_000_000)
        tracker.close(10)
        stats = tracker.stats()
        assert (stats.tracked, stats.sent, stats.queued) == (100, 100, 0)

    assert forked(child) == 0
    track_many(tracker, 100, 3_000_000)
    assert tracker.flush(10)
    assert_adds_up(tracker.stats(), 201)
    assert len(sandbox.events) == 301
    assert {event.copies for event in sandbox.events} == {1}


def test_a_child_that_is_killed_leaves_its_spool_to_the_parent(sandbox, make_tracker, tmp_path):
    tracker = make_tracker(spool=tmp_path / "spool")
    track_many(tracker, 10)
    assert tracker.flush(5)
    sandbox.fail_next(1000)

    def child():
        track_many(tracker, 50, 2_000_000)
        os.kill(os.getpid(), 9)

    assert forked(child) == -9
    sandbox.clear_faults()
    tracker.close(5)
    after = make_tracker(spool=tmp_path / "spool")
    assert after.flush(5)
    assert after.stats().recovered == 50
    assert len(sandbox.events) == 60


def test_a_child_does_not_keep_the_files_of_a_parent_that_died(sandbox, make_tracker, tmp_path):
    """The child lives on, yet what the parent left is taken over."""
    spool = tmp_path / "spool"
    sandbox.fail_next(1000)
    text = (
        "track(5, 1000)\n"
        "child = os.fork()\n"
        "if child == 0: os.close(1); os.close(2); time.sleep(60)\n"
        "print(child, flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    child = int(run(sandbox, text, spool=spool).stdout)
    try:
        sandbox.clear_faults()
        tracker = make_tracker(spool=spool)
        assert tracker.flush(5)
        assert seconds(sandbox) == list(range(1000, 1005))
    finally:
        os.kill(child, 9)


def test_a_fork_at_any_moment_leaves_no_lock_behind(sandbox, make_tracker, tmp_path):
    """Threads track without a pause while children are made that track too."""
    tracker = make_tracker(spool=tmp_path / "spool", when_full="drop", queue_events_max=100)
    stop = threading.Event()

    def busy(begin):
        second = begin
        while not stop.is_set():
            tracker.track("did", user_id="u1", created_at=second)
            second += 1

    threads = [threading.Thread(target=busy, args=(n * 10_000_000,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(20):

            def child(number=number):
                tracker.track("child", user_id="u1", created_at=1000 + number)
                tracker.close(10)
                return 0 if tracker.stats().sent == 1 else 5

            assert forked(child) == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert tracker.flush(20)
    assert sorted(e.created_at for e in sandbox.events if e.event_name == "child") == list(
        range(1000, 1020)
    )


def test_workers_that_are_forked_after_a_preload_send_at_their_end(sandbox):
    """As gunicorn does with `preload_app`: a worker ends by `SystemExit`, with `atexit`."""
    text = (
        "track(10, 1)\n"
        "children = []\n"
        "for begin in (100, 200):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        track(10, begin)\n"
        "        sys.exit(0)\n"
        "    children.append(child)\n"
        "for child in children: assert os.waitpid(child, 0)[1] == 0\n"
    )
    done = run(sandbox, text)
    assert done.returncode == 0, done.stderr
    assert sorted(seconds(sandbox)) == [*range(1, 11), *range(100, 110), *range(200, 210)]
    assert {event.copies for event in sandbox.events} == {1}


def test_a_sender_loads_no_module(sandbox, tmp_path):
    """One that did while a child is forked would leave it a lock that nobody opens."""
    sandbox.fail_next(1, status=500)
    sandbox.lose_answer(1)
    sandbox.fail_next(1, status=429, retry_after_s=0)
    text = (
        "tracker.stats()\n"
        "before = set(sys.modules)\n"
        "track(5, 1)\n"
        "tracker.track('x' * 300, user_id='u1')\n"
        "tracker.track('did', user_id='nobody')\n"
        "tracker.flush(10)\n"
        "tracker.track('did', user_id='u1', created_at=50)\n"
        "tracker.flush(10)\n"
        "tracker.close()\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    for options in ({}, {"spool": tmp_path / "spool"}):
        done = run(sandbox, text, **options)
        assert done.stdout == "[]\n", done.stderr
    assert run(sandbox, text.replace("track(5", "import colorsys; track(5")).stdout != "[]\n"


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_child_of_multiprocessing_sends_what_it_tracked(method, sandbox):
    """It ends without `atexit`, so it is told by a list of its own."""
    text = f"""
import multiprocessing
def work(url, token, begin):
    from pastense.client.tracking.tracker import Tracker
    here = tracker if {method == "fork"} else Tracker(token, base_url=url)
    for second in range(begin, begin + 20):
        here.track("did", user_id="u1", created_at=second)
if __name__ == "__main__":
    track(1, 1)
    context = multiprocessing.get_context({method!r})
    given = ({sandbox.base_url!r}, {sandbox.token!r})
    children = [context.Process(target=work, args=(*given, n * 100)) for n in (1, 2)]
    for child in children: child.start()
    for child in children: child.join()
"""
    if method == "spawn":
        child_of_spawn(sandbox)
    else:
        run(sandbox, text)
    expected = [*range(100, 120), *range(200, 220)]
    assert [second for second in seconds(sandbox) if second != 1] == expected


def work_spawned(url, token, begin):
    """What a spawned child does: it imports this module."""
    from pastense.client.tracking.tracker import Tracker

    tracker = Tracker(token, base_url=url)
    for second in range(begin, begin + 20):
        tracker.track("did", user_id="u1", created_at=second)


def child_of_spawn(sandbox):
    context = multiprocessing.get_context("spawn")
    given = (sandbox.base_url, sandbox.token)
    children = [context.Process(target=work_spawned, args=(*given, n * 100)) for n in (1, 2)]
    for child in children:
        child.start()
    for child in children:
        child.join(20)


def test_a_closed_tracker_is_closed_in_the_child(make_tracker):
    tracker = make_tracker()
    tracker.close()

    def child():
        try:
            tracker.track("did", user_id="u1")
        except RuntimeError:
            return 0
        return 5

    assert forked(child) == 0


def test_an_event_loop_is_not_held_up(sandbox, make_tracker):
    async def work(tracker):
        longest_s = 0.0
        for second in range(1000, 1200):
            begun = time.perf_counter()
            tracker.track("did", user_id="u1", created_at=second)
            longest_s = max(longest_s, time.perf_counter() - begun)
            await asyncio.sleep(0)
        return longest_s, await asyncio.to_thread(tracker.flush, 10)

    sandbox.hang(0.5)
    longest_s, flushed = asyncio.run(work(make_tracker(when_full="drop")))
    assert flushed
    assert longest_s < 0.4  # The server's half second was never waited for.
    assert len(sandbox.events) == 200
