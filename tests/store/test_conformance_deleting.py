"""Deleting: at once for everybody who asks, in steps for the store; tombstones."""

from __future__ import annotations

import pytest

from pastense import limits
from pastense.model import (
    JobTask,
    NewJob,
    Refused,
    RefusedItem,
)
from tests.store.conftest import NOW, Bench
from tests.store.leaving import DAY_S, ENTRY, WINDOW, check_whole, finish, lead, merge, write_for


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a handful of events reach."""
    monkeypatch.setattr(limits, "MERGE_EVENTS_MAX", 4)
    monkeypatch.setattr(limits, "MOVE_STEP_EVENTS_MAX", 2)
    monkeypatch.setattr(limits, "ERASE_STEP_EVENTS_MAX", 2)


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


def test_no_days_of_tombstones_are_none(bench: Bench) -> None:
    contact = bench.contact("u1")
    bench.store.leaving.delete(bench.workspace, contact.id, ENTRY)
    [revived] = bench.write(bench.event(), create_unknown_contacts=True, tombstone_days=0)
    assert revived.contact_id != contact.id


def refuse(bench: Bench, index: int, **people: str) -> RefusedItem:
    """A refused item of a bulk call that names somebody."""
    refused = Refused("parameter_invalid", "not so", "event_name")
    return RefusedItem(index, NOW, "post", "event", '{"x":1}', refused, **people)


def test_refused_items_go_with_whom_they_name(bench: Bench) -> None:
    """By every identifier that a person ever had, as its own or as a lead's that it became."""
    user = bench.contact("u1", email="Ann@x.org")
    person = lead(bench, external_id="l1", email="lead@x.org")
    named = [
        {"contact_id": user.id},
        {"user_id": "u1"},
        {"email_key": "ann@x.org"},
        {"contact_id": person.id},
        {"user_id": "l1"},
        {"email_key": "lead@x.org"},
        {"user_id": "u1", "email_key": "lead@x.org"},
        {"contact_id": "0" * 24, "email_key": "ann@x.org"},
        {"user_id": "stranger"},
        {"email_key": "stranger@x.org"},
    ]
    items = [refuse(bench, index, **people) for index, people in enumerate(named)]
    task = JobTask("task_1", len(items), NOW, NOW, NOW)
    job = bench.store.jobs.record(bench.workspace, NewJob("job_1", "", NOW), task, items)
    changes = {"external_id": "u2", "email": "new@x.org"}
    bench.store.contacts.update(bench.workspace, user.id, changes, NOW)
    merge(bench, person, user)
    bench.store.contacts.update(bench.workspace, user.id, {"email": None}, NOW)
    bench.store.leaving.delete(bench.workspace, user.id, ENTRY)
    left = bench.store.jobs.refused(bench.workspace, job.id, 0, -1, 100)
    assert [item.index for item in left] == [8, 9]


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
