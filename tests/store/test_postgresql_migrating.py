"""Migrations beside those who write, on PostgreSQL: locks, indexes, and who is still connected."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from pastense.model import Accepted, NewEvent, WritePolicy
from pastense.store.base import StoreError, StoreRefused
from pastense.store.postgresql import surgery
from pastense.store.relational.store import RelationalStore
from tests.store.newer_schema import FIRST, NOW, Place, Told, place
from tests.support.waiting import SOON_S, wait_until

WRITE_MAX_S = surgery.LOCK_TIMEOUT_S + 2.0
"""A writer's longest wait behind a migration: its lock timeout, and room for a busy machine."""
INDEX = "CREATE INDEX{how} IF NOT EXISTS planted_events ON events (created_at);"
CONCURRENTLY = "-- outside a transaction\n" + INDEX.format(how=" CONCURRENTLY")
COLUMN = "ALTER TABLE events ADD COLUMN planted integer;"
FILL = (
    "-- in steps\nSELECT count(*) FROM events WHERE planted IS NULL AND slot = 9;\n"
    "UPDATE events SET planted = 1 WHERE ctid = ANY (ARRAY("
    "SELECT ctid FROM events WHERE planted IS NULL AND slot = 9 LIMIT 500));"
)
"""Of the rows that were there before: those who write add more without end."""
ROWS = 20_000
MANY = (
    "INSERT INTO events (contact, created_at, slot, metadata) "
    f"SELECT 1000000 + n, 1, 9, '{{}}' FROM generate_series(1, {ROWS}) AS n"
)
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('planted_events')"


@pytest.fixture
def spot(tmp_path: Path) -> Iterator[Place]:
    with place("postgresql", tmp_path) as found:
        with found.older() as store:
            store.migrate()
        yield found


def always() -> bool:
    return True


@contextmanager
def holding(spot: Place, statement: str) -> Iterator[psycopg.Connection]:
    """A transaction that holds what the statement took."""
    with psycopg.connect(spot.address, application_name="a report") as connection:
        connection.execute(statement)
        yield connection
        connection.rollback()


class Writer:
    """Writes through a store, one event in each group, and notes how long each took."""

    def __init__(self, store: RelationalStore) -> None:
        self.longest_s = 0.0
        self.written = 0
        self.failed: list[BaseException] = []
        self._store = store
        self._workspace = store.admin.workspaces()[0]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Writer:
        store, fields = self._store, {"role": "user", "external_id": "u"}
        store.contacts.create(self._workspace, fields, NOW)
        self._thread.start()
        wait_until(lambda: self.written > 10)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def longest_wait_s(self, begun: float) -> float:
        """The longest wait so far, that of the write under way since `begun` or later included."""
        return max(self.longest_s, time.monotonic() - max(self._began, begun))

    def _run(self) -> None:
        policy = WritePolicy(NOW)
        while not self._over.is_set():
            second = NOW - self.written
            event = NewEvent(
                *(self._workspace.number, "user_id", "u", "did", second, "{}", (), "", "user_id")
            )
            self._began = time.monotonic()
            try:
                (outcome,) = self._store.events.write([event], policy)
                assert isinstance(outcome, Accepted)
                assert not outcome.duplicate
            except StoreError as error:
                self.failed.append(error)
            else:
                self.written += 1
            self.longest_s = max(self.longest_s, time.monotonic() - self._began)


def test_a_writer_waits_for_no_migration_longer_than_its_lock_timeout(spot):
    """While a report reads the table, so that no strong lock can be had on it for a while."""
    spot.plant(n0101_column=COLUMN, n0102_index=CONCURRENTLY, n0103_fill=FILL)
    told = Told()
    spot.execute(MANY)
    with spot.older() as older, spot.newer() as newer, Writer(older) as writer:
        with holding(spot, "LOCK TABLE events IN ACCESS SHARE MODE"):
            thread = threading.Thread(target=newer.schema.finish, args=(told, always))
            thread.start()
            wait_until(lambda: any("a report of postgres" in said for said in told.passing))
            wait_until(lambda: sum("next try in" in said for said in told.passing) >= 2)
            assert spot.applied() == []
        thread.join(SOON_S)
        before = writer.written
        wait_until(lambda: writer.written > before + 10)
        assert [number for number, _ in spot.applied()] == [101, 102, 103]
        assert spot.execute(VALID) == [(True,)]
        assert writer.failed == []
        assert writer.longest_s < WRITE_MAX_S
    assert spot.execute("SELECT count(*) FROM events WHERE slot = 0") == [(writer.written,)]
    assert spot.execute("SELECT count(*) FROM events WHERE planted = 1 AND slot = 9") == [(ROWS,)]


def test_the_same_index_made_in_the_plain_way_holds_writers_up(spot):
    """The control: a statement that waits without end has the writers wait behind it."""
    with spot.older() as store, Writer(store) as writer:
        with holding(spot, "LOCK TABLE events IN ROW EXCLUSIVE MODE") as holder:
            begun = time.monotonic()
            index = INDEX.format(how="")
            thread = threading.Thread(target=spot.execute, args=(index,))
            thread.start()
            wait_until(lambda: writer.longest_wait_s(begun) > WRITE_MAX_S)
            holder.rollback()
        thread.join(SOON_S)


def test_a_lock_that_is_never_had_is_said_with_who_holds_it_and_nothing_is_left(spot, monkeypatch):
    monkeypatch.setattr(surgery, "LOCK_TRIES_MAX", 2)
    spot.plant(n0101_more="CREATE TABLE planted_more (number integer);\n" + COLUMN)
    with spot.newer() as store:
        with holding(spot, "SELECT * FROM events"), pytest.raises(StoreRefused) as caught:
            store.migrate()
        said = str(caught.value)
        assert said.startswith("migration 101 (more) could not have a lock on a table in 2 tries; ")
        assert "it was held by a report of postgres (process " in said
        assert spot.execute("SELECT to_regclass('planted_more')") == [(None,)]
        assert [one.number for one in store.migrate()] == [101]


def test_an_index_whose_making_was_killed_is_made_anew(spot):
    spot.plant(n0101_index=CONCURRENTLY)
    with holding(spot, "LOCK TABLE events IN ROW EXCLUSIVE MODE"):
        begin_and_kill(spot)
        (maker,) = makers(spot)
        spot.execute(f"SELECT pg_terminate_backend({maker}, 5000)")
    assert spot.execute(VALID) == [(False,)]
    code, output, errors = spot.run("migrate")
    assert code == 0, errors
    assert "Index planted_events was left unfinished and is made anew.\n" in output
    assert spot.execute(VALID) == [(True,)]
    assert spot.applied() == [(101, "index")]


def test_an_index_that_the_database_goes_on_making_is_waited_for(spot):
    """The process was killed, the database has not noticed: another one begins in between."""
    spot.plant(n0101_index=CONCURRENTLY)
    with holding(spot, "LOCK TABLE events IN ROW EXCLUSIVE MODE"):
        begin_and_kill(spot)
        second = spot.begin("migrate")
        assert second.stdout is not None
        assert second.stdout.readline().startswith("Another process migrates postgresql:***@/")
    output, errors = second.communicate(timeout=SOON_S)
    assert second.returncode == 0, errors
    assert "unfinished" not in output
    assert "Applied migration 101 (index) in " in output
    assert spot.execute(VALID) == [(True,)]


def begin_and_kill(spot: Place) -> None:
    """A process that is killed while the database makes the index for it."""
    process = spot.begin("migrate")
    wait_until(lambda: spot.execute(VALID) == [(False,)])
    process.send_signal(signal.SIGKILL)
    process.communicate()


def makers(spot: Place) -> list[int]:
    return [pid for (pid,) in spot.execute("SELECT pid FROM pg_stat_progress_create_index")]


def test_who_waits_is_told_while_an_index_is_made(spot):
    spot.plant(n0101_index=CONCURRENTLY)
    told = Told()
    with spot.newer() as store:
        with holding(spot, "LOCK TABLE events IN ROW EXCLUSIVE MODE"):
            thread = threading.Thread(target=store.migrate, args=(told,))
            thread.start()
            wait_until(lambda: len(told.passing) >= 2)
        thread.join(SOON_S)
    assert any(
        said.startswith("Migration 101 (index) waits for a report of") for said in told.passing
    )
    assert any(said.startswith("Migration 101 (index): waiting for ") for said in told.passing)


def test_post_migrations_wait_for_every_connection_that_knows_less(spot):
    spot.plant(n0101_first=FIRST, n0102_drop_post="DROP TABLE planted;")
    told = Told()
    with spot.newer() as newer:
        with spot.older() as older:
            assert not newer.schema.finish(told, always)
            assert older.admin.workspaces()
            assert "an older Pastense, which knows migration " in told.lasting[-1]
            (waiting,) = (step for step in newer.schema.steps() if step.applied_at is None)
            assert (waiting.number, waiting.waits_for is None) == (102, False)
        with spot.newer() as another:
            assert another.admin.workspaces()
            assert newer.schema.finish(told, always)


def test_an_older_program_that_comes_while_a_post_migration_is_applied_is_refused(spot):
    spot.plant(n0101_first=FIRST)
    with spot.newer() as store:
        store.migrate()
    spot.fill()
    spot.plant(
        n0102_fill_post="-- in steps\nUPDATE planted SET new = old WHERE number IN "
        "(SELECT number FROM planted WHERE new IS NULL LIMIT 1);"
    )
    told = Told()
    with spot.newer() as store:
        thread = threading.Thread(
            target=store.schema.finish, args=(told, lambda: not refused), daemon=True
        )
        refused: list[str] = []
        thread.start()
        wait_until(lambda: bool(told.passing))
        with pytest.raises(StoreRefused, match="is being changed by a newer Pastense"):
            with spot.older(busy_timeout_s=0.5):
                pass
        refused.append("yes")
        thread.join(SOON_S)


def test_a_server_that_was_cut_off_meanwhile_writes_no_more(spot):
    """As by a restart of the database: nobody could see that it lives."""
    spot.plant(n0101_first=FIRST)
    mine = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = "
    cut_off = mine + "current_database() AND pid <> pg_backend_pid()"
    with spot.older() as older:
        workspace = older.admin.workspaces()[0]
        with spot.newer() as newer:
            assert newer.schema.finish(Told(), always)
        spot.execute(cut_off)
        assert older.admin.workspaces() == [workspace], (
            "what is not a post migration is no obstacle"
        )
        spot.plant(n0102_drop_post="DROP TABLE planted;")
        spot.execute(cut_off)
        with spot.newer() as newer:
            assert newer.schema.finish(Told(), always)
        fields = {"role": "user", "external_id": "u"}
        for _ in range(2):
            with pytest.raises(StoreError) as caught:
                older.contacts.create(workspace, fields, NOW)
        assert "newer Pastense (migration 102; this program" in str(caught.value)
        with pytest.raises(StoreError, match=r"newer Pastense \(migration 102; this program"):
            older.check_ready()
    assert spot.execute("SELECT count(*) FROM contacts") == [(0,)]
