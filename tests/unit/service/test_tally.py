"""Counters of what happened."""

from __future__ import annotations

from pastense.model import Accepted, Refused
from pastense.service.tally import Tally


def test_a_new_tally_shows_the_counters_that_always_exist():
    assert Tally().counts() == {
        "contact_fields_ignored": 0,
        "events_duplicate": 0,
        "events_pruned": 0,
        "events_stored": 0,
        "metadata_keys_ignored": 0,
    }


def test_outcomes_are_counted_by_what_became_of_them():
    tally = Tally()
    outcomes = [
        Accepted("c", 0, 5, duplicate=False),
        Accepted("c", 0, 5, duplicate=True),
        Accepted("c", 1, 5, duplicate=False, keys_ignored=2),
        Accepted("c", 2, 5, duplicate=False, keys_ignored=1, pruned=True),
        Refused("not_found", "User Not Found", "id"),
        Refused("422", "Cannot have more"),
        Refused("not_found", "User Not Found"),
    ]
    assert tally.add_outcomes(outcomes) == (3, 1)
    assert tally.add_outcomes(outcomes[:1]) == (1, 0)
    assert tally.add_outcomes([]) == (0, 0)
    assert tally.counts() == {
        "contact_fields_ignored": 0,
        "events_duplicate": 1,
        "events_pruned": 1,
        "events_refused_422": 1,
        "events_refused_not_found": 2,
        "events_stored": 4,
        "metadata_keys_ignored": 3,
    }


def test_anything_may_be_counted_and_counters_are_sorted():
    tally = Tally()
    tally.add("submissions_refused_queue_full")
    tally.add("a", 5)
    tally.add("a")
    assert tally.counts()["a"] == 6
    assert tally.counts()["submissions_refused_queue_full"] == 1
    assert list(tally.counts()) == sorted(tally.counts())


def test_a_look_at_the_counters_cannot_change_them():
    tally = Tally()
    tally.counts()["events_stored"] = 99
    assert tally.counts()["events_stored"] == 0
