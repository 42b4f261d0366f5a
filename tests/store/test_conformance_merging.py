"""Merging: at once for everybody who asks, in steps for the store."""

from __future__ import annotations

import pytest

from pastense import limits
from pastense.model import (
    DataAttribute,
    ImportedSummary,
    Summary,
    Workspace,
    WritePolicy,
)
from pastense.service.events.listing import find_contact
from pastense.store.base import CannotMerge, Window
from tests.store.conftest import NOW, Bench
from tests.store.leaving import ENTRY, check_whole, finish, lead, merge, seen, summed, write_for


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a handful of events reach."""
    monkeypatch.setattr(limits, "MERGE_EVENTS_MAX", 4)
    monkeypatch.setattr(limits, "MOVE_STEP_EVENTS_MAX", 2)
    monkeypatch.setattr(limits, "ERASE_STEP_EVENTS_MAX", 2)


def test_a_small_lead_moves_at_once(bench: Bench) -> None:
    person, user = lead(bench), bench.contact("u1")
    write_for(bench, person, NOW - 3, NOW - 2, metadata='{"by":"lead"}')
    write_for(bench, user, NOW - 2, NOW - 1, metadata='{"by":"user"}')
    merged = merge(bench, person, user)
    assert (merged.id, merged.merging) == (user.id, False)
    wanted = [
        ("did", NOW - 1, '{"by":"user"}'),
        ("did", NOW - 2, '{"by":"user"}'),
        ("did", NOW - 3, '{"by":"lead"}'),
    ]
    assert seen(bench, user.id) == seen(bench, person.id) == wanted
    assert summed(bench, person.id) == [Summary("did", 3, NOW - 3, NOW - 1)]
    assert bench.store.contacts.find(bench.workspace, "id", person.id) == []
    check_whole(bench)


def test_a_large_lead_is_seen_whole_while_it_moves(bench: Bench) -> None:
    person, user = lead(bench), bench.contact("u1")
    write_for(bench, person, *range(NOW - 9, NOW), metadata='{"by":"lead"}')
    write_for(bench, user, NOW - 8, NOW - 1, NOW, metadata='{"by":"user"}')
    assert merge(bench, person, user).merging
    by = {NOW - 8: "user", NOW - 1: "user", NOW: "user"}
    wanted = [("did", at, f'{{"by":"{by.get(at, "lead")}"}}') for at in range(NOW, NOW - 10, -1)]
    steps = 0
    while True:
        assert seen(bench, user.id) == seen(bench, person.id) == wanted
        assert summed(bench, user.id) == [Summary("did", 10, NOW - 9, NOW)]
        check_whole(bench)
        if not bench.store.leaving.move_step():
            break
        steps += 1
    assert steps == 5
    assert bench.store.leaving.remains().moves == 0
    [now] = bench.store.contacts.find(bench.workspace, "id", user.id)
    assert not now.merging


def test_a_page_of_a_contact_in_a_merge_is_cut_right(bench: Bench) -> None:
    person, user = lead(bench), bench.contact("u1")
    write_for(bench, person, *range(NOW - 9, NOW, 2))
    write_for(bench, user, *range(NOW - 9, NOW, 3))
    merge(bench, person, user)
    times = sorted({*range(NOW - 9, NOW, 2), *range(NOW - 9, NOW, 3)}, reverse=True)
    [contact] = bench.store.contacts.find(bench.workspace, "id", user.id)
    page = bench.store.events.page(contact, Window(4))
    assert [event.created_at for event in page] == times[:4]


def test_an_event_sent_again_during_a_move_is_a_duplicate(bench: Bench) -> None:
    person, user = lead(bench), bench.contact("u1")
    write_for(bench, person, *range(NOW - 9, NOW), metadata='{"first":1}')
    merge(bench, person, user)
    again = write_for(bench, person, NOW - 1, metadata='{"second":1}')
    fresh = write_for(bench, user, NOW + 1, NOW - 2, metadata='{"second":1}')
    assert [o.duplicate for o in again + fresh] == [True, False, True]
    assert {o.contact_id for o in again} == {user.id}
    assert summed(bench, user.id) == [Summary("did", 10, NOW - 9, NOW + 1)]
    check_whole(bench)
    finish(bench.store.leaving.move_step)
    assert {at: text for _, at, text in seen(bench, user.id)}[NOW - 1] == '{"first":1}'
    assert summed(bench, user.id) == [Summary("did", 10, NOW - 9, NOW + 1)]
    check_whole(bench)


def test_chains_lead_to_the_last(bench: Bench) -> None:
    visitor = bench.store.contacts.create(bench.workspace, {"role": "visitor"}, NOW)
    person, user = lead(bench, external_id="lead-1"), bench.contact("u1")
    write_for(bench, visitor, *range(NOW - 9, NOW - 3))
    write_for(bench, person, *range(NOW - 6, NOW))
    assert merge(bench, visitor, person).merging
    assert merge(bench, person, user).merging
    assert bench.store.leaving.remains().moves == 2
    for old in (visitor.id, person.id, user.id):
        assert [at for _, at, _ in seen(bench, old)] == list(range(NOW - 1, NOW - 10, -1))
    by_old_name = bench.write(bench.event(created_at=NOW, value="lead-1"))
    assert by_old_name[0].contact_id == user.id
    finish(bench.store.leaving.move_step)
    assert summed(bench, visitor.id) == [Summary("did", 10, NOW - 9, NOW)]
    history = bench.store.leaving.merge_history(merge_target(bench, user.id))
    assert {(m.id, m.role) for m in history} == {(visitor.id, "visitor"), (person.id, "lead")}
    check_whole(bench)


@pytest.mark.parametrize("seconds", [0, 1])
def test_of_three_copies_in_a_chain_the_one_seen_first_stays(bench: Bench, seconds: int) -> None:
    """The visitor's move began before the lead's, and the lead's copy hid the visitor's."""
    visitor = bench.store.contacts.create(bench.workspace, {"role": "visitor"}, NOW)
    person, user = lead(bench), bench.contact("u1")
    write_for(bench, visitor, *range(NOW - 9, NOW), metadata='{"by":"visitor"}')
    write_for(bench, person, *range(NOW - 6, NOW), metadata='{"by":"lead"}')
    write_for(bench, user, NOW - 1, metadata='{"by":"user"}')
    merge(bench, visitor, person)
    bench.store.leaving.merge(bench.workspace, person.id, user.id, NOW + seconds)
    by = {NOW - 1: "user"} | dict.fromkeys(range(NOW - 9, NOW - 6), "visitor")
    wanted = [
        ("did", at, f'{{"by":"{by.get(at, "lead")}"}}') for at in range(NOW - 1, NOW - 10, -1)
    ]
    check_until_moved(bench, user.id, wanted)


def test_a_small_lead_does_not_overtake_a_large_one(bench: Bench) -> None:
    """The user had the first lead's copy in its list already; it must not change."""
    first, second, user = lead(bench), lead(bench), bench.contact("u1")
    write_for(bench, first, *range(NOW - 9, NOW), metadata='{"by":"first"}')
    write_for(bench, second, NOW - 9, NOW - 1, NOW, metadata='{"by":"second"}')
    assert merge(bench, first, user).merging
    before = seen(bench, user.id)
    assert merge(bench, second, user).merging
    wanted = [("did", NOW, '{"by":"second"}'), *before]
    check_until_moved(bench, user.id, wanted)


def check_until_moved(bench: Bench, contact_id: str, wanted: list[tuple[str, int, str]]) -> None:
    """The same is seen, and found one by one, before, while and after it moves."""
    more = True
    while more:
        assert seen(bench, contact_id) == wanted
        contact = merge_target(bench, contact_id)
        for name, at, metadata in wanted:
            found = bench.store.events.find_event(contact, name, at)
            assert found is not None
            assert found.metadata == metadata
        check_whole(bench)
        more = bench.store.leaving.move_step()
    assert bench.store.leaving.remains().moves == 0


def merge_target(bench: Bench, contact_id: str):
    [contact] = bench.store.contacts.find(bench.workspace, "id", contact_id)
    return contact


def test_a_move_goes_on_after_a_restart(bench: Bench) -> None:
    person, user = lead(bench), bench.contact("u1")
    write_for(bench, person, *range(NOW - 9, NOW))
    merge(bench, person, user)
    bench.store.leaving.move_step()
    bench.store.close()
    store = bench.store = bench.reopen()
    assert finish(store.leaving.move_step) == 4
    assert summed(bench, person.id) == [Summary("did", 9, NOW - 9, NOW - 1)]
    check_whole(bench)


def test_imported_history_adds_up(bench: Bench) -> None:
    person, user = lead(bench), bench.contact("u1")
    policy = WritePolicy(NOW)
    for contact, item in (
        (person, ImportedSummary("did", 5, 10, 20)),
        (user, ImportedSummary("did", 7, 15, 30)),
        (person, ImportedSummary("else", 1, 3, 3)),
    ):
        bench.store.events.import_summaries(1, "id", contact.id, [item], policy)
    merge(bench, person, user)
    assert summed(bench, user.id) == [Summary("did", 12, 10, 30), Summary("else", 1, 3, 3)]


def test_blanks_are_filled_and_nothing_is_overwritten(bench: Bench) -> None:
    person = lead(
        bench,
        external_id="l1",
        email="Lead@x.org",
        name="Lead",
        phone="123",
        signed_up_at=5,
        last_seen_at=50,
        custom_attributes={"plan": "free", "seats": 3},
    )
    user = bench.contact(
        "u1", name="User", signed_up_at=9, last_seen_at=7, custom_attributes={"plan": "team"}
    )
    merged = merge(bench, person, user)
    assert (merged.external_id, merged.email, merged.name) == ("u1", "Lead@x.org", "User")
    assert (merged.phone, merged.signed_up_at, merged.last_seen_at) == ("123", 5, 50)
    assert merged.custom_attributes == {"plan": "team", "seats": 3}
    assert bench.store.contacts.find(bench.workspace, "email", "lead@x.org") == [merged]


def test_what_is_archived_goes_over_too(bench: Bench) -> None:
    """It is out of sight in both, and is there again once it is unarchived; the user's wins."""
    person = lead(bench, custom_attributes={"old": 1, "both": 2, "open": 3})
    user = bench.contact("u1", custom_attributes={"both": 4})
    changes = [archive_attribute(bench, name) for name in ("old", "both")]
    merged = merge(bench, person, user)
    assert merged.custom_attributes == {"open": 3}
    for number in changes:
        bench.store.attributes.update(bench.workspace, number, {"archived": False}, ENTRY)
    assert merge_target(bench, user.id).custom_attributes == {"old": 1, "both": 4, "open": 3}


def archive_attribute(bench: Bench, name: str) -> int:
    """Declare an attribute and archive it; its number."""
    declared = DataAttribute(name=name, data_type="integer", created_at=NOW, updated_at=NOW)
    made = bench.store.attributes.create(bench.workspace, declared, ENTRY)
    bench.store.attributes.update(bench.workspace, made.number, {"archived": True}, ENTRY)
    return made.number


def test_two_users_never_share_an_email_through_a_merge(bench: Bench) -> None:
    bench.contact("u0", email="a@x.org")
    person, user = lead(bench, email="A@x.org"), bench.contact("u1")
    assert merge(bench, person, user).email is None


def test_tags_move_once(bench: Bench) -> None:
    person, user = lead(bench), bench.contact("u1")
    columns = "number, workspace, name, name_key, created_at"
    bench.execute(f"INSERT INTO tags ({columns}) VALUES (1, 1, 'a', 'a', 0), (2, 1, 'b', 'b', 0)")
    for contact, tag in ((person, 1), (person, 2), (user, 2)):
        bench.execute(f"INSERT INTO contact_tags VALUES ({contact.number}, {tag}, 0, NULL)")
    assert [tag.name for tag in merge(bench, person, user).tags] == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "target", "field"),
    [("user", "user", "from"), ("lead", "lead", "into"), ("lead", "visitor", "into")],
)
def test_who_may_not_become_one(bench: Bench, source: str, target: str, field: str) -> None:
    make = bench.store.contacts.create
    first, second = (make(bench.workspace, {"role": role}, NOW) for role in (source, target))
    with pytest.raises(CannotMerge) as refused:
        merge(bench, first, second)
    assert refused.value.field == field
    assert bench.store.contacts.find(bench.workspace, "id", first.id) == [first]


def test_nobody_goes_into_himself_or_an_archived_one(bench: Bench) -> None:
    person, user = lead(bench), bench.contact("u1")
    with pytest.raises(CannotMerge, match="same contact"):
        merge(bench, person, person)
    bench.store.contacts.set_archived(bench.workspace, user.id, True, NOW)
    with pytest.raises(CannotMerge, match="archived"):
        merge(bench, person, user)


def test_a_merge_with_nobody_is_none(bench: Bench) -> None:
    user = bench.contact("u1")
    assert bench.store.leaving.merge(bench.workspace, "0" * 24, user.id, NOW) is None


def test_an_identifier_of_an_archived_contact_leads_to_nobody_else(bench: Bench) -> None:
    """Not to who once had it either: reads and writes name the same contact."""
    person, user = lead(bench, external_id="x"), bench.contact("u1")
    merge(bench, person, user)
    taker = bench.contact("x")
    bench.store.contacts.set_archived(bench.workspace, taker.id, True, NOW)
    for unknown_too in (False, True):
        [refused] = bench.write(bench.event(value="x"), create_unknown_contacts=unknown_too)
        assert refused.code == "not_found"
    assert seen(bench, user.id) == []
    found = find_contact(bench.store, bench.workspace, [("user_id", "user_id", "x")])
    assert found.id == taker.id


def test_archived_attributes_count_where_two_become_one(bench: Bench) -> None:
    """What is out of sight stays, so a merge beyond the limit would forbid all later changes."""
    half = limits.CUSTOM_ATTRIBUTES_MAX // 2
    mine, hidden = ({f"{c}{n}": n for n in range(half)} for c in "mh")
    person = lead(bench, custom_attributes={"one": 1, "two": 2})
    user = bench.contact("u1", custom_attributes=mine | hidden)
    for name in hidden:
        declared = DataAttribute(name=name, data_type="integer", created_at=NOW, updated_at=NOW)
        made = bench.store.attributes.create(bench.workspace, declared, ENTRY)
        bench.store.attributes.update(bench.workspace, made.number, {"archived_at": NOW}, ENTRY)
    with pytest.raises(CannotMerge, match="custom attributes"):
        merge(bench, person, user)


@pytest.mark.parametrize("first", ["events", "nothing"])
@pytest.mark.parametrize("events", [0, 4, 5])
def test_how_many_events_move_at_once(bench: Bench, events: int, first: str) -> None:
    """Up to the bound in the merge itself, one more goes in steps, none is no move at all."""
    person, user = lead(bench), bench.contact("u1")
    if events:
        write_for(bench, person, *range(NOW - events, NOW))
    if first == "events":
        write_for(bench, user, NOW)
    merged = merge(bench, person, user)
    assert merged.merging == (events > limits.MERGE_EVENTS_MAX)
    assert bench.store.leaving.remains().moves == int(merged.merging)
    assert len(seen(bench, person.id)) == events + (first == "events")
    finish(bench.store.leaving.move_step)
    assert len(seen(bench, user.id)) == events + (first == "events")
    check_whole(bench)


def test_a_target_that_is_archived_in_a_merge_still_gets_everything(bench: Bench) -> None:
    person, user = lead(bench), bench.contact("u1")
    write_for(bench, person, *range(NOW - 9, NOW))
    merge(bench, person, user)
    bench.store.leaving.move_step()
    bench.store.contacts.set_archived(bench.workspace, user.id, True, NOW)
    assert write_for(bench, person, NOW)[0].code == "not_found"
    for _ in range(3):
        assert len(seen(bench, person.id)) == 9
        bench.store.leaving.move_step()
    finish(bench.store.leaving.move_step)
    bench.store.contacts.set_archived(bench.workspace, user.id, False, NOW)
    assert len(seen(bench, user.id)) == 9
    check_whole(bench)


def test_a_merge_while_retention_prunes(bench: Bench) -> None:
    """Keys stay, doubles too; what came over is pruned once it has arrived."""
    person, user = lead(bench), bench.contact("u1")
    write_for(bench, person, *range(NOW - 9, NOW))
    write_for(bench, user, *range(NOW - 6, NOW - 3))
    merge(bench, person, user)
    edge = {bench.workspace.number: NOW - 5}
    while bench.store.leaving.move_step():
        bench.store.retention.prune_step(edge, 0)
        assert summed(bench, person.id) == [Summary("did", 9, NOW - 9, NOW - 1)]
        assert [at for _, at, _ in seen(bench, user.id)][:4] == list(range(NOW - 1, NOW - 5, -1))
        check_whole(bench)
    bench.store.retention.prune_step(edge, 0)
    assert [at for _, at, _ in seen(bench, user.id)] == list(range(NOW - 1, NOW - 5, -1))
    assert bench.execute("SELECT count(*) FROM events") == [(9,)]
    check_whole(bench)


def test_a_contact_of_another_workspace_is_not_there(bench: Bench) -> None:
    """Neither to merge nor to delete, and its tombstones say nothing elsewhere."""
    made = Workspace(0, "elsewhere", "Elsewhere", NOW)
    other = bench.store.workspaces.create(made, ENTRY)
    person, user = lead(bench), bench.contact("u1", email="ann@x.org")
    leaving = bench.store.leaving
    assert leaving.merge(other, person.id, user.id, NOW) is None
    assert leaving.delete(other, user.id, ENTRY) is None
    leaving.delete(bench.workspace, user.id, ENTRY)
    for kind, value in (("id", user.id), ("user_id", "u1"), ("email", "ann@x.org")):
        assert leaving.deleted_at(bench.workspace, kind, value) == NOW
        assert leaving.deleted_at(other, kind, value) is None
    late = [bench.event(workspace=w.number) for w in (bench.workspace, other)]
    refused, stored = bench.write(*late, create_unknown_contacts=True)
    assert refused.code == "not_found"
    assert not stored.duplicate
