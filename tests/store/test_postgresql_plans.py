"""Each statement that is about one contact goes by an index on PostgreSQL, in a store that has very
many of everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pastense.clock import ManualClock
from tests.store.conftest import NOW, Bench, make_postgresql
from tests.store.plan_cases import ABOUT_ONE, ENTRY
from tests.support.plans import plans_of
from tests.support.postgresql import shared_server

PEOPLE = 20_000
"""Of few it is cheaper to read all."""
EVENTS_EACH = 1
FILL = f"""
SET session_replication_role = replica;
INSERT INTO contacts (workspace, id, role, external_id, email, email_key, created_at, updated_at)
SELECT 1, 'id' || n, 'user', 'x' || n, 'x' || n, 'x' || n, n, n
FROM generate_series(1, {PEOPLE}) AS n;
INSERT INTO events (contact, created_at, slot, metadata)
SELECT number, s, 0, '{{}}' FROM contacts, generate_series(1, {EVENTS_EACH}) AS s;
INSERT INTO summaries (contact, slot, count) SELECT number, 1, 1 FROM contacts;
INSERT INTO contact_tags (contact, tag, applied_at) SELECT number, 2, 0 FROM contacts;
INSERT INTO merges (id, workspace, role, contact, merged_at)
SELECT 'm' || number, 1, 'lead', number, 0 FROM contacts;
INSERT INTO tombstones (workspace, hash, deleted_at)
SELECT 1, decode(md5(number::text), 'hex'), 0 FROM contacts;
INSERT INTO deliveries (subscription, contact, created_at, slot, id, queued_at)
SELECT 1, number, 1, 0, '', 0 FROM contacts;
ANALYZE
"""
FILLED = ("contacts", "events", "summaries", "contact_tags", "merges", "tombstones", "deliveries")
_SCAN = re.compile(rf"Seq Scan on ({'|'.join(FILLED)})\b")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A full store, which the tests of this module share."""
    open_one, execute = make_postgresql(Path())
    clock = ManualClock(NOW)
    store = open_one(clock)
    bench = Bench(store, lambda: open_one(clock), execute, clock)
    try:
        bench.contact("u1")
        bench.write(bench.event("did", NOW), bench.event("did", NOW - 1))
        bench.store.tags.apply(bench.workspace, "t", [], None, ENTRY)
        execute(FILL)
        yield bench
    finally:
        store.close()


@pytest.mark.parametrize("work", ABOUT_ONE)
def test_what_is_about_one_contact_goes_by_an_index(bench: Bench, work: str) -> None:
    (contact,) = bench.store.contacts.find(bench.workspace, "user_id", "u1")
    address = shared_server().address("tests")
    plans = plans_of(address, lambda: ABOUT_ONE[work](bench, contact))
    assert plans
    assert [(text, plan) for text, plan in plans if _SCAN.search(plan)] == []


def test_the_control_that_has_no_index_is_seen(bench: Bench) -> None:
    address = shared_server().address("tests")
    plans = plans_of(address, lambda: bench.store.leaving.deleted_at(bench.workspace, "id", "x"))
    assert not any(_SCAN.search(plan) for _, plan in plans)
    ask = "SELECT number FROM contacts WHERE phone = ?1"
    ((_, plan),) = plans_of(address, lambda: bench.store._relations.query(ask, ("1",)))
    assert _SCAN.search(plan)
