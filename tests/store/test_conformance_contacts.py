"""What every store does with contacts, tokens and its own schema."""

from __future__ import annotations

import threading

import pytest

from pastense.search import Filter, Sort
from pastense.store.base import ContactExists
from tests.store.conftest import NOW, Bench


def test_every_field_comes_back(bench: Bench) -> None:
    fields = {
        "role": "lead",
        "external_id": "x",
        "email": "A@b.c",
        "name": "n",
        "phone": "p",
        "avatar": "a",
        "owner_id": 2**63 - 1,
        "unsubscribed_from_emails": True,
        "signed_up_at": 0,
        "last_seen_at": 5,
        "custom_attributes": {"z": 1.5, "a": "é", "b": False, "c": -(2**63)},
    }
    created = bench.store.contacts.create(bench.workspace, fields, NOW)
    for name, value in fields.items():
        assert getattr(created, name) == value
    assert list(created.custom_attributes) == ["z", "a", "b", "c"]
    assert bench.store.contacts.find(bench.workspace, "id", created.id) == [created]


def test_taken_identifiers_name_their_owner(bench: Bench) -> None:
    owner = bench.contact("x", email="a@b.c")
    for fields in ({"external_id": "x", "role": "lead"}, {"email": "A@B.c", "role": "user"}):
        with pytest.raises(ContactExists) as taken:
            bench.store.contacts.create(bench.workspace, fields, NOW)
        assert (taken.value.contact_id, taken.value.archived) == (owner.id, False)
    other = bench.contact("y")
    with pytest.raises(ContactExists):
        bench.store.contacts.update(bench.workspace, other.id, {"external_id": "x"}, NOW)
    with pytest.raises(ContactExists):
        bench.store.contacts.update(bench.workspace, other.id, {"email": "a@b.c"}, NOW)
    assert bench.store.contacts.find(bench.workspace, "id", other.id) == [other], "unchanged"
    kept = bench.store.contacts.update(bench.workspace, owner.id, {"email": "a@b.c"}, NOW)
    assert kept is not None, "its own identifiers are free for itself"


def test_one_of_many_creations_at_once_wins(bench: Bench) -> None:
    results: list[str] = []

    def create() -> None:
        try:
            results.append(bench.contact("one").id)
        except ContactExists as taken:
            results.append(taken.contact_id)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert len(set(results)) == 1


def test_search_pages_survive_new_contacts(bench: Bench) -> None:
    made = [bench.contact(f"c{index}").id for index in range(6)]
    seen: list[str] = []
    cursor = None
    query = Filter("role", "=", "user", "string")
    for round_number in range(3):
        page = bench.store.contacts.search(bench.workspace, query, Sort(), 2, cursor)
        seen += [contact.id for contact in page.contacts]
        cursor = page.next_cursor
        bench.contact(f"new{round_number}")
    assert seen == list(reversed(made))
    with pytest.raises(ValueError):
        bench.store.contacts.search(bench.workspace, None, Sort(), 2, "bm8")


def test_a_fresh_store_has_one_workspace_and_is_ready(bench: Bench) -> None:
    (workspace,) = bench.reopen().admin.workspaces()
    assert workspace == bench.workspace
    bench.store.check_ready()


def test_who_shares_an_email_since_long_ago_can_be_changed(bench: Bench) -> None:
    """Only what a change brings must be free: older data has users with one email."""
    first, second = bench.contact("u1", email="a@x.org"), bench.contact("u2", email="b@x.org")
    lead = bench.store.contacts.create(
        bench.workspace, {"role": "lead", "email": "c@x.org", "name": "Lead"}, NOW
    )
    bench.execute("UPDATE contacts SET email = 'a@x.org', email_key = 'a@x.org'")
    update, workspace = bench.store.contacts.update, bench.workspace
    for fields in (
        {"name": "Ada"},
        {"email": "A@X.org"},
        {"role": "user", "email": "a@x.org", "external_id": "u2"},
        {"external_id": "u3"},
    ):
        changed = update(workspace, second.id, fields, NOW)
        assert {name: getattr(changed, name) for name in fields} == fields
    assert update(workspace, lead.id, {"name": "Other"}, NOW).name == "Other"
    with pytest.raises(ContactExists):
        update(workspace, lead.id, {"role": "user"}, NOW)
    with pytest.raises(ContactExists):
        update(workspace, second.id, {"external_id": "u1"}, NOW)
    assert update(workspace, second.id, {"email": "d@x.org"}, NOW).email == "d@x.org"
    with pytest.raises(ContactExists) as taken:
        update(workspace, second.id, {"email": "A@x.org"}, NOW)
    assert taken.value.contact_id == first.id
