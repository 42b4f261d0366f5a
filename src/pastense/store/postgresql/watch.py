"""Looks at what a connection is doing from beside: whom it waits for, and how far an index is."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Final

from pastense.store.base import StoreError
from pastense.store.base.schema import Tell
from pastense.store.postgresql.connection import PostgresqlConnection
from pastense.store.postgresql.database import Database
from pastense.store.postgresql.errors import FAILURES

LOOK_EVERY_S: Final = 0.3
_HOLDERS: Final = """
SELECT pid, coalesce(application_name, ''), coalesce(usename, ''), coalesce(state, ''),
  coalesce(extract(epoch FROM clock_timestamp() - xact_start), 0)::bigint
FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids(?1::integer)) ORDER BY pid
"""
_INDEX: Final = """
SELECT phase, CASE WHEN blocks_total > 0 THEN blocks_done ELSE tuples_done END,
  CASE WHEN blocks_total > 0 THEN blocks_total ELSE tuples_total END,
  CASE WHEN blocks_total > 0 THEN 'blocks' ELSE 'rows' END
FROM pg_stat_progress_create_index WHERE pid = ?1::integer
"""


class Watch:
    """Watches within its block, if that lasts longer than a moment."""

    def __init__(self, database: Database, watched: int, words: str, tell: Tell) -> None:
        """`watched` is the process in the database; `words` say what it is about."""
        self.holders = ""
        """Who held, when last looked, what the watched one waited for."""
        self._database = database
        self._watched = watched
        self._words = words
        self._tell = tell
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        if self._over.wait(LOOK_EVERY_S):
            return
        try:
            connection = self._database.connect()
        except (StoreError, *FAILURES):
            return  # What is watched fails as well, and says why.
        try:
            while not self._over.is_set():
                self._look(connection)
                self._over.wait(LOOK_EVERY_S)
        except FAILURES:
            return
        finally:
            connection.close()

    def _look(self, connection: PostgresqlConnection) -> None:
        holders = connection.execute(_HOLDERS, (self._watched,)).fetchall()
        if holders:
            self.holders = ", ".join(_holder(*row) for row in holders)
            self._tell(f"{self._words} waits for {self.holders}", True)
        for phase, done, total, unit in connection.execute(_INDEX, (self._watched,)).fetchall():
            self._tell(f"{self._words}: {phase}, {done} of {total} {unit}", True)


def _holder(pid: int, application: str, user: str, state: str, seconds: int) -> str:
    """A connection in words for an operator; not what it says, which may hold people's data."""
    what = f"{application or 'a program'} of {user}" if user else application or "a program"
    return f"{what} (process {pid} of the database, {state or 'at work'}, since {seconds} s)"
