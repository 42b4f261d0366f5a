"""Retention over HTTP: old events leave the lists at once and lose their metadata behind them."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from pastense.limits import DAY_S
from pastense.model import AuditEntry
from tests.support.inprocess import InProcess

PRUNE_TIMEOUT_S = 10.0


@pytest.fixture
def server(apart: InProcess) -> InProcess:
    """The module's server with a workspace of the test's own, which keeps events for 30 days."""
    assert apart.call("POST", "/contacts", {"role": "user", "external_id": "u1"}).status == 200
    return settle(apart, retention_days=30, list_window_days=0)


def settle(server: InProcess, **settings: object) -> InProcess:
    """The same workspace with settings of its own, and a token that has not been seen before."""
    assert server.workspace is not None
    entry = AuditEntry(None, server.clock.now(), "test", "set")
    server.store.workspaces.change(server.workspace.number, None, settings, entry)
    return replace(server, secret=server.make_token())


def ages(server: InProcess, query: str = "user_id=u1") -> list[int]:
    """How many seconds old the listed events are, the youngest first."""
    return [server.clock.now() - event["created_at"] for event in server.listed(query)]


def kept(server: InProcess) -> int:
    """How many events of the user have metadata, listed or not: all of them are asked for."""
    contacts = server.store.contacts.find(server.workspace, "user_id", "u1")
    [(count,)] = server.store._database.query(
        "SELECT count(*) FROM events WHERE contact = ? AND metadata IS NOT NULL",
        (contacts[0].number,),
    )
    return count


def wait_for_pruning(server: InProcess, left: int) -> None:
    """Ask the server's upkeep to look, and wait until so many events have metadata."""
    server.state.upkeep.soon()
    end = time.monotonic() + PRUNE_TIMEOUT_S
    while kept(server) != left:
        assert time.monotonic() < end, f"{kept(server)} events have metadata, not {left}"
        time.sleep(0.01)


def test_old_events_leave_lists_at_once_and_are_pruned_behind(server: InProcess) -> None:
    now = server.clock.now()
    for age in (29 * DAY_S, 30 * DAY_S - 1, 5):
        reply = server.post_event(created_at=now - age, metadata={"secret": "s" * 99})
        assert (reply.status, reply.headers.get("pastense-pruned")) == (202, None)
    summary = server.listed("user_id=u1&summary=true")
    server.clock.move(DAY_S)
    assert ages(server) == [DAY_S + 5], "gone from lists before they are pruned"
    wait_for_pruning(server, 1)
    assert ages(server) == [DAY_S + 5]
    assert server.listed("user_id=u1&summary=true") == summary
    again = server.post_event(created_at=now - 29 * DAY_S, metadata={"new": 1})
    assert (again.status, again.headers.get("pastense-pruned")) == (202, None)
    assert server.listed("user_id=u1&summary=true") == summary, "still a duplicate"
    assert kept(server) == 1


def test_an_event_older_than_the_retention_is_told_of(server: InProcess) -> None:
    before = counted(server)
    now = server.clock.now()
    old = server.post_event(created_at=now - 30 * DAY_S, metadata={"k": 1})
    assert (old.status, old.headers["pastense-pruned"]) == (202, "1")
    assert old.headers["pastense-event-id"]
    ages_s = (30 * DAY_S, 31 * DAY_S, 30 * DAY_S - 1, 99 * DAY_S)
    items = [{"event_name": "did", "user_id": "u1", "created_at": now - age} for age in ages_s]
    listed = server.call("POST", "/events", {"data": items})
    told = {name: listed.headers[f"pastense-{name}"] for name in ("stored", "duplicates", "pruned")}
    assert told == {"stored": "3", "duplicates": "1", "pruned": "2"}
    items[0] |= {"created_at": now - 98 * DAY_S}
    refused = server.call("POST", "/events", {"data": [*items, {"event_name": "x"}]})
    assert (refused.status, refused.headers["pastense-pruned"]) == (422, "1")
    assert ages(server) == [30 * DAY_S - 1]
    [summary] = server.listed("user_id=u1&summary=true")
    assert summary["count"] == 5
    assert counted(server) == before + 4


def counted(server: InProcess) -> int:
    reply = server.call("GET", "/pastense/v1/counters", token=server.make_token("admin"))
    return reply.json["counters"]["events_pruned"]


def test_pages_and_cursors_stop_at_the_edge(server: InProcess) -> None:
    now = server.clock.now()
    for day in range(25, 30):
        server.post_event(created_at=now - day * DAY_S)
    page = server.call("GET", "/events?type=user&user_id=u1&per_page=3").json
    assert len(page["events"]) == 3
    server.clock.move(DAY_S)
    path = page["pages"]["next"].partition("/events")[2]
    rest = server.call("GET", f"/events{path}").json
    assert [(now - e["created_at"]) // DAY_S for e in rest["events"]] == [28]
    assert rest["pages"]["next"] is None


def test_the_shorter_of_window_and_retention_counts(server: InProcess) -> None:
    now = server.clock.now()
    for day in (5, 15, 25):
        server.post_event(created_at=now - day * DAY_S)
    assert len(ages(settle(server, list_window_days=20))) == 2
    assert len(ages(settle(server, list_window_days=90))) == 3
    assert len(ages(settle(server, list_window_days=90, retention_days=10))) == 1


def test_a_retention_without_bound_overflows_nothing(server: InProcess) -> None:
    server.post_event(created_at=0)
    longest = settle(server, retention_days=1_000_000)
    assert longest.post_event(created_at=1).status == 202
    assert [event["created_at"] for event in longest.listed()] == [1]


def test_another_workspace_keeps_its_own(server: InProcess, shared: InProcess) -> None:
    now = server.clock.now()
    reply = shared.post_event(created_at=now - 40 * DAY_S, metadata={"k": 1})
    assert "pastense-pruned" not in reply.headers
    server.post_event(created_at=now - 29 * DAY_S)
    server.clock.move(2 * DAY_S)
    wait_for_pruning(server, 0)
    first = replace(shared, workspace=shared.store.admin.workspaces()[0])
    assert kept(first) == 1
