"""Webhooks: who is told of which events, what is still to be delivered, what could not be."""

from __future__ import annotations

import msgspec


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver and the event names it is told of. Times are Unix seconds, UTC.

    `number` is the store's own key; `id` is the public one. `app_id` is the workspace's code.
    """

    number: int
    id: str
    app_id: str
    url: str
    secret: str
    active: bool
    event_names: tuple[str, ...]
    created_at: int
    updated_at: int


class NewSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription before the store has it."""

    id: str
    url: str
    secret: str
    active: bool
    event_names: tuple[str, ...]


class SubscriptionChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be changed; None stays as it is. Names replace all names that were there."""

    url: str | None = None
    secret: str | None = None
    active: bool | None = None
    event_names: tuple[str, ...] | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one receiver, put together from what the store holds now.

    `id` is 16 random bytes and the same for every attempt. `metadata` is the event's JSON
    text, "{}" where it was pruned. `attempts` are those that failed. `following` is the number
    of the contact's next delivery to the same receiver, None where there is none.
    """

    number: int
    id: bytes
    subscription_id: str
    url: str
    secret: str
    app_id: str
    contact_id: str
    external_id: str | None
    email: str | None
    event_name: str
    slot: int
    created_at: int
    metadata: str
    attempts: int
    queued_at: int
    first_sent_at: int | None
    following: int | None


class FailedAttempt(msgspec.Struct, frozen=True):
    """A delivery that was tried in vain: when first, why not, and when it may be tried again;
    None means never, it is dead."""

    number: int
    sent_at: int
    problem: str
    next_at: int | None


class DeadDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is tried no more; `cursor` is its place in the list of them."""

    id: bytes
    contact_id: str
    event_name: str
    slot: int
    created_at: int
    attempts: int
    queued_at: int
    first_sent_at: int | None
    dead_at: int
    problem: str
    cursor: tuple[int, int, int]
