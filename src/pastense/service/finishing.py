"""Applies the migrations that had to wait when the server began, in a thread of their own.

They wait until no server that knows less is alive, and may take long; so the server serves
meanwhile. Each part of one is a short transaction, and an interrupted one is begun anew at the
next start.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from pastense.store.base import Store, StoreError, StoreRefused
from pastense.store.telling import LogTeller

LOOK_EVERY_S: Final = 60.0
"""How often it is looked whether they still must wait."""
_log = logging.getLogger("pastense.migrations")


class Finishing:
    """The thread, which ends where nothing is missing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._teller = LogTeller()
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
                self._teller.tell, lambda: not self._stopping.is_set()
            )
        except (StoreError, StoreRefused) as error:
            if not self._stopping.is_set():
                _log.warning("a migration was not finished and is tried again: %s", error)
        except Exception:
            _log.exception("a migration broke and is tried again")
        return False
