"""Four processes that track, are killed at random and started again, while faults come in turn."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import sys
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from pastense.client.tracking.tracker import Tracker
from tests.support.long_runs import Found
from tests.tracker.conftest import wait_until
from tests.tracker.torture_program import work

START = multiprocessing.get_context("forkserver")
"""A new process is a fork of one that has only loaded the tracker: quick, and nothing is shared."""
START.set_forkserver_preload(["tests.tracker.torture_program"])
PROCESSES = 4
LIFE_EVENTS = (20, 100)
"""A process is killed once it tracked a number of events between these two."""
FAULT_EVERY_S = 0.02
HANG_S = 0.3
LATE_USER = "u4"
"""A contact that the server knows only later: until then its events are answered 404."""
FAULTS = (
    lambda sandbox: sandbox.fail_next(2, status=500),
    lambda sandbox: sandbox.lose_answer(2),
    lambda sandbox: sandbox.fail_next(1, status=429, retry_after_s=0),
    lambda sandbox: sandbox.reset_connection(2),
    lambda sandbox: sandbox.fail_next(2, status=401),
    lambda sandbox: sandbox.hang(HANG_S),
    lambda sandbox: sandbox.fail_next(2, status=503, retry_after_s=0),
    lambda sandbox: sandbox.hang(HANG_S, stored=True),
    lambda sandbox: sandbox.fail_next(1, status=408),
)


@dataclass
class Outcome:
    """What the ledgers say and what the server has, by the numbers of the events."""

    attempted: set[int] = field(default_factory=set)
    """Of one that is not tracked too, a process was killed within `track`: nothing was promised."""
    tracked: set[int] = field(default_factory=set)
    dropped: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)
    """Told at a close that nobody knows what became of them."""
    counted: int = 0
    """Drops by the counters of processes that came to their end."""
    stored: list[int] = field(default_factory=list)
    kills: int = 0
    faults: int = 0
    seconds: float = 0.0

    @property
    def lost(self) -> set[int]:
        """Tracked, not stored, and nobody was told."""
        return self.missing - self.dropped - self.unknown

    @property
    def missing(self) -> set[int]:
        """Tracked and not stored."""
        return self.tracked - set(self.stored)

    @property
    def told_and_stored(self) -> set[int]:
        """Dropped as a ledger has it, and yet there. A process that is killed between telling of a
        drop and noting it in the spool leaves one event that is sent once more."""
        return self.dropped & self.tracked & set(self.stored)

    @property
    def found(self) -> Found:
        """The figures that all long runs have."""
        doubled = len(self.stored) - len(set(self.stored))
        return Found(self.kills, len(self.tracked), len(self.lost), doubled, len(self.unknown))

    def table(self) -> str:
        """The figures of a run in one line."""
        figures = {
            "events": len(self.attempted),
            "killed within track": len(self.attempted - self.tracked),
            "tracked": len(self.tracked),
            "stored": len(self.stored),
            "stored twice": self.found.doubled,
            "missing": len(self.missing),
            "told as dropped": len(self.dropped & self.tracked),
            "counted by those that ended": self.counted,
            "told as unknown": len(self.unknown),
            "lost": len(self.lost),
            "told and stored": len(self.told_and_stored),
            "kills": self.kills,
            "faults": self.faults,
            "seconds": round(self.seconds, 1),
        }
        return ", ".join(f"{name} {value:,}" for name, value in figures.items())


class Torture:
    """One run against a sandbox; `options` are those of the trackers."""

    def __init__(self, sandbox, folder: Path, events: int, *, kill: bool, **options) -> None:
        self._sandbox = sandbox
        self._folder = folder
        self._events = events
        self._kill = kill
        self._options = options
        self._random = random.Random(20_270_115)
        self._outcome = Outcome()
        self._done = threading.Event()

    def run(self) -> Outcome:
        """All events from all processes; then what is in the spool is sent; then a look."""
        begun = time.monotonic()
        for user in range(4):
            self._sandbox.add_contact(f"u{user}")
        faults = threading.Thread(target=self._disturb)
        slots = [threading.Thread(target=self._fill, args=(n,)) for n in range(PROCESSES)]
        for thread in (*slots, faults):
            thread.start()
        for thread in slots:
            thread.join()
        self._done.set()
        faults.join()
        self._sandbox.clear_faults()
        self._send_rest()
        self._look()
        self._outcome.seconds = time.monotonic() - begun
        return self._outcome

    def _disturb(self) -> None:
        """Every fault in turn; the late contact comes once all have come."""
        faults = itertools.cycle(FAULTS)
        while not self._done.wait(FAULT_EVERY_S):
            if self._is_undisturbed():
                next(faults)(self._sandbox)
                self._outcome.faults += 1
                if self._outcome.faults == len(FAULTS):
                    self._sandbox.add_contact(LATE_USER)

    def _is_undisturbed(self) -> bool:
        """Whether a request got through since the last fault. Without that a process that is the
        last one left would meet a fault at each attempt, and never come to its end."""
        if self._sandbox.pending_faults:
            return False
        requests = self._sandbox.requests
        return bool(requests) and requests[-1].fault is None

    def _fill(self, slot: int) -> None:
        """One slot's share of the events, by one process after the other."""
        share = self._events // PROCESSES
        number, behind = slot * share, (slot + 1) * share
        life = 0
        while number < behind:
            path = self._folder / f"{slot}-{life}.ledger"
            path.touch()
            killed = self._watch(self._start(path, number, behind), path)
            self._outcome.kills += killed  # Not in one step: the others count meanwhile.
            number += len([line for line in _lines(path) if line[0] == "A"])
            life += 1

    def _start(self, path: Path, first: int, behind: int) -> BaseProcess:
        target = (self._sandbox.base_url, self._sandbox.token, str(path))
        process = START.Process(target=work, args=(*target, first, behind, self._options))
        process.start()
        return process

    def _watch(self, process: BaseProcess, path: Path) -> bool:
        """Wait for the end, or kill it in the middle of its work."""
        life = self._random.randint(*LIFE_EVENTS) if self._kill else sys.maxsize
        wait_until(
            lambda: (
                process.exitcode is not None or path.stat().st_size > life * len("A 1000\nT 1000\n")
            ),
            timeout_s=120,
        )
        process.kill()  # Does nothing to one that has ended.
        process.join()
        killed = process.exitcode != 0
        process.close()
        return killed

    def _send_rest(self) -> None:
        """What a next process does: here it is this one."""
        if "spool" in self._options:
            target = {"token": self._sandbox.token, "base_url": self._sandbox.base_url}
            with Tracker(**target, spool=self._options["spool"]) as tracker:
                assert tracker.flush(60), tracker.stats()

    def _look(self) -> None:
        for path in self._folder.glob("*.ledger"):
            for kind, number in _lines(path):
                if kind == "A":
                    self._outcome.attempted.add(int(number))
                elif kind == "T":
                    self._outcome.tracked.add(int(number))
                elif kind == "D":
                    self._outcome.dropped.add(int(number))
                elif kind == "U":
                    self._outcome.unknown.add(int(number))
                else:
                    self._outcome.counted += int(number)
        self._outcome.stored = [event.metadata["number"] for event in self._sandbox.events]


def _lines(path: Path) -> list[list[str]]:
    """The whole lines of a ledger."""
    return [line.split() for line in path.read_text().splitlines(keepends=True) if line[-1] == "\n"]
