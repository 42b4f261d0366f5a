"""A deleted contact is gone at once, and the first of what it did with it."""

from __future__ import annotations

from pastense.model import AuditEntry, WritePolicy
from pastense.service.people.deleting import delete_contact
from pastense.store.base import StoreError
from tests.unit.support import NOW, new_event, refusal

ENTRY = AuditEntry(1, NOW, "test", "contact deleted")


def test_a_deleted_contact_is_gone_and_its_identifier_free(store, workspace):
    made = store.contacts.create(workspace, {"role": "user", "external_id": "u1"}, NOW)
    store.events.write([new_event("u1")], WritePolicy(NOW))
    assert delete_contact(store, workspace, made.id, ENTRY).id == made.id
    assert store.contacts.find(workspace, "id", made.id) == []
    again = store.contacts.create(workspace, {"role": "user", "external_id": "u1"}, NOW)
    assert again.id != made.id
    assert store.events.summaries(again) == []
    while store.leaving.erase_step():
        pass
    assert store.leaving.remains().erasures == 0


def test_nobody_cannot_be_deleted(store, workspace):
    found = refusal(delete_contact, store, workspace, "nobody", ENTRY)
    assert found == (404, "not_found", None)


def test_a_deletion_holds_although_the_erasing_fails(store, workspace, monkeypatch):
    """It is committed: a 503 would have the caller ask again and be told 404."""

    def broken() -> bool:
        raise StoreError("the disk is full")

    made = store.contacts.create(workspace, {"role": "user"}, NOW)
    monkeypatch.setattr(store.leaving, "erase_step", broken)
    assert delete_contact(store, workspace, made.id, ENTRY) == made
    assert store.leaving.remains().erasures == 1
