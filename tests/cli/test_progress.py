"""The line on the terminal that tells how far long work is."""

from __future__ import annotations

import io

import pytest

from pastense.cli import progress
from pastense.cli.progress import Progress


class Terminal(io.StringIO):
    """A terminal that remembers what was written."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def shown(monkeypatch):
    """Shows how far it is at some seconds: (second, done, in all) each; what was written."""

    def show(stream: io.StringIO, *calls: tuple[float, int, int]) -> str:
        now = [0.0]
        monkeypatch.setattr(progress.sys, "stderr", stream)
        monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
        line = Progress("copied", "rows")
        for now[0], done, total in calls:
            line.show(done, total)
        line.clear()
        return stream.getvalue()

    return show


def test_rate_done_and_left(shown):
    said = shown(Terminal(), (0, 0, 1_000), (2, 100, 1_000))
    assert said.startswith("\rcopied 100 of 1000 rows, 50/s, 18 s left ")
    assert said.endswith("\r" + " " * 79 + "\r")


def test_what_an_earlier_run_has_done_is_no_rate_of_this_one(shown):
    said = shown(Terminal(), (0, 900, 1_000), (2, 950, 1_000))
    assert said.startswith("\rcopied 950 of 1000 rows, 25/s, 2 s left ")


def test_it_is_shown_twice_a_second_at_most(shown):
    calls = [(second / 100, second, 1_000) for second in range(1, 201)]
    assert shown(Terminal(), *calls).count("copied") == 4


def test_nothing_is_shown_in_a_pipe(shown):
    assert shown(io.StringIO(), (0, 0, 1_000), (9, 100, 1_000)) == ""
