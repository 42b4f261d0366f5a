"""A primary whose commits wait for a standby: as long as that is gone nothing is answered 202, also
not what is found to be there already."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.crash.failover import Pair
from tests.faults.test_locked import AT
from tests.faults.test_postgresql import serving, stored
from tests.support.waiting import wait_until

WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
CANCEL = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    made = Pair(is_synchronous=True)
    yield made
    made.stop()


def test_what_is_only_on_the_primary_is_not_answered_202_by_finding_it(pair):
    """The primary dies while an event waits for the standby, and comes back before it: the event
    is there, and would be lost with this primary."""
    with pair.primary.database() as name, serving(pair.address(name)) as (_, send):
        assert send(AT) == 202
        pair.standby.kill()
        with sent_beside(send, AT + 1) as answers:
            wait_until(lambda: pair.primary.execute(WAITING))
            pair.primary.kill()
            pair.primary.start()
        assert answers == [503]
        wait_until(lambda: stored(pair.primary, name) == [(AT,), (AT + 1,)])
        with sent_beside(send, AT + 1) as answers:
            wait_until(lambda: pair.primary.execute(WAITING))
            assert answers == []
            pair.standby.start()
        assert answers == [202]
        assert stored(pair.primary, name) == [(AT,), (AT + 1,)]


def test_a_commit_whose_wait_for_the_standby_is_cancelled_is_not_answered_202(pair):
    """PostgreSQL calls it committed, and adds a warning."""
    with pair.primary.database() as name, serving(pair.address(name)) as (_, send):
        assert send(AT) == 202
        pair.standby.kill()
        with sent_beside(send, AT + 1) as answers:
            for _ in range(3):
                wait_until(lambda: pair.primary.execute(CANCEL) == [(True,)])
                assert answers == []
            wait_until(lambda: pair.primary.execute(WAITING))
            pair.standby.start()
        assert answers == [202]
        assert stored(pair.primary, name) == [(AT,), (AT + 1,)]


@contextmanager
def sent_beside(send: Callable[[int], int], at: int) -> Iterator[list[int]]:
    """Send an event by a thread; its answer, once there is one. It ends with the block."""
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(send(at)))
    thread.start()
    try:
        yield answers
    finally:
        thread.join()
