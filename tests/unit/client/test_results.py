"""What calls give."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import msgspec
import pytest

import pastense
from pastense.client import results
from pastense.client.messages import Headers, Response
from pastense.client.results import Contact, Event, RawResponse

KINDS = [
    kind
    for kind in vars(results).values()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not Response
]


def test_an_event_knows_its_moment():
    event = Event(event_name="did", created_at=1389913941)
    assert event.created == datetime(2014, 1, 16, 23, 12, 21, tzinfo=UTC)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_results_are_frozen_and_public(kind):
    assert kind.__struct_config__.frozen
    assert getattr(pastense, kind.__name__) is kind


def test_results_are_values_that_can_be_sent_to_another_process():
    event = Event(event_name="did", created_at=7, metadata={"a": 1})
    assert pickle.loads(pickle.dumps(event)) == event
    with pytest.raises(AttributeError):
        event.created_at = 8


def test_no_two_results_share_a_dict():
    first, second = Contact(id="1"), Contact(id="2")
    first.custom_attributes["a"] = 1
    assert second.custom_attributes == {}


def test_a_raw_response_is_the_answer_beside_what_was_read():
    response = Response(202, Headers({"A": "b"}), b"{}", "Accepted")
    raw = RawResponse.of(response, 7)
    assert (raw.status, raw.headers["a"], raw.body, raw.parsed) == (202, "b", b"{}", 7)
