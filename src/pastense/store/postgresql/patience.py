"""End connections whose server does not answer, so that nobody waits for it without end.

A machine that is gone is found out by the system (`connection.NETWORK`), and whoever waits for a
lock gives up by himself. What is left is a server, or something on the way to it, that takes what
is sent, keeps the connection open and says nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Final
from weakref import WeakSet

from pastense.store.postgresql.connection import PostgresqlConnection

ANSWER_MAX_S: Final = 60.0
"""No statement of a server takes so long. One of a command may, as a copy's checksums do."""
LOOKS: Final = 30
"""So often within that time it is looked."""
_log = logging.getLogger("pastense.store")


class Patience:
    """Watches connections from a thread of its own, once it was begun."""

    def __init__(self, label: str, answer_max_s: float = ANSWER_MAX_S) -> None:
        self._label = label
        self._answer_max_s = answer_max_s
        self._watched: WeakSet[PostgresqlConnection] = WeakSet()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, connection: PostgresqlConnection) -> PostgresqlConnection:
        """Watch this connection for as long as it is there; returns it."""
        with self._lock:
            self._watched.add(connection)
        return connection

    def begin(self) -> None:
        """From now on none of them may keep anybody waiting for longer."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="patience", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(self._answer_max_s / LOOKS):
            with self._lock:
                watched = list(self._watched)
            for connection in watched:
                self._look(connection, time.monotonic())

    def _look(self, connection: PostgresqlConnection, now: float) -> None:
        asked_at = connection.asked_at
        if asked_at is not None and now - asked_at > self._answer_max_s:
            _log.error(
                "%s did not answer for %.0f s; the connection is ended, another one is made",
                self._label,
                now - asked_at,
            )
            connection.end()
