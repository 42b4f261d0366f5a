"""The dispatcher over a real store and a real receiver: one process sends, nothing is lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from pastense.clock import ManualClock
from pastense.limits import DAY_S, DEAD_DELIVERIES_KEPT_DAYS, Limits
from pastense.model import AuditEntry, NewSubscription, Subscription, Workspace, WritePolicy
from pastense.service.webhooks import delivery
from pastense.service.webhooks.counts import DEAD, DELIVERED, FAILED
from pastense.service.webhooks.delivery import Webhooks, tidy_step
from pastense.service.webhooks.pace import Pace
from pastense.store.base import Store, StoreError
from tests.support.receiver import SECRET, Receiver
from tests.unit.support import NOW, new_event

LIMITS = Limits(webhook_private_targets=True, webhook_timeout_s=1.0)
USERS = tuple(f"u{number}" for number in range(5))


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    """Retries come at once, and a lease is renewed each second."""
    pace = Pace(first_retry_s=0.0, poll_s=0.02, gather_s=0.01, lease_s=2)
    monkeypatch.setattr(delivery, "PACE", pace)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as up:
        yield up


@pytest.fixture
def subscription(store: Store, workspace: Workspace, receiver: Receiver) -> Subscription:
    for user in USERS:
        store.contacts.create(workspace, {"role": "user", "external_id": user}, NOW)
    new = NewSubscription(
        id="nsub_1", url=receiver.url, secret=SECRET, active=True, event_names=("did",)
    )
    return store.subscriptions.create(workspace, new, AuditEntry(1, NOW, "test", "created"))


@contextmanager
def running(*all_webhooks: Webhooks) -> Iterator[None]:
    with ExitStack() as stack:
        for webhooks in all_webhooks:
            webhooks.start()
            stack.callback(webhooks.stop, 5)
        yield


def store_events(store: Store, count: int, begin: int = 0) -> None:
    events = [
        new_event(USERS[number % len(USERS)], created_at=NOW - number, metadata=f'{{"n":{number}}}')
        for number in range(begin, begin + count)
    ]
    store.events.write(events, WritePolicy(NOW, LIMITS))


def waiting_for(condition: Callable[[], object], timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def numbers(receiver: Receiver) -> list[int]:
    return [one.item["metadata"]["n"] for one in receiver.taken]


def assert_in_order(found: list[int]) -> None:
    """The numbers of each contact ascend."""
    for user in range(len(USERS)):
        mine = [number for number in found if number % len(USERS) == user]
        assert mine == sorted(mine)


def test_two_processes_on_one_store_do_not_both_send(store, clock, receiver, subscription):
    both = [Webhooks(store, clock, LIMITS) for _ in range(2)]
    with running(*both):
        store_events(store, 100)
        receiver.wait_for_count(100)
        store_events(store, 100, 100)
        receiver.wait_for_count(200)
        waiting_for(lambda: sum(one.counts(1)[DELIVERED] for one in both) == 200)
    assert sorted(numbers(receiver)) == list(range(200)), "each was sent once"
    assert_in_order(numbers(receiver))
    assert sorted(one.counts(1)[DELIVERED] for one in both) == [0, 200]


def test_without_a_lease_both_would_send(store, clock, receiver, subscription, monkeypatch):
    """The control of the test above."""
    monkeypatch.setattr(delivery.Lease, "hold", lambda _: True)
    monkeypatch.setattr(delivery.Lease, "is_held", lambda _: True)
    release = receiver.hold()
    store_events(store, 5)
    with running(Webhooks(store, clock, LIMITS), Webhooks(store, clock, LIMITS)):
        receiver.wait_for_held(6)
        release()


def test_another_process_goes_on_where_one_stops(store, clock, receiver, subscription):
    first, second = (Webhooks(store, clock, LIMITS) for _ in range(2))
    with running(first):
        store_events(store, 20)
        receiver.wait_for_count(20)
        waiting_for(lambda: first.counts(1)[DELIVERED] == 20)
        store_events(store, 50, 20)
    with running(second):
        receiver.wait_for(lambda _: set(numbers(receiver)) == set(range(70)))
    assert_in_order(list(dict.fromkeys(numbers(receiver))))


def test_a_process_that_vanished_is_followed_when_its_lease_ends(
    store, clock, receiver, subscription
):
    assert store.outbox.lease("webhooks", "a process that was killed", NOW, NOW + 10)
    webhooks = Webhooks(store, clock, LIMITS)
    with running(webhooks):
        store_events(store, 5)
        time.sleep(0.2)
        assert receiver.received == []
        clock.move(10)
        receiver.wait_for_count(5)


def test_what_could_not_be_recorded_is_sent_again(
    store, clock, receiver, subscription, monkeypatch
):
    finish, broken = store.outbox.finish, threading.Event()

    def breaks_once(*args):
        if not broken.is_set():
            broken.set()
            raise StoreError("disk full")
        finish(*args)

    monkeypatch.setattr(store.outbox, "finish", breaks_once)
    with running(Webhooks(store, clock, LIMITS)):
        store_events(store, 5)
        receiver.wait_for(lambda _: broken.is_set() and len(receiver.taken) > 5)
        waiting_for(lambda: not store.outbox.receivers())
    assert set(numbers(receiver)) == set(range(5))
    assert_in_order(list(dict.fromkeys(numbers(receiver))))


def test_a_store_that_does_not_answer_is_asked_again(
    store, clock, receiver, subscription, monkeypatch
):
    receivers, asked = store.outbox.receivers, []

    def breaks_at_first():
        asked.append(1)
        if len(asked) < 3:
            raise StoreError("locked") if len(asked) == 1 else RuntimeError("a bug")
        return receivers()

    monkeypatch.setattr(store.outbox, "receivers", breaks_at_first)
    store_events(store, 5)
    with running(Webhooks(store, clock, LIMITS)):
        receiver.wait_for_count(5)


def test_a_notification_that_cannot_be_made_holds_up_its_contact_only(
    store, clock, receiver, subscription, monkeypatch
):
    from pastense.service.webhooks import sending

    make = sending.event_notification

    def breaks(one, now):
        if one.external_id == "u0":
            raise RuntimeError("a bug")
        return make(one, now)

    monkeypatch.setattr(sending, "event_notification", breaks)
    webhooks = Webhooks(store, clock, LIMITS)
    with running(webhooks):
        store_events(store, 10)
        receiver.wait_for_count(8)
        waiting_for(lambda: webhooks.counts(1)[FAILED] >= 2)
    assert {number % 5 for number in numbers(receiver)} == {1, 2, 3, 4}


def test_what_is_too_old_is_tried_once_and_then_dead(store, clock, receiver, subscription):
    receiver.judge(lambda item: 500 if item["metadata"]["n"] % 2 else 200)
    store_events(store, 10)
    clock.move(3 * DAY_S)
    webhooks = Webhooks(store, clock, LIMITS)
    with running(webhooks):
        receiver.wait_for(lambda got: len(got) == 10)
        waiting_for(lambda: webhooks.counts(1)[DEAD] == 5)
    assert webhooks.counts(1) == {DELIVERED: 5, FAILED: 5, DEAD: 5}
    dead = store.subscriptions.dead(subscription, None, 100)
    assert sorted(NOW - one.created_at for one in dead) == [1, 3, 5, 7, 9]
    assert {one.problem for one in dead} == {"HTTP 500"}


def test_while_a_receiver_is_down_the_old_die_without_an_attempt(
    store, clock: ManualClock, receiver, subscription
):
    receiver.down()
    store_events(store, 50)
    webhooks = Webhooks(store, clock, LIMITS)
    with running(webhooks):
        waiting_for(lambda: webhooks.counts(1)[FAILED] >= 2)
        clock.move(DAY_S + 1)
        waiting_for(lambda: webhooks.counts(1)[DEAD] == 50)
    dead = store.subscriptions.dead(subscription, None, 100)
    assert len(dead) == 50
    assert {one.problem for one in dead} == {"no connection: Connection refused"}
    assert sum(one.attempts == 0 for one in dead) >= 40


def test_nothing_is_written_while_there_is_nothing_to_send(store, clock, receiver, subscription):
    writes = []
    with store._database.writing() as connection:
        connection.set_trace_callback(writes.append)
    writes.clear()
    with running(Webhooks(store, clock, LIMITS)):
        time.sleep(0.3)
        quiet = list(writes)
        store_events(store, 1)
        receiver.wait_for_count(1)
    assert quiet == []
    assert writes


def test_a_stop_waits_for_what_is_being_sent_but_not_for_ever(store, clock, receiver, subscription):
    release = receiver.hold()
    store_events(store, 1)
    webhooks = Webhooks(store, clock, Limits(webhook_private_targets=True, webhook_timeout_s=30))
    webhooks.start()
    receiver.wait_for_held(1)
    begun = time.monotonic()
    webhooks.stop(0.3)
    assert time.monotonic() - begun < 3
    release()
    assert store.outbox.receivers() == {subscription.number: 1}, "it is sent again later"


def test_upkeep_forgets_the_long_dead(store, clock, receiver, subscription):
    store_events(store, 5)
    [number, *_] = store.outbox.due(subscription.number, NOW, 10)
    store.outbox.expire(subscription.number, NOW + 1, "no connection", NOW, 100)
    assert tidy_step(store, clock, LIMITS) is False
    assert store.subscriptions.dead_count(subscription) == 5
    clock.move(DEAD_DELIVERIES_KEPT_DAYS * DAY_S + 1)
    assert tidy_step(store, clock, LIMITS) is True
    assert tidy_step(store, clock, LIMITS) is False
    assert store.subscriptions.dead_count(subscription) == 0
    assert store.outbox.load(number) is None


def test_a_store_that_fails_while_deliveries_are_read_is_told_of_twice(
    store, clock, receiver, subscription, monkeypatch, caplog
):
    """Once at the begin and once at the end, and not for each delivery that waits for it."""
    tries: list[int] = []

    def gone(number: int) -> None:
        tries.append(number)
        raise StoreError("gone")

    store_events(store, 5)
    caplog.set_level(logging.WARNING, "pastense")
    with running(Webhooks(store, clock, LIMITS)):
        with monkeypatch.context() as patched:
            patched.setattr(store.outbox, "load", gone)
            waiting_for(lambda: len(tries) >= 20)
        receiver.wait_for_count(5)
    told = [record.getMessage() for record in caplog.records]
    assert told[0] == "the store did not answer the senders of webhooks: gone"
    assert told[1].startswith("the store answers the senders of webhooks again: ")
    assert len(told) == 2
