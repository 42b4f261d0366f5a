"""What is kept of a refused item: everything of a person in it can be found again."""

from __future__ import annotations

import json

import pytest

from pastense.limits import JOB_ERROR_BYTES_MAX
from pastense.model import Accepted, Refused, RefusedItem
from pastense.service.older.refused_items import refused_items
from pastense.wire.bulk import BulkItem
from tests.unit.support import NOW

REFUSED = Refused("not_found", "User Not Found", "user_id")
CONTACT_ID = "5ba682d23d7cf92bef87bfd4"


def kept(data: dict) -> RefusedItem:
    [item] = refused_items([BulkItem("post", "event", data)], [REFUSED], NOW)
    return item


def people(data: dict) -> tuple[str | None, str | None, str | None]:
    item = kept(data)
    return item.contact_id, item.user_id, item.email_key


def test_only_refused_items_are_kept_with_their_places():
    items = [BulkItem("delete", "user", {"user_id": str(n)}) for n in range(4)]
    done = Accepted(CONTACT_ID, 0, NOW, duplicate=True)

    found = refused_items(items, [done, REFUSED, done, REFUSED], NOW)

    assert [item.index for item in found] == [1, 3]
    assert found[0] == RefusedItem(
        1, NOW, "delete", "user", '{"user_id":"1"}', REFUSED, None, "1", None
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, (None, None, None)),
        ({"user_id": "u1"}, (None, "u1", None)),
        ({"user_id": 17}, (None, "17", None)),
        ({"external_id": "u1"}, (None, "u1", None)),
        ({"email": "Ada@Example.org"}, (None, None, "ada@example.org")),
        ({"intercom_user_id": CONTACT_ID}, (CONTACT_ID, None, None)),
        ({"id": CONTACT_ID, "user_id": "u", "email": "E"}, (CONTACT_ID, "u", "e")),
        ({"user": {"user_id": "u", "email": "E"}}, (None, "u", "e")),
        ({"user_id": None, "user": {"id": CONTACT_ID}}, (CONTACT_ID, None, None)),
        ({"user_id": ["u"], "email": True, "id": "x" * 256}, (None, None, None)),
        ({"user": "u1"}, (None, None, None)),
    ],
)
def test_every_identifier_is_found(data, expected):
    assert people(data) == expected


def test_nobody_is_named_twice_in_one_way():
    data = {
        "id": CONTACT_ID,
        "intercom_user_id": CONTACT_ID[::-1],
        "user_id": "one",
        "external_id": "two",
        "user": {"user_id": "three"},
        "note": "stays",
    }
    item = kept(data)
    assert (item.contact_id, item.user_id) == (CONTACT_ID, "one")
    assert json.loads(item.data) == {"id": CONTACT_ID, "user_id": "one", "note": "stays"}
    assert people({"user_id": "u", "external_id": "u"}) == (None, "u", None)


def test_a_user_that_was_not_looked_at_is_not_kept():
    assert kept({"user_id": "one", "user": {"email": "e"}}).data == '{"user_id":"one"}'
    assert kept({"user": ["bob@example.org"], "x": 1}).data == '{"x":1}'


def test_the_data_of_a_large_item_is_cut_to_its_identifiers():
    room = JOB_ERROR_BYTES_MAX - len('{"user_id":7,"x":""}')
    assert json.loads(kept({"user_id": 7, "x": "y" * room}).data)["x"]
    assert kept({"user_id": 7, "x": "y" * (room + 1)}).data == '{"user_id":"7"}'


def test_what_cannot_be_stored_is_replaced():
    item = kept({"user_id": "a\x00", "n": 2**70})
    assert json.loads(item.data) == {"user_id": "a\ufffd", "n": None}
