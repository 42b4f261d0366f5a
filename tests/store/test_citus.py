"""Tables laid out over the nodes of Citus, and on how many of them a statement runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pastense.clock import ManualClock
from pastense.model import Accepted
from pastense.search import Filter, Sort
from pastense.store.base import StoreError, StoreRefused
from pastense.store.opening import open_store
from pastense.store.postgresql.citus import appending, layout
from pastense.store.postgresql.citus.distributing import distribute
from tests.store.conftest import NOW, Bench, opened_bench
from tests.store.copies import Place, copy, sqlite_place
from tests.store.plan_cases import ABOUT_ONE, ENTRY
from tests.support.citus import NO_CLUSTER, Cluster, has_cluster, shared_cluster
from tests.support.filled import fill
from tests.support.plans import plans_of, task_counts
from tests.support.postgresql import shared_server

pytestmark = pytest.mark.skipif(not has_cluster(), reason=NO_CLUSTER)
SHARDS = "SELECT shard_count FROM citus_tables WHERE table_name = 'events'::regclass"
OVER_ALL = ("merges", "name_counts")
"""What is not laid out by contact, and may be asked of all shards when a contact goes."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with opened_bench("citus", tmp_path) as opened:
        yield opened


@pytest.fixture
def empty() -> Iterator[Cluster]:
    """A database on all nodes that holds a store of one machine."""
    cluster = Cluster(f"{shared_cluster().database}_empty")
    cluster.make()
    try:
        open_store(cluster.address, ManualClock(NOW), 5.0)[0].close()
        yield cluster
    finally:
        cluster.close()
        cluster.drop()


def told(table: str, done: int, total: int) -> None:
    """Nobody looks."""


@pytest.mark.parametrize("work", ABOUT_ONE)
def test_what_is_about_one_contact_runs_on_one_shard(bench: Bench, work: str) -> None:
    contact = bench.contact("u1")
    bench.write(bench.event("did", NOW), bench.event("did", NOW - 1))
    bench.store.tags.apply(bench.workspace, "t", [], None, ENTRY)
    plans = plans_of(shared_cluster().address, lambda: ABOUT_ONE[work](bench, contact))
    tasks = {
        statement: task_counts(plan)
        for statement, plan in plans
        if not (work == "a deletion" and any(table in statement for table in OVER_ALL))
    }
    assert {count for counts in tasks.values() for count in counts} == {1}, tasks


def test_what_is_about_everybody_runs_on_all_shards(bench: Bench) -> None:
    """The control, too: the plans do tell."""
    bench.contact("u1")
    bench.write(bench.event("did", NOW))
    shards = shared_cluster().execute(SHARDS)[0][0]
    works = {
        "search": lambda: bench.store.contacts.search(
            bench.workspace, Filter("name", "=", "Ann", "string"), Sort("created_at", True), 5, None
        ),
        "catalogue": lambda: bench.store.catalogue.find(bench.workspace.number, "did"),
        "recount": lambda: list(bench.store.events.recount(lambda done, total: None)),
    }
    for name, work in works.items():
        plans = plans_of(shared_cluster().address, work)
        assert shards in {count for _, plan in plans for count in task_counts(plan)}, name


def test_a_small_group_is_stored_as_a_large_one_is(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same events through both forms: each stored once, and all that is counted the same."""
    for name in ("u1", "u2", "u3"):
        bench.contact(name)
    group = [
        bench.event(f"n{number % 2}", NOW - number // 2, value=f"u{number % 3 + 1}")
        for number in range(12)
    ]
    found = []
    for small_max in (100, 0):
        monkeypatch.setattr(appending, "SMALL_EVENTS_MAX", small_max)
        outcomes = [*bench.write(*group[:7], group[0]), *bench.write(*group[5:])]
        found.append(
            (
                [one.duplicate for one in outcomes if isinstance(one, Accepted)],
                bench.execute(
                    "SELECT contact % 3, slot, count, first, last FROM summaries ORDER BY 1, 2"
                ),
                bench.execute(
                    "SELECT slot, sum(count)::bigint, min(first), max(last) "
                    "FROM name_counts GROUP BY 1 ORDER BY 1"
                ),
            )
        )
        assert list(bench.store.events.recount(lambda done, total: None)) == []
        for table in ("events", "summaries", "name_counts"):
            bench.execute(f"DELETE FROM {table}")
    assert found[0] == found[1]
    assert sum(not duplicate for duplicate in found[0][0]) == len(group)


def placed(cluster: Cluster) -> dict[str, tuple[str, int]]:
    """(distribution column or "", group of tables that lie together) by table."""
    rows = cluster.execute(
        "SELECT logicalrelid::text, coalesce(column_to_column_name(logicalrelid, partkey), ''), "
        "colocationid FROM pg_dist_partition"
    )
    return {table: (column, group) for table, column, group in rows}


def test_a_store_that_holds_something_is_laid_out(empty: Cluster) -> None:
    store = open_store(empty.address, ManualClock(NOW), 5.0)[0]
    local = Bench(store, lambda: store, empty.execute, ManualClock(NOW))
    contact = local.contact("u1", email="Ann@example.org")
    local.write(local.event("did", NOW, metadata='{"a":1}'), local.event("did", NOW - 1))
    before = store.events.summaries(contact)
    told_of = []
    moved = distribute(empty.address, lambda *told: told_of.append(told))
    assert moved == [*layout.EVERYWHERE, *layout.COLUMNS]
    assert told_of[-1] == ("", len(moved), len(moved))
    tables = placed(empty)
    assert {table: column for table, (column, _) in tables.items() if column} == layout.COLUMNS
    assert {tables[table][1] for table in layout.BY_CONTACT} == {tables["events"][1]}
    # The store that was open before goes on: its sessions were ended, and the new ones know.
    with suppress(StoreError):
        store.check_ready()
    assert store.events.summaries(contact) == before
    for kind, value in (("id", contact.id), ("user_id", "u1"), ("email", "ann@EXAMPLE.org")):
        assert [one.id for one in store.contacts.find(local.workspace, kind, value)] == [contact.id]
    with suppress(StoreError):
        local.write(local.event("did", NOW - 2))
    local.write(local.event("did", NOW - 2))
    assert store.events.summaries(contact)[0].count == 3
    assert distribute(empty.address, told) == [], "twice is once"
    store.close()


def test_what_was_cut_off_goes_on(empty: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(empty.address, ManualClock(NOW), 5.0)[0]
    local = Bench(store, lambda: store, empty.execute, ManualClock(NOW))
    local.contact("u1")

    def cut(table: str, done: int, total: int) -> None:
        if table == "summaries":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        distribute(empty.address, cut)
    # One half of the tables is laid out; the store still knows its people, and takes new ones.
    store.close()
    store = open_store(empty.address, ManualClock(NOW), 5.0)[0]
    local.store = store
    local.contact("u2")
    left = distribute(empty.address, told)
    assert left[0] == "summaries"
    store.close()
    local.store = store = open_store(empty.address, ManualClock(NOW), 5.0)[0]
    for name in ("u1", "u2"):
        assert len(store.contacts.find(local.workspace, "user_id", name)) == 1
    store.close()


def test_a_database_that_cannot_be_laid_out_is_told_what_to_do(empty: Cluster) -> None:
    with shared_server().database() as name:
        address = shared_server().address(name)
        open_store(address, ManualClock(NOW), 5.0)[0].close()
        with pytest.raises(StoreRefused, match="CREATE EXTENSION citus"):
            distribute(address, told)
    for worker in empty.workers:
        empty.execute("SELECT citus_remove_node('{}', {})".format(*worker))
    with pytest.raises(StoreRefused, match="citus_add_node"):
        distribute(empty.address, told)
    assert placed(empty) == {}


def test_a_store_on_several_machines_is_copied_and_none_is_copied_into_one(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bench.store, monkeypatch)
    cluster = shared_cluster()
    spread = Place(cluster.address, cluster.execute_as_store)
    with sqlite_place(tmp_path / "copy.db") as file:
        assert copy(spread, file).is_same
        with pytest.raises(StoreRefused, match="lies on several machines; copy into a database"):
            copy(file, spread)
