"""The calls about webhooks."""

from __future__ import annotations

from functools import partial
from typing import Final

from pastense.limits import DEAD_DELIVERIES_PER_PAGE_DEFAULT, DEAD_DELIVERIES_PER_PAGE_MAX
from pastense.web.openapi.parts import ANY_CALL, BODY_CALL, Schema, answer, call, ref, with_body
from pastense.web.openapi.schemas_values import text

_call = partial(call, tag="Webhooks", description="Needs the scope admin.")
_ID_CHARACTERS_MAX: Final = 255
WEBHOOK_PARAMETERS: Final[Schema] = {
    "subscription_id": {
        "name": "subscription_id",
        "in": "path",
        "required": True,
        "description": "The subscription's id.",
        "schema": text(_ID_CHARACTERS_MAX, 1),
        "example": "nsub_5ba682d23d7cf92bef87bfd4",
    },
    "notifications_per_page": {
        "name": "per_page",
        "in": "query",
        "description": "Notifications on one page.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": DEAD_DELIVERIES_PER_PAGE_MAX,
            "default": DEAD_DELIVERIES_PER_PAGE_DEFAULT,
        },
    },
    "notifications_starting_after": {
        "name": "starting_after",
        "in": "query",
        "description": "What stands in `pages.next` of the page before.",
        "schema": {
            "type": "string",
            "pattern": r"^([0-9]{1,12}\.[0-9]{1,12}\.[0-9]{1,18})?$",
        },
    },
}
_EXAMPLE: Final[Schema] = {
    "service_type": "web",
    "topics": ["event.created"],
    "url": "https://example.org/hooks/1",
    "metadata": {"event_names": ["invited-friend"]},
}
_CREATE_EXAMPLES: Final[Schema] = {"hook": {"value": _EXAMPLE}}
_UPDATE_EXAMPLES: Final[Schema] = {
    "names": {"value": {"metadata": {"event_names": ["invited-friend", "placed-order"]}}},
    "off": {"value": {"active": False}},
}
_LINKED: Final = ("showSubscription", "updateSubscription", "deleteSubscription")
_ONE: Final = "subscription_id"


def _links() -> Schema:
    """What can be called with the id of a new subscription."""
    return {
        name: {"operationId": name, "parameters": {_ONE: "$response.body#/id"}} for name in _LINKED
    }


def _subscription(description: str) -> Schema:
    return answer(description, ref("notification_subscription"))


def _update(operation_id: str) -> Schema:
    success = _subscription("The subscription as it is now; a new secret is shown.")
    return with_body(
        _call(operation_id, "Change a subscription in part", success, (*BODY_CALL, 404), _ONE),
        "update_subscription_request",
        _UPDATE_EXAMPLES,
        required=False,
    )


WEBHOOK_PATHS: Final[Schema] = {
    "/subscriptions": {
        "get": _call(
            "listSubscriptions",
            "List the receivers of notifications",
            answer("All of them, the oldest first.", ref("notification_subscription_list")),
            ANY_CALL,
        ),
        "post": with_body(
            _call(
                "createSubscription",
                "Tell somebody of events with these names",
                {**_subscription("The subscription with its secret."), "links": _links()},
                BODY_CALL,
            ),
            "create_subscription_request",
            _CREATE_EXAMPLES,
        ),
    },
    "/subscriptions/{subscription_id}": {
        "get": _call(
            "showSubscription",
            "Show one subscription",
            _subscription("The subscription without its secret."),
            (*ANY_CALL, 404),
            _ONE,
        ),
        "put": _update("updateSubscription"),
        "post": _update("postSubscription"),
        "delete": _call(
            "deleteSubscription",
            "Tell a receiver nothing more",
            _subscription("What it was; what still waited for it is forgotten."),
            (*ANY_CALL, 404),
            _ONE,
        ),
    },
    "/subscriptions/{subscription_id}/ping": {
        "post": _call(
            "pingSubscription",
            "Send a ping now and say how it was answered",
            answer("The subscription with the answer to the ping.", ref("subscription_ping")),
            (*ANY_CALL, 404),
            _ONE,
        )
    },
    "/subscriptions/{subscription_id}/error": {
        "get": _call(
            "listFailedNotifications",
            "List the notifications that are tried no more, the latest first",
            answer("A page of them.", ref("notification_list")),
            (*ANY_CALL, 404),
            _ONE,
            "notifications_per_page",
            "notifications_starting_after",
        )
    },
    "/subscriptions/{subscription_id}/error/retry": {
        "post": _call(
            "retryFailedNotifications",
            "Try the longest dead notifications again, up to a thousand",
            answer("How many, and how many are left.", ref("notification_retry")),
            (*ANY_CALL, 404),
            _ONE,
        )
    },
}
