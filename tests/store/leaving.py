"""What the tests of merging and deleting share: contacts, what a reader sees, what is whole."""

from __future__ import annotations

from pastense import limits
from pastense.model import (
    AuditEntry,
    Summary,
)
from pastense.service.events.listing import find_contact, read_page, read_summaries
from pastense.store.base import Window
from tests.store.conftest import EVERY_NAME, NOW, Bench

DAY_S = limits.DAY_S
ENTRY = AuditEntry(1, NOW, "test", "contact deleted")
WINDOW = Window(1_000)


def lead(bench: Bench, **fields: object):
    return bench.store.contacts.create(bench.workspace, {"role": "lead", **fields}, NOW)


def write_for(bench: Bench, contact, *times: int, name: str = "did", metadata: str = "{}"):
    return bench.write(
        *[bench.event(name, at, kind="id", value=contact.id, metadata=metadata) for at in times]
    )


def merge(bench: Bench, source, target):
    return bench.store.leaving.merge(bench.workspace, source.id, target.id, NOW)


def seen(bench: Bench, contact_id: str) -> list[tuple[str, int, str]]:
    """What a reader sees of a contact, by whatever id it once had."""
    store, workspace = bench.store, bench.workspace
    with store.snapshot():
        contact = find_contact(store, workspace, [("id", "id", contact_id)])
        page = read_page(
            store, contact, per_page=150, before=None, since=None, now=NOW, window_days=0
        )
    return [(event.name, event.created_at, event.metadata) for event in page.events]


def summed(bench: Bench, contact_id: str) -> list[Summary]:
    contact = find_contact(bench.store, bench.workspace, [("id", "id", contact_id)])
    return read_summaries(bench.store, contact)


def counts(bench: Bench) -> list[tuple[str, int, int]]:
    """Per name: what the catalogue counts, and what is there."""
    there = dict(bench.execute("SELECT slot, count(*) FROM events GROUP BY slot"))
    names = bench.execute("SELECT slot, name FROM event_names ORDER BY slot")
    kept = {
        one.name: one.count
        for one in bench.store.catalogue.names(bench.workspace.number, EVERY_NAME, 1_000, None)
    }
    return [(name, kept[name], there.get(slot, 0)) for slot, name in names]


def check_whole(bench: Bench) -> None:
    """Summaries equal a recount, and the catalogue counts what will be there in the end."""
    assert list(bench.store.events.recount(lambda done, total: None)) == []
    if bench.store.leaving.remains().moves + bench.store.leaving.remains().erasures == 0:
        assert [row[1] for row in counts(bench)] == [row[2] for row in counts(bench)]


def finish(step) -> int:
    steps = 0
    while step():
        steps += 1
        assert steps < 100
    return steps
