"""Emptying is complete: no row, no cache, no count of the test before is left."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pastense.clock import ManualClock
from pastense.store.sqlite.scratch import ScratchStore
from pastense.testing import Sandbox
from tests.sandbox.raw import call, post_event
from tests.support.receiver import SECRET, Receiver

STARTED_AT = 1_800_000_000


def use_everything(sandbox) -> None:
    """Leave something in as many tables and caches as calls can reach."""
    a, b = sandbox.add_contact("a"), sandbox.add_lead("b@example.org")
    sandbox.add_contact("c")
    post_event(sandbox, user_id="a", metadata={"k": 1, **{f"x{n}": n for n in range(12)}})
    post_event(sandbox, user_id="a", created_at=-1)
    post_event(sandbox, user_id="a", metadata={})
    summary = {
        "user_id": "a",
        "event_summaries": [{"event_name": "old", "count": 2, "first": 1, "last": 2}],
    }
    call(sandbox, "POST", "/events/summaries", summary)
    call(sandbox, "POST", "/contacts/merge", {"from": b.id, "into": a.id})
    call(sandbox, "POST", "/tags", {"name": "vip", "users": [{"user_id": "a"}]})
    call(
        sandbox,
        "POST",
        "/data_attributes",
        {"name": "plan", "model": "contact", "data_type": "string"},
    )
    items = [{"method": "post", "data_type": "event", "data": {"user_id": "none"}}]
    call(sandbox, "POST", "/bulk/events", {"items": items})
    call(sandbox, "DELETE", f"/contacts/{sandbox.contacts[-1].id}")
    sandbox.use_profile("like-intercom", rate_limit_per_minute=600)
    sandbox.revoke_token()


def without_times(rows: dict) -> dict:
    """Rows as they are in every fresh store: what is random or of the clock is left out."""
    kept = {table: [len(row) for row in found] for table, found in rows.items()}
    return kept | {name: rows[name] for name in ("sqlite_sequence", "scrub")}


def used_tables(rows: dict) -> set[str]:
    return {table for table, found in rows.items() if found}


def test_the_rows_of_all_tables_are_those_of_a_fresh_sandbox():
    with Sandbox() as fresh, Sandbox() as used:
        store = used._engine.store
        before = store.rows()
        use_everything(used)
        filled = used_tables(store.rows()) - used_tables(before)
        expected = {"contacts", "events", "event_names", "event_name_keys", "summaries", "merges"}
        assert filled > expected | {"tags", "data_attributes", "jobs", "tombstones"}
        used.empty()
        assert store.rows() == before
        assert without_times(store.rows()) == without_times(fresh._engine.store.rows())


def test_every_table_is_emptied_also_one_that_comes_later(tmp_path):
    store = ScratchStore(tmp_path / "p.db", ManualClock(STARTED_AT), 1.0)
    store.migrate()
    store.set_baseline()
    before = store.rows()
    with store._database.writing() as connection:
        connection.execute("CREATE TABLE later (number INTEGER PRIMARY KEY AUTOINCREMENT) STRICT")
        connection.execute(
            "CREATE TRIGGER kept BEFORE DELETE ON later BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        connection.execute("INSERT INTO later VALUES (7)")
    assert store.rows() != before | {"later": []}
    store.restore_baseline()
    assert store.rows() == before | {"later": []}
    with pytest.raises(Exception, match="no"), store._database.writing() as connection:
        connection.execute("INSERT INTO later VALUES (1)")
        connection.execute("DELETE FROM later")
    store.close()


def test_a_table_that_was_left_out_is_seen(tmp_path, monkeypatch):
    store = ScratchStore(tmp_path / "p.db", ManualClock(STARTED_AT), 1.0)
    store.migrate()
    store.set_baseline()
    before = store.rows()
    with store._database.writing() as connection:
        connection.execute("INSERT INTO leases VALUES ('a', 'b', 1)")
        connection.execute("INSERT INTO tag_erasures VALUES (1)")
    found = list(before)
    with monkeypatch.context() as patched:
        without = [table for table in found if table != "leases"]
        patched.setattr("pastense.store.sqlite.baseline._tables", lambda connection: without)
        store.restore_baseline()
    assert store.rows() == before | {"leases": [("a", "b", 1)]}
    store.close()


def test_nothing_in_memory_is_left():
    with Sandbox() as sandbox:
        state = sandbox._engine.state
        sandbox.use_profile(rate_limit_per_minute=600)
        sandbox.add_contact("z")
        post_event(sandbox, user_id="z")
        sandbox.clock.move(-3600)
        sandbox.fail_next()
        use_everything(sandbox)
        assert state.counters(1)["events_stored"] == 2
        assert state.refusals.of(1)
        assert sandbox.requests
        sandbox.empty()
        assert set(state.counters(1).values()) == {0}
        assert (state.refusals.of(1), sandbox.requests, sandbox.duplicates) == ([], [], [])
        assert (state._accesses, state._limits_by_workspace, state.rates._shares) == ({}, {}, {})
        assert (sandbox.pending_faults, sandbox.settings) == ([], {"profile": "open"})
        assert abs(sandbox.clock.now() - time.time()) <= 1
        cache = sandbox._engine.store.events._cache
        assert (cache.slots, cache.keys) == ({}, {})


def test_a_window_that_was_used_up_begins_anew():
    with Sandbox() as sandbox:
        for _ in range(3):
            sandbox.use_profile(rate_limit_per_minute=30)
            sandbox.add_contact("z")
            left = [post_event(sandbox, user_id="z").headers["x-ratelimit-remaining"]]
            sandbox.empty()
            assert sandbox._engine.store.rows()["rate_windows"] == []
            assert left == ["4"]


def test_what_the_store_is_told_of_calls_comes_before_the_emptying(monkeypatch):
    with Sandbox() as sandbox:
        store = sandbox._engine.store
        count = store.rates.count
        monkeypatch.setattr(store.rates, "count", lambda calls: (time.sleep(0.3), count(calls))[1])
        sandbox.use_profile(rate_limit_per_minute=6_000)
        sandbox.add_contact("z")
        for _ in range(12):  # More than half a block: the store is told while nobody waits.
            post_event(sandbox, user_id="z")
        sandbox.empty()
        time.sleep(0.4)
        assert store.rows()["rate_windows"] == []


def test_the_state_has_nothing_that_nobody_thought_of():
    """Whoever adds a field to `State` decides in `begin_anew` what an emptying does to it."""
    begun_anew = {"tally", "refusals", "rates", "_accesses", "_limits_by_workspace", "webhooks"}
    of_requests_under_way = {"_lookups", "_outside_waiting", "committer"}
    for_ever = {"store", "clock", "settings", "limits", "proxies", "journal", "upkeep"}
    # A store of the sandbox's own lacks no migration.
    for_ever |= {"finishing", "_troubles", "core"}
    threads = {"_loop", "_readers", "_writers", "_outside"}
    with Sandbox() as sandbox:
        names = set(vars(sandbox._engine.state))
    assert names == begun_anew | of_requests_under_way | for_ever | threads


def test_names_get_their_slots_anew(sandbox):
    post_event(sandbox, "first")
    post_event(sandbox, "second")
    sandbox.empty()
    sandbox.add_contact("u1")
    post_event(sandbox, "second")
    [event] = sandbox.assert_tracked("second")
    assert sandbox._engine.store.every_event()[0].slot == 0
    assert event.copies == 1


def test_what_is_sent_while_it_is_emptied_is_whole_before_or_after(sandbox):
    sandbox.use_profile(create_unknown_contacts=True)
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(post_event, sandbox, user_id=f"p{n}") for n in range(40)]
        for _ in range(10):
            sandbox.empty()
        statuses = {one.result().status for one in sent}
    assert statuses <= {202, 404}
    rows = sandbox._engine.store.rows()
    contacts = {row[0] for row in rows["contacts"]}
    assert {row[0] for row in rows["events"]} <= contacts


def test_webhooks_begin_anew(sandbox):
    with Receiver() as receiver:
        for round_number in (1, 2):
            body = {
                "url": receiver.url,
                "hub_secret": SECRET,
                "topics": ["event.created"],
                "metadata": {"event_names": ["did"]},
            }
            assert call(sandbox, "POST", "/subscriptions", body).status == 200
            assert post_event(sandbox, metadata={"n": round_number}).status == 202
            receiver.wait_for_count(round_number)
            sandbox.empty()
            sandbox.add_contact("u1")
        assert [one.item["metadata"] for one in receiver.taken] == [{"n": 1}, {"n": 2}]
