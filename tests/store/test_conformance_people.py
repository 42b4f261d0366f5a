"""What every store does with people by their role: saving, changing, listing, counting."""

from __future__ import annotations

import threading

import pytest

from pastense.limits import CUSTOM_ATTRIBUTES_MAX
from pastense.model import AuditEntry, Contact, Workspace
from pastense.store.base import (
    Change,
    ContactExists,
    EmailShared,
    Listing,
    Named,
    TagChange,
    TooManyAttributes,
)
from tests.store.conftest import NOW, Bench

LATER = NOW + 60


def save(bench: Bench, named: Named, *, sessions: int = 0, now: int = NOW, **fields) -> Contact:
    """Save a user with what names it, as a caller does."""
    names = {"external_id": named.user_id, "email": named.email}
    given = {name: value for name, value in names.items() if value is not None} | fields
    return bench.store.people.save_user(bench.workspace, named, Change(given, sessions), now)


def add(bench: Bench, role: str, now: int = NOW, **fields) -> Contact:
    return bench.store.contacts.create(bench.workspace, {"role": role, **fields}, now)


def other_workspace(bench: Bench) -> Workspace:
    bench.execute("INSERT INTO workspaces (id, name, created_at) VALUES ('other', 'Other', 0)")
    return bench.store.admin.workspaces()[1]


def test_a_user_is_added_once_and_then_changed(bench: Bench) -> None:
    made = save(bench, Named(user_id="x", email="A@b.c"), sessions=1, name="n")
    assert (made.role, made.external_id, made.email) == ("user", "x", "A@b.c")
    assert (made.name, made.session_count, made.created_at) == ("n", 1, NOW)
    for named in (
        Named(id=made.id),
        Named(user_id="x"),
        Named(email="a@B.C"),
        Named(user_id="x", email="a@b.c"),
    ):
        again = save(bench, named, sessions=2, now=LATER, phone="1", email="a@b.c")
        assert (again.id, again.name, again.phone, again.updated_at) == (made.id, "n", "1", LATER)
    assert again.session_count == 1 + 4 * 2
    assert bench.store.people.count(bench.workspace, "user") == 1


def test_an_email_finds_a_user_that_has_no_user_id_of_its_own(bench: Bench) -> None:
    made = save(bench, Named(email="a@b.c"))
    named = save(bench, Named(user_id="x", email="A@b.c"))
    assert (named.id, named.external_id, named.email) == (made.id, "x", "A@b.c")
    with pytest.raises(ContactExists) as taken:
        save(bench, Named(user_id="y", email="a@b.c"))
    assert taken.value.contact_id == made.id
    assert bench.store.people.count(bench.workspace, "user") == 1


def test_who_is_not_a_user_is_not_saved_as_one(bench: Bench) -> None:
    lead = add(bench, "lead", external_id="x", email="a@b.c")
    assert save(bench, Named(id=lead.id), name="n") is None
    assert save(bench, Named(id="6b49d2000000000000000000"), name="n") is None
    with pytest.raises(ContactExists) as taken:
        save(bench, Named(user_id="x"))
    assert (taken.value.contact_id, taken.value.archived) == (lead.id, False)
    assert save(bench, Named(email="a@b.c")).id != lead.id, "an email names users only"
    assert bench.store.contacts.find(bench.workspace, "id", lead.id) == [lead]


def test_an_email_of_several_users_is_told(bench: Bench) -> None:
    for external_id in ("x", "y"):
        save(bench, Named(user_id=external_id))
    bench.execute("UPDATE contacts SET email = 'a@b.c', email_key = 'a@b.c'")
    with pytest.raises(EmailShared):
        save(bench, Named(email="a@b.c"))


def test_saving_restores_an_archived_user(bench: Bench) -> None:
    made = save(bench, Named(user_id="x"))
    bench.store.contacts.set_archived(bench.workspace, made.id, True, NOW)
    assert bench.store.people.count(bench.workspace, "user") == 0
    back = save(bench, Named(user_id="x"))
    assert (back.id, back.archived_at) == (made.id, None)


def test_many_savings_at_once_make_one_user(bench: Bench) -> None:
    saved: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: saved.append(save(bench, Named(user_id="x"), sessions=1).id)
        )
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(saved), len(set(saved))) == (16, 1)
    assert bench.store.contacts.find(bench.workspace, "user_id", "x")[0].session_count == 16


def test_too_many_attributes_change_nothing(bench: Bench) -> None:
    many = {f"k{index}": index for index in range(CUSTOM_ATTRIBUTES_MAX)}
    made = save(bench, Named(user_id="x"), custom_attributes=many)
    with pytest.raises(TooManyAttributes):
        save(bench, Named(user_id="x"), name="n", custom_attributes={"one": 1})
    assert bench.store.contacts.find(bench.workspace, "id", made.id) == [made]


def test_a_change_is_of_one_role_and_may_change_it(bench: Bench) -> None:
    people = bench.store.people
    visitor = add(bench, "visitor", name="v")
    assert people.change(bench.workspace, visitor.id, "lead", Change({"name": "w"}), NOW) is None
    lead = people.change(bench.workspace, visitor.id, "visitor", Change({"role": "lead"}, 1), LATER)
    assert (lead.id, lead.role, lead.name, lead.session_count) == (visitor.id, "lead", "v", 1)
    add(bench, "user", email="a@b.c")
    change = Change({"role": "user", "email": "A@b.c"})
    with pytest.raises(ContactExists):
        people.change(bench.workspace, lead.id, "lead", change, NOW)
    assert bench.store.contacts.find(bench.workspace, "id", lead.id) == [lead]


def tagged(bench: Bench, contact: Contact) -> int:
    """The number of a tag "t" that the contact alone carries."""
    entry = AuditEntry(bench.workspace.number, NOW, "test", "tag created")
    change = TagChange("id", contact.id)
    return bench.store.tags.apply(bench.workspace, "t", [change], None, entry).number


def names(bench: Bench, **listing) -> list[str]:
    given = {"role": "user", "offset": 0, "limit": 60} | listing
    page = bench.store.people.page(bench.workspace, Listing(**given))
    return [contact.external_id or "" for contact in page.contacts]


def test_lists_are_of_one_role_in_the_order_asked_for(bench: Bench) -> None:
    for second, (name, seen) in enumerate({"a": 9, "b": 3, "c": None, "d": 3}.items()):
        add(bench, "user", NOW + second, external_id=name, last_seen_at=seen)
    archived = add(bench, "user", external_id="gone")
    bench.store.contacts.set_archived(bench.workspace, archived.id, True, NOW)
    add(bench, "lead", external_id="lead")
    assert names(bench) == ["d", "c", "b", "a"]
    assert names(bench, descending=False) == ["a", "b", "c", "d"]
    assert names(bench, sort="last_seen_at") == ["a", "d", "b", "c"]
    assert names(bench, sort="last_seen_at", descending=False) == ["c", "b", "d", "a"]
    assert names(bench, sort="signed_up_at") == ["d", "c", "b", "a"]
    assert names(bench, sort="updated_at", offset=1, limit=2) == ["c", "b"]
    assert names(bench, created_since=NOW + 2) == ["d", "c"]
    assert names(bench, role="lead") == ["lead"]
    page = bench.store.people.page(bench.workspace, Listing(role="user", offset=3, limit=9))
    assert (len(page.contacts), page.total_count) == (1, 4)


def test_lists_by_email_phone_and_tag(bench: Bench) -> None:
    both = [add(bench, "lead", email="A@b.c", phone="1", external_id=x) for x in ("a", "b")]
    add(bench, "lead", email="x@b.c", phone="2", external_id="c")
    tag = tagged(bench, both[0])
    assert names(bench, role="lead", email="a@B.c") == ["b", "a"]
    assert names(bench, role="lead", phone="2") == ["c"]
    assert names(bench, role="lead", tag=tag) == ["a"]
    assert names(bench, role="lead", tag=tag, email="a@b.c", phone="1", created_since=0) == ["a"]
    assert names(bench, role="lead", tag=tag + 1) == []
    assert bench.store.people.tag_counts(bench.workspace, "lead") == [("t", 1)]
    assert bench.store.people.tag_counts(bench.workspace, "user") == [("t", 0)]
    bench.store.contacts.set_archived(bench.workspace, both[0].id, True, NOW)
    assert bench.store.people.tag_counts(bench.workspace, "lead") == [("t", 0)]


def test_a_scroll_meets_everybody_once_whatever_is_added(bench: Bench) -> None:
    made = [add(bench, "user", NOW + second // 3).id for second in range(10)]
    add(bench, "lead")
    seen: list[str] = []
    batch = bench.store.people.batch(bench.workspace, "user", 4, None)
    while batch.contacts:
        seen += [contact.id for contact in batch.contacts]
        if len(seen) == 4:
            bench.store.contacts.set_archived(bench.workspace, made[6], True, NOW)
            made.append(add(bench, "user", NOW + 9).id)
        batch = bench.store.people.batch(bench.workspace, "user", 4, batch.cursor)
    assert seen == [contact_id for contact_id in made if contact_id != made[6]]
    again = bench.store.people.batch(bench.workspace, "user", 4, batch.cursor)
    assert again == batch, "the end stays the end"
    for cursor in ("", "x", "1", "1-", "-1-1", "1-1\n", "g-1", "1-" + "f" * 16):
        with pytest.raises(ValueError, match="cursor"):
            bench.store.people.batch(bench.workspace, "user", 4, cursor)


def test_another_workspace_has_people_of_its_own(bench: Bench) -> None:
    other, people = other_workspace(bench), bench.store.people
    mine = save(bench, Named(user_id="x", email="a@b.c"))
    theirs = people.save_user(other, Named(user_id="x"), Change({"external_id": "x"}), NOW)
    assert theirs.id != mine.id
    assert people.save_user(other, Named(id=mine.id), Change({"name": "n"}), NOW) is None
    assert people.change(other, mine.id, "user", Change({"name": "n"}), NOW) is None
    listing = Listing(role="user", offset=0, limit=9)
    assert people.page(other, listing).contacts == [theirs]
    assert people.batch(other, "user", 9, None).contacts == [theirs]
    assert people.count(other, "user") == 1
    tagged(bench, mine)
    assert people.tag_counts(other, "user") == []
    assert people.page(other, Listing(role="user", offset=0, limit=9, tag=1)).contacts == []
