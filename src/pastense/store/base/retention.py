"""What a store does with events that are older than their workspace keeps them whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class RetentionStore(Protocol):
    """Pruning: an old event loses its metadata; its key stays for ever."""

    def prune_step(self, pruned_s: Mapping[int, int], after: int) -> int | None:
        """Prune some events in one short transaction, or look at some contacts and find none.

        `pruned_s` has, by workspace, the last second whose events keep no metadata; the others
        keep all. A pass begins with `after` 0 and goes on with what the step before returned,
        until that is None. What is pruned already costs a pass next to nothing.
        """
        ...
