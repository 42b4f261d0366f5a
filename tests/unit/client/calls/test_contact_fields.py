"""The fields of a contact as they are sent."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.client.calls.contact_fields import contact_body, parted
from pastense.client.options import CallOptions

NAIVE = datetime(2026, 11, 21)  # noqa: DTZ001 (that is what it is for)
MOMENT = datetime(2026, 11, 21, tzinfo=UTC)
TEXTS = ("role", "email", "name", "phone", "avatar")


class Safe(str):
    """As Django's SafeString."""


def test_fields_and_options_are_parted():
    fields, options = parted({"name": "Ada", "max_retries": 0, "external_id": "u", "version": None})
    assert fields == {"name": "Ada", "external_id": "u"}
    assert options == CallOptions(max_retries=0)


def test_a_name_that_there_is_not_is_said():
    with pytest.raises(TypeError, match=r"'e_mail'.*email"):
        parted({"e_mail": "a@example.org"})


@given(st.dictionaries(st.sampled_from(TEXTS), st.text()))
def test_texts_go_as_they_are(fields):
    assert contact_body(fields) == fields


@given(st.dictionaries(st.text(), st.text() | st.booleans() | st.integers() | st.none()))
def test_custom_attributes_go_as_they_are(attributes):
    assert contact_body({"custom_attributes": attributes}) == {"custom_attributes": attributes}


def test_none_clears_a_field_of_any_kind():
    cleared = dict.fromkeys((*TEXTS, "external_id", "owner_id", "signed_up_at", "last_seen_at"))
    assert contact_body(cleared) == cleared


def test_times_are_seconds_and_an_external_id_is_text():
    body = contact_body({"signed_up_at": MOMENT, "last_seen_at": 7.9, "external_id": 12})
    assert body == {"signed_up_at": 1795219200, "last_seen_at": 7, "external_id": "12"}
    attributes = contact_body({"custom_attributes": {"paid_at": MOMENT}})["custom_attributes"]
    assert attributes == {"paid_at": 1795219200}


def test_a_text_of_a_type_of_its_own_goes_as_text():
    body = contact_body({"name": Safe("Ada"), "custom_attributes": {Safe("a"): Safe("b")}})
    assert type(body["name"]) is str
    assert body == {"name": "Ada", "custom_attributes": {"a": "b"}}


@pytest.mark.parametrize(
    ("fields", "error", "said"),
    [
        ({"signed_up_at": NAIVE}, ValueError, "no time zone"),
        ({"signed_up_at": "2026"}, TypeError, "A time is"),
        ({"external_id": uuid.UUID(int=1)}, TypeError, "external_id must be"),
        ({"external_id": True}, TypeError, "external_id must be"),
        ({"name": b"Ada"}, TypeError, "name must be"),
        ({"name": MOMENT}, TypeError, "name must be"),
        ({"email": object()}, TypeError, "email must be"),
        ({"owner_id": float("nan")}, ValueError, "owner_id: a number must be finite"),
        ({"custom_attributes": [1]}, TypeError, "custom_attributes is a dict"),
        ({"custom_attributes": {"a": b"x"}}, TypeError, "custom_attributes.a must be"),
        ({"custom_attributes": {"a": NAIVE}}, ValueError, "no time zone"),
        ({"custom_attributes": {"a": float("inf")}}, ValueError, "custom_attributes.a: a number"),
    ],
)
def test_what_would_go_as_something_else_is_refused(fields, error, said):
    with pytest.raises(error, match=said):
        contact_body(fields)
