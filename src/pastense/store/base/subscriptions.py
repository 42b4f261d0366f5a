"""What a store does with the receivers of webhooks."""

from __future__ import annotations

from typing import Protocol

from pastense.model import (
    AuditEntry,
    DeadDelivery,
    NewSubscription,
    Subscription,
    SubscriptionChange,
    Workspace,
)


class TooManySubscriptions(Exception):
    """The workspace has as many subscriptions as it may have."""


class SubscriptionStore(Protocol):
    """Subscriptions of one workspace and the deliveries that failed for good. An event that is
    stored after a subscription was committed is seen by it."""

    def all(self, workspace: Workspace) -> list[Subscription]:
        """All subscriptions, the oldest first."""
        ...

    def find(self, workspace: Workspace, subscription_id: str) -> Subscription | None:
        """The subscription with that id; None where the workspace has none."""
        ...

    def create(self, workspace: Workspace, new: NewSubscription, entry: AuditEntry) -> Subscription:
        """Add a subscription at the entry's time; raises `TooManySubscriptions`."""
        ...

    def update(
        self,
        workspace: Workspace,
        subscription_id: str,
        change: SubscriptionChange,
        entry: AuditEntry,
    ) -> Subscription | None:
        """Change what is given; None where the workspace has no such subscription. What is on
        its way already goes to the new URL with the new secret."""
        ...

    def delete(
        self, workspace: Workspace, subscription_id: str, entry: AuditEntry
    ) -> Subscription | None:
        """Forget a subscription and its secret; its deliveries are sent no more and erased by
        `OutboxStore.tidy_step`. None where the workspace has no such subscription."""
        ...

    def dead(
        self, subscription: Subscription, before: tuple[int, int, int] | None, limit: int
    ) -> list[DeadDelivery]:
        """Up to `limit` deliveries that are tried no more, the latest to die first; with
        `before` only those behind that cursor."""
        ...

    def retry_dead(self, subscription: Subscription, limit: int, entry: AuditEntry) -> int:
        """Queue up to `limit` of the longest dead again, ahead of what their contacts still
        wait for; how many there were, which goes into the entry's detail."""
        ...

    def dead_count(self, subscription: Subscription) -> int:
        """How many are tried no more."""
        ...
