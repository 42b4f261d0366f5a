"""Events of unknown contacts wait apart, longer each time, and not for ever."""

from __future__ import annotations

from pastense.client.tracking.contacts import WaitingRoom
from pastense.client.tracking.items import Item


class Clock:
    """Seconds that the test moves."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def make(events_max=10, retry_s=100.0):
    clock = Clock()
    return WaitingRoom(events_max, retry_s, clock), clock


def test_pauses_grow_and_the_last_attempt_is_at_the_end():
    room, clock = make(retry_s=10.0)
    item = Item(b"a", clock.now)
    attempts = []
    while room.add(item):
        assert room.due(10) == []
        clock.now += room.next_in_s()
        assert room.due(10) == [item]
        attempts.append(clock.now - 1000)
    assert attempts == [1.0, 3.0, 7.0, 10.0]
    assert len(room) == 0
    assert room.next_in_s() is None


def test_time_counts_from_when_it_was_tracked():
    room, clock = make(retry_s=60.0)
    assert not room.add(Item(b"a", clock.now - 60))
    assert room.add(Item(b"b", clock.now - 59))
    assert room.next_in_s() == 1.0


def test_no_more_wait_than_there_is_room():
    room, clock = make(events_max=2)
    assert [room.add(Item(b"%d" % n, clock.now)) for n in range(3)] == [True, True, False]
    assert len(room.empty()) == 2
    assert len(room) == 0


def test_the_earliest_come_first():
    room, clock = make()
    first, second = Item(b"a", clock.now), Item(b"b", clock.now)
    room.add(first)
    clock.now += 0.5
    room.add(second)
    clock.now += 10
    assert room.due(1) == [first]
    assert room.items() == [second]
