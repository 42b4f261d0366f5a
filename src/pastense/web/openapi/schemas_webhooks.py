"""Schemas of webhooks: subscriptions, and the notifications that could not be delivered."""

from __future__ import annotations

from typing import Final

from pastense.limits import (
    SUBSCRIPTION_NAMES_MAX,
    WEBHOOK_SECRET_CHARACTERS_MAX,
    WEBHOOK_SECRET_CHARACTERS_MIN,
    WEBHOOK_URL_CHARACTERS_MAX,
)
from pastense.web.openapi.parts import Schema, nullable, pick, ref
from pastense.web.openapi.schemas_values import WILDCARD_PATTERN, text

URL_PATTERN: Final = (
    r"^[Hh][Tt][Tt][Pp][Ss]?://"
    r"([A-Za-z0-9_]([A-Za-z0-9_.\-]{0,251}[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(:0{0,4}[1-9][0-9]{0,4})?([/?][!\"$-\[\]-~]*)?$"
)
_TIME: Final[Schema] = {"type": "integer", "minimum": 0}
_URL: Final[Schema] = {
    "type": "string",
    "pattern": URL_PATTERN,
    "maxLength": WEBHOOK_URL_CHARACTERS_MAX,
    "description": (
        "Where notifications are posted: https or http, without user, password and fragment, at "
        "a public address. What is not plain ASCII is percent-encoded, or xn-- in the host."
    ),
    "examples": ["https://example.org/hooks/1"],
}
_TOPICS: Final[Schema] = {
    "type": "array",
    "items": {"const": "event.created"},
    "minItems": 1,
    "maxItems": 1,
}
_NAMES: Final[Schema] = {
    "type": "array",
    "items": {"allOf": [ref("event_name"), {"not": {"pattern": WILDCARD_PATTERN}}]},
    "minItems": 1,
    "maxItems": SUBSCRIPTION_NAMES_MAX,
    "description": "Each name that is to be told of; there is no wildcard.",
    "examples": [["invited-friend"]],
}
_WRITABLE: Final[Schema] = {
    "service_type": {"enum": ["web", None]},
    "active": {"type": ["boolean", "null"], "description": "Whether events are told of."},
    "hub_secret": {
        **nullable(text(WEBHOOK_SECRET_CHARACTERS_MAX, WEBHOOK_SECRET_CHARACTERS_MIN)),
        "description": "What notifications are signed with; a random one where it is not given.",
    },
}
_NOTIFICATION: Final[Schema] = {
    "type": {"const": "notification_event"},
    "id": {"type": "string", "description": "The same for every attempt."},
    "app_id": {"type": "string"},
    "topic": {"type": "string"},
    "data": pick(
        {"type": {"const": "notification_event_data"}, "item": {"type": "object"}}, "type", "item"
    ),
    "links": {"type": "object"},
    "delivery_status": {"type": "string"},
    "delivery_attempts": {"type": "integer", "minimum": 0},
    "delivered_at": _TIME,
    "first_sent_at": _TIME,
    "created_at": _TIME,
    "self": {"type": ["string", "null"]},
}
_SUBSCRIPTION: Final[Schema] = {
    "type": {"const": "notification_subscription"},
    "id": {"type": "string"},
    "created_at": _TIME,
    "updated_at": _TIME,
    "service_type": {"const": "web"},
    "app_id": {"type": "string", "description": "The workspace's id."},
    "url": {"type": "string"},
    "self": {"type": "string"},
    "topics": _TOPICS,
    "active": {"type": "boolean"},
    "metadata": pick({"event_names": _NAMES}, "event_names"),
    "hub_secret": {
        "type": ["string", "null"],
        "description": "Shown in the answers that give it; null in all others.",
    },
    "mode": {"type": "string"},
    "links": {"type": "object", "additionalProperties": {"type": "string"}},
    "notes": {"type": "array", "items": {"type": "string"}},
}
_PAGES: Final[Schema] = pick(
    {
        "type": {"const": "pages"},
        "next": {"type": ["string", "null"], "description": "The address of the next page."},
        "per_page": {"type": "integer", "minimum": 0},
    },
    "type",
    "next",
)
WEBHOOK_SCHEMAS: Final[Schema] = {
    "create_subscription_request": pick(
        {
            **_WRITABLE,
            "url": _URL,
            "topics": _TOPICS,
            "metadata": pick({"event_names": _NAMES}, "event_names"),
        },
        "url",
        "topics",
        "metadata",
        description="Who is to be told of which events.",
    ),
    "update_subscription_request": pick(
        {
            **_WRITABLE,
            "url": nullable(_URL),
            "topics": nullable(_TOPICS),
            "metadata": nullable(pick({"event_names": nullable(_NAMES)})),
        },
        description="What is to change; what is absent or null stays. Names replace all names.",
    ),
    "notification_subscription": pick(
        _SUBSCRIPTION,
        *("type", "id", "url", "topics", "active", "hub_secret", "metadata"),
        description="A receiver of notifications.",
    ),
    "subscription_ping": {
        "allOf": [
            ref("notification_subscription"),
            pick(
                {
                    "ping": pick(
                        {
                            "delivered": {"type": "boolean"},
                            "status": {"type": ["integer", "null"]},
                            "problem": {"type": ["string", "null"]},
                            "milliseconds": {"type": "integer", "minimum": 0},
                        },
                        *("delivered", "status", "problem", "milliseconds"),
                        description="How the receiver answered; no status where it did not.",
                    )
                },
                "ping",
            ),
        ]
    },
    "notification_subscription_list": pick(
        {
            "type": {"const": "notification_subscription.list"},
            "items": {"type": "array", "items": ref("notification_subscription")},
            "subscriptions": {
                "type": "array",
                "items": ref("notification_subscription"),
                "description": "The same as items: python-intercom 3 looks here.",
            },
            "pages": _PAGES,
            "total_count": {"type": "integer", "minimum": 0},
        },
        *("type", "items", "subscriptions", "pages"),
    ),
    "dead_notification": pick(
        {
            **_NOTIFICATION,
            "failed_at": {**_TIME, "description": "When it was given up."},
            "problem": {"type": "string", "description": "How the last attempt ended."},
        },
        *("type", "id", "data", "delivery_attempts", "problem"),
        description="A notification that is tried no more.",
    ),
    "notification_list": pick(
        {
            "type": {"const": "notification.list"},
            "notifications": {"type": "array", "items": ref("dead_notification")},
            "total_count": {"type": "integer", "minimum": 0},
            "pages": _PAGES,
        },
        *("type", "notifications", "pages", "total_count"),
    ),
    "notification_retry": pick(
        {
            "type": {"const": "notification_retry"},
            "queued": {"type": "integer", "minimum": 0, "description": "Tried again now."},
            "left": {"type": "integer", "minimum": 0, "description": "For the next call."},
        },
        *("type", "queued", "left"),
    ),
}
