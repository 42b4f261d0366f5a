"""Deleting and merging: at once for everybody who asks, in steps for the store."""

from __future__ import annotations

import pytest

from pastense import limits
from pastense.model import AuditEntry, ImportedSummary, Summary, WritePolicy
from pastense.service.events.listing import find_contact, read_page, read_summaries
from pastense.store.base import CannotMerge, Window
from tests.store.conftest import NOW, Bench

DAY_S = limits.DAY_S
ENTRY = AuditEntry(1, NOW, "test", "contact deleted")
WINDOW = Window(1_000)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a handful of events reach."""
    monkeypatch.setattr(limits, "MERGE_EVENTS_MAX", 4)
    monkeypatch.setattr(limits, "MOVE_STEP_EVENTS_MAX", 2)
    monkeypatch.setattr(limits, "ERASE_STEP_EVENTS_MAX", 2)


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


def counts(bench: Bench) -> list[tuple]:
    """Per name: what the catalogue counts, and what is there."""
    return bench.execute(
        "SELECT n.name, n.count, (SELECT count(*) FROM events e WHERE e.slot = n.slot) "
        "FROM event_names n ORDER BY n.slot"
    )


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


# --- merging -------------------------------------------------------------------------------


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


# --- deleting ------------------------------------------------------------------------------


def test_deletion_is_at_once_and_its_erasure_in_steps(bench: Bench) -> None:
    contact, kept = bench.contact("u1"), bench.contact("kept")
    write_for(bench, contact, *range(NOW - 4, NOW + 1))
    write_for(bench, kept, NOW)
    assert bench.store.leaving.delete(bench.workspace, contact.id, ENTRY).id == contact.id
    assert bench.store.contacts.find(bench.workspace, "user_id", "u1") == []
    assert bench.write(bench.event())[0].code == "not_found"
    assert bench.store.leaving.delete(bench.workspace, contact.id, ENTRY) is None
    again = bench.contact("u1")
    assert again.number != contact.number
    assert bench.store.events.page(again, WINDOW) == []
    assert bench.store.events.summaries(again) == []
    check_whole(bench)
    assert bench.store.leaving.remains().erasures == 1
    bench.store.close()
    bench.store = bench.reopen()
    assert finish(bench.store.leaving.erase_step) == 4, "two full steps, the rest, the end"
    assert bench.store.leaving.remains().erasures == 0
    assert len(bench.store.events.page(kept, WINDOW)) == 1
    assert bench.execute("SELECT count(*) FROM events") == [(1,)]
    check_whole(bench)


def test_a_user_who_is_deleted_in_a_merge_goes_whole(bench: Bench) -> None:
    person, user = lead(bench, external_id="l1"), bench.contact("u1")
    write_for(bench, person, *range(NOW - 9, NOW))
    write_for(bench, user, NOW)
    merge(bench, person, user)
    bench.store.leaving.move_step()
    bench.store.leaving.delete(bench.workspace, user.id, ENTRY)
    finish(bench.store.leaving.erase_step)
    assert not bench.store.leaving.move_step()
    for table in ("events", "summaries", "merges", "moves", "erasures", "contacts"):
        assert bench.execute(f"SELECT count(*) FROM {table}") == [(0,)], table
    for kind, value in (("id", person.id), ("user_id", "l1"), ("user_id", "u1")):
        assert bench.store.leaving.merged_into(bench.workspace, kind, value) is None
        assert bench.store.leaving.deleted_at(bench.workspace, kind, value) == NOW


def test_tombstones_tell_what_was_deleted_and_nothing_else(bench: Bench) -> None:
    contact = bench.contact("u1", email="Ann@x.org")
    bench.store.leaving.delete(bench.workspace, contact.id, ENTRY)
    found = bench.store.leaving.deleted_at
    assert found(bench.workspace, "id", contact.id) == NOW
    assert found(bench.workspace, "user_id", "u1") == NOW
    assert found(bench.workspace, "email", "ann@X.org") == NOW
    assert found(bench.workspace, "user_id", "u2") is None
    assert found(bench.workspace, "id", "u1") is None, "a kind of its own"


def test_a_late_retry_does_not_revive_the_deleted(bench: Bench) -> None:
    contact = bench.contact("u1", email="ann@x.org")
    bench.store.leaving.delete(bench.workspace, contact.id, ENTRY)
    retry = (bench.event(), bench.event(kind="email", value="ANN@x.org"))
    refused = bench.write(*retry, create_unknown_contacts=True)
    assert [outcome.code for outcome in refused] == ["not_found", "not_found"]
    other = bench.write(bench.event(value="u2"), create_unknown_contacts=True)
    assert not other[0].duplicate
    bench.clock.move(30 * DAY_S)
    revived = bench.write(bench.event(), create_unknown_contacts=True)
    assert revived[0].contact_id != contact.id


def test_tombstones_are_forgotten(bench: Bench) -> None:
    contact = bench.contact("u1")
    bench.store.leaving.delete(bench.workspace, contact.id, ENTRY)
    assert not bench.store.leaving.forget_step(NOW)
    assert bench.store.leaving.deleted_at(bench.workspace, "user_id", "u1") == NOW
    assert not bench.store.leaving.forget_step(NOW + 1)
    assert bench.store.leaving.deleted_at(bench.workspace, "user_id", "u1") is None


def test_the_audit_log_names_the_act_and_not_the_person(bench: Bench) -> None:
    contact = bench.contact("person-1", email="ann@x.org")
    bench.store.leaving.delete(bench.workspace, contact.id, ENTRY)
    [row] = bench.execute("SELECT workspace, at, actor, act, detail FROM audit")
    assert row == (1, NOW, "test", "contact deleted", "{}")
