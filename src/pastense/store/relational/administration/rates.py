"""How many calls were made in the windows of the rate limits; see `store.base.RateStore`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

import msgspec

from pastense.store.base import RateWindow
from pastense.store.relational.connection import Database
from pastense.store.statements import Statements

SQL: Final = Statements("rates.sql")
STEP_WINDOWS_MAX: Final = 1_000
_encode = msgspec.json.Encoder().encode


class RateWindows:
    """Counts calls and forgets them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, calls: Mapping[RateWindow, int]) -> dict[RateWindow, int]:
        """Add calls to windows; how many each has now."""
        # In the order of the key, whoever asks: two that wait for each other would never end.
        given = sorted((start, workspace, count) for (workspace, start), count in calls.items())
        rows = self._database.write_alone(SQL["count"], (_encode(given).decode(),))
        return {(workspace, start): count for start, workspace, count in cast(_Rows, rows)}

    def forget_step(self, before: int) -> bool:
        """Forget some windows that began before that second."""
        if not self._database.query(SQL["any_old"], (before,)):
            return False
        forgotten = self._database.write_alone(SQL["forget"], (before, STEP_WINDOWS_MAX))
        return len(forgotten) == STEP_WINDOWS_MAX


_Rows = list[tuple[int, int, int]]
