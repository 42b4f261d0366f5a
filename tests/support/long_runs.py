"""What the runs of `make torture` found, as one table at its end, and their progress meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pytest


class Found(NamedTuple):
    """One run, or several: how often something was done to a store, and what became of it."""

    cycles: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0


_rows: list[tuple[str, Found]] = []


class LongRun:
    """A test that takes minutes and tells of it."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def say(self, line: str) -> None:
        """Print a line at once, whatever pytest does with what tests print."""
        with self._capsys.disabled():
            print(line, flush=True)

    def end(self, what: str, found: Found) -> None:
        """Say what a run found, and keep it for the table at the end; before it is judged, so that
        a run that failed is there too."""
        _rows.append((what, found))
        self.say(table([(what, found)]))


def table(rows: Sequence[tuple[str, Found]]) -> str:
    """The rows under the names of their figures."""
    lines = [("", *Found._fields), *((what, *map("{:,}".format, found)) for what, found in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    spelled = [
        "  ".join([what.ljust(widths[0]), *map(str.rjust, figures, widths[1:])])
        for what, *figures in lines
    ]
    return "\n".join(line.rstrip() for line in spelled)


def table_of_all() -> str:
    """All runs that ended in this process; empty where there was none."""
    return table(_rows) if _rows else ""
