"""Notifications, signatures and subscriptions as JSON."""

from __future__ import annotations

import json

from pastense.identity import event_id
from pastense.model import DeadDelivery, Delivery, Subscription
from pastense.wire.notifications import (
    dead_notification,
    event_notification,
    ping_notification,
    signature_headers,
    subscription_object,
)

NOW = 1_800_000_000
ID = bytes.fromhex("da25b9d8" * 4)
SUBSCRIPTION = Subscription(
    number=3,
    id="nsub_1",
    app_id="i6wc9ipe",
    url="https://example.org/hooks/1",
    secret="a-secret-nobody-knows",
    active=True,
    event_names=("invited-friend",),
    created_at=5,
    updated_at=6,
)


def delivery(**fields: object) -> Delivery:
    given = {
        "number": 1,
        "id": ID,
        "subscription_id": "nsub_1",
        "url": "https://example.org/hooks/1",
        "secret": "s",
        "app_id": "i6wc9ipe",
        "contact_id": "5c9aabdf2ddf20549a41453a",
        "external_id": "12",
        "email": "x@y.z",
        "event_name": "invited-friend",
        "slot": 4,
        "created_at": 1_391_691_571,
        "metadata": '{"b":1,"a":[]}',
        "attempts": 0,
        "queued_at": 1_553_642_000,
        "first_sent_at": None,
        "following": None,
    }
    return Delivery(**(given | fields))


def test_a_notification_has_the_shape_of_intercoms():
    body = event_notification(delivery(), 1_553_642_228)
    assert json.loads(body) == {
        "type": "notification_event",
        "app_id": "i6wc9ipe",
        "data": {
            "type": "notification_event_data",
            "item": {
                "type": "event",
                "id": event_id("5c9aabdf2ddf20549a41453a", 1_391_691_571, 4),
                "created_at": 1_391_691_571,
                "event_name": "invited-friend",
                "email": "x@y.z",
                "intercom_user_id": "5c9aabdf2ddf20549a41453a",
                "user_id": "12",
                "metadata": {"b": 1, "a": []},
            },
        },
        "links": {},
        "id": "notif_da25b9d8-da25-49d8-9a25-b9d8da25b9d8",
        "topic": "event.created",
        "delivery_status": "pending",
        "delivery_attempts": 1,
        "delivered_at": 0,
        "first_sent_at": 1_553_642_228,
        "created_at": 1_553_642_000,
        "self": None,
    }
    assert b'{"b":1,"a":[]}' in body, "the metadata as it was stored, its order too"


def test_a_retry_keeps_its_id_and_when_it_was_first_sent():
    first = json.loads(event_notification(delivery(), NOW))
    again = json.loads(event_notification(delivery(attempts=3, first_sent_at=NOW), NOW + 99))
    assert (again["id"], again["first_sent_at"]) == (first["id"], NOW)
    assert (first["delivery_attempts"], again["delivery_attempts"]) == (1, 4)


def test_a_ping_is_a_notification_too():
    ping = json.loads(ping_notification(SUBSCRIPTION, ID, NOW))
    assert (ping["type"], ping["topic"], ping["app_id"]) == (
        "notification_event",
        "ping",
        "i6wc9ipe",
    )
    assert ping["data"]["item"]["type"] == "ping"
    assert ping["data"]["item"]["message"]


def test_signatures_are_those_of_a_known_example():
    # HMAC examples of RFC 2202 and RFC 4231: key "Jefe".
    headers = signature_headers(b"what do ya want for nothing?", "Jefe")
    assert headers == {
        "X-Hub-Signature": "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
        "X-Hub-Signature-256": "sha256="
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    }


def test_a_subscription_shows_its_secret_only_when_told_to():
    shown = subscription_object(SUBSCRIPTION, "https://here")
    assert shown["hub_secret"] is None
    assert SUBSCRIPTION.secret not in json.dumps(shown)
    assert shown["self"] == "https://here/subscriptions/nsub_1"
    assert shown["topics"] == ["event.created"]
    whole = subscription_object(SUBSCRIPTION, "https://here", with_secret=True)
    assert whole == shown | {"hub_secret": SUBSCRIPTION.secret}


def test_a_dead_delivery_says_which_event_and_why_and_nothing_of_the_person_but_an_id():
    dead = DeadDelivery(
        id=ID,
        contact_id="c1",
        event_name="did",
        slot=0,
        created_at=7,
        attempts=9,
        queued_at=10,
        first_sent_at=None,
        dead_at=20,
        problem="HTTP 500",
        cursor=(20, 10, 1),
    )
    shown = dead_notification(dead, "app")
    assert shown["data"]["item"] == {
        "type": "event",
        "id": event_id("c1", 7, 0),
        "created_at": 7,
        "event_name": "did",
        "intercom_user_id": "c1",
    }
    facts = ("delivery_status", "delivery_attempts", "failed_at", "problem", "first_sent_at")
    assert [shown[name] for name in facts] == ["failed", 9, 20, "HTTP 500", 0]
