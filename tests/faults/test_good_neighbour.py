"""A good client beside a crowd of bad ones keeps its pace: its p99 within three times.

Each stretch beside a crowd has a stretch alone just before it, since other work on the machine
comes and goes; the median of the rounds' own ratios counts. Run by `make torture`
(PASTENSE_TEST_CROWD_ROUNDS).
"""

from __future__ import annotations

import itertools
import os
import statistics

import pytest

from tests.faults.crowd import CROWDS, EVENTS, Stretch, alone, beside
from tests.support.inprocess import InProcess
from tests.support.server import running_server

ROUNDS_SETTING = "PASTENSE_TEST_CROWD_ROUNDS"
RATIO_MAX = 3.0
FLOOR_MS = 5.0
"""A p99 below this is as good as any: the machine's own hiccups are larger."""


def ratio(quiet: Stretch, crowded: Stretch) -> float:
    """How much longer the good client waits beside the crowd."""
    return crowded.p99_ms / max(quiet.p99_ms, FLOOR_MS)


@pytest.mark.torture
@pytest.mark.skipif(ROUNDS_SETTING not in os.environ, reason=f"{ROUNDS_SETTING} is not set")
@pytest.mark.parametrize("crowd", CROWDS)
def test_a_good_client_keeps_its_pace(crowd: str, tmp_path, long_run) -> None:
    ratios, serial = [], itertools.count()
    with running_server(f"sqlite:{tmp_path}/pastense.db") as server:
        token = server.token()
        caller = InProcess(server.port, None, None, None, token)  # type: ignore[arg-type]
        caller.call("POST", "/contacts", {"role": "user", "external_id": "u1"})
        for _ in range(int(os.environ[ROUNDS_SETTING])):
            quiet = alone(server.port, token, serial, EVENTS)
            crowded = beside(server.port, token, crowd, serial, EVENTS)
            assert (quiet.refused, crowded.refused) == (0, 0)
            ratios.append(ratio(quiet, crowded))
            long_run.say(
                f"{crowd} ({crowded.connections} connections): p99 {quiet.p99_ms:.1f} ms "
                f"alone, {crowded.p99_ms:.1f} ms beside them, {ratios[-1]:.2f} x"
            )
    assert statistics.median(ratios) <= RATIO_MAX, ratios


def test_beside_a_few_bad_clients_every_event_is_stored(tmp_path) -> None:
    """The quick part: what they cost is not judged here, only that nothing is refused or lost."""
    serial = itertools.count()
    with running_server(f"sqlite:{tmp_path}/pastense.db") as server:
        token = server.token()
        caller = InProcess(server.port, None, None, None, token)  # type: ignore[arg-type]
        caller.call("POST", "/contacts", {"role": "user", "external_id": "u1"})
        for crowd in ("nonsense", "oversized"):
            assert beside(server.port, token, crowd, serial, 25).refused == 0
        body = caller.call("GET", "/events?type=user&user_id=u1&summary=true").json
        assert [(one["name"], one["count"]) for one in body["events"]] == [("good", 50)]
        told = [line for line in server.errors if " ERROR " in line or "Traceback" in line]
    assert told == []
