"""Two servers on one file and `kill -9` at any moment: nobody loses anything in a merge, and who
was deleted stays away, from answers and from the files.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.leaving_run import LeavingRun
from tests.support.long_runs import Found, LongRun

CYCLES = 2
CYCLES_SETTING = "PASTENSE_TEST_LEAVING_CYCLES"
SEED = 20_260_301


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LeavingRun]:
    made = LeavingRun(tmp_path, SEED)
    yield made
    made.end()


def whole(run: LeavingRun) -> None:
    """Everything came to its end and is as the books say."""
    run.finish()
    run.verify()
    assert run.books.faults == []


def test_merges_and_deletions_survive_kills_of_two_servers(run: LeavingRun) -> None:
    for number in range(CYCLES):
        run.cycle(number)
    whole(run)
    assert run.kills >= CYCLES
    assert run.books.reads > 0
    damage_and_see(run)


def damage_and_see(run: LeavingRun) -> None:
    """The control: one event less, and one trace of the gone, must be seen, or it proves
    nothing."""
    with closing(sqlite3.connect(run.path, isolation_level=None)) as connection:
        mark = run.books.marks_of_gone()[0]
        connection.execute("CREATE TABLE ghost (mark)")
        connection.execute("INSERT INTO ghost VALUES (?)", (mark,))
        statement = (
            "DELETE FROM events WHERE (contact, created_at, slot) IN "
            "(SELECT contact, created_at, slot FROM events WHERE metadata IS NOT NULL LIMIT 1)"
        )
        connection.execute(statement)
    run.verify()
    found = " ".join(run.books.faults)
    assert ": lost: " in found
    assert "check said: " in found
    assert f"traces of ['{mark}']" in found


@pytest.mark.torture
@pytest.mark.skipif(CYCLES_SETTING not in os.environ, reason=f"{CYCLES_SETTING} is not set")
def test_many_more_cycles(run: LeavingRun, long_run: LongRun) -> None:
    cycles = int(os.environ[CYCLES_SETTING])
    for number in range(cycles):
        run.cycle(number)
        said = f"cycle {number + 1}/{cycles}: {run.kills} kills, {run.books.reads} reads"
        long_run.say(f"{said}, {run.books.answers}, {len(run.books.faults)} faults")
        assert run.books.faults == []
        if number % 10 == 9:
            whole(run)
    run.finish()
    run.verify()
    acknowledged = sum(count for status, count in run.books.answers.items() if status < 300)
    found = Found(run.kills, acknowledged, wrong=len(run.books.faults))
    long_run.end("servers are killed in merges and deletions", found)
    assert run.books.faults == []
