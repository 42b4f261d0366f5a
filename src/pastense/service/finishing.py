"""Applies the migrations that had to wait when the server began, in a thread of their own.

They wait until no server that knows less is alive, and may take long; so the server serves
meanwhile. Each part of one is a short transaction, and an interrupted one is begun anew at the
next start.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from pastense.store.base import Store, StoreError, StoreRefused

LOOK_EVERY_S: Final = 60.0
"""How often it is looked whether they still must wait."""
TOLD_EVERY_S: Final = 10.0
_log = logging.getLogger("pastense.migrations")


class Finishing:
    """The thread, which ends where nothing is missing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="finishing", daemon=True)

    def start(self) -> None:
        """Begin at once."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End after the part that is under way, or give up waiting for it."""
        self._stopping.set()
        self._thread.join(max(0.1, timeout_s))

    def _run(self) -> None:
        while not self._stopping.is_set() and not self._try():
            self._stopping.wait(LOOK_EVERY_S)

    def _try(self) -> bool:
        """Whether there is nothing more to do."""
        try:
            return self._store.schema.is_finished() or self._store.schema.finish(
                self._tell, lambda: not self._stopping.is_set()
            )
        except (StoreError, StoreRefused) as error:
            if not self._stopping.is_set():
                _log.warning("a migration was not finished and is tried again: %s", error)
        except Exception:
            _log.exception("a migration broke and is tried again")
        return False

    def _tell(self, sentence: str, passing: bool) -> None:
        """The log gets what passes now and then, and what lasts once while it is the same."""
        kind, now = "" if passing else sentence, time.monotonic()
        if passing and now - self._told.get(kind, -TOLD_EVERY_S) < TOLD_EVERY_S:
            return
        if passing or kind not in self._told:
            _log.info("%s", sentence)
        self._told[kind] = now
