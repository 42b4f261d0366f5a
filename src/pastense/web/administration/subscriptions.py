"""The webhook calls: who is told of which events, a ping, and what could not be delivered."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from pastense.model import Subscription
from pastense.service.webhooks import subscriptions as service
from pastense.service.webhooks.subscription_fields import read_per_page
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.web.query import read_pairs, single_values
from pastense.wire.json_text import decode_object
from pastense.wire.notifications import dead_notification, subscription_object

_encode = msgspec.json.Encoder().encode


async def create_subscription(exchange: Exchange) -> Answer:
    """Add a receiver: 200 with the whole object and its secret, which is shown only here."""
    body = decode_object(await exchange.body())
    state = exchange.state
    entry = exchange.audit("subscription created")
    created = await state.reach_out(
        service.create_subscription,
        state.store.subscriptions,
        exchange.workspace,
        body,
        state.limits,
        entry,
    )
    return _answer(exchange, created, with_secret=True)


async def list_subscriptions(exchange: Exchange) -> Answer:
    """All receivers of the workspace, the oldest first, under the two keys that SDKs look for."""
    found = await exchange.state.read(exchange.state.store.subscriptions.all, exchange.workspace)
    items = [subscription_object(one, exchange.base_url()) for one in found]
    pages = {"type": "pages", "next": None, "page": 1, "per_page": len(items), "total_pages": 1}
    body = {"type": "notification_subscription.list", "items": items, "subscriptions": items}
    return Answer(200, _encode(body | {"pages": pages, "total_count": len(items)}))


async def show_subscription(exchange: Exchange) -> Answer:
    """One receiver, without its secret."""
    found = await exchange.state.read(
        service.get_subscription,
        exchange.state.store.subscriptions,
        exchange.workspace,
        _id(exchange),
    )
    return _answer(exchange, found)


async def update_subscription(exchange: Exchange) -> Answer:
    """Change what the body says; names replace all names. A new secret is shown."""
    body = decode_object(await exchange.body())
    state = exchange.state
    changed, with_secret = await state.reach_out(
        service.update_subscription,
        state.store.subscriptions,
        exchange.workspace,
        _id(exchange),
        body,
        state.limits,
        exchange.audit("subscription changed"),
    )
    state.webhooks.soon()
    return _answer(exchange, changed, with_secret=with_secret)


async def delete_subscription(exchange: Exchange) -> Answer:
    """Tell a receiver nothing more, also not what is still on its way."""
    state = exchange.state
    deleted = await state.write(
        service.delete_subscription,
        state.store.subscriptions,
        exchange.workspace,
        _id(exchange),
        exchange.audit("subscription deleted"),
    )
    state.upkeep.soon()
    return _answer(exchange, deleted)


async def ping_subscription(exchange: Exchange) -> Answer:
    """Send a ping now: 200 with how the receiver answered, whatever it answered."""
    state = exchange.state
    found, reply = await state.reach_out(
        service.ping_subscription,
        state.store.subscriptions,
        exchange.workspace,
        _id(exchange),
        state.limits,
        state.clock.now(),
    )
    ping = {
        "delivered": reply.delivered,
        "status": reply.status,
        "problem": reply.problem,
        "milliseconds": round(reply.duration_s * 1_000),
    }
    return Answer(200, _encode(subscription_object(found, exchange.base_url()) | {"ping": ping}))


async def list_dead(exchange: Exchange) -> Answer:
    """The deliveries that failed for good, the latest first."""
    pairs = read_pairs(exchange.scope["query_string"])
    asked = single_values(pairs, ("per_page", "starting_after"))
    page = await exchange.state.read(
        service.list_dead,
        exchange.state.store.subscriptions,
        exchange.workspace,
        _id(exchange),
        asked,
    )
    per_page = read_per_page(asked.get("per_page"))
    app_id = page.subscription.app_id
    body = {
        "type": "notification.list",
        "notifications": [dead_notification(one, app_id) for one in page.deliveries],
        "total_count": page.total_count,
        "pages": {
            "type": "pages",
            "next": _next_url(exchange, per_page, page.next_cursor),
            "per_page": per_page,
        },
    }
    return Answer(200, _encode(body))


async def retry_dead(exchange: Exchange) -> Answer:
    """Queue the longest dead again: how many, and how many are left for the next call."""
    state = exchange.state
    queued, left = await state.write(
        service.retry_dead,
        state.store.subscriptions,
        exchange.workspace,
        _id(exchange),
        exchange.audit("dead deliveries queued again"),
    )
    state.webhooks.soon()
    body = {"type": "notification_retry", "queued": queued, "left": left}
    return Answer(200, _encode(body))


def _id(exchange: Exchange) -> str:
    return exchange.path_value("subscription_id")


def _answer(exchange: Exchange, found: Subscription, *, with_secret: bool = False) -> Answer:
    shown = subscription_object(found, exchange.base_url(), with_secret=with_secret)
    return Answer(200, _encode(shown))


def _next_url(exchange: Exchange, per_page: int, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = urlencode({"per_page": per_page, "starting_after": cursor})
    return f"{exchange.base_url()}/subscriptions/{_id(exchange)}/error?{query}"


_ONE = "/subscriptions/{subscription_id}"
OPERATIONS = (
    Operation("GET", "/subscriptions", list_subscriptions, "admin"),
    Operation("POST", "/subscriptions", create_subscription, "admin"),
    Operation("GET", _ONE, show_subscription, "admin"),
    Operation("PUT", _ONE, update_subscription, "admin"),
    Operation("POST", _ONE, update_subscription, "admin"),
    Operation("DELETE", _ONE, delete_subscription, "admin"),
    Operation("POST", f"{_ONE}/ping", ping_subscription, "admin"),
    Operation("GET", f"{_ONE}/error", list_dead, "admin"),
    Operation("POST", f"{_ONE}/error/retry", retry_dead, "admin"),
)
