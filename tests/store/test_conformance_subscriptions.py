"""Subscriptions, and the deliveries that failed for good: kept, listed, queued again, erased."""

from __future__ import annotations

import pytest

from pastense.limits import SUBSCRIPTIONS_MAX
from pastense.model import AuditEntry, NewSubscription, SubscriptionChange
from pastense.store.base import TooManySubscriptions
from tests.store.conftest import NOW, Bench
from tests.store.hooks import (
    ENTRY,
    LONG,
    delivery_count,
    due,
    fail,
    loaded,
    other_workspace,
    subscribe,
)


def test_a_subscription_is_found_changed_and_deleted(bench: Bench) -> None:
    store, workspace = bench.store.subscriptions, bench.workspace
    made = subscribe(bench, "b", "a")
    assert made.event_names == ("b", "a")
    assert (made.created_at, made.updated_at, made.app_id) == (NOW, NOW, workspace.id)
    assert store.find(workspace, made.id) == made
    assert bench.reopen().subscriptions.all(workspace) == [made]
    change = SubscriptionChange(url="https://example.org/2", event_names=("c",))
    later = AuditEntry(1, NOW + 5, "test", "subscription changed")
    changed = store.update(workspace, made.id, change, later)
    assert (changed.url, changed.event_names, changed.secret) == (change.url, ("c",), made.secret)
    assert (changed.created_at, changed.updated_at, changed.active) == (NOW, NOW + 5, True)
    assert store.update(workspace, made.id, SubscriptionChange(active=False), ENTRY).active is False
    assert store.delete(workspace, made.id, ENTRY).id == made.id
    assert store.find(workspace, made.id) is None
    assert store.all(workspace) == []
    assert store.delete(workspace, made.id, ENTRY) is None
    assert store.update(workspace, made.id, change, ENTRY) is None


def test_what_is_done_to_subscriptions_is_in_the_audit_log_once(bench: Bench) -> None:
    made = subscribe(bench)
    store, workspace = bench.store.subscriptions, bench.workspace
    store.update(workspace, made.id, SubscriptionChange(active=False), ENTRY)
    store.update(workspace, made.id, SubscriptionChange(active=False, url=made.url), ENTRY)
    store.update(workspace, "nsub_unknown", SubscriptionChange(active=False), ENTRY)
    store.delete(workspace, made.id, ENTRY)
    store.delete(workspace, made.id, ENTRY)
    log = bench.store.audit.page(workspace.number, None, LONG)
    assert len([entry for entry in log if entry.act == ENTRY.act]) == 3
    assert made.secret not in str(log)


def test_a_workspace_has_so_many_subscriptions_and_no_more(bench: Bench) -> None:
    for _ in range(SUBSCRIPTIONS_MAX):
        subscribe(bench)
    with pytest.raises(TooManySubscriptions):
        subscribe(bench)
    subscribe(bench, workspace=other_workspace(bench))


def test_workspaces_are_apart(bench: Bench) -> None:
    other = other_workspace(bench)
    mine, theirs = subscribe(bench), subscribe(bench, workspace=other)
    bench.contact("u1")
    bench.store.contacts.create(other, {"role": "user", "external_id": "u1"}, NOW)
    bench.write(bench.event())
    assert (len(due(bench, mine)), len(due(bench, theirs))) == (1, 0)
    bench.write(bench.event(workspace=other.number, created_at=NOW - 1))
    assert loaded(bench, theirs) == [("u1", "did", NOW - 1)]
    store = bench.store.subscriptions
    assert store.find(bench.workspace, theirs.id) is None
    assert store.update(bench.workspace, theirs.id, SubscriptionChange(active=False), ENTRY) is None
    assert store.delete(bench.workspace, theirs.id, ENTRY) is None
    assert store.find(other, theirs.id) == theirs


def test_the_dead_are_listed_page_by_page_the_latest_first(bench: Bench) -> None:
    subscription, store = subscribe(bench), bench.store.subscriptions
    for index in range(7):
        bench.contact(f"u{index}")
        bench.write(bench.event(value=f"u{index}", created_at=NOW - index))
    for index, number in enumerate(due(bench, subscription)):
        fail(bench, number, None, now=NOW + index // 3)
    seen, cursor = [], None
    while page := store.dead(subscription, cursor, 2):
        seen += [one.created_at for one in page]
        cursor = page[-1].cursor
    assert seen == [NOW - index for index in range(6, -1, -1)]


def test_the_dead_are_queued_again_ahead_of_what_their_contacts_wait_for(bench: Bench) -> None:
    subscription, store = subscribe(bench), bench.store.subscriptions
    bench.contact("u1")
    bench.write(*[bench.event(created_at=NOW - at) for at in (5, 4, 3)])
    for _ in range(2):
        fail(bench, due(bench, subscription)[0], None)
    entry = AuditEntry(1, NOW + 50, "test", "dead deliveries queued again")
    assert store.retry_dead(subscription, 1, entry) == 1
    assert store.dead_count(subscription) == 1
    assert store.retry_dead(subscription, LONG, entry) == 1
    assert store.retry_dead(subscription, LONG, entry) == 0
    counts = [e.detail for e in bench.store.audit.page(1, None, LONG) if e.act == entry.act]
    assert counts == [{"deliveries": 1}, {"deliveries": 1}]
    (number,) = due(bench, subscription, NOW + 50)
    assert bench.store.outbox.load(number).queued_at == NOW + 50
    bench.clock.move(50)
    order = []
    while numbers := due(bench, subscription, NOW + 50):
        order += [bench.store.outbox.load(n).created_at for n in numbers]
        bench.store.outbox.finish(numbers, [], NOW + 50)
    assert order == [NOW - 5, NOW - 4, NOW - 3]


def test_what_a_deleted_subscription_leaves_is_erased_in_steps(bench: Bench) -> None:
    gone, kept = subscribe(bench), subscribe(bench)
    bench.contact("u1")
    bench.write(*[bench.event(created_at=NOW - at) for at in range(5)])
    bench.store.subscriptions.delete(bench.workspace, gone.id, ENTRY)
    assert bench.store.outbox.receivers() == {kept.number: bench.workspace.number}
    first = "SELECT secret, url FROM subscriptions ORDER BY number LIMIT 1"
    assert bench.execute(first) == [("", "")]
    steps = 0
    while bench.store.outbox.tidy_step(0, 0, NOW, 2):
        steps += 1
    assert steps == 3
    assert delivery_count(bench) == 5
    assert bench.execute("SELECT count(*) FROM subscriptions") == [(1,)]


def test_the_long_dead_are_erased_and_what_waits_for_the_inactive_is_given_up(bench: Bench) -> None:
    subscription = subscribe(bench)
    bench.contact("u1")
    bench.write(*[bench.event(created_at=NOW - at) for at in (3, 2, 1)])
    fail(bench, due(bench, subscription)[0], None, now=NOW + 10)
    outbox, store = bench.store.outbox, bench.store.subscriptions
    assert outbox.tidy_step(NOW + 10, NOW + 10, NOW + 10, LONG) is False
    assert outbox.tidy_step(NOW + 11, NOW, NOW + 10, LONG) is True
    assert (delivery_count(bench), store.dead_count(subscription)) == (2, 0)
    store.update(bench.workspace, subscription.id, SubscriptionChange(active=False), ENTRY)
    assert outbox.tidy_step(0, NOW + 1, NOW + 10, LONG) is True
    assert outbox.tidy_step(0, NOW + 1, NOW + 10, LONG) is False
    assert {one.problem for one in store.dead(subscription, None, LONG)} == {
        "the subscription was not active"
    }


def test_a_subscription_made_in_another_opening_sees_the_next_event(bench: Bench) -> None:
    bench.contact("u1")
    bench.write(bench.event(created_at=NOW - 1))
    other = bench.reopen()
    new = NewSubscription(
        id="nsub_x", url="https://x.example", secret="s", active=True, event_names=("did",)
    )
    made = other.subscriptions.create(bench.workspace, new, ENTRY)
    bench.write(bench.event())
    assert loaded(bench, made) == [("u1", "did", NOW)]
    other.subscriptions.delete(bench.workspace, made.id, ENTRY)
    bench.write(bench.event(created_at=NOW - 2))
    assert delivery_count(bench) == 1
