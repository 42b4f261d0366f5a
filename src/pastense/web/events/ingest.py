"""Drafts to outcomes: the one path of all submitted events, single, in a list or in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from pastense.model import Accepted, NewEvent, Outcome, Refused
from pastense.service.events.rules import judge
from pastense.web.exchange import Exchange, Header
from pastense.wire.submission import Draft

STORED_HEADER: Final = b"pastense-stored"
DUPLICATES_HEADER: Final = b"pastense-duplicates"
IGNORED_HEADER: Final = b"pastense-ignored-keys"
PRUNED_HEADER: Final = b"pastense-pruned"


class Ingested(msgspec.Struct, frozen=True):
    """What became of the drafts of one request: one outcome for each, in order, and counts."""

    outcomes: list[Outcome]
    stored: int
    duplicates: int
    keys_ignored: int
    pruned: int

    @property
    def left_out_headers(self) -> tuple[Header, ...]:
        """What was not kept, where there was any: how many metadata keys were left out, and how
        many events were older than the retention and lost all of their metadata."""
        counts = ((IGNORED_HEADER, self.keys_ignored), (PRUNED_HEADER, self.pruned))
        return tuple((name, str(count).encode()) for name, count in counts if count)

    @property
    def count_headers(self) -> tuple[Header, ...]:
        """What the answer to several events says of them."""
        return (
            (STORED_HEADER, str(self.stored).encode()),
            (DUPLICATES_HEADER, str(self.duplicates).encode()),
            *self.left_out_headers,
        )


async def ingest(exchange: Exchange, drafts: Sequence[Draft]) -> Ingested:
    """Judge each draft, store those that pass together, count what became of them.

    Returns after the commit; raises `Unavailable` where nothing was stored.
    """
    state, limits, workspace = exchange.state, exchange.limits, exchange.workspace.number
    now = state.clock.now()
    judged = [judge(draft, workspace, now, limits) for draft in drafts]
    outcomes = await _store(exchange, judged)
    stored, duplicates = state.tally.add_outcomes(workspace, outcomes)
    accepted = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
    ignored = sum(outcome.keys_ignored for outcome in accepted)
    pruned = sum(outcome.pruned for outcome in accepted)
    return Ingested(outcomes, stored, duplicates, ignored, pruned)


async def _store(exchange: Exchange, judged: list[NewEvent | Refused]) -> list[Outcome]:
    """Store what passed; the outcomes stand at the places of their events."""
    passed = [event for event in judged if isinstance(event, NewEvent)]
    if not passed:
        return [event for event in judged if isinstance(event, Refused)]
    outcomes = await exchange.state.submit(passed)
    if len(passed) == len(judged):
        return outcomes
    stored = iter(outcomes)
    return [event if isinstance(event, Refused) else next(stored) for event in judged]
