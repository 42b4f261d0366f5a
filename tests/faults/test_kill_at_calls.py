"""`kill -9` aimed at single calls to the system: the first of a life, the second, and so on to the
last. What was acknowledged by then is there once, and the next server goes on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.faults.lives import WAYS, Deletion, Life, ListSubmission, Merge, Submission, place
from tests.faults.power import Tally, assert_nothing_wrong
from tests.faults.shim import LINUX, NEVER, ONLY_LINUX, SYNCS, WRITES
from tests.faults.starts import Migration, Retention
from tests.faults.sufferer import Sufferer
from tests.support.server import run_pastense

pytestmark = pytest.mark.skipif(not LINUX, reason=ONLY_LINUX)
EARLY = str(Path(__file__).parents[1] / "crash" / "early_acknowledge.py")
ROUNDS_SETTING = "PASTENSE_TEST_KILL_ROUNDS"
OF_REQUESTS = (Submission, ListSubmission, Merge, Deletion)
OF_STARTS = (Retention, Migration)
PAIRS = 4
BEFORE_A_CALL, IN_A_WRITE, AFTER_A_CALL = WAYS.values()
REPORT_EVERY = 25
MORE_CALLS_MAX = 100
"""A life may have some more calls than the one that was counted, but it has an end."""


def calls_of(life: Life, way: str) -> int:
    """How many calls a life has that nobody ends; what happens only once has happened before."""
    for _ in range(2):
        assert not life.cycle(WAYS[way], NEVER)
    return len(life.made)


def kill_at_some(life: Life) -> None:
    """At a synchronisation in the middle, and after the last one: a kill costs a start."""
    life.cycle(BEFORE_A_CALL, NEVER)
    syncs = [nth for nth, kind in enumerate(life.made, 1) if kind == SYNCS]
    assert life.cycle(BEFORE_A_CALL, syncs[len(syncs) // 2])
    # How many calls there are behind an answer is not always quite the same.
    assert life.cycle(AFTER_A_CALL, syncs[-1]) or life.tally.cuts == 1
    assert_nothing_wrong(life.tally)


def kill_at_most(life: Life) -> None:
    """At the first call and all others up to the last, but for two of three writes in a row."""
    for _ in range(2):
        life.cycle(BEFORE_A_CALL, NEVER)
    chosen = [nth for nth, kind in enumerate(life.made, 1) if kind != WRITES or nth % 3 == 1]
    # A thread that reads may have opened the file while the calls were counted.
    assert sum(life.cycle(BEFORE_A_CALL, nth) for nth in chosen) >= 8
    assert life.cycle(IN_A_WRITE, 3)
    assert_nothing_wrong(life.tally)


def test_a_request_survives_a_kill_at_its_calls(tmp_path):
    """An event at most of them: the commit, and the log folded into the file. A merge, which takes
    more of them, at some, on the same store; a deletion and pruning have the long part alone."""
    with Sufferer(place(tmp_path), pairs=PAIRS) as sufferer:
        kill_at_most(Submission(sufferer))
        kill_at_some(Merge(sufferer))
        assert_nothing_wrong(sufferer.tally())


def test_a_migration_survives_a_kill_at_some_calls(tmp_path):
    life = Migration(place(tmp_path))
    kill_at_some(life)
    checked = run_pastense("check", "--database", life.behind.database)
    assert checked.returncode == 0, checked.stdout


def test_the_control_that_acknowledges_before_its_commit_is_caught(tmp_path):
    """The same look after the same kill must see the loss, or it proves nothing."""
    with Sufferer(place(tmp_path), EARLY, PAIRS) as sufferer:
        life = Submission(sufferer)
        assert life.cycle(BEFORE_A_CALL, 1)
        assert life.tally.lost == 1, "the verification did not see what the control lost"


@pytest.mark.torture
@pytest.mark.skipif(ROUNDS_SETTING not in os.environ, reason=f"{ROUNDS_SETTING} is not set")
def test_a_kill_at_each_call_of_each_life(tmp_path, long_run):
    """A round goes through all lives in one of the three ways."""
    with ExitStack() as stack:
        sufferers = [
            stack.enter_context(Sufferer(place(tmp_path / kind.__name__), pairs=PAIRS))
            for kind in OF_REQUESTS
        ]
        lives: list[Life] = [
            *(kind(one) for kind, one in zip(OF_REQUESTS, sufferers, strict=True)),
            *(kind(place(tmp_path / kind.__name__)) for kind in OF_STARTS),
        ]
        go_through(lives, int(os.environ[ROUNDS_SETTING]), long_run.say)
        whole = together([*(life.tally for life in lives), *(one.tally() for one in sufferers)])
    long_run.end("killed at each call, SQLite", whole.found)
    assert_nothing_wrong(whole)


def together(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def go_through(lives: list[Life], rounds: int, report: Callable[[str], None]) -> None:
    """Kill at each call of each life, in so many rounds."""
    steps = list(_steps(lives, rounds))
    total = sum(calls for _, _, calls in steps)
    begun = time.monotonic()
    for life, way, calls in steps:
        for nth in count(1):
            killed = life.cycle(WAYS[way], nth)
            if nth % REPORT_EVERY == 0 or nth == calls:
                words = f"{type(life).__name__} killed {way}, {nth}/{calls}"
                tally = together(life.tally for life in lives)
                report(f"{words}; {_progress(tally, total, begun)}")
            if nth >= calls and not killed:
                break
            assert nth < calls + MORE_CALLS_MAX, "a life has no end of calls"


def _steps(lives: list[Life], rounds: int) -> Iterator[tuple[Life, str, int]]:
    """(life, way, how many calls it has), found by living it once."""
    for number in range(rounds):
        way = list(WAYS)[number % len(WAYS)]
        yield from ((life, way, calls_of(life, way)) for life in lives)


def _progress(tally: Tally, total: int, begun: float) -> str:
    elapsed = time.monotonic() - begun
    left = elapsed / tally.cuts * max(0, total - tally.cuts)
    return (
        f"cycle {tally.cuts:,} of about {total:,}: {tally.acknowledged:,} events acknowledged, "
        f"lost {tally.lost}, doubled {tally.doubled}, wrong {tally.wrong}, {left:,.0f} s left"
    )
