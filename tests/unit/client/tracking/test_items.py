"""Counts and progress."""

from __future__ import annotations

from pastense.client.tracking.items import Progress, TrackerStats


def test_all_drops_together():
    assert TrackerStats(dropped={"closed": 2, "refused": 3}).dropped_total == 5
    assert TrackerStats().dropped_total == 0


def test_progress_reaches_a_mark_in_both():
    assert Progress(3, 2).reaches(Progress(3, 1))
    assert not Progress(3, 2).reaches(Progress(4, 0))
    assert not Progress(3, 2).reaches(Progress(0, 3))
