"""Lives that begin with the start of a program: what a start does to a store by itself, killed at
a call of it. Each life begins on the same store as the one before."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from abc import abstractmethod
from pathlib import Path

from tests.crash.api import Api
from tests.faults.lives import Life
from tests.faults.old_store import EVENTS, look_at_old
from tests.faults.power import look, rows
from tests.faults.shim import Behind
from tests.faults.sufferer import PROGRAM, Sufferer
from tests.support.server import NotStarted, RunningServer

DAY_S = 86_400
RETENTION = {"PASTENSE_RETENTION_DAYS": "30"}
EVENTS_EACH = 25
"""Old ones and young ones of a user and a lead; a step prunes 40."""
OLD_STORE = str(Path(__file__).with_name("old_store.py"))
METADATA = "SELECT count(*) FROM events WHERE metadata IS NOT NULL AND created_at {} {}"
SERVER = (PROGRAM,)


class StartLife(Life):
    """Lives from the same store on, which `make` makes once."""

    def __init__(self, behind: Behind) -> None:
        super().__init__(behind)
        self.make()
        self._first = behind.folder / "first"
        shutil.copytree(self.behind.data, self._first)

    @abstractmethod
    def make(self) -> None:
        """Make the store."""

    def prepare(self) -> None:
        shutil.rmtree(self.behind.data)
        shutil.copytree(self._first, self.behind.data)

    def start(self, **settings: str) -> RunningServer | None:
        """A server that may be killed before it serves; None where it was."""
        try:
            return self.behind.start(SERVER, settings)
        except NotStarted:
            assert self.behind.control.failed, "it did not start, and nobody killed it"
            return None

    def outlived_start(self, **settings: str) -> bool:
        """Start, and wait for what it does by itself; it is not there afterwards."""
        server = self.start(**settings)
        if server is None:
            return False
        try:
            return self.outlives(server)
        finally:
            server.kill()


class Retention(StartLife):
    """A server's start after one that was killed, with a retention that is new: the log is settled,
    events that are too old lose their metadata in steps, the pages are scrubbed."""

    def make(self) -> None:
        # It ends with a kill, so that the next start finds a log to settle.
        with Sufferer(self.behind, pairs=2) as sufferer:
            actor = sufferer.actor
            for person in actor.people[0]:
                for ago_s in (60 * DAY_S, 0):
                    sufferer.wants = lambda p=person, s=ago_s: actor.sends(p, EVENTS_EACH, ago_s=s)
                    sufferer.until_well()
        self._books = sufferer.books()
        self._edge = int(time.time()) - 30 * DAY_S
        self._young = self._with_metadata(self.behind.path, ">")

    @property
    def acknowledged(self) -> int:
        return self._books.events()

    def live(self) -> bool:
        return not self.outlived_start(**RETENTION)

    def look(self, path: Path) -> None:
        look(path, [self._books], self.tally, finish=True)
        if self._with_metadata(path, ">") != self._young:
            self.tally.blame("wrong", "events that are young enough lost their metadata")

    def go_on(self) -> None:
        assert self.outlived_start(**RETENTION)
        if self._with_metadata(self.behind.path, "<"):
            self.tally.blame("wrong", "old events kept their metadata")
        self.look(self.behind.path)

    def left(self, path: Path) -> int:
        return self._with_metadata(path, "<") + super().left(path)

    def _with_metadata(self, path: Path, than: str) -> int:
        return rows(path, METADATA.format(than, self._edge))[0][0]


class Migration(StartLife):
    """`pastense migrate` on a store of the first schema; the next server serves it."""

    @property
    def acknowledged(self) -> int:
        return EVENTS + self.tally.cuts

    def make(self) -> None:
        assert self._run(OLD_STORE, str(self.behind.path)) == 0

    def live(self) -> bool:
        code = self._run("-m", "pastense", "migrate", "--database", self.behind.database)
        assert code in (0, -signal.SIGKILL)
        return code != 0

    def look(self, path: Path) -> None:
        look_at_old(path, self.tally)

    def go_on(self) -> None:
        server = self.behind.start(SERVER)
        try:
            printed = [line for line in server.printed if line.startswith("Token: ")]
            token = printed[0].split()[1] if printed else server.token()
            with Api(server.port, token) as api:
                event = {"event_name": "did", "created_at": EVENTS + 1, "user_id": "u1"}
                api.expect(202, "POST", "/events", event)
        finally:
            server.kill()
        look_at_old(self.behind.path, self.tally, EVENTS + 1)

    def _run(self, *program: str) -> int:
        environment = os.environ | self.behind.environment()
        command = [sys.executable, *program]
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode
