"""The receivers of webhooks; see `store.base.SubscriptionStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from pastense.limits import INTEGER_MAX, SUBSCRIPTIONS_MAX
from pastense.model import (
    AuditEntry,
    DeadDelivery,
    NewSubscription,
    Subscription,
    SubscriptionChange,
    Workspace,
)
from pastense.store.base import TooManySubscriptions
from pastense.store.relational.administration.audit import record
from pastense.store.relational.connection import Connection, Database
from pastense.store.relational.webhooks.outbox import SQL, give_turns


class Subscriptions:
    """Keeps subscriptions with their names, and the deliveries that failed for good."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, workspace: Workspace) -> list[Subscription]:
        """All subscriptions, the oldest first."""
        rows = self._database.query(SQL["subscriptions"], (workspace.number, None))
        return [_subscription(row) for row in rows]

    def find(self, workspace: Workspace, subscription_id: str) -> Subscription | None:
        """The subscription with that id; None where the workspace has none."""
        return _find(self._database.reading(), workspace, subscription_id)

    def create(self, workspace: Workspace, new: NewSubscription, entry: AuditEntry) -> Subscription:
        """Add a subscription at the entry's time; raises `TooManySubscriptions`."""
        with self._database.writing() as connection:
            (count,) = connection.execute(
                SQL["count_subscriptions"], (workspace.number,)
            ).fetchone()
            if count >= SUBSCRIPTIONS_MAX:
                raise TooManySubscriptions
            values = (workspace.number, new.id, new.url, new.secret, new.active, entry.at)
            (number,) = connection.execute(SQL["insert_subscription"], values).fetchone()
            _insert_names(connection, workspace, number, new.event_names)
            record(connection, entry)
            return _require(connection, workspace, new.id)

    def update(
        self,
        workspace: Workspace,
        subscription_id: str,
        change: SubscriptionChange,
        entry: AuditEntry,
    ) -> Subscription | None:
        """Change what is given; None where the workspace has no such subscription."""
        with self._database.writing() as connection:
            before = _find(connection, workspace, subscription_id)
            if before is None:
                return None
            values = (before.number, change.url, change.secret, change.active, entry.at)
            connection.execute(SQL["update_subscription"], values)
            if change.event_names is not None:
                connection.execute(SQL["delete_subscription_names"], (before.number,))
                _insert_names(connection, workspace, before.number, change.event_names)
            after = _require(connection, workspace, subscription_id)
            if msgspec.structs.replace(after, updated_at=before.updated_at) != before:
                record(connection, entry)
            return after

    def delete(
        self, workspace: Workspace, subscription_id: str, entry: AuditEntry
    ) -> Subscription | None:
        """Forget a subscription and its secret; None where there is no such subscription."""
        with self._database.writing() as connection:
            before = _find(connection, workspace, subscription_id)
            if before is not None:
                connection.execute(SQL["delete_subscription_names"], (before.number,))
                connection.execute(SQL["delete_subscription"], (before.number, entry.at))
                record(connection, entry)
            return before

    def dead(
        self, subscription: Subscription, before: tuple[int, int, int] | None, limit: int
    ) -> list[DeadDelivery]:
        """Up to `limit` deliveries that are tried no more, the latest to die first."""
        end = before or (INTEGER_MAX, 0, 0)
        rows = self._database.query(SQL["dead"], (subscription.number, *end, limit))
        return [_dead(row) for row in rows]

    def retry_dead(self, subscription: Subscription, limit: int, entry: AuditEntry) -> int:
        """Queue up to `limit` of the longest dead again; how many there were."""
        with self._database.writing() as connection:
            parameters = (subscription.number, entry.at, limit)
            turns = connection.execute(SQL["retry_dead"], parameters).fetchall()
            if turns:
                give_turns(connection, turns, entry.at)
                detail = entry.detail | {"deliveries": len(turns)}
                record(connection, msgspec.structs.replace(entry, detail=detail))
            return len(turns)

    def dead_count(self, subscription: Subscription) -> int:
        """How many are tried no more."""
        rows = self._database.query(SQL["count_dead"], (subscription.number,))
        return cast(int, rows[0][0])


def _find(
    connection: Connection, workspace: Workspace, subscription_id: str
) -> Subscription | None:
    parameters = (workspace.number, subscription_id)
    row = connection.execute(SQL["subscriptions"], parameters).fetchone()
    return None if row is None else _subscription(row)


def _require(connection: Connection, workspace: Workspace, subscription_id: str) -> Subscription:
    found = _find(connection, workspace, subscription_id)
    assert found is not None, "a subscription written in this transaction is found in it"
    return found


def _insert_names(
    connection: Connection, workspace: Workspace, number: int, names: Sequence[str]
) -> None:
    text = msgspec.json.encode(names).decode()
    connection.execute(SQL["insert_subscription_names"], (text, workspace.number, number))


def _subscription(row: Sequence[object]) -> Subscription:
    number, code, app_id, url, secret, active, created_at, updated_at, names = cast(Any, row)
    return Subscription(
        number=number,
        id=code,
        app_id=app_id,
        url=url,
        secret=secret,
        active=bool(active),
        event_names=tuple(msgspec.json.decode(names)),
        created_at=created_at,
        updated_at=updated_at,
    )


def _dead(row: Sequence[object]) -> DeadDelivery:
    *values, number = cast(Any, row)
    names = DeadDelivery.__struct_fields__[: len(values)]
    fields = dict(zip(names, values, strict=True))
    return DeadDelivery(**fields, cursor=(fields["dead_at"], fields["queued_at"], number))
