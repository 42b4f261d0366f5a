"""The right to send: one process has it, asks again in time, and it ends by itself."""

from __future__ import annotations

import pytest

from pastense.service.webhooks import lease as module
from pastense.service.webhooks.lease import Lease


@pytest.fixture
def moment(monkeypatch):
    """The clock that nobody sets, which the test moves."""
    moment = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: moment[0])
    return moment


def test_one_holds_it_and_the_other_follows_when_it_ends(store, clock, moment):
    first, second = Lease(store.outbox, clock, 10), Lease(store.outbox, clock, 10)
    assert first.hold()
    assert first.is_held()
    assert not second.hold()
    clock.move(9)
    assert not second.hold()
    clock.move(1)
    moment[0] += 10
    assert second.hold()
    assert not first.is_held()
    assert not first.hold()


def test_it_is_asked_for_again_in_time(store, clock, moment):
    first, second = Lease(store.outbox, clock, 10), Lease(store.outbox, clock, 10)
    for _ in range(10):
        assert first.hold()
        assert not second.hold()
        clock.move(5)
        moment[0] += 5


def test_it_seems_over_here_before_it_is_over_there(store, clock, moment):
    held = Lease(store.outbox, clock, 10)
    assert held.hold()
    moment[0] += 9
    assert not held.is_held()


def test_whoever_lets_go_need_not_be_waited_for(store, clock, moment):
    first, second = Lease(store.outbox, clock, 10), Lease(store.outbox, clock, 10)
    assert first.hold()
    first.release()
    assert not first.is_held()
    assert second.hold()
    first.release()
    assert not first.hold(), "a second release takes nothing away from the other"
