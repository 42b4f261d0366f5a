"""Lists of the older API: what may be asked for, and what the next page is asked with."""

from __future__ import annotations

import pytest

from pastense.limits import DAY_S, PEOPLE_LAST_PAGE, PEOPLE_PER_PAGE_MAX
from pastense.model import AuditEntry
from pastense.service.older.older_lists import list_people, scroll_people
from pastense.store.base import TagChange
from tests.unit.support import NOW, refusal


def add(store, workspace, count, role="user", now=NOW):
    return [store.contacts.create(workspace, {"role": role}, now) for _ in range(count)]


def test_a_list_has_fifty_people_unless_said_otherwise(store, workspace):
    add(store, workspace, 51)
    first = list_people(store, workspace, "user", {}, NOW)
    assert (len(first.contacts), first.page, first.per_page) == (50, 1, 50)
    assert (first.total_count, first.total_pages) == (51, 2)
    assert first.next == {"per_page": "50", "page": "2"}
    second = list_people(store, workspace, "user", first.next, NOW)
    assert (len(second.contacts), second.page, second.next) == (1, 2, None)
    beyond = list_people(store, workspace, "user", {"page": str(PEOPLE_LAST_PAGE)}, NOW)
    assert (beyond.contacts, beyond.next, beyond.total_pages) == ([], None, 2)


def test_the_next_page_is_asked_for_in_the_same_way(store, workspace):
    add(store, workspace, 3, "lead")
    values = {"created_since": "3", "order": "asc", "sort": "updated_at", "per_page": "1"}
    page = list_people(store, workspace, "lead", values | {"unknown": "x"}, NOW)
    assert page.next == values | {"page": "2"}
    assert list_people(store, workspace, "user", values, NOW).next is None


def test_created_since_counts_days(store, workspace):
    add(store, workspace, 1, now=NOW - 2 * DAY_S)
    for days, found in (("0", 0), ("1", 0), ("2", 1), ("100000", 1)):
        page = list_people(store, workspace, "user", {"created_since": days}, NOW)
        assert (days, page.total_count) == (days, found)


def test_tags_are_known_and_segments_are_not(store, workspace):
    [user, _] = add(store, workspace, 2)
    entry = AuditEntry(workspace.number, NOW, "test", "tag created")
    tag = store.tags.apply(workspace, "t", [TagChange("id", user.id)], None, entry)
    page = list_people(store, workspace, "user", {"tag_id": str(tag.number)}, NOW)
    assert [contact.id for contact in page.contacts] == [user.id]
    for name in ("tag_id", "segment_id"):
        call = (list_people, store, workspace, "user", {name: "99"}, NOW)
        assert refusal(*call) == (404, "not_found", name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", str(PEOPLE_LAST_PAGE + 1)),
        ("page", "-1"),
        ("page", "1.5"),
        ("page", "٣"),
        ("page", "9" * 30),
        ("per_page", "0"),
        ("per_page", str(PEOPLE_PER_PAGE_MAX + 1)),
        ("per_page", "all"),
        ("order", "up"),
        ("order", "DESC"),
        ("sort", "name"),
        ("sort", "last_seen_at"),
        ("created_since", "-1"),
        ("created_since", "100001"),
        ("tag_id", "one"),
        ("tag_id", str(2**63)),
        ("email", "x" * 255),
        ("phone", "x" * 2001),
    ],
)
def test_what_may_not_be_asked_for(store, workspace, name, value):
    call = (list_people, store, workspace, "user", {name: value}, NOW)
    assert refusal(*call) == (400, "parameter_invalid", name)


def test_a_scroll_ends_with_nobody(store, workspace):
    empty = scroll_people(store, workspace, "user", None)
    assert scroll_people(store, workspace, "user", empty.cursor) == empty
    add(store, workspace, 101)
    first = scroll_people(store, workspace, "user", None)
    second = scroll_people(store, workspace, "user", first.cursor)
    third = scroll_people(store, workspace, "user", second.cursor)
    sizes = [len(batch.contacts) for batch in (first, second, third)]
    assert (sizes, third.cursor) == ([100, 1, 0], second.cursor)
    call = (scroll_people, store, workspace, "user", "da6bbbac-25f6-4f07-866b-b911082d7")
    assert refusal(*call) == (400, "parameter_invalid", "scroll_param")
