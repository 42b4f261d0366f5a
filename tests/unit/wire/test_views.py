"""The public JSON: event pages, summaries, contacts, /me.

Shapes: docs/wire.md "Listing events", "Summaries" and "Contacts".
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from pastense.model import Contact, ListedEvent, Summary, Tag, Token, Workspace
from pastense.wire.views import (
    contact_body,
    contact_list,
    contact_object,
    contact_reference,
    event_page,
    event_summary,
    iso_milliseconds,
    me_body,
)

REFERENCE = Path(__file__).parents[2] / "data" / "reference-2.14.json"
CONTACT = Contact(
    number=7,
    id="530370b477ad7120001d0000",
    workspace=1,
    workspace_id="ab12cd34",
    role="user",
    external_id="25",
    email="Wash@Serenity.io",
    created_at=1_000,
    updated_at=2_000,
)
PERSON = {
    "email": "Wash@Serenity.io",
    "intercom_user_id": "530370b477ad7120001d0000",
    "user_id": "25",
}


def page(events: list[ListedEvent] = (), **given: object) -> dict:
    """A decoded page of events."""
    asked = {"per_page": 2, "next_before": None, "since": 50_000, "asked_since": None} | given
    return json.loads(event_page(CONTACT, list(events), "https://x.io/base", **asked))


def test_a_listed_event_has_the_keys_and_types_that_sdks_read():
    listed = page([ListedEvent("did", 0, 1_513_931_185, '{"b":1,"a":[]}')])
    assert listed["type"] == "event.list"
    assert {key: listed[key] for key in PERSON} == PERSON
    assert listed["events"] == [
        {
            "type": "event",
            "id": "cc77ce80-e6f1-11e7-b29e-376a62b05147",
            "created_at": 1_513_931_185,
            "event_name": "did",
            **PERSON,
            "metadata": {"b": 1, "a": []},
        }
    ]
    assert list(listed["events"][0]["metadata"]) == ["b", "a"], "in the order sent"


def test_pages_hold_next_and_since_and_nothing_else():
    assert page()["pages"] == {
        "next": None,
        "since": "https://x.io/base/events"
        "?intercom_user_id=530370b477ad7120001d0000&type=user&since=5",
    }


def test_next_is_an_absolute_url_in_the_order_of_the_reference():
    url = page(next_before=13_899_139_410_000_042)["pages"]["next"]
    assert url == (
        "https://x.io/base/events?per_page=2&before=1389913941000.0042"
        "&intercom_user_id=530370b477ad7120001d0000&type=user"
    )


def test_the_callers_since_survives_into_next():
    url = page(next_before=90_000, asked_since=30_000)["pages"]["next"]
    assert dict(parse_qsl(urlsplit(url).query))["since"] == "3"


def test_a_summary_has_iso_times_with_milliseconds():
    body = event_summary(CONTACT, [Summary("did", 3, 1_519_108_816, 1_519_108_817, "words")])
    assert json.loads(body) == {
        "type": "event.summary",
        **PERSON,
        "events": [
            {
                "name": "did",
                "first": "2018-02-20T06:40:16.000Z",
                "last": "2018-02-20T06:40:17.000Z",
                "count": 3,
                "description": "words",
            }
        ],
    }


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1970-01-01T00:00:00.000Z"), (10**11 - 1, "5138-11-16T09:46:39.000Z")],
)
def test_times_at_their_bounds_are_written(seconds, text):
    assert iso_milliseconds(seconds) == text


def test_a_contact_has_every_key_of_the_reference():
    reference = json.loads(REFERENCE.read_text("utf-8"))
    wanted = set(reference["schemas"]["contact"]["properties"])
    assert len(wanted) == 45
    assert wanted - set(contact_object(CONTACT)) == set()


def test_a_contacts_own_values():
    shown = json.loads(contact_body(CONTACT))
    wanted = {
        "type": "contact",
        "id": "530370b477ad7120001d0000",
        "workspace_id": "ab12cd34",
        "external_id": "25",
        "role": "user",
        "email": "Wash@Serenity.io",
        "email_domain": "Serenity.io",
        "avatar": None,
        "created_at": 1_000,
        "updated_at": 2_000,
        "custom_attributes": {},
        "unsubscribed_from_emails": False,
        "browser": None,
    }
    assert {key: shown[key] for key in wanted} == wanted
    assert "number" not in shown, "the store's key never leaves the server"
    assert shown["tags"] == {
        "type": "list",
        "data": [],
        "url": "/contacts/530370b477ad7120001d0000/tags",
        "total_count": 0,
        "has_more": False,
    }


def test_a_contact_shows_ten_tags_and_how_many_there_are():
    tags = tuple(Tag(number, f"tag {number}") for number in range(1, 13))
    shown = contact_object(msgspec.structs.replace(CONTACT, tags=tags))["tags"]
    assert shown["data"][0] == {"type": "tag", "id": "1", "url": "/tags/1"}
    assert (len(shown["data"]), shown["total_count"], shown["has_more"]) == (10, 12, True)
    shown = contact_object(msgspec.structs.replace(CONTACT, tags=tags[:10]))["tags"]
    assert (len(shown["data"]), shown["total_count"], shown["has_more"]) == (10, 10, False)


def test_an_avatar_is_an_object_and_no_email_has_no_domain():
    bare = Contact(number=1, id="a", workspace=1, workspace_id="w", role="lead", avatar="https://p")
    shown = contact_object(bare)
    assert shown["avatar"] == {"type": "avatar", "image_url": "https://p"}
    assert (shown["email"], shown["email_domain"]) == (None, None)


@pytest.mark.parametrize("flag", ["archived", "deleted"])
def test_archiving_and_deleting_answer_with_a_reference(flag):
    assert json.loads(contact_reference(CONTACT, **{flag: True})) == {
        "type": "contact",
        "id": "530370b477ad7120001d0000",
        "external_id": "25",
        flag: True,
    }


@pytest.mark.parametrize(("total", "pages"), [(0, 0), (1, 1), (50, 1), (51, 2), (100, 2)])
def test_a_contact_list_counts_its_pages(total, pages):
    listed = json.loads(contact_list([CONTACT], total, 50, None))
    assert (listed["type"], listed["total_count"]) == ("list", total)
    assert [contact["id"] for contact in listed["data"]] == [CONTACT.id]
    assert listed["pages"] == {"type": "pages", "page": 1, "per_page": 50, "total_pages": pages}


def test_a_contact_list_names_what_follows():
    listed = json.loads(contact_list([], 3, 2, "cursor"))
    assert listed["pages"]["next"] == {"per_page": 2, "starting_after": "cursor"}


def test_me_is_an_admin_of_the_workspace():
    workspace = Workspace(1, "ab12cd34", "Pastense", 1_000)
    token = Token(
        number=3, name="first", workspace=workspace, scopes=(), version="2.14", created_at=5
    )
    shown = json.loads(me_body(token))
    assert (shown["type"], shown["id"], shown["name"]) == ("admin", "3", "first")
    assert shown["app"]["id_code"] == "ab12cd34"
    assert (shown["app"]["name"], shown["app"]["created_at"]) == ("Pastense", 1_000)
