"""Retention: passes over all contacts that take the metadata from events grown too old.

Source: decisions.md "Retention".
"""

from __future__ import annotations

from typing import Final

from pastense.clock import Clock
from pastense.limits import Limits, last_second_outside
from pastense.profiles import workspace_limits
from pastense.store.base import Store

PASS_EVERY_S: Final = 3_600
"""A pass begins once the edge of a retention has moved by so much: with the clock or, when
somebody sets another retention, by a leap."""


class Pruning:
    """One pass after the other, a short step at each call. Where a pass stands is kept in memory:
    after a restart it begins anew, and what is pruned already costs it next to nothing."""

    __name__ = "prune"

    def __init__(self) -> None:
        self._began: dict[int, int] = {}
        self._after: int | None = None

    def __call__(self, store: Store, clock: Clock, limits: Limits) -> bool:
        """Begin a pass where one is due, or go on; whether there is more to do. Each step goes by
        what holds now: a retention that was just taken away prunes nothing more."""
        edges = _edges(store, clock, limits)
        if self._after is None:
            if not self._is_due(edges):
                return False
            self._began, self._after = edges, 0
        self._after = store.retention.prune_step(edges, self._after)
        return self._after is not None

    def _is_due(self, edges: dict[int, int]) -> bool:
        return any(
            abs(edge - self._began.get(number, -1)) >= PASS_EVERY_S
            for number, edge in edges.items()
        )


def _edges(store: Store, clock: Clock, limits: Limits) -> dict[int, int]:
    """The last second whose events keep no metadata, of each workspace that has a retention."""
    now = clock.now()
    edges = {}
    for workspace in store.admin.workspaces():
        days = workspace_limits(limits, workspace.settings).retention_days
        edges[workspace.number] = last_second_outside(now, days)
    return {number: edge for number, edge in edges.items() if edge >= 0}
