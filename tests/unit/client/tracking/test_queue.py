"""Events that wait in memory."""

from __future__ import annotations

from pastense.client.tracking.queue import MemoryQueue


def filled(*bodies, events_max=10):
    queue = MemoryQueue(events_max)
    for body in bodies:
        queue.put(body, 1.0)
    return queue


def bodies(items):
    return [item.body for item in items]


def test_first_in_first_out_within_both_bounds():
    queue = filled(b"aa", b"bb", b"cc", b"dddddddddd")
    assert bodies(queue.take(2, 100)) == [b"aa", b"bb"]
    assert bodies(queue.take(5, 6)) == [b"cc"]
    assert bodies(queue.take(5, 6)) == [b"dddddddddd"]  # One goes, however large.
    assert queue.take(5, 6) == []
    assert queue.put_count() == queue.taken_count() == (4, 0)


def test_the_bound_is_a_count():
    queue = filled(b"a", b"b", events_max=2)
    assert queue.full(1) == "queue_full"
    queue.take(1, 100)
    assert queue.full(10**9) is None


def test_memory_is_no_spool():
    queue = filled(b"a")
    assert queue.spooled() == queue.adopt() == 0
