"""What every store does with tags and the contacts that carry them."""

from __future__ import annotations

import threading

import pytest

from pastense.limits import TAG_STEP_ITEMS_MAX
from pastense.model import AuditEntry, Tag, Workspace
from pastense.search import Filter, Sort
from pastense.store.base import ContactUnknown, TagChange, TagExists, TagUnknown, TooManyTags
from tests.store.conftest import NOW, Bench

ENTRY = AuditEntry(1, NOW, "test", "tag made")


def make(bench: Bench, name: str, *users: str, remove: bool = False) -> Tag:
    changes = [TagChange("user_id", user, remove) for user in users]
    return bench.store.tags.apply(bench.workspace, name, changes, 7, ENTRY)


def names(bench: Bench, contact_id: str) -> list[str]:
    return [one.tag.name for one in bench.store.tags.of_contact(bench.workspace, contact_id)]


def found(bench: Bench, operator: str, value: str | None) -> list[str]:
    query = Filter("tag_id", operator, value, "tag")
    page = bench.store.contacts.search(bench.workspace, query, Sort(), 50, None)
    return sorted(contact.external_id for contact in page.contacts)


@pytest.fixture
def elsewhere(bench: Bench) -> Workspace:
    """A second workspace in the same store."""
    made = Workspace(0, "elsewhere", "Elsewhere", NOW)
    return bench.store.workspaces.create(made, AuditEntry(None, NOW, "test", "made"))


def test_a_name_makes_one_tag(bench: Bench) -> None:
    first, second = make(bench, "Vip"), make(bench, "été")
    assert (make(bench, "vIP"), make(bench, "ÉTÉ")) == (first, second)
    assert bench.reopen().tags.all(bench.workspace) == [first, second]
    assert bench.store.tags.find(bench.workspace, first.number) == first
    assert [entry.detail for entry in bench.store.audit.page(1, None, 9)] == [
        {"tag": str(second.number)},
        {"tag": str(first.number)},
    ]


def test_one_of_many_makers_at_once_wins(bench: Bench) -> None:
    bench.contact("u1")
    made: list[int] = []
    threads = [
        threading.Thread(target=lambda: made.append(make(bench, "one", "u1").number))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1


def test_tags_of_a_contact(bench: Bench) -> None:
    contact = bench.contact("u1")
    first, second = make(bench, "b", "u1"), make(bench, "a")
    bench.store.tags.attach(bench.workspace, contact.id, second.number, None, NOW + 5)
    applied = bench.store.tags.of_contact(bench.workspace, contact.id)
    assert [(one.tag, one.applied_at, one.applied_by) for one in applied] == [
        (first, NOW, 7),
        (second, NOW + 5, None),
    ]
    (shown,) = bench.store.contacts.find(bench.workspace, "id", contact.id)
    assert shown.tags == (first, second)
    assert make(bench, "B", "u1", remove=True) == first
    assert names(bench, contact.id) == ["a"]
    assert make(bench, "b", "u1", remove=True) == first, "what is not there goes quietly"
    with pytest.raises(TagUnknown):
        bench.store.tags.detach(bench.workspace, contact.id, first.number)


def test_a_call_about_many_is_whole_or_nothing(bench: Bench) -> None:
    contact = bench.contact("u1")
    with pytest.raises(ContactUnknown) as unknown:
        make(bench, "a", "u1", "nobody")
    assert unknown.value.index == 1
    assert (names(bench, contact.id), bench.store.tags.all(bench.workspace)) == ([], [])


def test_a_new_name_must_be_free(bench: Bench) -> None:
    first, second = make(bench, "a"), make(bench, "b")
    with pytest.raises(TagExists) as taken:
        bench.store.tags.rename(bench.workspace, first.number, "B", ENTRY)
    assert taken.value.tag == second
    renamed = bench.store.tags.rename(bench.workspace, first.number, "A", ENTRY)
    assert bench.store.tags.find(bench.workspace, first.number) == renamed == Tag(first.number, "A")
    assert make(bench, "a").number == first.number
    assert bench.store.tags.rename(bench.workspace, 99, "x", ENTRY) is None


def test_a_deleted_tag_is_gone_at_once_and_its_rows_in_steps(bench: Bench) -> None:
    contact = bench.contact("u1")
    gone, kept = make(bench, "gone", "u1"), make(bench, "kept", "u1")
    rows = TAG_STEP_ITEMS_MAX + 5
    bench.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        f"WHERE i < {rows}) INSERT INTO contact_tags (contact, tag, applied_at) "
        f"SELECT 1000 + i, {gone.number}, {NOW} FROM n"
    )
    assert bench.store.tags.delete(bench.workspace, gone.number, ENTRY)
    assert not bench.store.tags.delete(bench.workspace, gone.number, ENTRY)
    assert bench.store.tags.find(bench.workspace, gone.number) is None
    (shown,) = bench.store.contacts.find(bench.workspace, "id", contact.id)
    assert (shown.tags, names(bench, contact.id)) == ((kept,), ["kept"])
    assert (found(bench, "=", str(gone.number)), found(bench, "!=", None)) == ([], ["u1"])
    again = make(bench, "gone")
    assert again.number not in (gone.number, kept.number)
    steps = 0
    while bench.reopen().tags.erase_step():
        steps += 1
    assert steps == 2
    assert bench.execute("SELECT tag FROM contact_tags") == [(kept.number,)]


def test_bounds(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pastense.store.relational.people.tags.TAG_NAMES_MAX", 2)
    monkeypatch.setattr("pastense.store.relational.people.tags.CONTACT_TAGS_COUNT_MAX", 1)
    contact = bench.contact("u1")
    first, second = make(bench, "a", "u1"), make(bench, "b")
    with pytest.raises(TooManyTags) as refused:
        make(bench, "c")
    assert refused.value.index is None
    with pytest.raises(TooManyTags) as refused:
        bench.store.tags.attach(bench.workspace, contact.id, second.number, 7, NOW)
    assert refused.value.index == 0
    bench.store.tags.attach(bench.workspace, contact.id, first.number, 7, NOW)
    assert names(bench, contact.id) == ["a"]


def test_workspaces_are_apart(bench: Bench, elsewhere: Workspace) -> None:
    contact, tag = bench.contact("u1"), make(bench, "a", "u1")
    tags = bench.store.tags
    assert (tags.all(elsewhere), tags.find(elsewhere, tag.number)) == ([], None)
    assert tags.rename(elsewhere, tag.number, "x", ENTRY) is None
    assert not tags.delete(elsewhere, tag.number, ENTRY)
    their_tag = tags.apply(elsewhere, "a", [], 7, ENTRY)
    assert their_tag.number != tag.number
    theirs = bench.store.contacts.create(elsewhere, {"external_id": "u1"}, NOW)
    for call, number in ((tags.of_contact, ()), (tags.detach, (tag.number,))):
        with pytest.raises(ContactUnknown):
            call(elsewhere, contact.id, *number)
    with pytest.raises(ContactUnknown):
        tags.attach(elsewhere, contact.id, their_tag.number, 7, NOW)
    with pytest.raises(TagUnknown):
        tags.attach(elsewhere, theirs.id, tag.number, 7, NOW)
    assert names(bench, contact.id) == ["a"]
    query = Filter("tag_id", "=", str(tag.number), "tag")
    page = bench.store.contacts.search(elsewhere, query, Sort(), 10, None)
    assert page.total_count == 0


def test_a_search_by_tag(bench: Bench) -> None:
    for name in ("u1", "u2", "u3"):
        bench.contact(name)
    tag = make(bench, "a", "u1", "u2")
    make(bench, "b", "u2")
    assert found(bench, "=", str(tag.number)) == ["u1", "u2"]
    assert found(bench, "!=", str(tag.number)) == ["u3"]
    assert found(bench, "=", None) == ["u3"]
    assert found(bench, "!=", None) == ["u1", "u2"]
    for nothing in ("99", "x", "", f"0{tag.number}"):
        assert (found(bench, "=", nothing), found(bench, "!=", nothing)) == ([], ["u1", "u2", "u3"])
