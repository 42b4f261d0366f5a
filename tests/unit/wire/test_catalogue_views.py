"""Event names as JSON."""

from __future__ import annotations

import json

from pastense.model import EventName, IgnoredKey, TrackedKey
from pastense.wire.catalogue_views import name_body, name_list

NAME = EventName(
    name="a/b",
    description=None,
    archived_at=None,
    created_at=9,
    first_seen_at=3,
    last_seen_at=5,
    count=2,
    tracked_keys=(TrackedKey("k", "number"),),
    ignored_keys=(IgnoredKey("z", 4),),
    ignored_keys_other=7,
)


def test_a_name_shows_all_that_is_known():
    assert json.loads(name_body(NAME)) == {
        "type": "pastense.event_name",
        "name": "a/b",
        "description": None,
        "archived": False,
        "archived_at": None,
        "created_at": 9,
        "first_seen_at": 3,
        "last_seen_at": 5,
        "count": 2,
        "tracked_keys": [{"key": "k", "type": "number"}],
        "ignored_keys": [{"key": "z", "count": 4}],
        "ignored_keys_other": 7,
    }


def test_a_page_has_a_next_one_only_where_there_is_more():
    pages = [json.loads(name_list([NAME], 1, more))["pages"] for more in (False, True)]
    assert pages == [
        {"type": "pages", "per_page": 1},
        {"type": "pages", "per_page": 1, "next": {"per_page": 1, "starting_after": "a/b"}},
    ]
    assert json.loads(name_list([], 50, False))["data"] == []
