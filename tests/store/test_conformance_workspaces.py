"""Workspaces, tokens and the audit log of every store."""

from __future__ import annotations

import threading

import pytest

from pastense.limits import Limits
from pastense.model import AuditEntry, Token, Workspace, WritePolicy
from pastense.store.base import Store
from tests.store.conftest import NOW, Bench


def entry(act: str = "did", workspace: int | None = 1, at: int = NOW, **detail) -> AuditEntry:
    return AuditEntry(workspace, at, "test", act, detail)


def token(bench: Bench, name: str, **fields: object) -> Token:
    given = {
        "number": 0,
        "name": name,
        "workspace": bench.workspace,
        "scopes": ("events:read",),
        "version": "2.14",
        "created_at": NOW,
    }
    return Token(**(given | fields))


def add(store: Store, name: str, **settings) -> Workspace:
    """Another workspace."""
    workspace = Workspace(0, f"id-{name}", name, NOW, settings)
    return store.workspaces.create(workspace, entry("workspace created", None, name=name))


def acts(bench: Bench, workspace: int | None = None) -> list[str]:
    """All acts, the oldest first."""
    return [found.act for found in reversed(bench.store.audit.page(workspace, None, 100))]


def test_tokens_are_found_by_their_hash_until_revoked(bench: Bench) -> None:
    admin = bench.store.admin
    first = admin.create_token(token(bench, "a", expires_at=5), b"1" * 32, entry("made"))
    second = admin.create_token(token(bench, "b"), b"2" * 32, entry("made"))
    assert admin.find_token(b"1" * 32) == first
    assert admin.find_token(b"3" * 32) is None
    other = bench.reopen()
    assert other.admin.revoke_token(first.number, entry("revoked"))
    assert admin.find_token(b"1" * 32).revoked_at == NOW
    assert other.admin.revoke_token(first.number, entry("revoked", at=NOW + 5))
    assert admin.find_token(b"1" * 32).revoked_at == NOW, "the first time stays"
    assert not other.admin.revoke_token(99, entry("revoked"))
    assert [kept.name for kept in admin.tokens()] == ["a", "b"]
    assert second.expires_at is None
    assert acts(bench) == ["made", "made", "revoked"], "what changed nothing is not recorded"
    newest = bench.store.audit.page(None, None, 3)
    assert [found.detail for found in newest] == [{}, {"token": 2}, {"token": 1}]


def test_the_tokens_of_a_workspace_come_in_pages(bench: Bench) -> None:
    other = add(bench.store, "other")
    for number in range(5):
        owner = other if number == 2 else bench.workspace
        made = token(bench, f"t{number}", workspace=owner)
        bench.store.admin.create_token(made, bytes([number]) * 32, entry())
    page = bench.store.admin.workspace_tokens
    assert [kept.name for kept in page(1, None, 3)] == ["t4", "t3", "t1"]
    assert [kept.name for kept in page(1, 2, 3)] == ["t0"]
    assert [kept.name for kept in page(other.number, None, 9)] == ["t2"]


def test_a_workspace_is_made_found_and_changed(bench: Bench) -> None:
    made = add(bench.store, "other", list_window_days=7)
    assert bench.reopen().admin.workspaces() == [bench.workspace, made]
    assert bench.store.workspaces.find("id-other") == made
    assert bench.store.workspaces.find("id-none") is None
    change = bench.store.workspaces.change
    changed = change(made.number, "new", {"profile": "open", "retention_days": 3}, entry("a"))
    assert changed.name == "new"
    assert changed.settings == {"list_window_days": 7, "profile": "open", "retention_days": 3}
    own = {"retention_days": None, "create_unknown_contacts": True}
    changed = change(made.number, None, own, entry("b"))
    assert changed.name == "new"
    expected = {"list_window_days": 7, "profile": "open", "create_unknown_contacts": True}
    assert changed.settings == expected
    assert changed.settings["create_unknown_contacts"] is True
    assert bench.store.workspaces.find("id-other") == changed
    assert bench.store.workspaces.find(bench.workspace.id) == bench.workspace
    assert change(99, "x", {}, entry("c")) is None
    assert change(made.number, "new", own, entry("changed nothing")) == changed
    assert acts(bench) == ["workspace created", "a", "b"]
    assert acts(bench, made.number) == ["workspace created"], "the store gives it its number"


def test_changes_at_once_all_hold(bench: Bench) -> None:
    names = [f"name{number}" for number in range(12)]
    stores = [bench.store, bench.reopen()]

    def change(number: int) -> None:
        own = {names[number]: number}
        assert stores[number % 2].workspaces.change(1, None, own, entry("changed"))

    threads = [threading.Thread(target=change, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bench.workspace.settings == {name: number for number, name in enumerate(names)}
    assert acts(bench) == ["changed"] * 12


def test_a_token_carries_its_workspace_as_it_is_now(bench: Bench) -> None:
    bench.store.admin.create_token(token(bench, "a"), b"1" * 32, entry())
    bench.reopen().workspaces.change(1, None, {"event_names_max": 3}, entry())
    assert bench.store.admin.find_token(b"1" * 32).workspace.settings == {"event_names_max": 3}


def test_the_log_is_read_in_pages_and_apart(bench: Bench) -> None:
    other = add(bench.store, "other")
    for number in range(6):
        owner = (1, other.number)[number % 2]
        bench.store.workspaces.change(owner, None, {"n": number}, entry(f"act{number}", owner))
    page = bench.store.audit.page
    first = page(1, None, 2)
    assert [found.act for found in first] == ["act4", "act2"]
    assert [found.act for found in page(1, first[-1].number, 2)] == ["act0"]
    assert [found.act for found in page(other.number, None, 9)] == [
        *("act5", "act3", "act1"),
        "workspace created",
    ]
    assert len(page(None, None, 9)) == 7
    assert first[0] == AuditEntry(1, NOW, "test", "act4", {}, first[0].number)


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
def test_the_log_is_only_added_to(bench: Bench, statement: str) -> None:
    add(bench.store, "other")
    with pytest.raises(Exception, match="the audit log is only added to"):
        bench.execute(statement)
    assert acts(bench) == ["workspace created"]
    bench.execute("UPDATE workspaces SET name = 'x'")  # The same way in, where it is allowed.
    assert bench.workspace.name == "x"


def test_an_act_that_fails_is_not_recorded(bench: Bench) -> None:
    add(bench.store, "other")
    with pytest.raises(Exception, match=r"(?i)unique"):
        add(bench.store, "other")
    assert acts(bench) == ["workspace created"]


def test_workspaces_share_nothing_in_one_group(bench: Bench) -> None:
    """Same external id, same names, one transaction: each workspace goes by its own rules."""
    other = add(bench.store, "other")
    bench.contact("u1")
    policy = WritePolicy(
        NOW,
        Limits(),
        {1: Limits(event_names_max=1), other.number: Limits(create_unknown_contacts=True)},
    )
    group = [
        bench.event(name, workspace=number, value=who)
        for number in (1, other.number)
        for name in ("one", "two")
        for who in ("u1", "unknown")
    ]
    outcomes = bench.store.events.write(group, policy)
    codes = [getattr(outcome, "code", None) for outcome in outcomes]
    assert codes == [None, "not_found", "422", "not_found", None, None, None, None]
    assert [getattr(outcome, "slot", None) for outcome in outcomes[4:]] == [0, 0, 1, 1]
    assert outcomes[0].slot == 0
    ids = {outcome.contact_id for outcome in (outcomes[0], *outcomes[4:6])}
    assert len(ids) == 3, "one external id, two people"
    (mine,) = bench.store.contacts.find(bench.workspace, "user_id", "u1")
    (theirs,) = bench.store.contacts.find(other, "user_id", "u1")
    assert [s.name for s in bench.store.events.summaries(mine)] == ["one"]
    assert [s.name for s in bench.store.events.summaries(theirs)] == ["one", "two"]
    assert bench.store.contacts.find(bench.workspace, "id", theirs.id) == []
