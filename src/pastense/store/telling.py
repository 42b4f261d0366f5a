"""Tells the log how migrations go, for those who have no terminal."""

from __future__ import annotations

import logging
import time
from typing import Final

PASSING_EVERY_S: Final = 10.0
_log = logging.getLogger("pastense.migrations")


class LogTeller:
    """What passes is logged now and then, and what lasts once, however often it is said."""

    def __init__(self) -> None:
        self._lasting: set[str] = set()
        self._passed = time.monotonic()

    def tell(self, sentence: str, passing: bool) -> None:
        """See `store.base.schema.Tell`."""
        if passing:
            if time.monotonic() - self._passed < PASSING_EVERY_S:
                return
            self._passed = time.monotonic()
        elif sentence in self._lasting:
            return
        else:
            self._lasting.add(sentence)
        _log.info("%s", sentence)
