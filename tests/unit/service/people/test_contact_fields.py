"""Writable fields of a contact (docs/wire.md "Contacts"): as they are read, and each fault."""

from __future__ import annotations

import pytest

from pastense.service.people.contact_fields import KEPT_FIELDS, read_field, read_fields
from tests.unit.support import refusal


def test_one_field_under_a_name_of_its_callers():
    assert read_field("external_id", "user_id", 25) == "25"
    found = refusal(read_field, "external_id", "user_id", "")
    assert found == (400, "parameter_invalid", "user_id")


def test_every_kept_field_is_read():
    assert read_fields(dict.fromkeys(KEPT_FIELDS)).keys() == KEPT_FIELDS
    assert "companies" not in KEPT_FIELDS


@pytest.mark.parametrize(
    ("field", "sent", "read"),
    [
        ("role", "user", "user"),
        ("role", "lead", "lead"),
        ("role", None, None),
        ("external_id", "u" * 255, "u" * 255),
        ("external_id", 25, "25"),
        ("external_id", None, None),
        ("email", "E" * 250 + "@b.c", "E" * 250 + "@b.c"),
        ("email", None, None),
        ("name", "x" * 2_000, "x" * 2_000),
        ("name", "", ""),
        ("phone", "+49", "+49"),
        ("avatar", "https://p", "https://p"),
        ("avatar", {"type": "avatar", "image_url": "https://p"}, "https://p"),
        ("avatar", {"type": "avatar"}, None),
        ("avatar", None, None),
        ("signed_up_at", 0, 0),
        ("signed_up_at", 5.9, 5),
        ("last_seen_at", "5", 5),
        ("last_seen_at", 10**11 - 1, 10**11 - 1),
        ("last_seen_at", None, None),
        ("owner_id", 12, 12),
        ("owner_id", "-12", -12),
        ("owner_id", None, None),
        ("unsubscribed_from_emails", True, True),
        ("unsubscribed_from_emails", None, False),
        ("custom_attributes", None, {}),
        ("custom_attributes", {"a": 1, "b": None, "c": "d", "e": 1.5, "f": True}, "same"),
        ("custom_attributes", {"k" * 255: "x" * 2_000}, "same"),
        ("custom_attributes", {f"k{n}": n for n in range(250)}, "same"),
    ],
    ids=lambda it: str(it)[:30],
)
def test_fields_as_they_are_read(field, sent, read):
    found = read_fields({field: sent, "unknown": 1})
    assert repr(found) == repr({field: sent if read == "same" else read})


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("role", "admin"),
        ("role", ""),
        ("role", 5),
        ("role", ["user"]),
        ("external_id", ""),
        ("external_id", "u" * 256),
        ("external_id", True),
        ("external_id", ["u"]),
        ("email", ""),
        ("email", "e" * 255),
        ("email", 5),
        ("email", {}),
        ("name", "x" * 2_001),
        ("name", 5),
        ("phone", ["+49"]),
        ("avatar", 5),
        ("signed_up_at", -1),
        ("signed_up_at", 10**11),
        ("last_seen_at", "yesterday"),
        ("last_seen_at", True),
        ("owner_id", 1.5),
        ("owner_id", "me"),
        ("owner_id", True),
        ("owner_id", 2**63),
        ("unsubscribed_from_emails", "yes"),
        ("unsubscribed_from_emails", 1),
        ("custom_attributes", []),
        ("custom_attributes", "a"),
        ("custom_attributes", {f"k{n}": n for n in range(251)}),
    ],
    ids=lambda it: str(it)[:30],
)
def test_a_bad_field_is_named(field, sent):
    assert refusal(read_fields, {field: sent}) == (400, "parameter_invalid", field)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"a": []}, "custom_attributes.a"),
        ({"a": {"b": 1}}, "custom_attributes.a"),
        ({"a": 2**63}, "custom_attributes.a"),
        ({"a": "x" * 2_001}, "custom_attributes.a"),
        ({"": 1}, "custom_attributes."),
        ({"k" * 256: 1}, "custom_attributes." + "k" * 255),
    ],
    ids=lambda it: str(it)[:30],
)
def test_a_bad_attribute_is_named_by_its_key(sent, field):
    found = refusal(read_fields, {"custom_attributes": sent})
    assert found == (400, "parameter_invalid", field)


def test_a_bad_avatar_object_is_named_inside():
    found = refusal(read_fields, {"avatar": {"image_url": 5}})
    assert found == (400, "parameter_invalid", "avatar.image_url")
