"""What every store says of a write that it undoes, and of one event that is looked up."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pastense import limits
from pastense.clock import ManualClock
from pastense.limits import Limits
from pastense.model import (
    Accepted,
    AuditEntry,
    NewEvent,
    NewSubscription,
    Outcome,
    Refused,
    WritePolicy,
)
from pastense.model.findings import FoundEvent
from pastense.store.base import Window
from tests.store.conftest import MAKERS, NOW, Bench

TABLES = (
    *("contacts", "event_names", "event_name_keys", "event_name_ignored_keys", "events"),
    *("summaries", "deliveries", "tombstones", "merges", "moves", "audit", "jobs", "tokens"),
)
DAY_S = 86_400


def content(bench: Bench) -> dict[str, list[tuple]]:
    """Every row of every table that a write could touch."""
    return {name: sorted(bench.execute(f"SELECT * FROM {name}"), key=repr) for name in TABLES}


def rehearse(bench: Bench, *events: NewEvent, **policy: object) -> list[Outcome]:
    return bench.store.events.rehearse(events, WritePolicy(NOW, Limits(**policy)))


def without_ids(outcomes: list[Outcome]) -> list[object]:
    """Outcomes without contact ids: those that are made anew are random."""
    return [
        (one.slot, one.created_at, one.duplicate, one.keys_ignored, one.pruned)
        if isinstance(one, Accepted)
        else one
        for one in outcomes
    ]


def test_a_rehearsal_says_what_the_write_then_does(bench: Bench) -> None:
    bench.contact("u1")
    bench.write(bench.event("old"))
    group = [
        bench.event("old"),
        bench.event("new", metadata='{"a":1}', keys=(("a", "number"),), keys_ignored=("z",)),
        bench.event("new", NOW - 1),
        bench.event("new", NOW - 1),
        bench.event(value="nobody", field="data[4]."),
    ]
    foretold = rehearse(bench, *group)
    assert [one.duplicate for one in foretold[:4]] == [True, False, False, True]
    assert foretold[4] == Refused("not_found", "User Not Found", "data[4].user_id")
    assert bench.write(*group) == foretold


def test_a_rehearsal_leaves_nothing(bench: Bench) -> None:
    bench.contact("u1")
    bench.write(bench.event("old"))
    entry = AuditEntry(bench.workspace.number, NOW, "test", "subscription created")
    new = NewSubscription(
        id="s1", url="https://example.org", secret="s", active=True, event_names=("old",)
    )
    bench.store.subscriptions.create(bench.workspace, new, entry)
    before = content(bench)
    group = [
        bench.event("new", metadata='{"a":1}', keys=(("a", "number"),), keys_ignored=("z",)),
        bench.event("old", NOW - 5),
        bench.event(value="fresh"),
        bench.event(kind="email", value="a@b.c"),
    ]
    outcomes = rehearse(bench, *group, create_unknown_contacts=True)
    assert not any(isinstance(one, Refused) for one in outcomes)
    assert content(bench) == before
    bench.write(*group, create_unknown_contacts=True)
    after = content(bench)
    changed = {name for name in TABLES if after[name] != before[name]}
    assert changed >= {
        *("contacts", "deliveries", "event_name_ignored_keys", "event_name_keys", "event_names"),
        *("events", "summaries"),
    }, "the control: the write changes what the rehearsal left alone"


@pytest.mark.parametrize("bench", ["sqlite"], indirect=True)
def test_the_files_keep_every_byte(bench: Bench, tmp_path: Path) -> None:
    bench.contact("u1")
    files = [path for path in tmp_path.glob("pastense.db*") if not path.name.endswith("-shm")]
    assert len(files) == 2, "the file and its log"
    before = [path.read_bytes() for path in files]
    rehearse(bench, *[bench.event(f"name {n}", metadata='{"a":1}') for n in range(500)])
    assert [path.read_bytes() for path in files] == before
    bench.write(bench.event())
    assert [path.read_bytes() for path in files] != before


def test_nothing_of_a_rehearsal_is_remembered(bench: Bench) -> None:
    """Slots and tracked keys that were undone must not be taken for real ones."""
    contact = bench.contact("u1")
    rehearse(bench, bench.event("ghost", metadata='{"g":1}', keys=(("g", "number"),)))
    outcomes = bench.write(
        bench.event("first", metadata='{"a":1}', keys=(("a", "number"),)), bench.event("ghost")
    )
    assert [one.slot for one in outcomes] == [0, 1]
    names = [event.name for event in bench.store.events.page(contact, Window(9))]
    assert names == ["ghost", "first"]
    assert bench.store.catalogue.find(bench.workspace.number, "ghost").tracked_keys == ()


def test_a_rehearsal_waits_its_turn_and_spoils_no_write(bench: Bench) -> None:
    contact = bench.contact("u1")
    stored: list[bool] = []

    def write(first: int) -> None:
        for n in range(20):
            (outcome,) = bench.write(bench.event("n", first + n))
            stored.append(not outcome.duplicate)

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 100)]
    for thread in threads:
        thread.start()
    for n in range(20):
        rehearse(bench, bench.event("n", n), bench.event(f"other {n}"))
    for thread in threads:
        thread.join()
    assert stored == [True] * 40
    assert bench.store.events.summaries(contact)[0].count == 40


def test_limits_and_tombstones_hold_in_a_rehearsal(bench: Bench) -> None:
    bench.contact("u1")
    bench.write(bench.event("a"))
    (too_many,) = rehearse(bench, bench.event("b"), event_names_max=1)
    assert (too_many.code, too_many.field) == ("422", "event_name")
    gone = bench.contact("gone")
    entry = AuditEntry(bench.workspace.number, NOW, "test", "contact deleted")
    bench.store.leaving.delete(bench.workspace, gone.id, entry)
    (refused,) = rehearse(bench, bench.event(value="gone"), create_unknown_contacts=True)
    assert refused == Refused("not_found", "User Not Found", "user_id")


def find(bench: Bench, contact, name: str, created_at: int) -> FoundEvent | None:
    return bench.store.events.find_event(contact, name, created_at)


def test_one_event_is_found_by_its_whole_key(bench: Bench) -> None:
    contact, other = bench.contact("u1"), bench.contact("u2")
    bench.write(bench.event("a", 5, metadata='{"k":1}'), bench.event("b", 6))
    assert find(bench, contact, "a", 5) == FoundEvent(0, '{"k":1}')
    for name, created_at in [("a", 6), ("b", 5), ("A", 5), ("c", 5), ("", 0)]:
        assert find(bench, contact, name, created_at) is None
    assert find(bench, other, "a", 5) is None


def test_hidden_and_pruned_events_are_found_too(bench: Bench) -> None:
    contact = bench.contact("u1")
    bench.write(bench.event("a", 5, metadata='{"k":1}'))
    bench.execute("UPDATE event_names SET archived_at = 1")
    assert find(bench, contact, "a", 5) == FoundEvent(0, '{"k":1}')
    bench.execute("UPDATE events SET metadata = NULL")
    assert find(bench, contact, "a", 5) == FoundEvent(0, None)


def test_an_event_on_its_way_in_a_merge_is_found(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MERGE_EVENTS_MAX", 2)
    user = bench.contact("u1")
    lead = bench.store.contacts.create(bench.workspace, {"role": "lead"}, NOW)
    bench.write(
        *[bench.event("a", n, kind="id", value=lead.id, metadata='{"l":1}') for n in range(5)],
        bench.event("a", 4, metadata='{"u":1}'),
    )
    merged = bench.store.leaving.merge(bench.workspace, lead.id, user.id, NOW)
    assert bench.store.leaving.remains().moves == 1, "it is still under way"
    assert find(bench, merged, "a", 0) == FoundEvent(0, '{"l":1}')
    assert find(bench, merged, "a", 4) == FoundEvent(0, '{"u":1}'), "the copy that stays"
    while bench.store.leaving.move_step():
        pass
    assert find(bench, merged, "a", 0) == FoundEvent(0, '{"l":1}')


def test_another_workspace_sees_nothing(bench: Bench) -> None:
    contact = bench.contact("u1")
    bench.write(bench.event("a", 5))
    bench.execute("INSERT INTO workspaces (number, id, name, created_at) VALUES (2, 'x', 'X', 0)")
    (refused,) = rehearse(bench, bench.event(workspace=2))
    assert refused.code == "not_found"
    (by_id,) = rehearse(bench, bench.event(workspace=2, kind="id", value=contact.id))
    assert by_id.code == "not_found"


NAMES = st.sampled_from(["a", "b", "c"])
PEOPLE = st.sampled_from(["u1", "u2", "nobody", "late"])
EVENTS = st.tuples(NAMES, st.integers(0, 2), PEOPLE, st.sampled_from(["k", "l", "m"]))


@pytest.mark.parametrize("maker", MAKERS)
@settings(max_examples=25)
@given(st.lists(st.lists(EVENTS, min_size=1, max_size=6), min_size=1, max_size=4), st.booleans())
def test_every_rehearsal_comes_true(tmp_path_factory, maker, groups, creates) -> None:
    """Group after group: what is rehearsed is what the write then says."""
    open_one, _ = MAKERS[maker](tmp_path_factory.mktemp("rehearsals"))
    store = open_one(ManualClock(NOW))
    bench = Bench(store, lambda: store, lambda _: [], ManualClock(NOW))
    bench.contact("u1")
    bench.contact("u2")
    policy = {"create_unknown_contacts": creates, "event_names_max": 2, "tracked_keys_max": 1}
    for group in groups:
        events = [
            bench.event(name, at, value=who, metadata=f'{{"{key}":1}}', keys=((key, "number"),))
            for name, at, who, key in group
        ]
        foretold = rehearse(bench, *events, **policy, tracked_keys_enforced=True)
        done = bench.write(*events, **policy, tracked_keys_enforced=True)
        assert without_ids(done) == without_ids(foretold)
    store.close()
