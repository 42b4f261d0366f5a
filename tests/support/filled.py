"""A store in which every table has rows, with merges and deletes under way, and odd texts."""

from __future__ import annotations

import pytest

from pastense import limits
from pastense.identity import new_job_id, new_task_id
from pastense.limits import INTEGER_MAX, INTEGER_MIN, Limits
from pastense.model import (
    AuditEntry,
    DataAttribute,
    FailedAttempt,
    ImportedSummary,
    JobTask,
    NewEvent,
    NewJob,
    NewSubscription,
    Refused,
    RefusedItem,
    Token,
    Workspace,
    WritePolicy,
)
from pastense.store.base import Store, TagChange

NOW = 1_800_000_000
ENTRY = AuditEntry(1, NOW, "test", "something changed", {"text": "ä\\ \t\n'\" 👩‍👧"})
ODD = (
    "plain",
    "тест",
    "名前",
    "👩‍👧",
    "a\tb\nc\\N\\.",
    "''\"\"{}",
    "\ufeff\u2028\U0010ffff",
    "\\N",
)
USERS = 12
PRUNED_BEFORE = NOW - 50
STRANGE = Refused("not_found", "User Not Found", "user_id")


def fill(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of everything, by the store's own rooms."""
    monkeypatch.setattr(limits, "MERGE_EVENTS_MAX", 4)
    monkeypatch.setattr(limits, "MOVE_STEP_EVENTS_MAX", 2)
    monkeypatch.setattr(limits, "ERASE_STEP_EVENTS_MAX", 2)
    workspace = store.admin.workspaces()[0]
    other = store.workspaces.create(Workspace(0, "other", "Other 👩‍👧", NOW), ENTRY)
    store.workspaces.change(workspace.number, "Renamed", {"retention_days": 30}, ENTRY)
    for one in (workspace, other):
        _fill_workspace(store, one)
    store.retention.prune_step({workspace.number: PRUNED_BEFORE}, 0)
    _begin_to_leave(store, workspace)


def _fill_workspace(store: Store, workspace: Workspace) -> None:
    subscription = _subscribe(store, workspace)
    attribute = DataAttribute(
        name="plan", data_type="string", created_at=NOW, updated_at=NOW, options=("a", "ö")
    )
    store.attributes.create(workspace, attribute, ENTRY)
    for number, text in enumerate((*ODD, *map(str, range(USERS - len(ODD))))):
        attributes = {"odd": text, "large": INTEGER_MAX, "small": INTEGER_MIN}
        fields = {"role": "user", "external_id": f"u{number}", "name": text}
        more = {"email": f"U{number}@example.org", "owner_id": INTEGER_MAX}
        store.contacts.create(workspace, {**fields, **more, "custom_attributes": attributes}, NOW)
    archived = store.contacts.find(workspace, "user_id", "u3")[0]
    store.contacts.set_archived(workspace, archived.id, True, NOW)
    store.events.write(list(_events(workspace)), WritePolicy(NOW, Limits()))
    _add_around(store, workspace)
    number = store.outbox.due(subscription, NOW, 10)[0]
    store.outbox.finish([], [FailedAttempt(number, NOW, "HTTP 500", None)], NOW)


def _events(workspace: Workspace):
    for user in range(USERS):
        for place, text in enumerate(ODD):
            metadata = f'{{"n":{INTEGER_MAX},"price":1.50,"text":"{text.encode().hex()}"}}'
            keys, ignored = (("n", "number"), (f"k{place}", "string")), ("left out", "ö")
            yield NewEvent(
                *(workspace.number, "user_id", f"u{user}", f"did {text}", NOW - place * 10),
                *(metadata if place % 2 else f'{{"text":"ö {place}"}}', keys, "", "user_id"),
                ignored,
            )


def _subscribe(store: Store, workspace: Workspace) -> int:
    new = NewSubscription(
        id=f"nsub_{workspace.number}",
        url="https://example.org/hook",
        secret="a secret",
        active=True,
        event_names=tuple(f"did {text}" for text in ODD),
    )
    return store.subscriptions.create(workspace, new, ENTRY).number


def _add_around(store: Store, workspace: Workspace) -> None:
    scopes = ("events:write",)
    token = Token(
        number=0, name="a", workspace=workspace, scopes=scopes, version="2.14", created_at=NOW
    )
    store.admin.create_token(token, bytes([workspace.number, 0, 255, 10]) * 8, ENTRY)
    for name in ("VIP ö", "gone"):
        changes = [TagChange("user_id", f"u{user}") for user in range(5)]
        tag = store.tags.apply(workspace, name, changes, 1, ENTRY)
    store.tags.delete(workspace, tag.number, ENTRY)
    items = [ImportedSummary("did plain", 10**12, 5, 6), ImportedSummary("only imported", 3, 1, 2)]
    store.events.import_summaries(workspace.number, "user_id", "u1", items, WritePolicy(NOW))
    store.catalogue.describe(workspace.number, "did plain", "Says ö.", ENTRY)
    refused = [
        RefusedItem(n, NOW, "post", "event", f'{{"user_id":"{text.encode().hex()}"}}', STRANGE)
        for n, text in enumerate(ODD)
    ]
    task = JobTask(new_task_id(), 20, NOW, NOW, NOW + 1)
    store.jobs.record(workspace, NewJob(new_job_id(), "import", NOW + 900), task, refused)
    store.outbox.lease(f"work {workspace.number}", "somebody", NOW, NOW + 60)


def _begin_to_leave(store: Store, workspace: Workspace) -> None:
    """A merge and a deletion that are not finished, and the highest number is gone."""
    ids = [store.contacts.find(workspace, "user_id", f"u{n}")[0].id for n in (5, 7)]
    lead = store.contacts.create(workspace, {"role": "lead", "name": "a lead"}, NOW)
    write = [
        NewEvent(workspace.number, "id", lead.id, "did plain", NOW - n, "{}", (), "", "id")
        for n in range(9)
    ]
    store.events.write(write, WritePolicy(NOW))
    store.leaving.merge(workspace, lead.id, ids[0], NOW)
    store.leaving.delete(workspace, ids[1], ENTRY)
    last = store.contacts.create(workspace, {"role": "user", "external_id": "last"}, NOW)
    store.leaving.delete(workspace, last.id, ENTRY)
