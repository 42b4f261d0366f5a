"""Counters of what happened."""

from __future__ import annotations

import logging

from pastense.model import Accepted, Refused
from pastense.service.tally import Tally


def test_a_new_tally_shows_the_counters_that_always_exist():
    assert Tally().counts(1) == {
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
    assert tally.add_outcomes(1, outcomes) == (3, 1)
    assert tally.add_outcomes(1, outcomes[:1]) == (1, 0)
    assert tally.add_outcomes(1, []) == (0, 0)
    assert tally.counts(1) == {
        "contact_fields_ignored": 0,
        "events_duplicate": 1,
        "events_pruned": 1,
        "events_refused_422": 1,
        "events_refused_not_found": 2,
        "events_stored": 4,
        "metadata_keys_ignored": 3,
    }
    assert tally.counts(2) == Tally().counts(1), "another workspace"


def test_anything_may_be_counted_and_counters_are_sorted():
    tally = Tally()
    tally.add(1, "submissions_refused_queue_full")
    tally.add(1, "a", 5)
    tally.add(1, "a")
    tally.add(2, "a", 7)
    assert (tally.counts(1)["a"], tally.counts(2)["a"]) == (6, 7)
    assert tally.counts(1)["submissions_refused_queue_full"] == 1
    assert "submissions_refused_queue_full" not in tally.counts(2)
    assert list(tally.counts(1)) == sorted(tally.counts(1))


def test_a_look_at_the_counters_cannot_change_them():
    tally = Tally()
    tally.counts(1)["events_stored"] = 99
    assert tally.counts(1)["events_stored"] == 0
    tally.add(1, "events_stored")
    tally.counts(1)["events_stored"] = 99
    assert tally.counts(1)["events_stored"] == 1


def test_what_is_nobodys_is_logged_ever_more_rarely(caplog):
    tally = Tally()
    with caplog.at_level(logging.INFO, "pastense.web"):
        for _ in range(1_234):
            tally.add_without_token("unauthorized")
        tally.add_without_token("not_found")
    logged = [record.getMessage().rpartition(": ")[2] for record in caplog.records]
    assert logged == [
        *(f"{count} unauthorized" for count in (1, 10, 100, 1_000)),
        "1 not_found",
    ]
    assert tally.counts(1) == Tally().counts(1)
