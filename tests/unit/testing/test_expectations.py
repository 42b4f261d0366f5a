"""What matches an expectation, what differs, and what is nearest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pastense.testing.expectations import nearest, plain, read_expected, same_value
from pastense.testing.records import RecordedEvent


def event(**fields: object) -> RecordedEvent:
    whole = {
        "id": "i",
        "event_name": "did",
        "created_at": 5,
        "contact_id": "c",
        "user_id": "u1",
        "email": None,
        "metadata": {"a": 1},
    }
    return RecordedEvent(**(whole | fields))


@pytest.mark.parametrize(
    ("wanted", "found", "same"),
    [(1, 1.0, True), (1, True, False), (True, True, True), ("1", 1, False), (None, None, True)],
)
def test_values_are_compared_as_json(wanted, found, same):
    assert same_value(wanted, found) is same


def test_metadata_is_a_part_of_what_was_sent():
    assert read_expected("did", metadata={}).matches(event())
    assert read_expected("did", metadata={"a": 1}).matches(event(metadata={"a": 1, "b": 2}))
    assert not read_expected("did", metadata={"b": None}).matches(event())
    assert not read_expected("did", metadata={"a": 1}).matches(event(metadata=None))


def test_a_number_for_a_user_id_and_a_datetime_are_taken():
    moment = datetime.fromtimestamp(5, UTC)
    assert read_expected("did", user_id=7, created_at=moment).matches(event(user_id="7"))
    assert plain(moment) == 5


@pytest.mark.parametrize(
    ("times", "count", "enough", "passed"),
    [
        (1, 1, True, False),
        (1, 0, False, False),
        (1, 2, False, True),
        (None, 0, False, False),
        (None, 3, True, False),
        (0, 0, True, False),
        (0, 1, False, True),
    ],
)
def test_how_many_are_enough(times, count, enough, passed):
    expected = read_expected("did", times=times)
    assert (expected.is_enough(count), expected.is_passed(count)) == (enough, passed)


def test_the_nearest_differs_by_the_least():
    expected = read_expected("did", user_id="u1", metadata={"a": 2, "b": 3})
    other_name = event(event_name="done", metadata={"a": 2, "b": 3})
    other_person = event(user_id="u2", metadata={"a": 2, "b": 3})
    other_value = event(metadata={"a": 1, "b": 3})
    itself = event(metadata={"a": 2, "b": 3})
    events = [other_name, other_person, itself, other_value]
    assert nearest(expected, events, 2) == [other_value, other_person]
    assert expected.distance(itself) == 0
