"""Work that is about one contact, for the tests of what a database does for it."""

from __future__ import annotations

from collections.abc import Callable

from pastense.model import AuditEntry
from pastense.store.base import Window
from tests.store.conftest import NOW, Bench

ENTRY = AuditEntry(1, NOW, "test", "done")


def _page(bench: Bench, contact) -> object:
    return bench.store.events.page(contact, Window(50, before=(NOW + 5) * 10**7))


def _delete_and_erase(bench: Bench, contact) -> None:
    bench.store.leaving.delete(bench.workspace, contact.id, ENTRY)
    while bench.store.leaving.erase_step():
        pass


ABOUT_ONE: dict[str, Callable[[Bench, object], object]] = {
    "a page of events": _page,
    "summaries": lambda bench, contact: bench.store.events.summaries(contact),
    "one event": lambda bench, contact: bench.store.events.find_event(contact, "did", NOW),
    "a contact by its id": lambda bench, contact: bench.store.contacts.find(
        bench.workspace, "id", contact.id
    ),
    "a contact by its user id": lambda bench, contact: bench.store.contacts.find(
        bench.workspace, "user_id", "u1"
    ),
    "an event stored": lambda bench, contact: bench.write(bench.event("did", NOW + 1)),
    "some events stored": lambda bench, contact: bench.write(
        *(bench.event("did", NOW + second) for second in range(2, 7))
    ),
    "a change": lambda bench, contact: bench.store.contacts.update(
        bench.workspace, contact.id, {"name": "Ann", "external_id": "u1"}, NOW
    ),
    "an archiving": lambda bench, contact: bench.store.contacts.set_archived(
        bench.workspace, contact.id, True, NOW
    ),
    "a tag put on": lambda bench, contact: bench.store.tags.attach(
        bench.workspace, contact.id, 1, None, NOW
    ),
    "its tags": lambda bench, contact: bench.store.tags.of_contact(bench.workspace, contact.id),
    "a deletion": _delete_and_erase,
}
