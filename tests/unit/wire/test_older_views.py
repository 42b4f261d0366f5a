"""The objects of the older API: what SDKs read them by."""

from __future__ import annotations

import json

import pytest

from pastense.identity import lead_user_id
from pastense.model import Contact, Tag
from pastense.wire.older_views import (
    all_counts,
    kind_counts,
    page_address,
    people_batch,
    people_page,
    person_object,
)

CONTACT_ID = "6b00fddd7289f972420b4d98"
LISTS = ("companies", "social_profiles", "tags", "segments")


def person(role: str = "user", **fields: object) -> Contact:
    given = {"number": 1, "id": CONTACT_ID, "workspace": 1, "workspace_id": "w1", "role": role}
    return Contact(**(given | fields))


@pytest.mark.parametrize(
    ("role", "own", "shown"),
    [
        ("user", "25", ("user", "25", False)),
        ("user", None, ("user", None, False)),
        ("lead", None, ("contact", lead_user_id(CONTACT_ID), True)),
        ("lead", "25", ("contact", "25", True)),
        ("visitor", None, ("visitor", lead_user_id(CONTACT_ID), True)),
    ],
)
def test_the_role_decides_what_it_is_called(role, own, shown):
    found = person_object(person(role, external_id=own))
    assert (found["type"], found["user_id"], found["anonymous"]) == shown


def test_every_list_within_has_a_type_that_tells_its_key():
    found = person_object(person(tags=(Tag(7, "t"),)))
    for key in LISTS:
        kind, _, word = found[key]["type"].partition(".")
        plural = "companies" if kind == "company" else f"{kind}s"
        assert (word, plural) == ("list", key), "Ruby and Python find the key by the type"
        assert list(found[key]) == ["type", key]
    assert found["tags"]["tags"] == [{"type": "tag", "id": "7", "name": "t"}]
    assert (found["avatar"], found["location_data"]["type"]) == (
        {"type": "avatar", "image_url": None},
        "location_data",
    )


def test_times_are_known_under_their_older_names():
    found = person_object(person(signed_up_at=5, last_seen_at=6, created_at=7, updated_at=8))
    assert found["signed_up_at"] == found["remote_created_at"] == 5
    assert (found["last_request_at"], found["created_at"], found["updated_at"]) == (6, 7, 8)


def test_a_page_always_has_the_key_next():
    numbers = {"page": 1, "per_page": 50, "total_pages": 1, "total_count": 1}
    found = json.loads(people_page("contact", [person("lead")], following=None, **numbers))
    assert (found["type"], len(found["contacts"]), found["limited"]) == ("contact.list", 1, False)
    assert found["pages"] == {
        "type": "pages",
        "next": None,
        "page": 1,
        "per_page": 50,
        "total_pages": 1,
    }


def test_a_batch_always_has_a_scroll_param():
    found = json.loads(people_batch("user", [], "c"))
    assert found == {"type": "user.list", "users": [], "scroll_param": "c"}


def test_the_address_of_a_page_is_encoded():
    address = page_address("http://h", "/contacts", {"page": "2", "email": "a+b@c.d&x"})
    assert address == "http://h/contacts?page=2&email=a%2Bb%40c.d%26x"


def test_counts():
    assert json.loads(all_counts({"user": 2})) == {"type": "count.hash", "user": {"count": 2}}
    assert json.loads(kind_counts("user", {"tag": [{"t": 1}]})) == {
        "type": "count",
        "user": {"tag": [{"t": 1}]},
    }
