"""Webhooks to public JSON: notifications as receivers get them, subscriptions as callers do.

Shapes: docs/wire.md "Webhooks".
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final
from uuid import UUID

import msgspec

from pastense.identity import event_id
from pastense.model import DeadDelivery, Delivery, Subscription

TOPIC: Final = "event.created"
PING_MESSAGE: Final = "Pastense can reach you."
_encode = msgspec.json.Encoder().encode


def event_notification(delivery: Delivery, now: int) -> bytes:
    """What a receiver is sent: the event and its contact as they are now."""
    item = {
        "type": "event",
        "id": event_id(delivery.contact_id, delivery.created_at, delivery.slot),
        "created_at": delivery.created_at,
        "event_name": delivery.event_name,
        "email": delivery.email,
        "intercom_user_id": delivery.contact_id,
        "user_id": delivery.external_id,
        "metadata": msgspec.Raw(delivery.metadata.encode()),
    }
    sent = now if delivery.first_sent_at is None else delivery.first_sent_at
    attempts = delivery.attempts + 1
    times = (delivery.queued_at, sent, attempts)
    return _encode(_notification(delivery.id, delivery.app_id, TOPIC, item, times))


def ping_notification(subscription: Subscription, notification: bytes, now: int) -> bytes:
    """What a receiver is sent to see whether it answers."""
    item = {"type": "ping", "message": PING_MESSAGE}
    times = (now, now, 1)
    return _encode(_notification(notification, subscription.app_id, "ping", item, times))


def signature_headers(body: bytes, secret: str) -> dict[str, str]:
    """The two signatures of a body: Intercom's own, and the same with a newer hash."""
    key = secret.encode()
    return {
        "X-Hub-Signature": f"sha1={hmac.new(key, body, hashlib.sha1).hexdigest()}",
        "X-Hub-Signature-256": f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}",
    }


def subscription_object(
    subscription: Subscription, base_url: str, *, with_secret: bool = False
) -> dict[str, Any]:
    """A subscription; its secret is null unless it is to be shown."""
    own_url = f"{base_url}/subscriptions/{subscription.id}"
    return {
        "type": "notification_subscription",
        "id": subscription.id,
        "created_at": subscription.created_at,
        "updated_at": subscription.updated_at,
        "service_type": "web",
        "app_id": subscription.app_id,
        "url": subscription.url,
        "self": own_url,
        "topics": [TOPIC],
        "active": subscription.active,
        "metadata": {"event_names": subscription.event_names},
        "hub_secret": subscription.secret if with_secret else None,
        "mode": "point",
        "links": {"errors": f"{own_url}/error", "retry": f"{own_url}/error/retry"},
        "notes": [],
    }


def dead_notification(delivery: DeadDelivery, app_id: str) -> dict[str, Any]:
    """A delivery that is tried no more: which event it was, and why. Of the person it names
    only the contact's id."""
    item = {
        "type": "event",
        "id": event_id(delivery.contact_id, delivery.created_at, delivery.slot),
        "created_at": delivery.created_at,
        "event_name": delivery.event_name,
        "intercom_user_id": delivery.contact_id,
    }
    times = (delivery.queued_at, delivery.first_sent_at or 0, delivery.attempts)
    shown = _notification(delivery.id, app_id, TOPIC, item, times)
    failed = {"delivery_status": "failed", "failed_at": delivery.dead_at}
    return shown | failed | {"problem": delivery.problem}


def _notification(
    notification: bytes, app_id: str, topic: str, item: dict[str, Any], times: tuple[int, int, int]
) -> dict[str, Any]:
    """`times` are when it was queued, when it was first sent, and which attempt this is."""
    created_at, first_sent_at, attempts = times
    return {
        "type": "notification_event",
        "app_id": app_id,
        "data": {"type": "notification_event_data", "item": item},
        "links": {},
        "id": f"notif_{UUID(bytes=notification, version=4)}",
        "topic": topic,
        "delivery_status": "pending",
        "delivery_attempts": attempts,
        "delivered_at": 0,
        "first_sent_at": first_sent_at,
        "created_at": created_at,
        "self": None,
    }
