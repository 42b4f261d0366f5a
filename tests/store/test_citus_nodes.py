"""A node of Citus is killed: what lies elsewhere goes on, and of the rest nothing is lost or half
done."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from pastense.model import Accepted, Contact, NewEvent, WritePolicy
from pastense.service.events.committer import Committer, Result
from pastense.store.base import StoreError, StorePartError
from pastense.store.postgresql.connection import NAME_COUNT_PARTS, PostgresqlConnection
from tests.store.conftest import NOW, Bench, opened_bench
from tests.support.citus import NO_CONTROL, control, has_control, shared_cluster

pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif(not has_control(), reason=NO_CONTROL),
]
NODE = "worker1"
PEOPLE = 24
BACK_MAX_S = 30.0
_PLACE = (
    "SELECT nodeport FROM pg_dist_shard_placement "
    "WHERE shardid = get_shard_id_for_distribution_column('{}', {})"
)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with opened_bench("citus", tmp_path) as opened:
        yield opened


@contextmanager
def node_killed() -> Iterator[None]:
    """One node is gone within the block, and back with all it has after it."""
    control("kill", NODE)
    try:
        yield
    finally:
        control("restart", NODE)
        end = time.monotonic() + BACK_MAX_S
        while True:
            try:
                shared_cluster().execute("SELECT count(*) FROM events")
                break
            except psycopg.Error:
                assert time.monotonic() < end, "the node is not back"
                time.sleep(0.2)


def places(table: str, value: str) -> set[int]:
    """The port of the node that has the shard."""
    return {port for (port,) in shared_cluster().execute(_PLACE.format(table, value))}


def divided(bench: Bench) -> tuple[list[Contact], list[Contact]]:
    """(contacts that can be reached without the node, those that cannot)."""
    bench.write(bench.event(value="nobody"))
    lost_port = shared_cluster().workers[0][1]
    people = [bench.contact(f"u{number}") for number in range(PEOPLE)]
    bench.write(*(about(bench, one, NOW - 1) for one in people))
    needed = [
        places("contacts", str(one.number)) | places("identities", f"'{one.external_id}'")
        for one in people
    ]
    pairs = list(zip(people, needed, strict=True))
    live = [one for one, ports in pairs if lost_port not in ports]
    lost = [one for one, ports in pairs if lost_port in ports]
    assert live, "the test tells something"
    assert lost, "the test tells something"
    return live, lost


def about(bench: Bench, contact: Contact, created_at: int) -> NewEvent:
    return bench.event("did", created_at, value=contact.external_id)


def committed(bench: Bench, events: list[NewEvent]) -> list[Result]:
    """What each of these hears when all of them are submitted at once, each by somebody else."""
    results: dict[int, Result] = {}
    all_there = threading.Event()

    def deliver(told: list[tuple[int, Result]]) -> None:
        results.update(told)
        if len(results) == len(events):
            all_there.set()

    committer: Committer[int] = Committer(
        lambda group, then: bench.store.events.write(group, WritePolicy(NOW), then),
        *(deliver, 1_000, 1_000),
    )
    for index, event in enumerate(events):
        committer.submit([event], index)
    committer.start()
    assert all_there.wait(60)
    assert committer.stop(10)
    return [results[index] for index in range(len(events))]


def test_events_of_people_elsewhere_are_stored_and_the_others_are_told(bench: Bench) -> None:
    live, lost = divided(bench)
    mixed = [about(bench, one, NOW) for one in (*live, *lost)]
    with node_killed():
        with pytest.raises(StorePartError):
            bench.store.events.write(mixed, WritePolicy(NOW))
        results = committed(bench, mixed)
        for one in live:
            assert bench.store.events.summaries(one)[0].count == 2
        for one in lost[:1]:
            with pytest.raises(StoreError):
                bench.write(about(bench, one, NOW))
    assert all(isinstance(result, list) for result in results[: len(live)])
    assert all(isinstance(result, StoreError) for result in results[len(live) :])
    outcomes = bench.write(*mixed)
    duplicates = [one.duplicate for one in outcomes if isinstance(one, Accepted)]
    assert duplicates == [True] * len(live) + [False] * len(lost), "nothing was half done"
    assert list(bench.store.events.recount(lambda done, total: None)) == []
    assert bench.names_miscounted() == []


def write_by_each_part(bench: Bench, contact: Contact) -> int:
    """Store an event by each part of the counts; how many were refused."""
    refused = 0
    for part in range(NAME_COUNT_PARTS):
        for connection in bench.store._relations._writers:
            connection.part = part
        try:
            bench.write(about(bench, contact, NOW + part))
        except StoreError:
            refused += 1
    return refused


def test_counts_are_kept_where_they_can_be_reached(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, lost = divided(bench)
    with node_killed():
        with pytest.raises(StorePartError):
            bench.write(about(bench, lost[0], NOW))
        assert write_by_each_part(bench, live[0]) == 0
        monkeypatch.setattr(PostgresqlConnection, "choose_part", lambda self: None)
        refused = write_by_each_part(bench, live[1])
        assert 0 < refused < NAME_COUNT_PARTS, "the control: some parts lie on the lost node"
    assert bench.names_miscounted() == []
    assert list(bench.store.events.recount(lambda done, total: None)) == []
