"""How long the thread behind the answers rests; what its steps do is tested in tests/store."""

from __future__ import annotations

from typing import Any

import pytest

from pastense.clock import ManualClock
from pastense.limits import Limits
from pastense.service.upkeep import PAUSE_MAX_S, PAUSE_MIN_S, Upkeep, rest_s
from pastense.store.base import StoreError


def test_it_rests_as_long_as_it_worked_within_bounds() -> None:
    between = (PAUSE_MIN_S + PAUSE_MAX_S) / 2
    assert rest_s(between) == between
    assert rest_s(0.0) == PAUSE_MIN_S, "short steps leave ingest its time too"
    assert rest_s(3_600.0) == PAUSE_MAX_S, "what took long is not a reason to stop working"


def test_a_step_that_fails_among_others_is_told_of_once_until_all_are_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As on a full disk, where reads are answered and writes are not."""
    failing = [True]

    def write(*_: object) -> bool:
        if failing[0]:
            raise StoreError("full")
        return False

    def read(*_: object) -> bool:
        return True

    no_store: Any = None
    upkeep = Upkeep(no_store, ManualClock(0), Limits())
    upkeep._steps = (write, read)
    for _ in range(5):
        assert upkeep._round(), "the other step has more to do"
    assert [record.getMessage() for record in caplog.records] == [
        "the store did not answer the upkeep: full"
    ]
    failing[0] = False
    upkeep._round()
    assert "answers the upkeep again: 5 failures" in caplog.records[-1].getMessage()
