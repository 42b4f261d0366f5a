"""How long the thread behind the answers rests; what its steps do is tested in tests/store."""

from __future__ import annotations

from pastense.service.upkeep import PAUSE_MAX_S, PAUSE_MIN_S, rest_s


def test_it_rests_as_long_as_it_worked_within_bounds() -> None:
    between = (PAUSE_MIN_S + PAUSE_MAX_S) / 2
    assert rest_s(between) == between
    assert rest_s(0.0) == PAUSE_MIN_S, "short steps leave ingest its time too"
    assert rest_s(3_600.0) == PAUSE_MAX_S, "what took long is not a reason to stop working"
