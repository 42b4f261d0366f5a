"""What every store does with events that have grown too old: metadata goes, the key stays."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from pastense.limits import DAY_S, PRUNE_STEP_EVENTS_MAX, Limits
from pastense.model import AuditEntry, WritePolicy
from pastense.service.retention import PASS_EVERY_S, Pruning
from pastense.store.base import Store, Window
from pastense.store.relational.events import pruning
from tests.store.conftest import NOW, Bench

ALL = Window(10_000)
CREATES = {"create_unknown_contacts": True}
EDGE = NOW - 30 * DAY_S
"""The last second that a retention of 30 days leaves without metadata."""


def prune(bench: Bench, second: int = EDGE) -> int:
    """One whole pass; how many steps it took."""
    after: int | None = 0
    steps = 0
    while after is not None:
        after = bench.store.retention.prune_step({bench.workspace.number: second}, after)
        steps += 1
        assert steps < 100
    return steps


def seconds_with_metadata(bench: Bench) -> list[int]:
    return [
        at
        for (at,) in bench.execute(
            "SELECT created_at FROM events WHERE metadata IS NOT NULL ORDER BY created_at"
        )
    ]


def recount(bench: Bench) -> list:
    return list(bench.store.events.recount(lambda done, total: None))


def test_pruning_takes_the_metadata_and_leaves_all_else(bench: Bench) -> None:
    contact = bench.contact("u1")
    seconds = [0, 1, EDGE - 1, EDGE, EDGE + 1, NOW]
    bench.write(*[bench.event(created_at=at, metadata='{"k":"secret"}') for at in seconds])
    before = bench.store.events.summaries(contact)
    prune(bench)
    assert seconds_with_metadata(bench) == [EDGE + 1, NOW]
    assert [e.created_at for e in bench.store.events.page(contact, ALL)] == [NOW, EDGE + 1]
    assert bench.store.events.summaries(contact) == before
    assert recount(bench) == []
    name = bench.store.catalogue.find(bench.workspace.number, "did")
    assert (name.count, name.first_seen_at) == (6, 0)
    again = bench.write(*[bench.event(created_at=at, metadata='{"k":"new"}') for at in seconds])
    assert all(outcome.duplicate for outcome in again), "the key stays for ever"
    assert seconds_with_metadata(bench) == [EDGE + 1, NOW]
    assert [c.updated_at for c in bench.store.contacts.find(bench.workspace, "user_id", "u1")] == [
        contact.updated_at
    ]


def test_pruning_goes_in_bounded_steps(bench: Bench) -> None:
    events = 2 * PRUNE_STEP_EVENTS_MAX + 10
    for who in ("u1", "u2"):
        bench.contact(who)
        bench.write(*[bench.event(created_at=second, value=who) for second in range(events)])
    after: int | None = 0
    left = [2 * events]
    while after is not None:
        after = bench.store.retention.prune_step({bench.workspace.number: EDGE}, after)
        left.append(len(seconds_with_metadata(bench)))
    assert left[-1] == 0
    steps = [one - other for one, other in pairwise(left)]
    assert max(steps) <= PRUNE_STEP_EVENTS_MAX
    assert len(steps) == 5, "each step does what it may"


@pytest.mark.parametrize(("may_take_s", "taken"), [(1_000.0, [100, 200]), (-1.0, [100, 100, 100])])
def test_steps_take_more_contacts_where_they_are_short(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, may_take_s: float, taken: list[int]
) -> None:
    monkeypatch.setattr(pruning, "STEP_S", may_take_s)
    people = [f"u{number}" for number in range(300)]
    bench.write(*[bench.event(value=one, created_at=5) for one in people], **CREATES)
    after: int | None = 0
    left = [len(people)]
    while after is not None:
        after = bench.store.retention.prune_step({bench.workspace.number: EDGE}, after)
        left.append(len(seconds_with_metadata(bench)))
    steps = [one - other for one, other in pairwise(left) if one > other]
    assert steps == taken


def test_a_second_with_more_events_than_a_step_does_not_stop_it(bench: Bench) -> None:
    bench.contact("u1")
    group = [bench.event(f"n{i}", 5) for i in range(PRUNE_STEP_EVENTS_MAX + 5)]
    bench.write(bench.event("early", 4), *group, bench.event("late", 6))
    prune(bench)
    assert seconds_with_metadata(bench) == []


def test_a_pass_does_not_look_at_what_is_pruned(bench: Bench) -> None:
    for who in ("u1", "u2"):
        bench.contact(who)
    bench.write(bench.event(created_at=EDGE - 5), bench.event(created_at=EDGE - 4, value="u2"))
    prune(bench)
    bench.execute("UPDATE events SET metadata = '{\"planted\":1}'")
    assert prune(bench) == 1
    assert len(seconds_with_metadata(bench)) == 2, "what lies before the mark is not read again"
    prune(bench, EDGE + 1)
    bench.execute("UPDATE contacts SET pruned_before = 0")
    prune(bench)
    assert seconds_with_metadata(bench) == [], "the control: without the mark it is"


def test_only_the_workspaces_that_say_so_are_pruned(bench: Bench) -> None:
    bench.contact("u1")
    bench.write(bench.event(created_at=5))
    after = bench.store.retention.prune_step({bench.workspace.number + 1: NOW}, 0)
    assert (after, seconds_with_metadata(bench)) == (None, [5])
    assert bench.store.retention.prune_step({}, 0) is None
    assert seconds_with_metadata(bench) == [5]


def test_an_event_older_than_the_retention_is_stored_with_its_key_alone(bench: Bench) -> None:
    contact = bench.contact("u1")
    given = {"keys": (("k", "string"),), "keys_ignored": ("z",), "metadata": '{"k":"secret"}'}
    old, new, twin = bench.write(
        bench.event(created_at=EDGE, **given),
        bench.event(created_at=EDGE + 1),
        bench.event(created_at=EDGE, **given),
        retention_days=30,
    )
    assert [(o.duplicate, o.pruned, o.keys_ignored) for o in (old, new, twin)] == [
        (False, True, 0),
        (False, False, 0),
        (True, False, 0),
    ]
    assert seconds_with_metadata(bench) == [EDGE + 1]
    assert bench.store.events.summaries(contact)[0].count == 2
    name = bench.store.catalogue.find(bench.workspace.number, "did")
    assert (name.count, name.tracked_keys, name.ignored_keys) == (2, (), ())
    assert recount(bench) == []


def test_late_events_of_a_longer_retention_are_pruned_in_their_time(bench: Bench) -> None:
    """After 30 days became 90, an event of 60 days comes: it is whole until it is 90 days old."""
    bench.contact("u1")
    bench.write(bench.event(created_at=EDGE - 5))
    prune(bench)
    late = NOW - 60 * DAY_S
    bench.write(bench.event(created_at=late), retention_days=90)
    prune(bench, NOW - 90 * DAY_S)
    assert seconds_with_metadata(bench) == [late]
    prune(bench, late)
    assert seconds_with_metadata(bench) == []


def test_moved_events_of_a_merge_are_pruned_too(bench: Bench) -> None:
    lead, user = bench.contact("lead", role="lead"), bench.contact("u1")
    bench.write(bench.event(created_at=EDGE - 9))
    prune(bench)
    bench.write(bench.event("of the lead", EDGE - 99, value="lead"))
    bench.store.leaving.merge(bench.workspace, lead.id, user.id, NOW)
    prune(bench)
    assert seconds_with_metadata(bench) == []


def test_deleted_contacts_are_passed_over(bench: Bench) -> None:
    contact = bench.contact("u1")
    bench.write(bench.event(created_at=5))
    entry = AuditEntry(bench.workspace.number, NOW, "test", "deleted")
    bench.store.leaving.delete(bench.workspace, contact.id, entry)
    prune(bench)


def test_pruning_beside_writers_loses_nothing(bench: Bench) -> None:
    bench.contact("u1")
    done = threading.Event()

    def write() -> None:
        for start in range(0, 2_000, 50):
            bench.write(
                *[bench.event(created_at=EDGE - 1_000 + i) for i in range(start, start + 50)]
            )
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        prune(bench)
    writer.join()
    prune(bench)
    assert seconds_with_metadata(bench) == list(range(EDGE + 1, EDGE + 1_000))
    assert recount(bench) == []


@pytest.mark.parametrize("bench", ["sqlite"], indirect=True)
def test_nothing_of_pruned_metadata_stays_in_the_file(bench: Bench, tmp_path) -> None:
    """Many events, in no order of their own, so that pages were split and filled again."""
    bench.contact("u1")
    marker = "PersonalMarker"
    for start in range(0, 3_000, 300):
        bench.write(
            *[
                bench.event(
                    created_at=(i * 7_919) % 100_003,
                    metadata=f'{{"k":"{marker}{i:05}{"x" * 150}"}}',
                )
                for i in range(start, start + 300)
            ]
        )
    bench.store.close()
    assert marker.encode() in raw_bytes(tmp_path), "the control: it was there"
    bench.store = bench.reopen()
    prune(bench)
    bench.store.close()
    assert raw_bytes(tmp_path).count(marker.encode()) == 0


def raw_bytes(folder) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def full_pass(pruning: Pruning, bench: Bench, limits: Limits) -> int:
    steps = 0
    while pruning(bench.store, bench.clock, limits):
        steps += 1
    return steps


@pytest.fixture
def store(bench: Bench) -> Store:
    bench.contact("u1")
    return bench.store


def test_passes_follow_the_clock(bench: Bench, store: Store) -> None:
    pruning, limits = Pruning(), Limits(retention_days=30)
    bench.write(bench.event(created_at=EDGE), bench.event(created_at=EDGE + 1))
    full_pass(pruning, bench, limits)
    assert seconds_with_metadata(bench) == [EDGE + 1]
    bench.clock.move(PASS_EVERY_S - 1)
    full_pass(pruning, bench, limits)
    assert seconds_with_metadata(bench) == [EDGE + 1], "a pass an hour is enough"
    bench.clock.move(1)
    full_pass(pruning, bench, limits)
    assert seconds_with_metadata(bench) == []


def test_passes_follow_the_settings(bench: Bench, store: Store) -> None:
    pruning = Pruning()
    bench.write(*[bench.event(created_at=NOW - days * DAY_S) for days in (5, 15, 35)])
    full_pass(pruning, bench, Limits())
    assert len(seconds_with_metadata(bench)) == 3, "no retention, nothing pruned"
    full_pass(pruning, bench, Limits(retention_days=30))
    assert len(seconds_with_metadata(bench)) == 2
    full_pass(pruning, bench, Limits(retention_days=10))
    assert len(seconds_with_metadata(bench)) == 1
    longer = Limits(retention_days=60)
    full_pass(pruning, bench, longer)
    bench.write(bench.event(created_at=NOW - 50 * DAY_S))
    bench.clock.move(10 * DAY_S)
    full_pass(pruning, bench, longer)
    assert len(seconds_with_metadata(bench)) == 1, "what came late under the longer one"


def test_a_workspace_prunes_by_its_own_setting(bench: Bench, store: Store) -> None:
    bench.write(bench.event(created_at=NOW - 40 * DAY_S))
    entry = AuditEntry(bench.workspace.number, NOW, "test", "changed")
    number = bench.workspace.number
    store.workspaces.change(number, None, {"retention_days": 50}, entry)
    full_pass(Pruning(), bench, Limits(retention_days=1))
    assert len(seconds_with_metadata(bench)) == 1
    store.workspaces.change(number, None, {"retention_days": 30}, entry)
    full_pass(Pruning(), bench, Limits())
    assert seconds_with_metadata(bench) == []


def test_a_retention_that_is_taken_away_stops_a_pass(bench: Bench, store: Store) -> None:
    events = PRUNE_STEP_EVENTS_MAX + 10
    bench.write(*[bench.event(created_at=second) for second in range(events)])
    pruning = Pruning()
    assert pruning(store, bench.clock, Limits(retention_days=30)), "there is more to do"
    full_pass(pruning, bench, Limits())
    assert len(seconds_with_metadata(bench)) == events - PRUNE_STEP_EVENTS_MAX


def test_a_store_of_old_keys_alone_is_marked_and_left(bench: Bench, store: Store) -> None:
    policy = WritePolicy(NOW, Limits(retention_days=30))
    store.events.write([bench.event(created_at=second) for second in range(3)], policy)
    prune(bench)
    assert bench.execute("SELECT pruned_before FROM contacts") == [(EDGE + 1,)]
