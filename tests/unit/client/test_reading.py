"""From the body of a success to values."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.client import reading
from pastense.client.messages import Headers, Response
from pastense.client.results import Contact, Me
from pastense.errors import UnreadableAnswer

READERS = [
    reading.read_as(Contact),
    reading.read_as(Me),
    reading.read_nothing,
    reading.read_json,
    reading.read_event_page,
    reading.read_summaries,
    reading.read_contact_page,
    reading.read_tags,
]
FIELDS = ["id", "type", "events", "data", "pages", "next", "since", "name", "first", "created_at"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5)
    ),
    max_leaves=15,
)


def answer(body: object) -> Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(200, Headers(), data)


@given(st.sampled_from(READERS), st.binary(max_size=60) | JSON)
def test_whatever_a_server_says_is_read_or_said_to_be_unreadable(read, body):
    try:
        read(answer(body))
    except UnreadableAnswer as error:
        unreadable = error
    else:
        return
    assert unreadable.status == 200
    assert unreadable.body == answer(body).body


def test_what_is_new_is_ignored_and_what_is_missing_is_none():
    contact = reading.read_as(Contact)(answer({"id": "c1", "brand_new": {"x": 1}}))
    assert contact == Contact(id="c1")
    assert contact.custom_attributes == {}


def test_null_counts_as_left_out():
    body = {"id": "c1", "name": None, "custom_attributes": None}
    assert reading.read_as(Contact)(answer(body)) == Contact(id="c1")


def test_null_within_metadata_stays():
    event = {"event_name": "did", "created_at": 7, "metadata": {"coupon": None}, "email": None}
    page = reading.read_event_page(answer({"events": [event], "pages": None}))
    assert page.events[0].metadata == {"coupon": None}


def test_digits_stand_for_a_number():
    page = reading.read_event_page(answer({"events": [{"event_name": "did", "created_at": "7"}]}))
    assert page.events[0].created_at == 7


def test_the_cursor_of_what_is_newer_is_that_of_the_address():
    pages = {"since": "https://api.example/events?type=user&since=1389913941000.0042"}
    page = reading.read_event_page(answer({"events": [], "pages": pages}))
    assert (page.since, page.next) == ("1389913941000.0042", None)
    assert reading.read_event_page(answer({"events": [], "pages": {"since": "/x"}})).since is None


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (None, None),
        ("2018-02-20T06:40:16.000Z", datetime(2018, 2, 20, 6, 40, 16, tzinfo=UTC)),
        ("2018-02-20T06:40:16.000+00:00 ", datetime(2018, 2, 20, 6, 40, 16, tzinfo=UTC)),
        ("2018-02-20T08:40:16+02:00", datetime(2018, 2, 20, 6, 40, 16, tzinfo=UTC)),
        ("2018-02-20T06:40:16", datetime(2018, 2, 20, 6, 40, 16, tzinfo=UTC)),
        (7, datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC)),
        (10**17, None),
        ("yesterday", None),
    ],
)
def test_the_times_of_a_summary_are_moments(sent, read):
    [summary] = reading.read_summaries(answer({"events": [{"name": "did", "first": sent}]}))
    assert summary.first == read


@pytest.mark.parametrize(
    ("following", "cursor"),
    [
        (None, None),
        ("", None),
        ({}, None),
        ({"starting_after": None}, None),
        ({"starting_after": ""}, None),
        ({"starting_after": "x", "per_page": 2}, "x"),
        ({"starting_after": 7}, "7"),
        ("https://api.example/contacts?starting_after=a%3Db", "a=b"),
    ],
)
def test_the_cursor_of_the_next_contacts(following, cursor):
    page = reading.read_contact_page(answer({"data": [], "pages": {"next": following}}))
    assert page.starting_after == cursor


def test_a_next_page_that_cannot_be_followed_is_no_end():
    with pytest.raises(UnreadableAnswer, match="starting_after"):
        reading.read_contact_page(answer({"data": [], "pages": {"next": "/contacts?page=2"}}))


@pytest.mark.parametrize("body", [b"", b" ", b"OK", b"{}", b"null"])
def test_nothing_is_any_body_but_a_page(body):
    reading.read_nothing(answer(body))


@pytest.mark.parametrize("body", [b"<html>", b"\r\n<!DOCTYPE html>", b"<?xml?>"])
def test_a_page_is_not_nothing(body):
    with pytest.raises(UnreadableAnswer, match="a proxy"):
        reading.read_nothing(answer(body))
