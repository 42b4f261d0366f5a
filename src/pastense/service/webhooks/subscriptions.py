"""Subscriptions as callers see them: what may be written, and in whose words it fails.

Source: docs/wire.md "Webhooks", decisions.md "Webhooks".
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

import msgspec

from pastense.errors import NotFound, ParameterInvalid, ParameterNotFound
from pastense.identity import new_subscription_id
from pastense.limits import (
    SUBSCRIPTIONS_MAX,
    WEBHOOK_STEP_ITEMS_MAX,
    Limits,
)
from pastense.model import (
    AuditEntry,
    DeadDelivery,
    Json,
    NewSubscription,
    Subscription,
    SubscriptionChange,
    Workspace,
)
from pastense.service.webhooks.sending import HEADERS
from pastense.service.webhooks.subscription_fields import (
    NAMES_FIELD,
    check_url,
    read_change,
    read_cursor,
    read_per_page,
)
from pastense.service.webhooks.targets import parse_target
from pastense.service.webhooks.transport import Reply, Sender
from pastense.store.base import SubscriptionStore, TooManySubscriptions
from pastense.wire.notifications import ping_notification, signature_headers

MISSING: Final = "Subscription Not Found"
_SECRET_BYTES: Final = 24
_NOTIFICATION_BYTES: Final = 16


class DeadPage(msgspec.Struct, frozen=True):
    """Some deliveries that failed for good, the latest first; `next_cursor` is None at the end."""

    subscription: Subscription
    deliveries: list[DeadDelivery]
    total_count: int
    next_cursor: str | None


def get_subscription(
    store: SubscriptionStore, workspace: Workspace, subscription_id: str
) -> Subscription:
    """The workspace's subscription with that id; raises `NotFound`."""
    return _present(store.find(workspace, subscription_id))


def create_subscription(
    store: SubscriptionStore,
    workspace: Workspace,
    body: dict[str, object],
    limits: Limits,
    entry: AuditEntry,
) -> Subscription:
    """Add a subscription; raises `ParameterInvalid` and `ParameterNotFound` with the field.

    Looks up the host of the URL, so it may take as long as `webhook_timeout_s`.
    """
    change = read_change(body)
    for name, value in (("topics", body.get("topics")), ("url", change.url)):
        if value is None:
            raise ParameterNotFound(f"missing {name}", name)
    if change.event_names is None:
        raise ParameterNotFound("missing event_names: name each event", NAMES_FIELD)
    assert change.url is not None
    check_url(change.url, limits)
    new = NewSubscription(
        id=new_subscription_id(),
        url=change.url,
        secret=change.secret or secrets.token_urlsafe(_SECRET_BYTES),
        active=change.active is not False,
        event_names=change.event_names,
    )
    try:
        return store.create(workspace, new, _about(entry, new.id, change))
    except TooManySubscriptions:
        message = f"A workspace has at most {SUBSCRIPTIONS_MAX} subscriptions; delete one"
        raise ParameterInvalid(message, "url") from None


def update_subscription(
    store: SubscriptionStore,
    workspace: Workspace,
    subscription_id: str,
    body: dict[str, object],
    limits: Limits,
    entry: AuditEntry,
) -> tuple[Subscription, bool]:
    """Change what the body says, null changes nothing; with whether the secret is a new one.

    Raises as `create_subscription` does, and `NotFound`.
    """
    change = read_change(body)
    before = get_subscription(store, workspace, subscription_id)
    if change.url is not None and change.url != before.url:
        check_url(change.url, limits)
    entry = _about(entry, subscription_id, change)
    changed = _present(store.update(workspace, subscription_id, change, entry))
    return changed, change.secret is not None


def delete_subscription(
    store: SubscriptionStore, workspace: Workspace, subscription_id: str, entry: AuditEntry
) -> Subscription:
    """Forget a subscription and what it still waits for; raises `NotFound`."""
    entry = _about(entry, subscription_id, SubscriptionChange())
    return _present(store.delete(workspace, subscription_id, entry))


def ping_subscription(
    store: SubscriptionStore, workspace: Workspace, subscription_id: str, limits: Limits, now: int
) -> tuple[Subscription, Reply]:
    """Send a ping at once, active or not, and say how the receiver answered."""
    subscription = get_subscription(store, workspace, subscription_id)
    body = ping_notification(subscription, secrets.token_bytes(_NOTIFICATION_BYTES), now)
    sender = Sender(
        private_targets=limits.webhook_private_targets, timeout_s=limits.webhook_timeout_s
    )
    try:
        headers = HEADERS | signature_headers(body, subscription.secret)
        return subscription, sender.post(subscription.url, body, headers)
    finally:
        sender.close()


def list_dead(
    store: SubscriptionStore, workspace: Workspace, subscription_id: str, asked: Mapping[str, str]
) -> DeadPage:
    """A page of the deliveries that failed for good; raises `NotFound`, `ParameterInvalid`."""
    per_page = read_per_page(asked.get("per_page"))
    cursor = read_cursor(asked.get("starting_after") or None)
    subscription = get_subscription(store, workspace, subscription_id)
    rows = store.dead(subscription, cursor, per_page + 1)
    deliveries = rows[:per_page]
    following = None
    if len(rows) > per_page:
        following = ".".join(map(str, deliveries[-1].cursor))
    return DeadPage(subscription, deliveries, store.dead_count(subscription), following)


def retry_dead(
    store: SubscriptionStore, workspace: Workspace, subscription_id: str, entry: AuditEntry
) -> tuple[int, int]:
    """Queue the longest dead again, as many as one transaction may; (queued, still dead)."""
    subscription = get_subscription(store, workspace, subscription_id)
    entry = _about(entry, subscription_id, SubscriptionChange())
    queued = store.retry_dead(subscription, WEBHOOK_STEP_ITEMS_MAX, entry)
    return queued, store.dead_count(subscription)


def _about(entry: AuditEntry, subscription_id: str, change: SubscriptionChange) -> AuditEntry:
    """The entry with what may be known for ever: the host, for a URL may hold a secret too."""
    detail: dict[str, Json] = {"subscription": subscription_id}
    if change.url is not None:
        detail["host"] = parse_target(change.url).host
    if change.event_names is not None:
        detail["event_names"] = list(change.event_names)
    if change.active is not None:
        detail["active"] = change.active
    if change.secret is not None:
        detail["secret_changed"] = True
    return msgspec.structs.replace(entry, detail=entry.detail | detail)


def _present(subscription: Subscription | None) -> Subscription:
    if subscription is None:
        raise NotFound(MISSING, "subscription_id")
    return subscription
