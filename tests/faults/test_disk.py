"""A disk that is full, that errs, that cannot be synchronised or written to, at every single call
of a request's life: 503 or stored, never damaged, and well again once the disk is."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.disk import read_log
from tests.faults.power import Story, assert_nothing_wrong, cut
from tests.faults.shim import (
    FOR_EVER,
    LINUX,
    ONLY_LINUX,
    OPENS,
    READS,
    REMOVES,
    SYNCS,
    TRUNCATES,
    WRITES,
    Behind,
)
from tests.faults.sufferer import Sufferer

pytestmark = pytest.mark.skipif(not LINUX, reason=ONLY_LINUX)
CHANGES = WRITES | TRUNCATES | OPENS | REMOVES
FAULTS = {
    "full": (CHANGES, errno.ENOSPC, 0),
    "full in the middle of a write": (WRITES, errno.ENOSPC, 1),
    "errs when written": (CHANGES, errno.EIO, 0),
    "errs in the middle of a write": (WRITES, errno.EIO, 1),
    "errs when synchronised": (SYNCS, errno.EIO, 0),
    "full when synchronised": (SYNCS, errno.ENOSPC, 0),
    "errs when read": (READS, errno.EIO, 0),
    "read-only": (CHANGES, errno.EROFS, 0),
}
CALLS_MAX = 60


@pytest.fixture
def sufferer(tmp_path) -> Iterator[Sufferer]:
    made = Sufferer(Behind(tmp_path, {"FAULTS_FOLD_PAGES": "1"}))
    yield made
    made.end()


def fail_at_each_call(sufferer: Sufferer, fault: str, count: int) -> tuple[int, int]:
    """Let the nth call of a request fail, for each n up to the last; (calls, requests refused)."""
    kinds, error, half = FAULTS[fault]
    control = sufferer.behind.control
    refused = 0
    for nth in range(1, CALLS_MAX):
        control.fail(kinds, error, nth, count, half)
        status = sufferer.ask()
        failed = control.failed
        if count == FOR_EVER and status == 503:
            assert sufferer.ask() == 503, "stored on a disk that fails"
        control.mend()
        assert status in (202, 503)
        refused += status == 503
        if status == 503:
            sufferer.until_well()
        if not failed:
            return nth, refused
    raise AssertionError("a request has no end of calls")


def test_a_disk_that_fails_at_any_call_costs_a_503_and_nothing_else(sufferer):
    for fault, (kinds, _, _) in FAULTS.items():
        for count in (1, FOR_EVER):
            calls, refused = fail_at_each_call(sufferer, fault, count)
            # Pages that are in memory are not read.
            assert kinds == READS or (calls > 1 and refused > 0), fault
    assert_nothing_wrong(sufferer.tally())


@pytest.mark.parametrize("fault", ["full", "errs when synchronised"])
def test_merges_and_deletions_meet_a_failing_disk_at_any_call(sufferer, fault):
    """What goes on behind the answer meets it too, and goes on once the disk is well."""
    kinds, error, half = FAULTS[fault]
    refused = 0
    for nth in range(1, 13):
        for wants in (sufferer.actor.merges, sufferer.actor.deletes):
            sufferer.wants = wants
            sufferer.behind.control.fail(kinds, error, nth, 2, half)
            status = sufferer.ask()
            time.sleep(0.02)
            sufferer.behind.control.mend()
            assert status in (200, 503)
            refused += status == 503
            if status == 503:
                sufferer.until_well()
    # Each at its first call at least; how many more there are depends on what goes on behind.
    assert refused > 2
    assert_nothing_wrong(sufferer.tally())


def kinds_after(sufferer: Sufferer, kind: str) -> list[tuple[str, str]]:
    """(kind, name of the file) of what follows the last record of that kind."""
    names: dict[int, str] = {}
    found: list[tuple[str, str]] = []
    for record in read_log(sufferer.behind.log):
        if record.kind in "CO":
            names[record.file] = Path(record.data.decode()).name
        found.append((record.kind, names.get(record.file, "")))
    last = max(index for index, one in enumerate(found) if one[0] == kind)
    return found[last + 1 :]


def test_after_a_failed_fsync_nothing_is_written_before_the_file_was_opened_anew(sufferer):
    sufferer.behind.control.fail(SYNCS, errno.EIO, 1, 1)
    assert sufferer.ask() == 503
    sufferer.until_well()
    after = kinds_after(sufferer, "X")
    kinds = [kind for kind, _ in after]
    first_write = next(i for i, one in enumerate(after) if one == ("W", "pastense.db-wal"))
    assert ("O", "pastense.db-wal") in after[:first_write]
    # What is written first is the log as it was read, and it is synchronised at once. Threads that
    # read may open the file meanwhile.
    done = [kind for kind in kinds[first_write:] if kind != "O"]
    assert done[:3] == ["W", "B", "F"]
    assert sufferer.server.stop() == 0
    sufferer.server.process.wait()
    assert any("it is sound" in line for line in sufferer.server.errors)


@pytest.mark.parametrize("restart", [False, True], ids=["goes on", "killed"])
def test_the_power_may_go_after_every_fsync_that_failed(sufferer, restart):
    """The cache calls pages clean that are not on disk; what is stored later must not stand on
    them, in the same process or in the next one."""
    for nth in range(1, 5):
        sufferer.behind.control.fail(SYNCS, errno.EIO, nth, 1)
        sufferer.ask()
        sufferer.behind.control.mend()
        if restart:
            sufferer.restart(kill=True)
        for _ in range(3):
            sufferer.until_well()
    sufferer.server.kill()
    story = Story(sufferer.behind, [sufferer.actor], sufferer.begin)
    tally = cut(story, 150, 1)
    assert tally.cuts > 100
    assert_nothing_wrong(tally)


def test_a_damaged_file_is_found_by_the_check_after_a_fault(sufferer):
    """The control of the check: it must not call a file sound that is not."""
    sufferer.behind.control.fail(SYNCS, errno.EIO, 1, 1)
    assert sufferer.ask() == 503
    sufferer.behind.control.mend()
    size = sufferer.behind.path.stat().st_size
    with sufferer.behind.path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 2))
    for _ in range(3):
        assert sufferer.ask() == 503
    sufferer.server.kill()


CAN_MOUNT = sys.platform.startswith("linux") and os.geteuid() == 0


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of two megabytes, where the tests may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "pastense-test", str(folder)]
    if not CAN_MOUNT or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("the tests may not mount a disk here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_real_disk_that_is_full_refuses_and_goes_on_once_there_is_room(small_disk):
    sufferer = Sufferer(Behind(small_disk.parent, keeps_log=False, data=small_disk / "data"))
    try:
        ballast = small_disk / "ballast"
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        answers = [sufferer.ask() for _ in range(40)]
        assert answers[-5:] == [503] * 5
        ballast.unlink()
        sufferer.until_well()
        assert_nothing_wrong(sufferer.tally())
    finally:
        sufferer.end()
