"""Migrations of a made-up newer program, on every store: order, ways, what waits, what resumes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pastense.store.base import StoreRefused
from tests.store.newer_schema import FILLED, FIRST, NOW, Place, Told, place

FILL = (
    "-- Words.\n-- in steps\nSELECT count(*) FROM planted WHERE new IS NULL;\n"
    "UPDATE planted SET new = old WHERE number IN "
    "(SELECT number FROM planted WHERE new IS NULL ORDER BY number LIMIT 100);\n"
)
MORE = 10_000
TOO_SLOW_S = 30.0


@pytest.fixture(params=["sqlite", "postgresql"])
def spot(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with place(request.param, tmp_path) as found:
        yield found


def always() -> bool:
    return True


def never_told(sentence: str, passing: bool) -> None:
    raise AssertionError(sentence)


def make_old(spot: Place) -> None:
    """The database as this program makes it, with the planted table of an earlier version."""
    with spot.older() as store:
        store.migrate()
    spot.plant(n0101_first=FIRST)
    with spot.newer() as store:
        assert [one.number for one in store.migrate()] == [101]
    spot.fill()


def test_a_new_store_gets_all_in_the_order_of_their_numbers(spot):
    spot.plant(
        n0101_first=FIRST,
        n0102_drop_post="ALTER TABLE planted DROP COLUMN new;",
        n0103_again="ALTER TABLE planted ADD COLUMN new INTEGER;",
    )
    told = Told()
    with spot.newer() as store:
        assert [one.number for one in store.migrate(told)][-3:] == [101, 102, 103]
        assert store.schema.is_finished()
        assert store.migrate(never_told) == []
    assert spot.applied() == [(101, "first"), (102, "drop.post"), (103, "again")]
    assert told.lasting[-2].startswith("Applied migration 102 (drop, post) in ")


def test_a_store_in_use_gets_post_ones_only_when_it_is_finished(spot):
    make_old(spot)
    spot.plant(n0102_drop_post="ALTER TABLE planted DROP COLUMN old;")
    spot.plant(n0103_later="CREATE TABLE planted_later (number INTEGER);")
    with spot.newer() as store:
        assert [one.number for one in store.migrate()] == [103]
        assert not store.schema.is_finished()
        states = {s.number: (s.name, s.applied_at, s.waits_for) for s in store.schema.steps()}
        assert states[101][:2] == ("first", NOW)
        assert states[102] == ("drop.post", None, None)
        assert store.schema.finish(Told(), always)
        assert store.schema.is_finished()
    assert spot.applied() == [(101, "first"), (102, "drop.post"), (103, "later")]


def test_looking_changes_nothing(spot):
    spot.plant(n0101_first=FIRST)
    with spot.newer() as store:
        assert {step.applied_at for step in store.schema.steps()} == {None}
        assert {step.applied_at for step in store.schema.steps()} == {None}


def test_a_migration_that_fails_leaves_nothing_and_is_begun_anew(spot):
    make_old(spot)
    spot.plant(n0102_both="CREATE TABLE planted_more (number INTEGER);\nSELECT * FROM nowhere;")
    with spot.newer() as store:
        for _ in range(2):
            with pytest.raises(Exception, match="nowhere"):
                store.migrate()
    assert spot.applied() == [(101, "first")]
    spot.plant(n0102_both="CREATE TABLE planted_more (number INTEGER);")
    with spot.newer() as store:
        assert [one.number for one in store.migrate()] == [102]


def test_steps_change_all_rows_tell_how_far_they_are_and_stop_when_asked(spot):
    make_old(spot)
    spot.plant(n0102_fill=FILL)
    told = Told()
    with spot.newer() as store:
        store.schema.finish(told, lambda: len(told.passing) < 3)
        assert spot.execute("SELECT count(*) FROM planted WHERE new IS NOT NULL") == [(300,)]
        assert not store.schema.is_finished()
        assert told.lasting == []
        assert store.schema.finish(told, always)
    assert spot.execute("SELECT count(*) FROM planted WHERE new = old") == [(FILLED,)]
    assert spot.applied()[-1] == (102, "fill")
    assert told.passing[0].startswith("Migration 102 (fill): 100 rows, ")
    assert f"/s, {FILLED - 100} left, " in told.passing[0]
    assert f"/s, {FILLED - 300 - 100} left, " in told.passing[3]


def test_a_step_is_given_how_far_the_one_before_it_came(spot):
    """Rows that were changed and still look as if they were not are not taken again."""
    make_old(spot)
    spot.plant(
        n0102_touch="-- in steps\nUPDATE planted SET old = old || '!' WHERE number IN "
        "(SELECT number FROM planted WHERE number > ?1 ORDER BY number LIMIT 300) RETURNING number;"
    )
    with spot.newer() as store:
        assert store.schema.finish(Told(), always)
    changed = "SELECT count(*) FROM planted WHERE old = 'o' || number || '!'"
    assert spot.execute(changed) == [(FILLED,)]


def test_statements_outside_a_transaction_stand_alone(spot):
    """What was done before the one that failed stays, and is not in the way the second time."""
    make_old(spot)
    made = "CREATE TABLE IF NOT EXISTS planted_more (number INTEGER);"
    spot.plant(n0102_more=f"-- outside a transaction\n{made}\nSELECT * FROM nowhere;")
    with spot.newer() as store:
        with pytest.raises(Exception, match="nowhere"):
            store.migrate()
    assert spot.execute("SELECT * FROM planted_more") == []
    assert spot.applied() == [(101, "first")]
    spot.plant(n0102_more=f"-- outside a transaction\n{made}\nDELETE FROM planted_more;")
    with spot.newer() as store:
        assert [one.number for one in store.migrate()] == [102]


def test_an_older_program_is_refused_but_for_one_that_goes_on_until_a_post_one(spot):
    make_old(spot)
    with spot.older() as store:
        with pytest.raises(StoreRefused, match=r"newer Pastense \(migration 101; this program"):
            store.migrate()
        assert store.migrate(goes_on=True) == []
    spot.plant(n0102_drop_post="ALTER TABLE planted DROP COLUMN old;")
    with spot.newer() as store:
        assert store.schema.finish(Told(), always)
    with spot.older() as store:
        with pytest.raises(Exception, match=r"newer Pastense \(migration 102; this program"):
            store.migrate(goes_on=True)


def test_steps_that_are_killed_are_gone_on_with(spot):
    make_old(spot)
    spot.fill(first=FILLED + 1, rows=MORE)
    spot.plant(n0102_fill=FILL)
    process = spot.begin("migrate")
    done = wait_for_some(spot)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert spot.applied() == [(101, "first")]
    code, output, errors = spot.run("migrate")
    assert code == 0, errors
    assert "Applied migration 102 (fill) in " in output
    assert output.endswith("is up to date.\n")
    assert spot.execute("SELECT count(*) FROM planted WHERE new IS NULL") == [(0,)]
    assert 0 < done < FILLED + MORE


def test_a_killed_transaction_leaves_nothing_of_itself(spot):
    """The control of the one before: not all that is killed leaves a part behind."""
    make_old(spot)
    endless = "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {n}) "
    spot.plant(
        n0102_slow="UPDATE planted SET new = 'half';\n"
        + endless.format(n=10_000_000)
        + "INSERT INTO planted (number, old) SELECT 100000 + n, 'x' FROM s;"
    )
    process = spot.begin("migrate")
    time.sleep(2)
    assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert spot.execute("SELECT count(*) FROM planted WHERE new = 'half'") == [(0,)]
    assert spot.applied() == [(101, "first")]


def test_several_processes_migrate_at_once_and_each_ends_well(spot):
    make_old(spot)
    spot.plant(n0102_fill=FILL, n0103_add="ALTER TABLE planted ADD COLUMN more INTEGER;")
    processes = [spot.begin("migrate") for _ in range(3)]
    ended = [process.communicate(timeout=TOO_SLOW_S) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], ended
    assert sum(output.count("Applied migration 103") for output, _ in ended) == 1
    assert all(output.endswith("is up to date.\n") for output, _ in ended)
    assert spot.applied() == [(101, "first"), (102, "fill"), (103, "add")]


def wait_for_some(spot: Place) -> int:
    """How many rows were filled when first there were some."""
    end = time.monotonic() + TOO_SLOW_S
    while time.monotonic() < end:
        ((found,),) = spot.execute("SELECT count(*) FROM planted WHERE new IS NOT NULL")
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("nothing was filled")
