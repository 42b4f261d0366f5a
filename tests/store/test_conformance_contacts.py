"""What every store does with contacts, tokens and its own schema."""

from __future__ import annotations

import threading

import pytest

from pastense.limits import ERASE_STEP_EVENTS_MAX
from pastense.model import Token
from pastense.search import Filter, Sort
from pastense.store.base import ContactExists, Window
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


def test_deletion_is_at_once_and_its_erasure_in_steps(bench: Bench) -> None:
    contact = bench.contact("u1")
    events = 2 * ERASE_STEP_EVENTS_MAX + 1
    bench.write(*[bench.event(created_at=NOW - index) for index in range(events)])
    kept = bench.contact("kept")
    bench.write(bench.event(value="kept"))
    assert bench.store.contacts.delete(bench.workspace, contact.id, NOW).id == contact.id
    assert bench.store.contacts.find(bench.workspace, "user_id", "u1") == []
    assert bench.write(bench.event())[0].code == "not_found"
    assert bench.store.contacts.delete(bench.workspace, contact.id, NOW) is None
    again = bench.contact("u1")
    assert again.number != contact.number
    assert bench.store.events.page(again, Window(10)) == []
    assert bench.store.events.summaries(again) == []
    assert list(bench.store.events.recount(lambda done, total: None)) == []
    assert bench.store.admin.erasures_left() == 1
    store = bench.reopen()
    steps = 0
    while store.contacts.erase_step():
        steps += 1
    assert steps == 3, "two full steps and the rest"
    assert bench.store.admin.erasures_left() == 0
    assert len(bench.store.events.page(kept, Window(10))) == 1
    assert list(bench.store.events.recount(lambda done, total: None)) == []


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


def token(bench: Bench, name: str, **fields: object) -> Token:
    given = {
        "number": 0,
        "name": name,
        "workspace": bench.workspace,
        "scopes": ("events:read",),
        "version": "2.14",
        "created_at": NOW,
    }
    return Token(**(given | fields))


def test_tokens_are_found_by_their_hash_until_revoked(bench: Bench) -> None:
    first = bench.store.admin.create_token(token(bench, "a", expires_at=5), b"1" * 32)
    second = bench.store.admin.create_token(token(bench, "b"), b"2" * 32)
    assert bench.store.admin.find_token(b"1" * 32) == first
    assert bench.store.admin.find_token(b"3" * 32) is None
    other = bench.reopen()
    assert other.admin.revoke_token(first.number, NOW)
    assert bench.store.admin.find_token(b"1" * 32).revoked_at == NOW
    assert other.admin.revoke_token(first.number, NOW + 5)
    assert bench.store.admin.find_token(b"1" * 32).revoked_at == NOW, "the first time stays"
    assert not other.admin.revoke_token(99, NOW)
    assert [kept.name for kept in bench.store.admin.tokens()] == ["a", "b"]
    assert second.expires_at is None


def test_a_fresh_store_has_one_workspace_and_is_ready(bench: Bench) -> None:
    (workspace,) = bench.reopen().admin.workspaces()
    assert workspace == bench.workspace
    bench.store.check_ready()
