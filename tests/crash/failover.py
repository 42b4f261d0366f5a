"""The crash test's run over a primary that dies and a standby that is promoted."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.crash.postgresql import DATABASE_GONE_MAX_S, DatabaseRun
from tests.support.postgresql import Server
from tests.support.waiting import wait_until

CUT_OFF_S = 0.3
"""So long nothing reaches the standby before the primary dies."""
SENDERS = "SELECT pid FROM pg_stat_replication WHERE state = 'streaming'"


class Pair:
    """Two servers in turn, of which one follows the other. Where it `is_synchronous`, a commit
    waits for the standby: as whoever wants to lose nothing has to set it."""

    def __init__(self, is_synchronous: bool) -> None:
        self._is_synchronous = is_synchronous
        self.primary = Server()
        try:
            self.standby = Server(self.primary)
            self._attach()
        except BaseException:
            self.primary.stop()
            raise

    def address(self, database: str) -> str:
        """Both of them; whoever connects takes the one that can be written to."""
        hosts = f"{self.primary.folder},{self.standby.folder}"
        return f"postgresql://postgres@/{database}?host={hosts}&target_session_attrs=read-write"

    def fail_over(self, after_s: float) -> None:
        """The standby is cut off, the primary dies, some time later the standby is promoted, and
        gets one of its own in the place of the dead one."""
        senders = self._senders()
        for sender in senders:
            os.kill(sender, signal.SIGSTOP)
        time.sleep(CUT_OFF_S)
        self.primary.kill()
        for sender in senders:  # It stands still, and so does not see that the others ended.
            with suppress(ProcessLookupError):
                os.kill(sender, signal.SIGKILL)
        time.sleep(after_s)
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary
        self.standby.follow(self.primary)
        self._attach()

    def stop(self) -> None:
        """End both."""
        self.primary.stop()
        self.standby.stop()

    def _attach(self) -> None:
        """Until the standby gets what is written, and is waited for where it should be."""
        wait_until(self._senders)
        self.standby.wait_for_standby(False)  # It has none when it is promoted.
        self.primary.wait_for_standby(self._is_synchronous)

    def _senders(self) -> list[int]:
        return [pid for (pid,) in self.primary.execute(SENDERS)]


class FailoverRun(DatabaseRun):
    """In each cycle the primary dies; the server's processes must outlive that."""

    def __init__(self, folder: Path, pair: Pair) -> None:
        super().__init__(folder, pair.address("postgres"))
        self._pair = pair

    def _kill_database(self) -> None:
        self._pair.fail_over(self._chance.uniform(0, DATABASE_GONE_MAX_S))
