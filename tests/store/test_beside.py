"""Groups written by several processes' worth of stores at the same moment, on PostgreSQL and Citus:
each event once, each name, contact and key once, and everything that is counted exact."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pastense.limits import Limits
from pastense.model import Accepted, AuditEntry, NewEvent, NewSubscription, Outcome, WritePolicy
from pastense.store.base import Store, StoreError
from pastense.store.postgresql.connection import PostgresqlConnection
from tests.store.conftest import NOW, Bench, opened_bench

STORES = 4
GROUPS = 12
PEOPLE = 6


@pytest.fixture(params=["postgresql", "citus"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with opened_bench(request.param, tmp_path) as opened:
        yield opened


@contextmanager
def several(bench: Bench) -> Iterator[list[Store]]:
    """Stores with caches and connections of their own, as each process has."""
    stores = [bench.reopen() for _ in range(STORES)]
    try:
        yield stores
    finally:
        for store in stores:
            store.close()


def at_once(work: list[Callable[[], None]]) -> None:
    """Run everything at the same moment; raises what the first of them raised."""
    begin = threading.Barrier(len(work))
    problems: list[BaseException] = []

    def run(one: Callable[[], None]) -> None:
        begin.wait()
        try:
            one()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


def random_event(bench: Bench, chance: random.Random) -> NewEvent:
    key = f"k{chance.randrange(3)}"
    return bench.event(
        f"name {chance.randrange(5)}",
        NOW - chance.randrange(20),
        value=f"u{chance.randrange(PEOPLE)}",
        keys=((key, "number"),),
        metadata=json.dumps({key: 1}),
    )


def write_everywhere(bench: Bench, policy: WritePolicy) -> list[Outcome]:
    """Overlapping groups through every store at once; all outcomes."""
    outcomes: list[Outcome] = []

    def one(store: Store, seed: int) -> Callable[[], None]:
        chance = random.Random(seed)
        groups = [[random_event(bench, chance) for _ in range(8)] for _ in range(GROUPS)]

        def write() -> None:
            for group in groups:
                outcomes.extend(store.events.write(group, policy))

        return write

    with several(bench) as stores:
        at_once([one(store, seed) for seed, store in enumerate(stores)])
    return outcomes


def check_exact(bench: Bench, outcomes: list[Outcome]) -> None:
    """Every event is stored by exactly one of those who sent it, and what is counted agrees."""
    accepted = [one for one in outcomes if isinstance(one, Accepted)]
    assert len(accepted) == len(outcomes) == STORES * GROUPS * 8
    stored = Counter(
        (one.contact_id, one.slot, one.created_at) for one in accepted if not one.duplicate
    )
    assert set(stored.values()) == {1}
    assert len(stored) == bench.execute("SELECT count(*) FROM events")[0][0]
    assert list(bench.store.events.recount(lambda done, total: None)) == []
    assert bench.names_miscounted() == []


def test_known_people_and_new_names_and_keys(bench: Bench) -> None:
    for number in range(PEOPLE):
        bench.contact(f"u{number}")
    check_exact(bench, write_everywhere(bench, WritePolicy(NOW)))
    slots = bench.execute("SELECT slot FROM event_names ORDER BY slot")
    assert slots == [(slot,) for slot in range(5)]
    keys = bench.execute("SELECT slot, position FROM event_name_keys ORDER BY 1, 2")
    assert keys == [(slot, position) for slot in range(5) for position in range(3)]


def test_people_who_are_created_on_the_way(bench: Bench) -> None:
    policy = WritePolicy(NOW, Limits(create_unknown_contacts=True))
    check_exact(bench, write_everywhere(bench, policy))
    assert bench.execute("SELECT count(*) FROM contacts") == [(PEOPLE,)]


def test_deliveries_of_a_person_take_turns_whoever_queued_them(bench: Bench) -> None:
    for number in range(PEOPLE):
        bench.contact(f"u{number}")
    names = ("name 1", "name 3")
    wanted = NewSubscription(
        id="s", url="https://example.org", secret="secret", active=True, event_names=names
    )
    entry = AuditEntry(bench.workspace.number, NOW, "test", "subscribed")
    bench.store.subscriptions.create(bench.workspace, wanted, entry)
    check_exact(bench, write_everywhere(bench, WritePolicy(NOW)))
    queued = bench.execute(
        "SELECT count(*) FROM events AS e JOIN event_names AS n ON n.slot = e.slot "
        "WHERE n.name IN ('name 1', 'name 3')"
    )
    assert bench.execute("SELECT count(*) FROM deliveries") == queued
    handed_out = []
    (subscription,) = bench.store.outbox.receivers()
    while due := bench.store.outbox.due(subscription, NOW, 100):
        oldest = bench.execute("SELECT min(number) FROM deliveries GROUP BY contact")
        assert sorted((number,) for number in due) == sorted(oldest)
        handed_out += due
        bench.store.outbox.finish(due, (), NOW)
    assert (len(handed_out),) == queued[0]


def test_one_contact_merged_away_while_others_store_events_for_it(bench: Bench) -> None:
    """Whoever is later sees what the other did: no event stays with a contact that is gone."""
    bench.contact("u1")
    leads = [bench.contact(f"lead {n}", role="lead") for n in range(6)]
    (target,) = bench.store.contacts.find(bench.workspace, "user_id", "u1")
    outcomes: list[Outcome] = []

    def ingest(store: Store, seed: int) -> Callable[[], None]:
        def write() -> None:
            for second in range(30):
                group = [
                    bench.event(created_at=NOW - second * STORES - seed, kind="id", value=lead.id)
                    for lead in leads
                ]
                outcomes.extend(store.events.write(group, WritePolicy(NOW)))

        return write

    def merge(store: Store) -> Callable[[], None]:
        def run() -> None:
            for lead in leads:
                store.leaving.merge(bench.workspace, lead.id, target.id, NOW)
                while store.leaving.move_step():
                    pass

        return run

    with several(bench) as stores:
        at_once([*(ingest(one, n) for n, one in enumerate(stores[1:])), merge(stores[0])])
    while bench.store.leaving.move_step():
        pass
    assert all(isinstance(one, Accepted) for one in outcomes)
    assert bench.execute("SELECT DISTINCT contact FROM events") == [(target.number,)]
    assert bench.execute("SELECT count(*) FROM events") == [(30 * (STORES - 1),)]
    assert list(bench.store.events.recount(lambda done, total: None)) == []
    assert bench.names_miscounted() == []


def test_without_a_turn_of_its_own_what_is_new_would_collide(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: were each of them taken to be alone, the tests above could not hold."""
    believed = property(lambda self: True, lambda self, value: None)
    monkeypatch.setattr(PostgresqlConnection, "is_alone", believed, raising=False)
    policy = WritePolicy(NOW, Limits(create_unknown_contacts=True))
    with pytest.raises((StoreError, AssertionError)):
        for _ in range(20):
            check_exact(bench, write_everywhere(bench, policy))
            for table in ("events", "summaries", "contacts", "name_counts", "event_name_keys"):
                bench.execute(f"DELETE FROM {table}")
