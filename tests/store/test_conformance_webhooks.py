"""Deliveries: queued with the event, taken in turns, sent as things then are, erased."""

from __future__ import annotations

import pytest

from pastense import limits
from pastense.model import AuditEntry, FailedAttempt, SubscriptionChange, WritePolicy
from tests.store.conftest import NOW, Bench
from tests.store.hooks import (
    ENTRY,
    LONG,
    deliver_all,
    delivery_count,
    due,
    fail,
    loaded,
    subscribe,
)


def test_an_event_is_queued_for_those_who_name_it(bench: Bench) -> None:
    bench.contact("u1", email="u1@example.org")
    both, one, _ = subscribe(bench, "did", "saw"), subscribe(bench, "saw"), subscribe(bench, "xyz")
    bench.write(bench.event("did"), bench.event("saw"), bench.event("heard"))
    assert loaded(bench, both) == [("u1", "did", NOW)]
    assert loaded(bench, one) == [("u1", "saw", NOW)]
    assert delivery_count(bench) == 3
    of = bench.workspace.number
    found = bench.store.outbox.receivers()
    assert list(found.items()) == [(both.number, of), (one.number, of)]


def test_a_duplicate_and_a_refused_event_queue_nothing(bench: Bench) -> None:
    bench.contact("u1")
    subscribe(bench)
    bench.write(bench.event(), bench.event(), bench.event(value="nobody"))
    bench.write(bench.event())
    assert delivery_count(bench) == 1


def test_what_is_only_rehearsed_queues_nothing(bench: Bench) -> None:
    bench.contact("u1")
    subscribe(bench)

    bench.store.events.rehearse([bench.event()], WritePolicy(NOW))
    assert delivery_count(bench) == 0


def test_inactive_subscriptions_and_archived_names_queue_nothing(bench: Bench) -> None:
    bench.contact("u1")
    subscribe(bench, active=False)
    active = subscribe(bench)
    bench.write(bench.event())
    bench.execute("UPDATE event_names SET archived_at = 1")
    bench.write(bench.event(created_at=NOW - 1))
    assert loaded(bench, active) == [("u1", "did", NOW)]
    assert delivery_count(bench) == 1


def test_deliveries_of_a_contact_come_in_the_order_of_storing(bench: Bench) -> None:
    subscription = subscribe(bench)
    for user in ("u1", "u2", "u3"):
        bench.contact(user)
    order = [(f"u{1 + i % 3}", NOW - (i * 7) % 11) for i in range(11)]
    bench.write(*[bench.event(value=user, created_at=at) for user, at in order[:6]])
    assert len(due(bench, subscription)) == 3, "one of each contact"
    bench.write(*[bench.event(value=user, created_at=at) for user, at in order[6:]])
    delivered = deliver_all(bench, subscription)
    for user in ("u1", "u2", "u3"):
        mine = [one for one in order if one[0] == user]
        assert [one for one in delivered if one[0] == user] == mine
    assert delivery_count(bench) == 0


def test_a_failed_delivery_holds_up_its_contact_and_no_other(bench: Bench) -> None:
    subscription = subscribe(bench)
    bench.contact("u1")
    bench.contact("u2")
    for at in (NOW - 2, NOW - 1):
        bench.write(bench.event(created_at=at), bench.event(value="u2", created_at=at))
    first, other = due(bench, subscription)
    fail(bench, first, NOW + 60)
    bench.store.outbox.finish([other], [], NOW)
    assert loaded(bench, subscription) == [("u2", "did", NOW - 1)]
    assert loaded(bench, subscription, NOW + 60) == [("u2", "did", NOW - 1), ("u1", "did", NOW - 2)]
    again = bench.store.outbox.load(first)
    assert (again.attempts, again.first_sent_at, again.queued_at) == (1, NOW, NOW)
    fail(bench, first, NOW + 120, now=NOW + 60)
    later = bench.store.outbox.load(first)
    assert (later.attempts, later.first_sent_at, later.id) == (2, NOW, again.id)


def test_the_next_in_line_is_known_and_may_be_ended_in_one_go(bench: Bench) -> None:
    subscription = subscribe(bench)
    bench.contact("u1")
    bench.write(*[bench.event(created_at=NOW - at) for at in (5, 4, 3, 2)])
    (first,) = due(bench, subscription)
    second = bench.store.outbox.load(first).following
    third = bench.store.outbox.load(second).following
    bench.store.outbox.finish([first, second], [FailedAttempt(third, NOW, "no", NOW + 9)], NOW)
    assert due(bench, subscription) == []
    assert due(bench, subscription, NOW + 9) == [third]
    last = bench.store.outbox.load(third).following
    assert bench.store.outbox.load(last).following is None
    bench.store.outbox.finish([third, third, 999], [], NOW)
    assert due(bench, subscription) == [last]


def test_a_dead_delivery_is_kept_listed_and_no_longer_in_the_way(bench: Bench) -> None:
    subscription = subscribe(bench)
    contact = bench.contact("u1")
    bench.write(bench.event(created_at=NOW - 2), bench.event(created_at=NOW - 1))
    (first,) = due(bench, subscription)
    fail(bench, first, None, now=NOW + 5)
    assert loaded(bench, subscription, NOW + 5) == [("u1", "did", NOW - 1)]
    assert bench.store.outbox.load(first) is None
    (dead,) = bench.store.subscriptions.dead(subscription, None, LONG)
    facts = (dead.contact_id, dead.event_name, dead.created_at, dead.attempts, dead.problem)
    assert facts == (contact.id, "did", NOW - 2, 1, "HTTP 500")
    assert (dead.queued_at, dead.first_sent_at, dead.dead_at) == (NOW, NOW + 5, NOW + 5)
    assert bench.store.subscriptions.dead_count(subscription) == 1


def test_old_deliveries_are_given_up_so_many_at_a_time(bench: Bench) -> None:
    subscription = subscribe(bench)
    bench.contact("u1")
    bench.write(*[bench.event(created_at=NOW - at) for at in (5, 4, 3)])
    bench.clock.move(100)
    bench.write(bench.event(created_at=NOW - 2))
    outbox, args = bench.store.outbox, (NOW + 50, "no connection", NOW + 100)
    assert outbox.expire(subscription.number, *args, 2) == 2
    assert outbox.expire(subscription.number, *args, 2) == 1
    assert outbox.expire(subscription.number, *args, 2) == 0
    assert loaded(bench, subscription, NOW + 100) == [("u1", "did", NOW - 2)]
    dead = bench.store.subscriptions.dead(subscription, None, LONG)
    assert {(one.problem, one.dead_at, one.attempts) for one in dead} == {
        ("no connection", NOW + 100, 0)
    }


def test_what_is_sent_is_what_contact_event_and_subscription_are_then(bench: Bench) -> None:
    subscription = subscribe(bench)
    contact = bench.contact("u1", email="old@example.org")
    bench.write(bench.event(metadata='{"a":1}'))
    (number,) = due(bench, subscription)
    assert bench.store.outbox.load(number).metadata == '{"a":1}'
    bench.store.contacts.update(bench.workspace, contact.id, {"email": "new@example.org"}, NOW)
    change = SubscriptionChange(url="https://example.org/new", secret="another secret")
    bench.store.subscriptions.update(bench.workspace, subscription.id, change, ENTRY)
    bench.execute("UPDATE events SET metadata = NULL")
    now = bench.store.outbox.load(number)
    assert (now.email, now.url, now.secret) == ("new@example.org", change.url, change.secret)
    assert now.metadata == "{}", "pruned"
    bench.store.subscriptions.update(
        bench.workspace, subscription.id, SubscriptionChange(active=False), ENTRY
    )
    assert bench.store.outbox.load(number) is None
    assert bench.store.outbox.receivers() == {}


def test_nothing_of_a_deleted_contact_is_due_or_listed(bench: Bench) -> None:
    subscription = subscribe(bench)
    contact = bench.contact("u1")
    bench.write(bench.event(created_at=NOW - 1), bench.event())
    fail(bench, due(bench, subscription)[0], None)
    entry = AuditEntry(1, NOW, "test", "contact deleted")
    bench.store.leaving.delete(bench.workspace, contact.id, entry)
    assert due(bench, subscription) == []
    assert bench.store.subscriptions.dead(subscription, None, LONG) == []
    while bench.store.leaving.erase_step():
        pass
    assert delivery_count(bench) == 0


@pytest.mark.parametrize("move_at_once", [True, False])
def test_deliveries_of_a_merged_contact_go_on_in_order_under_the_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, move_at_once: bool
) -> None:

    if not move_at_once:
        monkeypatch.setattr(limits, "MERGE_EVENTS_MAX", 1)
    subscription = subscribe(bench)
    lead = bench.store.contacts.create(bench.workspace, {"role": "lead"}, NOW)
    user = bench.contact("u1")
    for at in (4, 3, 2, 1):
        who = {"kind": "id", "value": lead.id} if at % 2 else {"value": "u1"}
        bench.write(bench.event(created_at=NOW - at, metadata=f'{{"at":{at}}}', **who))
    assert len(due(bench, subscription)) == 2
    bench.store.leaving.merge(bench.workspace, lead.id, user.id, NOW)
    sent = []
    while numbers := due(bench, subscription):
        (number,) = numbers
        one = bench.store.outbox.load(number)
        sent.append((one.contact_id, one.metadata))
        bench.store.outbox.finish([number], [], NOW)
    assert sent == [(user.id, f'{{"at":{at}}}') for at in (4, 3, 2, 1)]
    assert delivery_count(bench) == 0


def test_a_retry_that_a_clock_far_ahead_put_off_is_brought_back(bench: Bench) -> None:
    bench.contact("u1")
    subscription = subscribe(bench)
    bench.write(bench.event())
    [number] = due(bench, subscription)
    later = NOW + 90 * 86_400
    bench.store.outbox.finish([], [FailedAttempt(number, NOW, "no", later)], NOW)
    assert due(bench, subscription) == []
    assert bench.store.outbox.tidy_step(0, 0, NOW, 10)
    assert due(bench, subscription) == [number]
    soon = NOW + 300
    bench.store.outbox.finish([], [FailedAttempt(number, NOW, "no", soon)], NOW)
    assert not bench.store.outbox.tidy_step(0, 0, NOW, 10)
    assert due(bench, subscription) == []


def test_a_lease_that_was_taken_by_a_clock_far_ahead_is_taken_over(bench: Bench) -> None:
    one, two = bench.store.outbox, bench.reopen().outbox
    assert one.lease("work", "a", NOW + 86_400, NOW + 86_410)
    assert two.lease("work", "b", NOW, NOW + 10)
    assert not one.lease("work", "a", NOW + 1, NOW + 11)
    # Clocks of several machines are never quite the same.
    assert one.lease("close by", "a", NOW + 5, NOW + 15)
    assert not two.lease("close by", "b", NOW, NOW + 10)


def test_a_lease_has_one_holder_until_it_ends(bench: Bench) -> None:
    one, two = bench.store.outbox, bench.reopen().outbox
    assert one.lease("work", "a", NOW, NOW + 10)
    assert not two.lease("work", "b", NOW + 9, NOW + 19)
    assert two.lease("other work", "b", NOW, NOW + 10)
    assert one.lease("work", "a", NOW + 9, NOW + 19)
    assert two.lease("work", "b", NOW + 19, NOW + 29)
    assert not one.lease("work", "a", NOW + 20, NOW + 30)
    one.release("work", "a")
    assert not one.lease("work", "a", NOW + 20, NOW + 30)
    two.release("work", "b")
    assert one.lease("work", "a", NOW + 20, NOW + 30)
