"""Bodies of the older API: who is named, what is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.identity import lead_user_id
from pastense.service.older.older_fields import (
    KEPT_NAMES,
    ignored_fields,
    read_lead_change,
    read_named,
    read_object,
    read_user_change,
    require_named,
)
from pastense.store.base import Change, Named
from tests.unit.support import NOW, attempt, refusal

CONTACT_ID = "6b00fddd7289f972420b4d98"
GENERATED = lead_user_id(CONTACT_ID)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, Named()),
        ({"id": None, "user_id": "", "email": None}, Named()),
        ({"id": "a", "user_id": 5, "email": "a@b.c"}, Named("a", "5", "a@b.c")),
        ({"user_id": 1.5}, Named(user_id="1.5")),
        ({"user_id": GENERATED}, Named(id=CONTACT_ID)),
        ({"id": CONTACT_ID, "user_id": GENERATED, "email": "e"}, Named(id=CONTACT_ID, email="e")),
        ({"user_id": GENERATED.upper()}, Named(user_id=GENERATED.upper())),
        ({"email": GENERATED}, Named(email=GENERATED)),
    ],
)
def test_who_is_named(fields, named):
    assert read_named(fields) == named


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": True}, "id"),
        ({"id": []}, "id"),
        ({"user_id": {}}, "user_id"),
        ({"user_id": "x" * 256}, "user_id"),
        ({"email": 5}, "email"),
        ({"email": "x" * 255}, "email"),
        ({"id": "other", "user_id": GENERATED}, "user_id"),
    ],
)
def test_what_names_nobody(fields, field):
    assert refusal(read_named, fields) == (400, "parameter_invalid", field)
    assert refusal(read_named, fields, "user.") == (400, "parameter_invalid", f"user.{field}")


def test_somebody_has_to_be_named():
    assert require_named(Named(email="e")) == Named(email="e")
    assert refusal(require_named, Named()) == (400, "parameter_not_found", "user_id")
    assert refusal(require_named, Named(), "user", "m") == (400, "parameter_not_found", "user")


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({}, Change({})),
        ({"name": "n", "phone": None}, Change({"name": "n", "phone": None})),
        ({"remote_created_at": 5}, Change({"signed_up_at": 5})),
        ({"signed_up_at": 6, "remote_created_at": 5}, Change({"signed_up_at": 6})),
        ({"signed_up_at": None, "remote_created_at": 5}, Change({"signed_up_at": 5})),
        ({"last_request_at": 5, "last_seen_at": 6}, Change({"last_seen_at": 5})),
        ({"last_seen_at": 6}, Change({"last_seen_at": 6})),
        ({"last_request_at": 5, "update_last_request_at": True}, Change({"last_seen_at": NOW})),
        ({"update_last_request_at": False, "new_session": None}, Change({})),
        ({"new_session": True}, Change({}, 1)),
        ({"new_session": False}, Change({}, 0)),
        ({"custom_data": {"a": 1}}, Change({"custom_attributes": {"a": 1}})),
        (
            {"avatar": {"type": "avatar", "image_url": "u"}, "unsubscribed_from_emails": True},
            Change({"avatar": "u", "unsubscribed_from_emails": True}),
        ),
        ({"owner_id": 7, "role": "lead", "companies": []}, Change({"owner_id": 7})),
    ],
)
def test_what_is_written(fields, change):
    assert read_lead_change(fields, NOW) == change
    assert read_user_change(fields, Named(id="x"), NOW) == change


def test_identifiers_of_users_are_set_and_never_taken_away():
    both = read_user_change({}, Named("i", "u", "e"), NOW)
    assert both == Change({"external_id": "u", "email": "e"})
    assert read_user_change({"user_id": None, "email": None}, Named("i"), NOW) == Change({})


def test_an_email_of_a_lead_may_be_taken_away_but_a_user_id_is_not_read():
    assert read_lead_change({"email": "", "user_id": "x"}, NOW) == Change({"email": None})
    assert read_lead_change({"email": "a@b.c"}, NOW) == Change({"email": "a@b.c"})
    for wrong in (5, 0, False, [], {}):
        call = (read_lead_change, {"email": wrong}, NOW)
        assert refusal(*call) == (400, "parameter_invalid", "email")


@pytest.mark.parametrize(
    "fields",
    [
        {"new_session": "yes"},
        {"update_last_request_at": 1},
        {"remote_created_at": "soon"},
        {"last_request_at": 10**11},
        {"custom_data": []},
        {"avatar": 5},
    ],
)
def test_the_name_that_was_sent_is_named(fields):
    [field] = fields
    assert refusal(read_lead_change, fields, NOW)[2] == field
    named = Named(id="x")
    assert refusal(read_user_change, fields, named, NOW, "user.")[2] == f"user.{field}"


def test_what_is_not_kept():
    body = {"id": 1, "companies": [], "name": "n", "last_seen_ip": "1"}
    assert ignored_fields(body) == ["companies", "last_seen_ip"]
    assert ignored_fields(KEPT_NAMES) == []


def test_an_object_within_a_body():
    assert read_object({"user": {"id": 1}}, "user") == {"id": 1}
    assert read_object({"user": None}, "user") == read_object({}, "user") == {}
    assert refusal(read_object, {"user": []}, "user") == (400, "parameter_invalid", "user")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(sorted(KEPT_NAMES)), JSON))
def test_no_body_breaks_the_readers(body):
    for read in (read_named, lambda body: read_lead_change(body, NOW)):
        _, error = attempt(read, body)
        assert error is None or error.status == 400
