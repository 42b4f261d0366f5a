"""What the tests of subscriptions and of deliveries share."""

from __future__ import annotations

from pastense.model import AuditEntry, FailedAttempt, NewSubscription, Subscription, Workspace
from tests.store.conftest import NOW, Bench

ENTRY = AuditEntry(1, NOW, "test", "subscription changed")
LONG = 1_000


def subscribe(
    bench: Bench, *names: str, workspace: Workspace | None = None, active: bool = True
) -> Subscription:
    workspace = workspace or bench.workspace
    count = len(bench.store.subscriptions.all(workspace))
    new = NewSubscription(
        id=f"nsub_{workspace.number}_{count}",
        url="https://example.org/hook",
        secret="a secret",
        active=active,
        event_names=names or ("did",),
    )
    return bench.store.subscriptions.create(workspace, new, ENTRY)


def other_workspace(bench: Bench) -> Workspace:
    return bench.store.workspaces.create(
        Workspace(0, "other", "Other", NOW), AuditEntry(None, NOW, "test", "workspace created")
    )


def due(bench: Bench, subscription: Subscription, now: int = NOW) -> list[int]:
    return bench.store.outbox.due(subscription.number, now, LONG)


def loaded(bench: Bench, subscription: Subscription, now: int = NOW) -> list[tuple[str, str, int]]:
    """(user id, event name, time) of all that is due."""
    found = [bench.store.outbox.load(number) for number in due(bench, subscription, now)]
    return [(one.external_id, one.event_name, one.created_at) for one in found]


def deliver_all(bench: Bench, subscription: Subscription) -> list[tuple[str, int]]:
    """Take turns until nothing is due; (user id, event time) in the order of delivery."""
    order = []
    while numbers := due(bench, subscription):
        for number in numbers:
            one = bench.store.outbox.load(number)
            order.append((one.external_id, one.created_at))
        bench.store.outbox.finish(numbers, [], NOW)
    return order


def fail(bench: Bench, number: int, next_at: int | None, now: int = NOW) -> None:
    bench.store.outbox.finish([], [FailedAttempt(number, now, "HTTP 500", next_at)], now)


def delivery_count(bench: Bench) -> int:
    return bench.execute("SELECT count(*) FROM deliveries")[0][0]
