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


class Ingested(msgspec.Struct):
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
        if not self.keys_ignored and not self.pruned:
            return ()
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


class Judged(msgspec.Struct):
    """What the rules made of the drafts of one request: events and refusals in their order, those
    events that are to be stored, and how the refused ones were named, by their places.

    It waits for the store, and the drafts, which are several times as large, need not.
    """

    items: list[NewEvent | Refused]
    passed: list[NewEvent]
    refused_names: dict[int, str | None]

    def name(self, index: int) -> str | None:
        """How the event at a place is named; None where it has no name."""
        item = self.items[index]
        return item.name if isinstance(item, NewEvent) else self.refused_names[index]

    def outcomes(self, stored: list[Outcome]) -> list[Outcome]:
        """What became of each draft; `stored` has one outcome for each that passed."""
        if len(self.passed) == len(self.items):
            return stored
        found = iter(stored)
        return [one if isinstance(one, Refused) else next(found) for one in self.items]

    def ended(self, exchange: Exchange, stored: list[Outcome]) -> Ingested:
        """Count what became of the drafts; `stored` as in `outcomes`."""
        outcomes = self.outcomes(stored)
        state, workspace = exchange.state, exchange.workspace.number
        count, duplicates = state.tally.add_outcomes(workspace, outcomes)
        ignored = pruned = 0
        for outcome in stored:
            if isinstance(outcome, Accepted):
                ignored += outcome.keys_ignored
                pruned += outcome.pruned
        return Ingested(outcomes, count, duplicates, ignored, pruned)


def judge_all(exchange: Exchange, drafts: Sequence[Draft]) -> Judged:
    """Take each draft through the rules."""
    limits, workspace = exchange.limits, exchange.workspace.number
    now = exchange.state.clock.now()
    items = [judge(draft, workspace, now, limits) for draft in drafts]
    passed = [event for event in items if isinstance(event, NewEvent)]
    names: dict[int, str | None] = {}
    if len(passed) < len(items):
        pairs = enumerate(zip(drafts, items, strict=True))
        names = {index: draft.name for index, (draft, one) in pairs if isinstance(one, Refused)}
    return Judged(items, passed, names)
