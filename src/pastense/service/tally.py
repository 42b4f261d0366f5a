"""Count what happened, so that nothing is ignored or refused without a trace."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from pastense.model import Accepted, Outcome

_ALWAYS_SHOWN: Final = (
    *("contact_fields_ignored", "events_duplicate", "events_pruned"),
    *("events_stored", "metadata_keys_ignored"),
)
_log = logging.getLogger("pastense.web")


class Tally:
    """Counters of this process since it started, apart for each workspace, which is named by its
    number. Used from one thread, the web floor's."""

    def __init__(self) -> None:
        self._by_workspace: defaultdict[int, Counter[str]] = defaultdict(_new_counts)
        self._without_token: Counter[str] = Counter()

    def add(self, workspace: int, name: str, count: int = 1) -> None:
        """Count something by its name."""
        self._by_workspace[workspace][name] += count

    def add_outcomes(self, workspace: int, outcomes: Iterable[Outcome]) -> tuple[int, int]:
        """Count stored, duplicate and refused events, and what of the stored ones was not kept;
        returns (stored, duplicates)."""
        counts = self._by_workspace[workspace]
        stored = duplicates = 0
        for outcome in outcomes:
            if not isinstance(outcome, Accepted):
                counts[f"events_refused_{outcome.code}"] += 1
            elif outcome.duplicate:
                duplicates += 1
            else:
                stored += 1
                if outcome.pruned or outcome.keys_ignored:
                    counts["events_pruned"] += outcome.pruned
                    counts["metadata_keys_ignored"] += outcome.keys_ignored
        if stored:
            counts["events_stored"] += stored
        if duplicates:
            counts["events_duplicate"] += duplicates
        return stored, duplicates

    def add_without_token(self, code: str) -> None:
        """Count a refusal that belongs to no workspace. No workspace may read it: the log has a
        line at the first one of each code, the tenth, the hundredth and so on."""
        self._without_token[code] += 1
        count = self._without_token[code]
        if count == 10 ** (len(str(count)) - 1):
            _log.info("refused for no workspace since the start: %d %s", count, code)

    def counts(self, workspace: int) -> dict[str, int]:
        """All counters of a workspace by name."""
        return dict(sorted(self._by_workspace.get(workspace, _new_counts()).items()))


def _new_counts() -> Counter[str]:
    return Counter(dict.fromkeys(_ALWAYS_SHOWN, 0))
