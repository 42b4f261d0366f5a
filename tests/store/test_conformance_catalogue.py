"""What every store knows of event names: counts, keys, descriptions, archived ones."""

from __future__ import annotations

import threading

import pytest

from pastense.limits import IGNORED_KEYS_MAX, Limits
from pastense.model import (
    AuditEntry,
    EventName,
    IgnoredKey,
    ImportedSummary,
    TrackedKey,
    Workspace,
    WritePolicy,
)
from pastense.store.base import NameFilter, TooManyNames, Window
from tests.store.conftest import NOW, Bench

ALL = Window(1_000)
EVERY = NameFilter(include_archived=True)


def entry(bench: Bench, act: str = "test") -> AuditEntry:
    return AuditEntry(bench.workspace.number, NOW, "test", act, {"name": "did"})


def name(bench: Bench, text: str = "did") -> EventName:
    found = bench.store.catalogue.find(bench.workspace.number, text)
    assert found is not None
    return found


def listed(bench: Bench, wanted: NameFilter = EVERY, after: str | None = None) -> list[str]:
    rows = bench.store.catalogue.names(bench.workspace.number, wanted, 1_000, after)
    return [row.name for row in rows]


def acts(bench: Bench) -> list[str]:
    """What the audit log says was done here, the earliest first."""
    entries = bench.store.audit.page(bench.workspace.number, None, 100)
    return [one.act for one in reversed(entries)]


def keys(*names: str) -> dict[str, object]:
    """An event's fields with metadata of these keys, all numbers."""
    metadata = "{" + ",".join(f'"{key}":1' for key in names) + "}"
    return {"keys": tuple((key, "number") for key in names), "metadata": metadata}


def second_workspace(bench: Bench) -> Workspace:
    made = Workspace(0, "other", "Other", NOW)
    return bench.store.workspaces.create(made, AuditEntry(None, NOW, "test", "made"))


def test_a_name_knows_what_was_stored_of_it(bench: Bench) -> None:
    bench.contact("u1")
    bench.contact("u2")
    bench.write(
        bench.event("a", NOW - 5, keys=(("k", "number"), ("l", "string"))),
        bench.event("a", NOW - 9, value="u2"),
        bench.event("b"),
        bench.event("a", NOW - 5),
    )
    bench.clock.move(60)
    bench.write(bench.event("a", NOW - 7), bench.event("a", NOW - 9, value="u2"))
    assert name(bench, "a") == EventName(
        name="a",
        description=None,
        archived_at=None,
        created_at=NOW,
        first_seen_at=NOW - 9,
        last_seen_at=NOW - 5,
        count=3,
        tracked_keys=(TrackedKey("k", "number"), TrackedKey("l", "string")),
    )
    assert name(bench, "b").count == 1
    assert bench.names_miscounted() == []
    assert bench.store.catalogue.find(bench.workspace.number, "A") is None


def test_a_count_that_is_wrong_is_found(bench: Bench) -> None:
    bench.contact("u1")
    bench.write(bench.event())
    bench.execute("DELETE FROM events")
    assert bench.names_miscounted() == [("did", 1, 0)]


def test_an_imported_name_has_no_events(bench: Bench) -> None:
    bench.contact("u1")
    number, policy = bench.workspace.number, WritePolicy(NOW)
    items = [ImportedSummary("only imported", 12, 5, 6)]
    bench.store.events.import_summaries(number, "user_id", "u1", items, policy)
    found = name(bench, "only imported")
    assert (found.count, found.first_seen_at, found.last_seen_at) == (0, None, None)


def test_counts_follow_a_delete_and_a_merge(bench: Bench) -> None:
    lead = bench.contact("lead", role="lead")
    user = bench.contact("u1")
    bench.write(
        *[bench.event(value=who, created_at=NOW - s) for who in ("lead", "u1") for s in range(3)],
        bench.event("other", value="lead"),
    )
    bench.store.leaving.merge(bench.workspace, lead.id, user.id, NOW)
    assert (name(bench).count, name(bench, "other").count) == (3, 1), "of doubles one stays"
    assert bench.names_miscounted() == []
    bench.store.leaving.delete(bench.workspace, user.id, entry(bench))
    while bench.store.leaving.erase_step():
        pass
    found = name(bench)
    assert (found.count, found.first_seen_at, found.last_seen_at) == (0, NOW - 2, NOW)


def test_writers_at_once_keep_the_counts(bench: Bench) -> None:
    bench.contact("u1")
    stores = [bench.store, bench.reopen()]

    def work(index: int) -> None:
        for start in range(0, 60, 10):
            group = [
                bench.event(f"n{i % 7}", NOW - i, **keys(*"abcdefghijkl"))
                for i in range(start, start + 10)
            ]
            limits = Limits(tracked_keys_enforced=True)
            stores[index % 2].events.write(group, WritePolicy(NOW, limits))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bench.names_miscounted() == []
    assert sum(name(bench, f"n{i}").count for i in range(7)) == 60
    ignored = [one for i in range(7) for one in name(bench, f"n{i}").ignored_keys]
    assert sum(one.count for one in ignored) == 60 * 2, "the same for every event"


def test_names_are_listed_by_code_point_and_cut_anywhere(bench: Bench) -> None:
    bench.contact("u1")
    texts = ["b", "a/b", "a b", "A", "é", "\U0001f600", "\uffff", "a:b", "aa"]
    bench.write(*[bench.event(text) for text in texts])
    assert listed(bench) == sorted(texts)
    for limit in (1, 2, 8, 9):
        found: list[str] = []
        while True:
            page = bench.store.catalogue.names(
                bench.workspace.number, EVERY, limit, found[-1] if found else None
            )
            if not page:
                break
            found += [row.name for row in page]
        assert found == sorted(texts)


def test_names_are_found_by_their_beginning(bench: Bench) -> None:
    bench.contact("u1")
    last = "a" + "\U0010ffff" * 254
    bench.write(*[bench.event(text) for text in ("a", "a%", "a_b", "ab", "b", "Aa", last)])
    assert listed(bench, NameFilter("a")) == ["a", "a%", "a_b", "ab", last]
    assert listed(bench, NameFilter("a%")) == ["a%"]
    assert listed(bench, NameFilter("a_")) == ["a_b"]
    assert listed(bench, NameFilter("a\U0010ffff")) == [last]
    assert listed(bench, NameFilter("a"), "a_b") == ["ab", last]
    assert listed(bench, NameFilter("c")) == []


def test_a_description_is_seen_in_summaries_and_recorded(bench: Bench) -> None:
    contact = bench.contact("u1")
    bench.write(bench.event())
    number = bench.workspace.number
    for text in ("first", "first", "second", None):
        described = bench.store.catalogue.describe(
            number, "did", text, entry(bench, f"said {text}")
        )
        assert described is not None
        assert described.description == text
        assert bench.store.events.summaries(contact)[0].description == text
    assert bench.store.catalogue.describe(number, "none", "x", entry(bench)) is None
    assert acts(bench)[-3:] == ["said first", "said second", "said None"], "what changed, once"


def test_an_archived_name_is_hidden_stores_on_and_comes_back_whole(bench: Bench) -> None:
    contact = bench.contact("u1")
    bench.write(bench.event("hidden"), bench.event("shown"))
    number, catalogue = bench.workspace.number, bench.store.catalogue
    for _ in range(2):
        archived = catalogue.archive(number, "hidden", entry(bench, "archived"))
        assert archived is not None
        assert archived.archived_at == NOW
    [outcome] = bench.write(bench.event("hidden", NOW - 1))
    assert not outcome.duplicate
    assert name(bench, "hidden").count == 2, "it is stored"
    assert [event.name for event in bench.store.events.page(contact, ALL)] == ["shown"]
    assert [summary.name for summary in bench.store.events.summaries(contact)] == ["shown"]
    assert listed(bench, NameFilter()) == ["shown"]
    assert listed(bench, EVERY) == ["hidden", "shown"]
    for _ in range(2):
        restored = catalogue.unarchive(number, "hidden", 0, entry(bench, "unarchived"))
        assert restored is not None
        assert restored.archived_at is None
    assert len(bench.store.events.page(contact, ALL)) == 3
    assert [summary.count for summary in bench.store.events.summaries(contact)] == [2, 1]
    assert acts(bench)[-2:] == ["archived", "unarchived"], "what changed nothing is no act"
    assert catalogue.archive(number, "none", entry(bench)) is None
    assert catalogue.unarchive(number, "none", 1, entry(bench)) is None


def test_archiving_frees_a_place_and_unarchiving_needs_one(bench: Bench) -> None:
    bench.contact("u1")
    number, catalogue = bench.workspace.number, bench.store.catalogue
    bench.write(bench.event("a"), bench.event("b"), event_names_max=2)
    assert bench.write(bench.event("c"), event_names_max=2)[0].code == "422"
    catalogue.archive(number, "a", entry(bench))
    assert not bench.write(bench.event("c"), event_names_max=2)[0].duplicate
    assert not bench.write(bench.event("a", NOW - 1), event_names_max=2)[0].duplicate
    with pytest.raises(TooManyNames):
        catalogue.unarchive(number, "a", 2, entry(bench, "not done"))
    assert name(bench, "a").archived_at == NOW
    assert "not done" not in acts(bench)
    assert catalogue.unarchive(number, "b", 1, entry(bench)) is not None, "it is active already"
    assert catalogue.unarchive(number, "a", 3, entry(bench)) is not None


def test_workspaces_know_nothing_of_each_other(bench: Bench) -> None:
    other = second_workspace(bench)
    mine = bench.contact("u1")
    bench.store.contacts.create(other, {"role": "user", "external_id": "u1"}, NOW)
    limits = {bench.workspace.number: Limits(event_names_max=1, tracked_keys_enforced=True)}
    policy = WritePolicy(NOW, Limits(), limits)
    twelve = keys(*"abcdefghijkl")
    group = [
        bench.event(text, workspace=number, **twelve)
        for number in (bench.workspace.number, other.number)
        for text in ("did", "more")
    ]
    outcomes = bench.store.events.write(group, policy)
    assert getattr(outcomes[1], "code", None) == "422"
    assert [getattr(o, "keys_ignored", None) for o in outcomes] == [2, None, 0, 0]
    catalogue = bench.store.catalogue
    assert [row.name for row in catalogue.names(other.number, EVERY, 9, None)] == ["did", "more"]
    catalogue.describe(other.number, "did", "theirs", entry(bench))
    catalogue.archive(other.number, "did", entry(bench))
    assert (name(bench).description, name(bench).archived_at, name(bench).count) == (None, None, 1)
    assert catalogue.find(bench.workspace.number, "more") is None
    assert len(bench.store.events.page(mine, ALL)) == 1


def test_ignored_keys_are_counted_for_what_is_stored_now(bench: Bench) -> None:
    bench.contact("u1")
    bench.write(
        bench.event(keys_ignored=("x", "y")),
        bench.event(keys_ignored=("z",)),
        bench.event(value="nobody", keys_ignored=("z",)),
    )
    [outcome] = bench.write(bench.event(created_at=NOW - 1, keys_ignored=("y", "y" * 256)))
    assert outcome.keys_ignored == 2
    [outcome] = bench.write(bench.event(keys_ignored=("y",)))
    assert (outcome.duplicate, outcome.keys_ignored) == (True, 0)
    found = name(bench)
    assert found.ignored_keys == (IgnoredKey("y", 2), IgnoredKey("x", 1))
    assert found.ignored_keys_other == 1, "a key too long to be one has no name"


def test_ignored_keys_have_a_bound_and_the_rest_is_other(bench: Bench) -> None:
    bench.contact("u1")
    many = tuple(f"k{i:03}" for i in range(IGNORED_KEYS_MAX - 1))
    bench.write(bench.event(keys_ignored=many))
    bench.write(bench.event(created_at=NOW - 1, keys_ignored=("k000", "new", "newer", "")))
    bench.write(bench.event(created_at=NOW - 2, keys_ignored=("new", "newer", "newest")))
    bench.write(bench.event("else", keys_ignored=("newer",)))
    found = name(bench)
    assert len(found.ignored_keys) == IGNORED_KEYS_MAX
    assert found.ignored_keys[:3] == (
        IgnoredKey("k000", 2),
        IgnoredKey("new", 2),
        IgnoredKey("k001", 1),
    )
    assert found.ignored_keys_other == 2 + 2
    assert name(bench, "else").ignored_keys == (IgnoredKey("newer", 1),), "each name has its own"


def test_enforced_tracked_keys_are_all_that_stays(bench: Bench) -> None:
    contact = bench.contact("u1")
    policy = {"tracked_keys_enforced": True, "tracked_keys_max": 3}
    [first, second] = bench.write(
        bench.event(**keys("a", "b")),
        bench.event(created_at=NOW - 1, **keys("c", "d", "a")),
        **policy,
    )
    [third] = bench.write(
        bench.event(created_at=NOW - 2, keys_ignored=("z",), **keys("d", "e")), **policy
    )
    assert [o.keys_ignored for o in (first, second, third)] == [0, 1, 3]
    stored = [event.metadata for event in bench.store.events.page(contact, ALL)]
    assert stored == ['{"a":1,"b":1}', '{"c":1,"a":1}', "{}"]
    found = name(bench)
    assert [key.key for key in found.tracked_keys] == ["a", "b", "c"]
    assert found.ignored_keys == (IgnoredKey("d", 2), IgnoredKey("e", 1), IgnoredKey("z", 1))


def test_what_stays_of_metadata_keeps_its_bytes(bench: Bench) -> None:
    contact = bench.contact("u1")
    kinds = (("n", "number"), ("drop", "string"), ("l", "rich_link"), ("t", "string"))
    metadata = (
        '{"n":1.50e2,"drop":"x","l":{"url":"http://a","value":"é \\"\\n"},"t":"\\ud83d\\ude00"}'
    )
    bench.write(bench.event(created_at=1, keys=tuple(k for k in kinds if k[0] != "drop")))
    bench.write(
        bench.event(keys=kinds, metadata=metadata), tracked_keys_enforced=True, tracked_keys_max=3
    )
    stored = bench.store.events.page(contact, ALL)[0].metadata
    assert stored == metadata.replace('"drop":"x",', "")


@pytest.mark.parametrize("keys_max", [0, 2])
def test_keys_that_were_tracked_before_stay_tracked(bench: Bench, keys_max: int) -> None:
    bench.contact("u1")
    bench.write(bench.event(**keys("a", "b", "c")))
    for store in (bench.store, bench.reopen()):
        event = bench.event(created_at=NOW - 1 - (store is bench.store), **keys("c", "d"))
        limits = Limits(tracked_keys_enforced=True, tracked_keys_max=keys_max)
        [outcome] = store.events.write([event], WritePolicy(NOW, limits))
        assert outcome.keys_ignored == 1, "d alone, whatever this process has seen before"


def test_duplicates_and_refused_events_track_nothing(bench: Bench) -> None:
    contact = bench.contact("u1")
    policy = {"tracked_keys_enforced": True, "tracked_keys_max": 2}
    bench.write(bench.event(**keys("a")), bench.event(**keys("twin")), **policy)
    outcomes = bench.write(
        bench.event(**keys("b", "c", "d")), bench.event(value="nobody", **keys("e")), **policy
    )
    assert outcomes[0].keys_ignored == 0
    assert [key.key for key in name(bench).tracked_keys] == ["a"]
    assert name(bench).ignored_keys == ()
    assert [event.metadata for event in bench.store.events.page(contact, ALL)] == ['{"a":1}']
