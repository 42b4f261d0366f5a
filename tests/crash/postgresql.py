"""The crash test's run on PostgreSQL: worker processes, whole groups or the database are killed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from tests.crash.cycles import SEED, SERVE, CrashRun, Outcome
from tests.crash.lasting_load import LastingLoad
from tests.support.postgresql import Server
from tests.support.server import RunningServer, start_server

WORKERS = 4
ACKNOWLEDGED_BETWEEN = 60
"""Requests acknowledged between one trouble and the next."""
WORKERS_KILLED_MAX = 3
DATABASE_GONE_MAX_S = 0.5


class WorkersRun(CrashRun):
    """In each cycle workers are killed one after the other, which are begun anew meanwhile, and
    then the parent with all of them at once."""

    load = LastingLoad

    def __init__(self, folder: Path, address: str, program: tuple[str, ...] = SERVE) -> None:
        super().__init__(folder, program)
        self._database = address
        self.workers_killed = 0

    def _start(self) -> RunningServer:
        workers = ("--workers", str(WORKERS))
        return start_server(self._database, *workers, program=self._program, own_group=True)

    def _kill_under_load(self, server: RunningServer, cycle: int, outcome: Outcome) -> None:
        kills = self._random.randint(1, WORKERS_KILLED_MAX)
        troubles = [lambda: self._kill_worker(server)] * kills
        self._load(server, cycle, outcome, troubles, server.kill_group)

    def _load(
        self,
        server: RunningServer,
        cycle: int,
        outcome: Outcome,
        troubles: list[Callable[[], None]],
        end: Callable[[], None],
    ) -> None:
        ledger = outcome.ledger
        before = ledger.requests_acknowledged
        load = self.load(server.port, self._token, self._plan, ledger, cycle)
        asyncio.run(load.run_through(ACKNOWLEDGED_BETWEEN, troubles, end))
        outcome.acknowledged_per_cycle.append(ledger.requests_acknowledged - before)

    def _kill_worker(self, server: RunningServer) -> None:
        os.kill(self._random.choice(server.workers()), signal.SIGKILL)
        self.workers_killed += 1

    def _check_file(self) -> None:
        """There is none."""


class DatabaseRun(WorkersRun, ABC):
    """In each cycle something happens to the database; the server's processes must outlive that."""

    def __init__(self, folder: Path, address: str, program: tuple[str, ...] = SERVE) -> None:
        super().__init__(folder, address, program)
        self._chance = random.Random(SEED)
        self.workers_seen: set[int] = set()

    def _kill_under_load(self, server: RunningServer, cycle: int, outcome: Outcome) -> None:
        self.workers_seen |= set(server.workers())
        self._load(server, cycle, outcome, [self._kill_database], lambda: None)
        self.workers_seen |= set(server.workers())

    @abstractmethod
    def _kill_database(self) -> None:
        """Kill it, and have it back, here or elsewhere."""

    def _start_again(self, server: RunningServer) -> RunningServer:
        """It was never gone."""
        return server


class RestartRun(DatabaseRun):
    """The database is killed and comes back where it was."""

    def __init__(self, folder: Path, cluster: Server, program: tuple[str, ...] = SERVE) -> None:
        super().__init__(folder, cluster.address("postgres"), program)
        self._cluster = cluster

    def _kill_database(self) -> None:
        self._cluster.kill()
        time.sleep(self._chance.uniform(0, DATABASE_GONE_MAX_S))
        self._cluster.start()
