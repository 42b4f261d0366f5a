"""`kill -9` half-way through a merge and a deletion: both finish after the restart, whole."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.api import Api
from tests.support.server import RunningServer, run_pastense, start_server

EVENTS = 12_000
"""More than a merge moves in its one transaction (`MERGE_EVENTS_MAX`)."""
LIST_ITEMS = 1_000
END_S = 30.0


def fill(api: Api, contact: str, events: int, end: int) -> None:
    """So many events of a contact, one a second, the latest at `end`."""
    items = [{"id": contact, "event_name": "did", "created_at": end - n} for n in range(events)]
    for start in range(0, events, LIST_ITEMS):
        api.expect(202, "POST", "/events", {"data": items[start : start + LIST_ITEMS]})


def rows(path: Path, statement: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def wait_until_done(path: Path) -> None:
    """The restarted server finishes by itself what the killed one had begun."""
    end = time.monotonic() + END_S
    left = "SELECT (SELECT count(*) FROM moves) + (SELECT count(*) FROM erasures)"
    while rows(path, left) != [(0,)]:
        assert time.monotonic() < end, "it was not finished"
        time.sleep(0.05)


def begin_and_kill(server: RunningServer, api: Api, path: Path, call: tuple) -> int:
    """Make the call and kill the server while its events are on their way; how many were not."""
    api.expect(200, *call)
    busy = "SELECT count(*) FROM events WHERE contact IN (SELECT {} FROM {})"
    server.kill()
    moves = rows(path, busy.format("source", "moves"))[0][0]
    return moves or rows(path, busy.format("contact", "erasures"))[0][0]


@pytest.fixture
def place(tmp_path: Path) -> Iterable[tuple[Path, RunningServer, Api]]:
    path = tmp_path / "pastense.db"
    server = start_server(f"sqlite:{path}")
    with Api(server.port, server.token()) as api:
        yield path, server, api
    if server.process.poll() is None:
        server.kill()


def test_a_merge_goes_on_after_kill_9(place) -> None:
    path, server, api = place
    lead = api.create_contact(role="lead")
    user = api.create_contact(external_id="u1")
    now = int(time.time())
    fill(api, lead, EVENTS, now)
    fill(api, user, 2_000, now - EVENTS + 1_000)
    merge = ("POST", "/contacts/merge", {"from": lead, "into": user})
    assert begin_and_kill(server, api, path, merge) > 0, "the kill came too late"
    again = start_server(f"sqlite:{path}")
    try:
        with Api(again.port, again.token()) as other:
            for who in (lead, user):
                summary = other.page(who, summary="true")["events"][0]
                assert summary["count"] == EVENTS + 1_000, "shown whole while it moves"
            wait_until_done(path)
            listed = [event["created_at"] for event in other.events(lead)]
            assert len(set(listed)) == len(listed) == EVENTS + 1_000
    finally:
        again.stop()
    checked = run_pastense("check", "--database", f"sqlite:{path}")
    assert checked.returncode == 0, checked.stdout


def test_a_deletion_goes_on_after_kill_9(place) -> None:
    path, server, api = place
    user = api.create_contact(external_id="u1")
    fill(api, user, EVENTS, int(time.time()))
    delete = ("DELETE", f"/contacts/{user}")
    assert begin_and_kill(server, api, path, delete) > 0, "the kill came too late"
    said = run_pastense("check", "--database", f"sqlite:{path}").stdout
    assert "1 deleted contacts are still being erased." in said
    again = start_server(f"sqlite:{path}")
    wait_until_done(path)
    again.stop()
    assert rows(path, "SELECT count(*) FROM events") == [(0,)]
