"""Deliveries of webhooks: queued with the events, taken in turns, ended.

An event and its deliveries are written in one transaction, so that none of them is ever there
without the other. See `store.base.OutboxStore` for what each method promises.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, cast

import msgspec

from pastense.model import Delivery, FailedAttempt
from pastense.store.relational.connection import Connection, Database, Later
from pastense.store.relational.events.stored import Stored
from pastense.store.statements import Statements

SQL: Final = Statements("webhooks.sql")
LEASE_AHEAD_MAX_S: Final = 60
"""A lease that ends so much later than it could was taken by a clock that has been put back."""
RETRY_AHEAD_MAX_S: Final = 3_600
"""The same of a retry: none is put off for longer."""
Turn = tuple[int, int]
"""(subscription, contact): whose oldest delivery is to become due."""
_encode = msgspec.json.Encoder().encode


def ask_who_wants_names(connection: Connection) -> Later:
    """Whether there is any subscription, for `queue_deliveries` in the same transaction."""
    return connection.later(SQL["any_name_is_wanted"])


def queue_deliveries(
    connection: Connection, wanted: Later, stored: Collection[Stored], now: int
) -> None:
    """One delivery of each stored event for each active subscription that names it, within the
    transaction that stores it. One small look where nobody wants to be told of anything.

    Two transactions beside each other do not see each other's deliveries, and may both give a turn
    to one of a contact: `due` hands out the older one all the same.
    """
    if not stored or not wanted.rows()[0][0]:
        return
    rows = [
        (one.event.workspace, one.event.name, one.contact, one.event.created_at, one.slot)
        for one in sorted(stored, key=lambda one: one.index)
    ]
    turns = connection.execute(SQL["queue_deliveries"], (_encode(rows).decode(), now)).fetchall()
    give_turns(connection, turns, now)


def give_turns(connection: Connection, turns: Iterable[Turn], now: int) -> None:
    """The oldest delivery of each is due now, unless its time was set before."""
    once = list(dict.fromkeys(turns))
    if once:
        connection.execute(SQL["give_turns"], (_encode(once).decode(), now))


class Outbox:
    """Hands out what is due and records what became of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def receivers(self) -> dict[int, int]:
        """The active subscriptions that have something to deliver, with their workspaces."""
        rows = self._database.query(SQL["receivers"])
        return {cast(int, number): cast(int, workspace) for number, workspace in rows}

    def due(self, subscription: int, now: int, limit: int) -> list[int]:
        """The numbers of deliveries that may be sent now, at most one of each contact."""
        rows = self._database.query(SQL["due"], (subscription, now, limit))
        return [cast(int, row[0]) for row in rows]

    def load(self, number: int) -> Delivery | None:
        """What is to be sent, as it is now; None where it is not to be sent any more."""
        rows = self._database.query(SQL["load"], (number,))
        if not rows:
            return None
        # The columns stand in the order of the fields.
        fields: Any = zip(Delivery.__struct_fields__, rows[0], strict=True)
        return Delivery(**dict(fields))

    def finish(self, delivered: Sequence[int], failed: Sequence[FailedAttempt], now: int) -> None:
        """Record what became of attempts; the contacts' next deliveries become due."""
        rows = [(one.number, one.sent_at, one.problem, one.next_at) for one in failed]
        with self._database.writing() as connection:
            turns: list[Turn] = []
            if delivered:
                text = _encode(delivered).decode()
                turns += connection.execute(SQL["end_delivered"], (text,)).fetchall()
            if rows:
                parameters = (_encode(rows).decode(), now)
                turns += connection.execute(SQL["end_failed"], parameters).fetchall()
            give_turns(connection, turns, now)

    def expire(self, subscription: int, before: int, problem: str, now: int, limit: int) -> int:
        """Give up deliveries that were queued before that second; how many."""
        if not self._database.query(SQL["any_expired"], (subscription, before))[0][0]:
            return 0
        with self._database.writing() as connection:
            parameters = (subscription, before, problem, now, limit)
            turns = connection.execute(SQL["expire"], parameters).fetchall()
            give_turns(connection, turns, now)
            return len(turns)

    def tidy_step(self, dead_before: int, queued_before: int, now: int, limit: int) -> bool:
        """Erase some that died long ago or were unsubscribed; give up some nobody fetches; make
        those due that a clock which was put back would leave for long."""
        if self._erase_deleted(limit) or self._erase_dead(dead_before, limit):
            return True
        if self._bring_back(now, limit):
            return True
        rows = self._database.query(SQL["waiting_in_vain"], (queued_before,))
        if not rows:
            return False
        problem = "the subscription was not active"
        self.expire(cast(int, rows[0][0]), queued_before, problem, now, limit)
        return True

    def lease(self, name: str, holder: str, now: int, until: int) -> bool:
        """Hold a piece of background work, alone among all processes."""
        rows = self._database.query(SQL["read_lease"], (name,))
        latest = until + LEASE_AHEAD_MAX_S
        if rows and rows[0][0] != holder and now < cast(int, rows[0][1]) <= latest:
            return False
        with self._database.writing() as connection:
            parameters = (name, holder, until, now, latest)
            return connection.execute(SQL["take_lease"], parameters).fetchone() is not None

    def release(self, name: str, holder: str) -> None:
        """Let go what the holder has."""
        with self._database.writing() as connection:
            connection.execute(SQL["end_lease"], (name, holder))

    def _bring_back(self, now: int, limit: int) -> bool:
        rows = self._database.query(SQL["far_ahead"], (now + RETRY_AHEAD_MAX_S, limit))
        if rows:
            numbers = _encode([number for (number,) in rows]).decode()
            self._database.write_alone(SQL["bring_back"], (numbers, now))
        return bool(rows)

    def _erase_deleted(self, limit: int) -> bool:
        """Some deliveries of a deleted subscription, then itself; whether there was one."""
        rows = self._database.query(SQL["deleted_subscription"])
        if not rows:
            return False
        with self._database.writing() as connection:
            number = rows[0][0]
            erased = connection.execute(SQL["erase_some"], (number, limit)).rowcount
            if erased < limit:
                connection.execute(SQL["erase_subscription"], (number,))
        return True

    def _erase_dead(self, dead_before: int, limit: int) -> bool:
        rows = self._database.query(SQL["long_dead"], (dead_before, limit))
        if not rows:
            return False
        numbers = _encode([row[0] for row in rows]).decode()
        with self._database.writing() as connection:
            connection.execute(SQL["erase_dead"], (numbers, dead_before))
        return True
