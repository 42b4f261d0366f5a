"""Events that wait on disk: bounds, order, files that go, files that are taken over."""

from __future__ import annotations

import threading

import pytest

from pastense.client.tracking import spool as module
from pastense.client.tracking.spool import SpoolQueue

SERVER = "https://events.example"


@pytest.fixture
def make(tmp_path):
    made = []

    def make(bytes_max=10**9, events_max=None):
        made.append(SpoolQueue(tmp_path, SERVER, threading.Lock(), bytes_max, events_max))
        return made[-1]

    yield make
    for queue in made:
        queue.close()


def put(queue, *bodies):
    for body in bodies:
        assert queue.full(len(body)) is None
        queue.put(body, 7.0)


def taken(queue, items_max=1000):
    return queue.take(items_max, 10**9)


def bodies(items):
    return [item.body for item in items]


def files(tmp_path):
    return sorted(path.name for path in tmp_path.rglob("*") if path.is_file())


def test_first_in_first_out_and_nothing_is_left(make, tmp_path):
    queue = make()
    put(queue, b"a", b"b", b"c")
    assert queue.spooled() == 3
    first = taken(queue, 2)
    assert bodies(first) == [b"a", b"b"]
    assert (queue.put_count().own, queue.taken_count().own) == (3, 2)
    second = taken(queue)
    assert bodies(second) == [b"c"]
    queue.settle(second)
    queue.settle(first)
    assert queue.spooled() == 0
    queue.close()
    assert files(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_bounds_of_bytes_and_of_events(make):
    queue = make(bytes_max=60)
    put(queue, b"x" * 20)
    assert queue.full(40) == "spool_full"
    queue.settle(taken(queue))
    assert queue.full(40) is None
    counted = make(events_max=2)
    put(counted, b"a", b"b")
    assert counted.full(1) == "queue_full"
    taken(counted, 1)
    assert counted.full(1) is None


def test_full_files_go_when_their_events_are_settled(make, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SEGMENT_BYTES", 50)
    queue = make()
    put(queue, *[b"%02d" % number for number in range(9)])  # 18 bytes each, three in a file
    assert sum(name.endswith(".events") for name in files(tmp_path)) == 3
    items = []
    while more := taken(queue):
        items += more
    assert len(items) == 9
    queue.settle(items[3:6])
    assert sum(name.endswith(".events") for name in files(tmp_path)) == 2
    queue.settle(items[:3] + items[6:])
    assert [name for name in files(tmp_path) if name.endswith(".events")] == ["00000003.events"]
    put(queue, b"next")
    assert bodies(taken(queue)) == [b"next"]


def test_the_next_process_takes_over_what_is_left(make, tmp_path):
    first = make()
    put(first, b"a", b"b", b"c")
    first.settle(taken(first, 1))
    assert make().adopt() == 0  # The first one lives.
    first.close()
    second = make()
    assert second.adopt() == 2
    put(second, b"own")
    assert second.spooled() == 3
    found = [*taken(second), *taken(second)]
    assert sorted(bodies(found)) == [b"b", b"c", b"own"]
    assert second.taken_count() == second.put_count() == (1, 2)
    second.settle(found)
    second.close()
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_lets_go_leaves_all_to_the_next(make):
    first = make()
    put(first, b"a", b"b")
    taken(first)
    first.close()
    second = make()
    assert second.adopt() == 2
    assert bodies(taken(second)) == [b"a", b"b"]


def test_a_child_that_abandons_changes_nothing(make, tmp_path):
    queue = make()
    put(queue, b"a")
    before = files(tmp_path)
    queue.abandon()
    assert files(tmp_path) == before
    queue._own, after = None, make()
    assert after.adopt() == 1


def test_events_that_wait_long_let_go_of_their_files(make, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SEGMENT_BYTES", 50)
    queue = make()
    put(queue, *[b"%02d" % number for number in range(7)])
    items = []
    while more := taken(queue):
        items += more
    waiting = [items[1], items[4]]
    queue.settle([item for item in items if item not in waiting])
    assert queue.spooled() == 2
    before = {item.segment for item in waiting}
    queue.relocate(waiting)
    assert not {item.segment for item in waiting} & before
    assert taken(queue) == []
    assert queue.spooled() == 2
    queue.close()
    after = make()
    assert after.adopt() == 2
    assert sorted(bodies([*taken(after), *taken(after)])) == [b"01", b"04"]


def test_a_folder_that_vanished_is_said_by_an_error(make, tmp_path):
    queue = make()
    tmp_path.rmdir()
    with pytest.raises(OSError):
        queue.put(b"a", 1.0)
    tmp_path.mkdir()
    put(queue, b"a")
    assert bodies(taken(queue)) == [b"a"]
    queue.settle([])


def test_files_that_cannot_be_opened_are_left_and_said(make, tmp_path, caplog):
    first = make()
    put(first, b"a")
    first.close()
    [events] = tmp_path.rglob("*.events")
    data = events.read_bytes()
    events.unlink()
    events.mkdir()
    second = make()
    assert second.adopt() == 0
    assert "cannot be taken over" in caplog.text
    events.rmdir()
    events.write_bytes(data)
    assert make().adopt() == 1
