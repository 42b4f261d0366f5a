"""What all tests share: the summary for the last line of `make test`, and where time stands."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tests.support.long_runs import LongRun, table_of_all

hypothesis_settings.register_profile("suite", deadline=None, derandomize=True, database=None)
hypothesis_settings.load_profile("suite")


@pytest.fixture
def long_run(capsys: pytest.CaptureFixture[str]) -> LongRun:
    """How a test of `make torture` tells of what it does and found."""
    return LongRun(capsys)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what long runs found, as one table, and leave the counts and the reasons of skips
    where `scripts/test.py` reads them."""
    if found := table_of_all():
        terminalreporter.write_sep("=", "long runs")
        terminalreporter.write_line(found)
    path = os.environ.get("PASTENSE_TEST_SUMMARY")
    if not path or hasattr(terminalreporter.config, "workerinput"):
        return
    stats = terminalreporter.stats
    reasons = sorted({_reason(report) for report in stats.get("skipped", [])})
    counts = {name: len(stats.get(name, [])) for name in ("passed", "failed", "error")}
    counts["failed"] += counts.pop("error")
    Path(path).write_text(json.dumps({**counts, "skipped": reasons}), "utf-8")


def _reason(report: pytest.TestReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")
