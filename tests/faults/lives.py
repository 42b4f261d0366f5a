"""What a request goes through from its first call to the system to the last one behind its answer,
lived again and again and killed at another call each time."""

from __future__ import annotations

import shutil
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.crash.api import Api
from tests.faults.actors import Act, Gone, Person
from tests.faults.power import Tally, look, memory, rows
from tests.faults.shim import (
    AFTER,
    BEFORE,
    NEVER,
    OPENS,
    REMOVES,
    SYNCS,
    TRUNCATES,
    WRITES,
    Behind,
)
from tests.faults.sufferer import Sufferer
from tests.support.server import RunningServer

ALL = WRITES | SYNCS | TRUNCATES | OPENS | REMOVES
QUIET_S = 0.08
"""Longer than upkeep rests between two small steps."""
OVER_S = 20.0
LEFT = """
SELECT (SELECT count(*) FROM moves) + (SELECT count(*) FROM erasures)
  + (SELECT count(*) FROM scrub WHERE wanted OR next_page)
"""


@dataclass(frozen=True)
class Way:
    """How it is killed at a call: which calls count, and where in the call the end comes."""

    kinds: int = ALL
    ends: int = BEFORE
    half: int = 0


WAYS = {
    "before a call": Way(),
    "in the middle of a write": Way(kinds=WRITES, half=1),
    "after a call": Way(ends=AFTER),
}


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    """The folder as it is now, to be looked at: what looks at a store must not mend the one that
    the next server meets. What lies in -shm is worth nothing after a kill."""
    with tempfile.TemporaryDirectory(dir=memory()) as images:
        copy = Path(images) / "data"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*-shm"))
        yield copy


def place(folder: Path) -> Behind:
    """Where a life can be lived: the log is folded into the file after every commit, so that
    folding is a part of it, and what upkeep leaves to its next round is soon done."""
    settings = {"FAULTS_FOLD_PAGES": "1", "FAULTS_ROUND_S": "0.2"}
    return Behind(folder, settings, keeps_log=False)


class Life(ABC):
    """One store behind the shim; `tally` is what was found in all of its lives, in which `cuts`
    are kills."""

    def __init__(self, behind: Behind) -> None:
        self.behind = behind
        self.tally = Tally()
        self.made = b""
        """Of which kinds the calls of the last life were."""

    @property
    @abstractmethod
    def acknowledged(self) -> int:
        """Events that were promised so far."""

    def cycle(self, way: Way, nth: int) -> bool:
        """Live, killed at the nth call; look at what is left, and let the next server go on.
        Whether it was killed: else it has fewer calls."""
        self.prepare()
        self.behind.control.kill(way.kinds, nth, way.ends, way.half)
        killed = self.live()
        self.made = self.behind.control.made()
        self.behind.control.kill(way.kinds, NEVER)
        self.tally.cuts += killed
        self.tally.acknowledged = self.acknowledged
        with copied(self.behind.data) as copy:
            self.look(copy / self.behind.path.name)
        if killed:
            self.go_on()
        return killed

    @abstractmethod
    def prepare(self) -> None:
        """Whatever comes before the calls that count."""

    @abstractmethod
    def live(self) -> bool:
        """Do it; whether it was killed."""

    @abstractmethod
    def look(self, path: Path) -> None:
        """Compare the store as the kill left it with what was promised."""

    @abstractmethod
    def go_on(self) -> None:
        """Start again on the same store, and ask for the same again."""

    def outlives(self, server: RunningServer) -> bool:
        """Wait until the server was killed or has nothing more to do; whether it was not killed."""
        end = time.monotonic() + OVER_S
        while not self.behind.control.failed:
            if self._is_quiet():
                # Scrubbing gives way to whoever reads the store itself.
                with copied(self.behind.data) as copy:
                    if not self.left(copy / self.behind.path.name):
                        return True
            assert time.monotonic() < end, "it does not come to an end"
        server.process.wait()
        return False

    def _is_quiet(self) -> bool:
        calls = self.behind.control.get("calls")
        end = time.monotonic() + QUIET_S
        while time.monotonic() < end:
            time.sleep(0.01)
            if self.behind.control.failed or self.behind.control.get("calls") != calls:
                return False
        return True

    def left(self, path: Path) -> int:
        """How much goes on behind the answers still."""
        return rows(path, LEFT)[0][0]


class RequestLife(Life):
    """One request and what goes on behind its answer. The server that goes on after a kill is the
    one that is killed next."""

    def __init__(self, sufferer: Sufferer) -> None:
        super().__init__(sufferer.behind)
        self.sufferer = sufferer
        self.actor = sufferer.actor

    @property
    def acknowledged(self) -> int:
        return self.actor.acknowledged

    def prepare(self) -> None:
        # The server has closed one that rested while others lived.
        self.sufferer.line.close()
        self.sufferer.connect()

    def ask(self, wanted: Callable[[], Act]) -> None:
        """Something that is not killed."""
        self.sufferer.wants = wanted
        self.sufferer.until_well()

    def live(self) -> bool:
        with suppress(*Gone):
            self.sufferer.ask()
        return not self.outlives(self.sufferer.server)

    def look(self, path: Path) -> None:
        look(path, [self.sufferer.books()], self.tally, finish=True)

    def go_on(self) -> None:
        self.sufferer.restart(kill=True)
        if len(self.actor.acts) > self.actor.done:
            self.sufferer.until_well()
        assert self.outlives(self.sufferer.server)


class Submission(RequestLife):
    """Some events: the commit, and the log folded into the file."""

    events = 1

    def prepare(self) -> None:
        super().prepare()
        person, _ = self.actor.people[0]
        # One that is whole, so that the log which the kill before left is folded: else it would
        # grow from life to life, and each had more calls than the last.
        self.ask(lambda: self.actor.sends(person, 1))
        self.sufferer.wants = lambda: self.actor.sends(person, self.events)


class ListSubmission(Submission):
    """More of them than a page holds."""

    events = 60


class Leaving(RequestLife):
    """A user and a lead with more events than a step takes. They are new in each life and gone
    after it, so that the store stays as large as it is."""

    pair: tuple[Person, Person] | None = None

    def make_pair(self) -> tuple[Person, Person]:
        """Some of the lead's events are the user's as well."""
        with Api(self.sufferer.server.port, self.sufferer.token) as api:
            user, lead = self.actor.make_pair(api)
        self.ask(lambda: self.actor.sends(user, 70))
        self.ask(lambda: self.actor.sends(lead, 70, again=20))
        return user, lead

    def ask_all(self, wanted: Callable[[], Act]) -> None:
        """The same with all that goes on behind the answer."""
        self.ask(wanted)
        assert self.outlives(self.sufferer.server)


class Merge(Leaving):
    """The answer, the steps that move, the pass over the pages."""

    def prepare(self) -> None:
        super().prepare()
        if self.pair:
            user, _ = self.pair
            self.ask_all(lambda: self.actor.deletes_one(user))
        self.pair = pair = self.make_pair()
        self.sufferer.wants = lambda: self.actor.merges_two(*pair)


class Deletion(Leaving):
    """The answer, the steps that erase, the pass over the pages."""

    def prepare(self) -> None:
        super().prepare()
        pair = self.make_pair()
        self.ask_all(lambda: self.actor.merges_two(*pair))
        self.sufferer.wants = lambda: self.actor.deletes_one(pair[0])
