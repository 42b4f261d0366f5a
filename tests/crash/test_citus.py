"""Nodes of Citus are killed and added under load: every acknowledged event is there once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.crash.citus import CitusRun
from tests.crash.postgresql import ACKNOWLEDGED_BETWEEN
from tests.crash.test_kill import assert_nothing_lost
from tests.support.citus import NO_CONTROL, Cluster, control, has_control

CYCLES = 4
CYCLES_SETTING = "PASTENSE_TEST_CITUS_CYCLES"
pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif(not has_control(), reason=NO_CONTROL),
]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A store of the test's own on all nodes; what was added to them is removed at the end."""
    cluster = Cluster(f"pastense_crash_{os.getpid()}")
    cluster.make()
    cluster.distribute()
    yield cluster
    cluster.drop()
    control("remove")


def test_every_acknowledged_event_survives_the_loss_of_nodes_once(tmp_path, long_run, cluster):
    run = CitusRun(tmp_path, cluster)
    outcome = run.run(int(os.environ.get(CYCLES_SETTING, CYCLES)), long_run.say)
    long_run.end("servers and nodes are killed, Citus", outcome.found)
    assert run.nodes_killed == run.workers_killed == outcome.cycles
    assert run.shards_moved > 0, "nothing was moved to the node that was added"
    assert min(outcome.acknowledged_per_cycle) >= 2 * ACKNOWLEDGED_BETWEEN
    assert outcome.ledger.requests_overloaded > 0, "nobody met a lost node"
    assert_nothing_lost(outcome)
