"""The limits of the decisions page, and the relations between them."""

from __future__ import annotations

import msgspec
import pytest

from pastense import limits
from pastense.limits import Limits

DEFAULTS = {
    "body_bytes_max": 1_048_576,
    "list_items_max": 1_000,
    "created_at_ahead_max_s": 86_400,
    "metadata_keys_max": 10,
    "tracked_keys_max": 10,
    "event_names_max": 0,
    "list_window_days": 90,
    "create_unknown_contacts": False,
    "stop_timeout_s": 10.0,
}
CONSTANTS = {
    "TEXT_CHARACTERS_MAX": 2_000,
    "IDENTIFIER_CHARACTERS_MAX": 255,
    "EMAIL_CHARACTERS_MAX": 254,
    "EVENT_NAME_CHARACTERS_MAX": 255,
    "INTEGER_MAX": 9_223_372_036_854_775_807,
    "INTEGER_MIN": -9_223_372_036_854_775_808,
    "JSON_DEPTH_MAX": 16,
    "CREATED_AT_END_S": 100_000_000_000,
    "SUMMARY_COUNT_MAX": 1_000_000_000_000,
    "SLOTS_MAX": 10_000_000,
    "EVENTS_PER_PAGE_DEFAULT": 15,
    "EVENTS_PER_PAGE_MAX": 150,
    "CONTACTS_PER_PAGE_DEFAULT": 50,
    "SEARCH_FILTERS_MAX": 15,
    "SEARCH_NESTING_MAX": 2,
}
BAD_VALUES = {
    "body_bytes_max": 0,
    "queue_events_max": -1,
    "metadata_keys_max": -1,
    "list_window_days": -1,
    "header_timeout_s": 0.0,
    "read_threads": 0,
}


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items())
def test_defaults_are_those_of_the_decisions_page(name, value):
    assert getattr(Limits(), name) == value


@pytest.mark.parametrize(("name", "value"), CONSTANTS.items())
def test_what_nobody_may_set(name, value):
    assert getattr(limits, name) == value


def test_the_defaults_hold_their_relations():
    assert Limits().problems() == []


def test_a_list_must_fit_into_the_queue():
    assert Limits(queue_events_max=1_000, list_items_max=1_000).problems() == []
    (problem,) = Limits(queue_events_max=999, list_items_max=1_000).problems()
    assert problem.startswith("queue_events_max must be at least list_items_max")


def test_a_stop_must_outlast_a_wait_for_the_lock():
    assert Limits(busy_timeout_s=4.9, stop_timeout_s=5.0).problems() == []
    (problem,) = Limits(busy_timeout_s=5.0, stop_timeout_s=5.0).problems()
    assert problem.startswith("busy_timeout_s must be below stop_timeout_s")


def test_every_broken_relation_is_named():
    broken = Limits(queue_events_max=1, busy_timeout_s=60.0)
    assert len(broken.problems()) == 2


@pytest.mark.parametrize(("name", "value"), BAD_VALUES.items())
def test_a_limit_without_sense_is_refused(name, value):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({name: value}, Limits)


def test_the_largest_event_time_fits_into_a_version_1_uuid():
    ticks = limits.CREATED_AT_END_S * 10_000_000 + 0x01B21DD213814000
    assert ticks < 2**60, "60 bits of a UUID hold its time"


@pytest.mark.parametrize(
    ("now", "days", "last"),
    [(86_400, 1, 0), (86_401, 1, 1), (86_399, 1, -1), (5, 1_000_000, -1), (5, 0, -1)],
)
def test_the_last_second_outside_some_days(now, days, last):
    assert limits.last_second_outside(now, days) == last
