"""What every store does with events and summaries."""

from __future__ import annotations

import threading

from pastense.identity import event_ticks
from pastense.limits import SLOTS_MAX, Limits
from pastense.model import Accepted, ImportedSummary, Refused, WritePolicy
from pastense.store.base import Window
from tests.store.conftest import NOW, Bench

ALL = Window(1_000)


def duplicates(outcomes: list) -> list[bool]:
    return [outcome.duplicate for outcome in outcomes]


def pages(bench: Bench, contact, limit: int) -> list:
    """All events, read page by page from the newest."""
    events: list = []
    before = None
    while page := bench.store.events.page(contact, Window(limit, before)):
        events += page
        before = event_ticks(page[-1].created_at, page[-1].slot)
    return events


def test_a_group_is_stored_once_and_in_order(bench: Bench) -> None:
    contact = bench.contact("u1")
    group = [bench.event("b", metadata='{"n":1}'), bench.event("a"), bench.event("b", NOW - 1)]
    outcomes = bench.write(*group)
    assert outcomes == [
        Accepted(contact.id, 0, NOW, False),
        Accepted(contact.id, 1, NOW, False),
        Accepted(contact.id, 0, NOW - 1, False),
    ]
    again = bench.write(bench.event("b", metadata='{"n":2}'), bench.event("c"))
    assert duplicates(again) == [True, False]
    events = bench.store.events.page(contact, ALL)
    assert [(e.name, e.created_at, e.metadata) for e in events] == [
        ("c", NOW, "{}"),
        ("a", NOW, "{}"),
        ("b", NOW, '{"n":1}'),
        ("b", NOW - 1, "{}"),
    ]


def test_twins_in_one_group_the_first_wins(bench: Bench) -> None:
    contact = bench.contact("u1", email="a@b.c")
    outcomes = bench.write(
        bench.event(metadata='{"n":1}'),
        bench.event(metadata='{"n":2}'),
        bench.event(kind="id", value=contact.id, metadata='{"n":3}'),
        bench.event(kind="email", value="A@B.C", metadata='{"n":4}'),
    )
    assert duplicates(outcomes) == [False, True, True, True]
    (event,) = bench.store.events.page(contact, ALL)
    assert event.metadata == '{"n":1}'
    assert bench.store.events.summaries(contact)[0].count == 1


def test_a_refused_event_spares_its_neighbours(bench: Bench) -> None:
    contact = bench.contact("u1")
    gone = bench.contact("gone")
    bench.store.contacts.set_archived(bench.workspace, gone.id, True, NOW)
    outcomes = bench.write(
        bench.event(field="data[0]."),
        bench.event(value="nobody", field="data[1]."),
        bench.event(value="gone", field="data[2]."),
        bench.event(kind="id", value="5" * 24, field="data[3].", identifier_field="id"),
    )
    assert outcomes == [
        Accepted(contact.id, 0, NOW, False),
        Refused("not_found", "User Not Found", "data[1].user_id"),
        Refused("not_found", "User Not Found", "data[2].user_id"),
        Refused("not_found", "User Not Found", "data[3].id"),
    ]


def test_an_email_names_users_only(bench: Bench) -> None:
    bench.contact("lead", role="lead", email="lead@b.c")
    one = bench.contact("one", email="one@b.c")
    by_email = {"kind": "email", "identifier_field": "email"}
    assert bench.write(bench.event(value="lead@b.c", **by_email))[0] == Refused(
        "not_found", "User Not Found", "email"
    )
    assert bench.write(bench.event(value="ONE@b.c", **by_email))[0].contact_id == one.id


def test_two_users_of_one_email_are_a_conflict_in_intercoms_words(bench: Bench) -> None:
    for external_id in ("one", "two"):
        bench.contact(external_id)
    bench.execute("UPDATE contacts SET email = 'a@b.c', email_key = 'a@b.c'")
    (outcome,) = bench.write(bench.event(kind="email", value="a@b.c", identifier_field="email"))
    assert outcome == Refused(
        "conflict",
        "Multiple existing users match this email address a@b.c - "
        "must be more specific using user_id",
        "email",
    )
    assert len(bench.store.contacts.find(bench.workspace, "email", "A@b.c")) == 2


def test_text_comes_back_as_it_was(bench: Bench) -> None:
    strange = "é \u2028 😀 \\ \" ' % _ $[0] ﷽ \ufffe"
    contact = bench.contact(strange)
    metadata = '{"a":"\\u001f \\" ' + strange.replace("\\", "").replace('"', "") + '"}'
    bench.write(bench.event(strange, value=strange, metadata=metadata))
    (event,) = bench.store.events.page(contact, ALL)
    assert (event.name, event.metadata) == (strange, metadata)
    assert bench.store.contacts.find(bench.workspace, "user_id", strange) == [contact]
    assert bench.store.contacts.find(bench.workspace, "user_id", strange.upper()) == []


def test_pages_cut_anywhere_lose_and_repeat_nothing(bench: Bench) -> None:
    contact = bench.contact("u1")
    bench.write(*[bench.event(f"n{i:02}", NOW - i % 3) for i in range(50)])
    whole = bench.store.events.page(contact, ALL)
    assert len(whole) == 50
    assert [(e.created_at, e.slot) for e in whole] == sorted(
        ((e.created_at, e.slot) for e in whole), reverse=True
    )
    for limit in (1, 7, 49, 50):
        assert pages(bench, contact, limit) == whole


def test_windows_are_exclusive_and_exact(bench: Bench) -> None:
    contact = bench.contact("u1")
    bench.write(*[bench.event(f"n{i}", NOW) for i in range(4)], bench.event("n0", NOW - 5))

    def names(**window: int) -> list[tuple[str, int]]:
        page = bench.store.events.page(contact, Window(10, **window))
        return [(event.name, event.created_at - NOW) for event in page]

    at = event_ticks(NOW, 2)
    assert names(before=at) == [("n1", 0), ("n0", 0), ("n0", -5)]
    assert names(since=at) == [("n3", 0)]
    assert names(before=event_ticks(NOW, 3), since=event_ticks(NOW, 0)) == [("n2", 0), ("n1", 0)]
    assert names(after_s=NOW - 5) == [("n3", 0), ("n2", 0), ("n1", 0), ("n0", 0)]
    assert names(after_s=NOW - 6)[-1] == ("n0", -5)
    assert names(since=event_ticks(NOW - 9, SLOTS_MAX - 1), after_s=NOW - 5) == names(
        after_s=NOW - 5
    )


def test_archived_names_are_hidden_and_come_back(bench: Bench) -> None:
    contact = bench.contact("u1")
    bench.write(bench.event("hidden"), bench.event("shown"))
    bench.execute("UPDATE event_names SET archived_at = 1 WHERE name = 'hidden'")
    assert duplicates(bench.write(bench.event("hidden", NOW - 1))) == [False]
    assert [event.name for event in bench.store.events.page(contact, ALL)] == ["shown"]
    assert [summary.name for summary in bench.store.events.summaries(contact)] == ["shown"]
    bench.execute("UPDATE event_names SET archived_at = NULL")
    assert len(bench.store.events.page(contact, ALL)) == 3
    assert [s.count for s in bench.store.events.summaries(contact)] == [2, 1]


def test_the_limit_of_active_names(bench: Bench) -> None:
    bench.contact("u1")
    outcomes = bench.write(*[bench.event(name) for name in "abcab"], event_names_max=2)
    refused = Refused("422", "Cannot have more than 2 active event names", "event_name")
    assert outcomes[2] == refused
    assert [isinstance(outcome, Accepted) for outcome in outcomes] == [
        True,
        True,
        False,
        True,
        True,
    ]
    bench.execute("UPDATE event_names SET archived_at = 1 WHERE name = 'a'")
    assert isinstance(bench.write(bench.event("c"), event_names_max=2)[0], Accepted)


def test_names_of_refused_events_take_no_slot(bench: Bench) -> None:
    contact = bench.contact("u1")
    bench.write(bench.event("unused", value="nobody"))
    assert bench.write(bench.event("first"))[0] == Accepted(contact.id, 0, NOW, False)


def test_unknown_contacts_are_created_where_the_policy_says_so(bench: Bench) -> None:
    outcomes = bench.write(
        bench.event(value="new"),
        bench.event(value="new", name="other"),
        bench.event(kind="email", value="New@b.c"),
        bench.event(kind="email", value="new@B.c"),
        bench.event(kind="id", value="5" * 24),
        create_unknown_contacts=True,
    )
    ids = [getattr(outcome, "contact_id", None) for outcome in outcomes]
    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert ids[4] is None
    assert duplicates(outcomes[:4]) == [False, False, False, True]
    (found,) = bench.store.contacts.find(bench.workspace, "email", "NEW@b.c")
    assert (found.id, found.role, found.email) == (ids[2], "user", "New@b.c")


def test_no_contact_is_created_for_an_event_that_is_refused(bench: Bench) -> None:
    policy = {"create_unknown_contacts": True, "event_names_max": 1}
    bench.write(bench.event("first", value="a"), **policy)
    outcomes = bench.write(bench.event("second", value="b"), **policy)
    assert outcomes[0].code == "422"
    assert bench.store.contacts.find(bench.workspace, "user_id", "b") == []


def test_imports_replace_and_recordings_add(bench: Bench) -> None:
    contact = bench.contact("u1")
    policy = WritePolicy(NOW)

    def load(*items: ImportedSummary, value: str = "u1"):
        number = bench.workspace.number
        return bench.store.events.import_summaries(number, "user_id", value, items, policy)

    bench.write(bench.event("did", 500))
    load(ImportedSummary("did", 10, 100, 200), ImportedSummary("only imported", 1, 5, 5))
    load(ImportedSummary("did", 7, 300, 900))
    bench.write(bench.event("did", 600))
    found = {s.name: (s.count, s.first, s.last) for s in bench.store.events.summaries(contact)}
    assert found == {"did": (9, 300, 900), "only imported": (1, 5, 5)}
    assert list(bench.store.events.recount(lambda done, total: None)) == []
    assert load(ImportedSummary("x", 1, 1, 1), value="nobody").code == "not_found"


def test_an_import_over_the_names_limit_leaves_nothing(bench: Bench) -> None:
    contact = bench.contact("u1")
    items = [ImportedSummary(name, 1, 1, 1) for name in "abc"]
    policy = WritePolicy(NOW, Limits(event_names_max=2))
    number = bench.workspace.number
    outcome = bench.store.events.import_summaries(number, "user_id", "u1", items, policy)
    assert isinstance(outcome, Refused)
    assert bench.store.events.summaries(contact) == []
    assert bench.write(bench.event("z"))[0].slot == 0, "no name of the refused import stays"


def test_recount_names_what_disagrees(bench: Bench) -> None:
    contact = bench.contact("u1")
    bench.write(*[bench.event(name, NOW - s) for name in "abc" for s in range(3)])
    seen: list[tuple[int, int]] = []
    assert list(bench.store.events.recount(lambda done, total: seen.append((done, total)))) == []
    assert seen[-1][0] == seen[-1][1] > 0
    bench.execute("UPDATE summaries SET count = count + 1 WHERE slot = 0")
    bench.execute("UPDATE summaries SET first = first - 1 WHERE slot = 1")
    bench.execute("DELETE FROM summaries WHERE slot = 2")
    found = {d.name: d for d in bench.store.events.recount(lambda done, total: None)}
    assert set(found) == {"a", "b", "c"}
    assert (found["a"].contact_id, found["a"].kept[0], found["a"].counted[0]) == (contact.id, 4, 3)
    assert found["c"].kept == (0, None, None)


def test_tracked_keys_are_the_first_ten_of_a_name(bench: Bench) -> None:
    bench.contact("u1")
    many = tuple((f"k{i}", "number") for i in range(8))
    more = tuple((f"m{i}", "string") for i in range(8))
    bench.write(bench.event(keys=many), bench.event(keys=more), bench.event("other", keys=more))
    bench.write(
        bench.event(created_at=NOW - 1, keys=more), bench.event(created_at=NOW - 2, keys=many)
    )
    found = bench.execute("SELECT key FROM event_name_keys WHERE slot = 0 ORDER BY position")
    assert [key for (key,) in found] == [f"k{i}" for i in range(8)] + ["m0", "m1"]


def test_two_openings_share_one_truth(bench: Bench) -> None:
    contact = bench.contact("u1")
    other = bench.reopen()
    policy = WritePolicy(NOW)
    bench.write(bench.event("a"))
    outcomes = other.events.write([bench.event("b"), bench.event("a")], policy)
    assert [(o.slot, o.duplicate) for o in outcomes] == [(1, False), (0, True)]
    assert duplicates(bench.write(bench.event("b"))) == [True]
    assert [event.name for event in bench.store.events.page(contact, ALL)] == ["b", "a"]


def test_writers_at_once_store_each_event_once(bench: Bench) -> None:
    contact = bench.contact("u1")
    stores = [bench.store, bench.reopen()]
    fresh: list[int] = []

    def work(index: int) -> None:
        for start in range(0, 100, 10):
            group = [bench.event(f"n{i % 7}", NOW - i) for i in range(start, start + 10)]
            outcomes = stores[index % 2].events.write(group, WritePolicy(NOW))
            fresh.append(duplicates(outcomes).count(False))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(fresh) == 100
    assert len(bench.store.events.page(contact, ALL)) == 100
    assert list(bench.store.events.recount(lambda done, total: None)) == []
