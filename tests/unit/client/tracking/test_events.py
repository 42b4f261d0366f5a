"""An event is checked and encoded once."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from pastense.client.tracking.events import encode_event
from pastense.client.values import Money


def encoded(event_name="did", user_id=None, id=None, email=None, created_at=5, metadata=None):
    body, key = encode_event(event_name, user_id, id, email, created_at, metadata)
    return json.loads(body), key


def test_an_event_has_what_is_given_and_nothing_else():
    event, key = encoded(user_id=7, metadata={"price": Money(5, "eur"), "n": 1})
    assert event == {
        "event_name": "did",
        "created_at": 5,
        "user_id": "7",
        "metadata": {"price": {"amount": 5, "currency": "eur"}, "n": 1},
    }
    assert key == ("user_id", "7", "did", 5)


class SafeText(str):
    """A text of a type of its own, as Django has one."""


def test_texts_of_other_types_are_texts():
    event, key = encoded(SafeText("did"), user_id=SafeText("u"), metadata={"a": SafeText("b")})
    assert event == {
        "event_name": "did",
        "created_at": 5,
        "user_id": "u",
        "metadata": {"a": "b"},
    }
    assert {type(part) for part in key} == {str, int}


def test_the_time_is_that_of_the_call():
    before = int(time.time())
    event, _ = encoded(user_id="u", created_at=None)
    assert before <= event["created_at"] <= int(time.time())
    moment = datetime(2027, 1, 15, tzinfo=UTC)
    assert encoded(user_id="u", created_at=moment)[0]["created_at"] == moment.timestamp()


def test_the_strongest_identifier_makes_the_key():
    assert encoded(user_id="u", email="e")[1][:2] == ("user_id", "u")
    assert encoded(user_id="u", email="e", id="i")[1][:2] == ("id", "i")
    assert encoded(email="e")[1][:2] == ("email", "e")


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({}, ValueError, "user_id, email or id"),
        ({"user_id": "u", "event_name": " "}, ValueError, "event_name is empty"),
        ({"user_id": "u", "event_name": 5}, TypeError, "event_name must be a text"),
        ({"user_id": 1.5}, TypeError, "user_id"),
        ({"user_id": "u", "created_at": "now"}, TypeError, "time"),
        (
            {"user_id": "u", "created_at": datetime.fromisoformat("2027-01-01")},
            ValueError,
            "time zone",
        ),
        ({"user_id": "u", "metadata": []}, TypeError, "metadata is a dict"),
        ({"user_id": "u", "metadata": ["a"]}, TypeError, "metadata is a dict"),
        ({"user_id": "u", "metadata": {"a": object()}}, TypeError, "metadata.a"),
        ({"user_id": "u", "metadata": {"a": float("nan")}}, ValueError, "metadata.a"),
        ({"user_id": "\ud800"}, ValueError, "surrogates"),
    ],
)
def test_what_is_no_event_is_refused_with_a_sentence(given, error, words):
    with pytest.raises(error, match=words):
        encoded(**given)
