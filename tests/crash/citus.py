"""The crash test's run on Citus: server processes and nodes are killed, a node is added, and shards
are moved to it, all under load."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.crash.cycles import SEED, Outcome
from tests.crash.lasting_load import LastingLoad
from tests.crash.postgresql import WorkersRun
from tests.support.citus import Cluster, control
from tests.support.server import RunningServer

NODES = ("worker1", "worker2")
NODE_GONE_MAX_S = 2.0


class PatientLoad(LastingLoad):
    """What was cut off between the two phases of its commit holds its rows until Citus ends it,
    which it looks for once a minute."""

    reach_timeout_s = 150.0


class CitusRun(WorkersRun):
    """In each cycle a server process is killed, then a node, which comes back; in the first one a
    node is added. At the end of each all server processes are killed at once."""

    load = PatientLoad

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        super().__init__(folder, cluster.address)
        self._cluster = cluster
        self._chance = random.Random(SEED)
        self.nodes_killed = 0
        self.shards_moved = 0

    def _kill_under_load(self, server: RunningServer, cycle: int, outcome: Outcome) -> None:
        troubles: list[Callable[[], None]] = [
            lambda: self._kill_worker(server),
            lambda: self._kill_node(NODES[cycle % len(NODES)]),
        ]
        if cycle == 0:
            troubles.append(self._grow)
        self._load(server, cycle, outcome, troubles, server.kill_group)

    def _kill_worker(self, server: RunningServer) -> None:
        os.kill(self._chance.choice(server.workers()), signal.SIGKILL)
        self.workers_killed += 1

    def _kill_node(self, name: str) -> None:
        control("kill", name)
        time.sleep(self._chance.uniform(0, NODE_GONE_MAX_S))
        control("restart", name)
        self.nodes_killed += 1

    def _grow(self) -> None:
        self._cluster.grow()
        before = self._cluster.placements()
        self._cluster.rebalance()
        self.shards_moved += len(set(self._cluster.placements()) - set(before))
