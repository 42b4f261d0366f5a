"""`pastense copy`: what it says, and real kills at any moment."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from pastense.clock import ManualClock
from pastense.store.opening import open_store
from tests.support.filled import NOW, fill
from tests.support.postgresql import shared_server
from tests.support.server import clean_environment, run_pastense

PROGRAM = str(Path(__file__).with_name("killed_copy.py"))
MOMENTS = [("within", "1"), ("after", "1"), ("within", "20"), ("finish",), ("compare",)]
"""The moments of the kills, one after the other in one copy."""


@pytest.fixture
def source(tmp_path) -> str:
    address = f"sqlite:{tmp_path / 'source.db'}"
    with pytest.MonkeyPatch.context() as patched:
        with closing(open_store(address, ManualClock(NOW), 5.0)[0]) as store:
            fill(store, patched)
    return address


@pytest.fixture
def database() -> Iterator[str]:
    server = shared_server()
    with server.database() as name:
        yield server.address(name)


def copy(source: str, destination: str, *options: str) -> subprocess.CompletedProcess[str]:
    return run_pastense("copy", "--from", source, "--to", destination, *options)


def ended_copy(
    source: str, destination: str, how: str, *moment: str
) -> subprocess.CompletedProcess[str]:
    """A copy that ends itself at that moment by that signal."""
    command = ("copy", "--from", source, "--to", destination)
    return subprocess.run(
        [sys.executable, PROGRAM, how, *moment, *command],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def checksums(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Those of both sides in the last line."""
    words = done.stdout.strip().split("\n")[-1].replace(";", "").rstrip(".").split()
    return [after for word, after in pairwise(words) if word == "checksum"]


def kill_at_every_moment(source: str, destination: str) -> subprocess.CompletedProcess[str]:
    """A copy that is killed again and again, and then left to end."""
    for moment in MOMENTS:
        done = ended_copy(source, destination, "KILL", *moment)
        assert done.returncode == -signal.SIGKILL, (moment, done.stderr)
    refused = run_pastense("token", "list", "--database", destination)
    assert refused.returncode == 2
    assert "is not whole yet: the copy of" in refused.stderr
    return copy(source, destination)


def test_a_copy_that_is_killed_again_and_again_loses_and_doubles_nothing(
    source, database, tmp_path
):
    there = kill_at_every_moment(source, database)
    assert there.returncode == 0, there.stderr
    back = kill_at_every_moment(database, f"sqlite:{tmp_path / 'back.db'}")
    assert back.returncode == 0, back.stderr
    assert len({*checksums(there), *checksums(back)}) == 1
    assert len(checksums(there)) == 2
    again = copy(source, f"sqlite:{tmp_path / 'back.db'}", "--check")
    assert (again.returncode, checksums(again)) == (0, checksums(there))


def test_what_it_says(source, tmp_path):
    destination = f"sqlite:{tmp_path / 'new' / 'copy.db'}"
    done = copy(source, destination)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"Both are the same. {source}: 23 contacts, ")
    assert f"; {destination}: 23 contacts, " in line
    assert len(checksums(done)[0]) == 64
    again = copy(source, destination)
    assert again.returncode == 2
    assert "is not empty: it has contacts; choose an empty database" in again.stderr


def test_contacts_that_differ_are_named(source, tmp_path):
    destination = f"sqlite:{tmp_path / 'copy.db'}"
    assert copy(source, destination).returncode == 0
    with closing(open_store(destination, ManualClock(NOW), 5.0)[0]) as store:
        workspace = store.admin.workspaces()[1]
        for number in range(12):
            (contact,) = store.contacts.find(workspace, "user_id", f"u{number}")
            store.contacts.update(workspace, contact.id, {"name": "Another"}, NOW)
    done = copy(source, destination, "--check")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert [line.endswith(" differs.") for line in lines] == [True] * 10 + [False, False]
    assert lines[10] == "2 more contacts differ."
    assert lines[11].startswith("They differ. ")
    assert len(set(checksums(done))) == 2


def test_ctrl_c_says_how_to_go_on(source, tmp_path):
    destination = f"sqlite:{tmp_path / 'copy.db'}"
    done = ended_copy(source, destination, "INT", "after", "10")
    said = "pastense: stopped; nothing is lost: the same command goes on where it was\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
    assert copy(source, destination).returncode == 0


def test_an_unfinished_copy_is_not_served(source, tmp_path):
    destination = f"sqlite:{tmp_path / 'copy.db'}"
    ended_copy(source, destination, "KILL", "after", "10")
    served = run_pastense("serve", "--port", "0", "--database", destination)
    assert (served.returncode, served.stdout) == (2, "")
    assert "go on with it by `pastense copy`, called as before" in served.stderr
    checked = copy(source, destination, "--check")
    assert checked.returncode == 2
    assert "is not whole yet" in checked.stderr
    onward = copy(destination, f"sqlite:{tmp_path / 'onward.db'}")
    assert onward.returncode == 2
    assert not (tmp_path / "onward.db").exists()


def test_a_check_makes_nothing(source, tmp_path):
    done = copy(source, f"sqlite:{tmp_path / 'typo.db'}", "--check")
    assert (done.returncode, "there is no store" in done.stderr) == (2, True)
    assert not (tmp_path / "typo.db").exists()
