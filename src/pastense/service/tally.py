"""Count what happened, so that nothing is ignored or refused without a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pastense.model import Accepted, Outcome


class Tally:
    """Counters of this process since it started. Used from one thread, the web floor's."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter(
            dict.fromkeys(
                (
                    *("contact_fields_ignored", "events_duplicate", "events_pruned"),
                    *("events_stored", "metadata_keys_ignored"),
                ),
                0,
            )
        )

    def add(self, name: str, count: int = 1) -> None:
        """Count something by its name."""
        self._counts[name] += count

    def add_outcomes(self, outcomes: Iterable[Outcome]) -> tuple[int, int]:
        """Count stored, duplicate and refused events, and what of the stored ones was not kept;
        returns (stored, duplicates)."""
        stored = duplicates = 0
        for outcome in outcomes:
            if not isinstance(outcome, Accepted):
                self._counts[f"events_refused_{outcome.code}"] += 1
            elif outcome.duplicate:
                duplicates += 1
            else:
                stored += 1
                self._counts["events_pruned"] += outcome.pruned
                self._counts["metadata_keys_ignored"] += outcome.keys_ignored
        self._counts["events_stored"] += stored
        self._counts["events_duplicate"] += duplicates
        return stored, duplicates

    def counts(self) -> dict[str, int]:
        """All counters by name."""
        return dict(sorted(self._counts.items()))
