"""Group commit, with its real thread: groups, the bound, failures, the clean stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from pastense.model import Accepted, NewEvent, Outcome, WritePolicy
from pastense.service.events.committer import Committer, QueueFull
from pastense.store.base import Store, StoreDataError, StoreError, Then
from tests.unit.support import NOW, new_event

WAIT_S = 5.0


class Desk:
    """What stands around a committer: a store that can be held, and the results it delivers."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.delivered: dict[str, object] = {}
        self.deliveries: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self._arrived = threading.Condition()

    def write(self, group: Sequence[NewEvent], then: Then | None) -> list[Outcome]:
        """Store a group: it fails as the names of its events say."""
        self.groups.append([event.value for event in group])
        self.entered.release()
        assert self.gate.wait(WAIT_S)
        values = {event.value for event in group}
        if "bad" in values:
            raise StoreDataError("a value was not taken")
        if "full" in values:
            raise StoreError("the disk is full")
        if "broken" in values:
            raise ZeroDivisionError("a fault in the program")
        outcomes: list[Outcome] = [Accepted(e.value, 0, NOW, duplicate=False) for e in group]
        if then is not None:
            then(outcomes)
        return outcomes

    def deliver(self, results: list[tuple[str, object]]) -> None:
        """Keep what each waiter was told."""
        with self._arrived:
            self.deliveries.append([waiter for waiter, _ in results])
            for waiter, result in results:
                assert waiter not in self.delivered, "nobody is answered twice"
                self.delivered[waiter] = result
            self._arrived.notify_all()

    def told(self, waiter: str) -> object:
        """Wait for a waiter's result: the ids of what was stored, or the error."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: waiter in self.delivered, WAIT_S), "no answer"
        result = self.delivered[waiter]
        return [o.contact_id for o in result] if isinstance(result, list) else result

    def hold(self, committer: Committer[str]) -> None:
        """Let the thread begin a group of one event and stand still in it."""
        self.gate.clear()
        committer.submit([new_event("held")], "held")
        assert self.entered.acquire(timeout=WAIT_S)


@pytest.fixture
def desk() -> Desk:
    """A store and its waiters."""
    return Desk()


@pytest.fixture
def committer(desk: Desk) -> Iterator[Committer[str]]:
    """A running committer with room for ten events, in groups of about four."""
    running: Committer[str] = Committer(desk.write, desk.deliver, 10, 4)
    running.start()
    yield running
    desk.gate.set()
    assert running.stop(WAIT_S)


def events(*values: str) -> list[NewEvent]:
    """Events whose contacts have these names."""
    return [new_event(value) for value in values]


def test_a_single_event_is_written_and_answered(desk, committer):
    committer.submit(events("a"), "first")
    assert desk.told("first") == ["a"]
    assert desk.groups == [["a"]]


def test_what_gathers_during_a_write_is_the_next_group_in_order(desk, committer):
    desk.hold(committer)
    committer.submit(events("a"), "first")
    committer.submit(events("b", "c"), "second")
    desk.gate.set()
    assert desk.told("second") == ["b", "c"]
    assert desk.told("first") == ["a"]
    assert desk.groups == [["held"], ["a", "b", "c"]]
    assert desk.deliveries == [["held"], ["first", "second"]], "one call wakes a whole group"


def test_nobody_is_told_before_the_write_returned(desk, committer):
    desk.hold(committer)
    assert desk.delivered == {}
    desk.gate.set()
    assert desk.told("held") == ["held"]


def test_a_group_ends_with_the_request_that_reaches_its_bound(desk, committer):
    desk.hold(committer)
    committer.submit(events("a", "b", "c"), "first")
    committer.submit(events("d", "e"), "second")
    committer.submit(events("f"), "third")
    desk.gate.set()
    assert desk.told("third") == ["f"]
    assert desk.groups == [["held"], ["a", "b", "c", "d", "e"], ["f"]]


def test_a_group_that_just_reaches_its_bound_is_full(desk, committer):
    desk.hold(committer)
    committer.submit(events(*"abcd"), "first")
    committer.submit(events("e"), "second")
    desk.gate.set()
    assert desk.told("second") == ["e"]
    assert desk.groups == [["held"], ["a", "b", "c", "d"], ["e"]]


def test_a_request_larger_than_a_group_is_not_cut(desk, committer):
    desk.hold(committer)
    committer.submit(events(*"abcdefghi"), "large")
    desk.gate.set()
    assert desk.told("large") == list("abcdefghi")
    assert desk.groups == [["held"], list("abcdefghi")]


def test_the_queue_takes_its_bound_and_not_one_event_more(desk, committer):
    desk.hold(committer)
    committer.submit(events(*"abcdefgh"), "first")
    with pytest.raises(QueueFull):
        committer.submit(events("i", "j"), "too many")
    assert committer.events_waiting == 9
    committer.submit(events("i"), "last")
    assert committer.events_waiting == 10
    with pytest.raises(QueueFull):
        committer.submit(events("j"), "too many")
    desk.gate.set()
    assert desk.told("last") == ["i"]
    assert "too many" not in desk.delivered


def test_refused_items_wait_in_the_queue_as_events_do(desk, committer):
    desk.hold(committer)
    committer.submit([], "refused whole", lambda _: None, refused=4)
    assert committer.events_waiting == 5
    with pytest.raises(QueueFull):
        committer.submit(events("a", "b"), "too many", lambda _: None, refused=4)
    committer.submit(events("a", "b"), "in part", lambda _: None, refused=3)
    with pytest.raises(QueueFull):
        committer.submit([], "one too many", lambda _: None, refused=1)
    desk.gate.set()
    assert desk.told("in part") == ["a", "b"]
    assert desk.groups == [["held"], [], ["a", "b"]], "four fill a group"


def test_there_is_room_again_after_a_write(desk, committer):
    for number in range(5):
        committer.submit(events(*"abcdefghij"), f"list {number}")
        assert desk.told(f"list {number}") == list("abcdefghij")
        wait_until_idle(committer)


def wait_until_idle(committer: Committer[str]) -> None:
    """The count falls just after the answer."""
    pause = threading.Event()
    for _ in range(1_000):
        if committer.events_waiting == 0:
            return
        pause.wait(0.001)
    raise AssertionError("the count of waiting events does not fall")


def test_a_failed_group_is_reported_to_every_waiter(desk, committer):
    desk.hold(committer)
    committer.submit(events("a"), "first")
    committer.submit(events("full"), "second")
    committer.submit(events("c"), "third")
    desk.gate.set()
    for waiter in ("first", "second", "third"):
        told = desk.told(waiter)
        assert type(told) is StoreError
        assert "disk is full" in str(told)
    assert desk.told("held") == ["held"]
    assert desk.groups == [["held"], ["a", "full", "c"]], "a store that is full is not asked again"


def test_the_thread_goes_on_after_a_failure(desk, committer):
    for value in ("full", "broken", "bad"):
        committer.submit(events(value), value)
        assert isinstance(desk.told(value), StoreError)
    committer.submit(events("a"), "after")
    assert desk.told("after") == ["a"]
    wait_until_idle(committer)


@pytest.mark.parametrize("bad", ["bad", "broken"])
def test_a_bad_row_fails_its_own_request_and_no_neighbour(desk, committer, bad):
    """Whether the store takes offence at it or the program breaks over it."""
    desk.hold(committer)
    for value in ("a", bad, "c", "d"):
        committer.submit(events(value), value)
    desk.gate.set()
    assert isinstance(desk.told(bad), StoreError)
    assert [desk.told(value) for value in "acd"] == [["a"], ["c"], ["d"]]
    assert desk.groups[1:] == [["a", bad, "c", "d"], ["a", bad], ["a"], [bad], ["c", "d"]]
    wait_until_idle(committer)


def test_a_request_is_never_stored_in_part(desk, committer):
    committer.submit(events("a", "bad", "c"), "list")
    assert isinstance(desk.told("list"), StoreDataError)
    assert desk.groups == [["a", "bad", "c"]]


def test_a_request_without_events_takes_no_neighbours_outcome(desk, committer):
    desk.hold(committer)
    committer.submit([], "nothing")
    committer.submit(events("a", "b"), "two")
    desk.gate.set()
    assert desk.told("two") == ["a", "b"]
    assert desk.told("nothing") == []


class Notes:
    """What is written with the events of requests: who did what it was told of."""

    def __init__(self) -> None:
        self.written: list[tuple[str, list[str]]] = []

    def of(self, waiter: str) -> Then:
        def then(outcomes: list[Outcome]) -> None:
            assert "breaks" not in waiter, "a fault in what is written with it"
            self.written.append((waiter, [one.contact_id for one in outcomes]))

        return then


def test_what_is_written_with_a_request_is_told_of_its_own_events_only(desk, committer):
    notes = Notes()
    desk.hold(committer)
    committer.submit(events("a", "b"), "first", notes.of("first"))
    committer.submit(events("c"), "second")
    committer.submit([], "third", notes.of("third"))
    committer.submit(events("d"), "fourth", notes.of("fourth"))
    desk.gate.set()
    assert desk.told("fourth") == ["d"]
    assert desk.groups[1:] == [["a", "b", "c", "d"]]
    assert notes.written == [("first", ["a", "b"]), ("third", []), ("fourth", ["d"])]


def test_what_breaks_in_writing_with_a_request_fails_no_neighbour(desk, committer):
    notes = Notes()
    desk.hold(committer)
    for waiter in ("one", "breaks", "three"):
        committer.submit(events(waiter), waiter, notes.of(waiter))
    desk.gate.set()
    assert isinstance(desk.told("breaks"), StoreError)
    assert [desk.told(waiter) for waiter in ("one", "three")] == [["one"], ["three"]]
    halves = [["one"], ["breaks", "three"], ["breaks"], ["three"]]
    assert desk.groups[1:] == [["one", "breaks", "three"], *halves]


def test_a_stop_writes_what_is_queued_and_takes_nothing_more(desk):
    committer: Committer[str] = Committer(desk.write, desk.deliver, 100, 4)
    committer.start()
    assert committer.alive
    desk.hold(committer)
    for number in range(9):
        committer.submit(events(f"e{number}"), f"w{number}")
    stopper = threading.Thread(target=lambda: desk.delivered.update(ended=committer.stop(WAIT_S)))
    stopper.start()
    while committer.alive:
        pass
    with pytest.raises(QueueFull):
        committer.submit(events("late"), "late")
    desk.gate.set()
    stopper.join(WAIT_S)
    assert desk.delivered.pop("ended") is True
    assert sorted(desk.delivered) == ["held", *(f"w{number}" for number in range(9))]
    assert [desk.told(f"w{number}") for number in range(9)] == [[f"e{n}"] for n in range(9)]
    assert committer.events_waiting == 0


def test_a_stop_that_takes_too_long_says_so(desk):
    committer: Committer[str] = Committer(desk.write, desk.deliver, 100, 4)
    committer.start()
    desk.hold(committer)
    assert committer.stop(0.01) is False
    desk.gate.set()
    assert committer.stop(WAIT_S) is True


@pytest.fixture
def pair(desk: Desk) -> Iterator[Committer[str]]:
    """The same with two groups at once."""
    running: Committer[str] = Committer(desk.write, desk.deliver, 10, 4, groups_at_once=2)
    running.start()
    yield running
    desk.gate.set()
    assert running.stop(WAIT_S)


def test_a_second_group_is_begun_while_the_first_is_written(desk, pair):
    desk.hold(pair)
    pair.submit([new_event("beside")], "beside")
    assert desk.entered.acquire(timeout=WAIT_S)
    assert desk.groups == [["held"], ["beside"]]
    pair.submit([new_event("third")], "third")
    assert not desk.entered.acquire(timeout=0.2), "no more than two"
    assert pair.events_waiting == 3
    desk.gate.set()
    for waiter in ("held", "beside", "third"):
        assert desk.told(waiter) == [waiter]


def test_the_bound_counts_what_both_are_writing(desk, pair):
    desk.hold(pair)
    pair.submit([new_event("beside")], "beside")
    assert desk.entered.acquire(timeout=WAIT_S)
    for number in range(8):
        pair.submit([new_event(str(number))], str(number))
    with pytest.raises(QueueFull):
        pair.submit([new_event("one more")], "one more")


def test_a_stop_waits_for_both(desk):
    running: Committer[str] = Committer(desk.write, desk.deliver, 10, 4, groups_at_once=2)
    running.start()
    desk.hold(running)
    running.submit([new_event("beside")], "beside")
    assert desk.entered.acquire(timeout=WAIT_S)
    assert not running.stop(0.2)
    assert not running.alive
    desk.gate.set()
    assert running.stop(WAIT_S)
    assert (desk.told("held"), desk.told("beside")) == (["held"], ["beside"])


def test_submissions_end_in_a_real_store(desk, store: Store):
    workspace = store.admin.workspaces()[0]
    store.contacts.create(workspace, {"external_id": "u1"}, NOW)
    committer: Committer[str] = Committer(
        lambda group, then: store.events.write(group, WritePolicy(NOW), then),
        *(desk.deliver, 100, 50),
    )
    committer.start()
    for number in range(60):
        committer.submit([new_event("u1", created_at=NOW - number % 30)], f"w{number}")
    assert committer.stop(WAIT_S)
    duplicates = [desk.delivered[f"w{number}"][0].duplicate for number in range(60)]
    assert duplicates == [False] * 30 + [True] * 30
    (contact,) = store.contacts.find(workspace, "user_id", "u1")
    assert [summary.count for summary in store.events.summaries(contact)] == [30]
