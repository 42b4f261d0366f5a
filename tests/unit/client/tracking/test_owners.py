"""Which process owns which files of a spool folder."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from pastense.client.tracking.owners import adopt_dead, create_owner, make_root

SERVER = "https://events.example"


@pytest.fixture
def root(tmp_path):
    made = tmp_path / "deep" / "spool"
    make_root(made)
    return made


def adopted(root, server=SERVER, told=None):
    return list(adopt_dead(root, server, set() if told is None else told))


def test_folders_are_for_their_owner_alone(root):
    owner = create_owner(root, SERVER)
    assert root.stat().st_mode & 0o777 == 0o700
    assert owner.folder.stat().st_mode & 0o777 == 0o700
    assert (owner.folder / "lock").stat().st_mode & 0o777 == 0o600
    owner.remove()
    assert list(root.iterdir()) == []


def test_files_of_the_living_are_left_alone_and_those_of_the_dead_are_taken_once(root):
    owner = create_owner(root, SERVER)
    (owner.folder / "00000001.events").write_bytes(b"")
    assert adopted(root) == []
    owner.close()
    [taken] = adopted(root)
    assert [path.name for path in taken.files()] == ["00000001.events"]
    assert adopted(root) == []
    taken.close()


def test_a_killed_process_lets_go(root):
    program = (
        "import sys, time; from pathlib import Path\n"
        "from pastense.client.tracking.owners import create_owner\n"
        "owner = create_owner(Path(sys.argv[1]), sys.argv[2])\n"
        "(owner.folder / '00000001.events').write_bytes(b''); print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    arguments = [sys.executable, "-c", program, str(root), SERVER]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert adopted(root) == []
        process.kill()
        process.wait()
    [taken] = adopted(root)
    taken.close()


def test_events_for_another_server_are_left_and_said_once(root, caplog):
    owner = create_owner(root, SERVER)
    (owner.folder / "00000001.events").write_bytes(b"")
    owner.close()
    told = set()
    assert adopted(root, "https://staging.example", told) == []
    assert adopted(root, "https://staging.example", told) == []
    assert caplog.text.count("another server") == 1
    [taken] = adopted(root)
    taken.close()


def test_what_was_begun_and_never_locked_is_removed(root):
    (root / "1-begun").mkdir()
    assert adopted(root) == []
    assert list(root.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        make_root(tmp_path / "file" / "spool")


def test_a_lock_that_was_removed_a_moment_ago_is_none(root, monkeypatch):
    """Another process finished the folder between our opening and our locking of its lock."""
    owner = create_owner(root, SERVER)
    module = sys.modules["pastense.client.tracking.owners"]
    lock = module.fcntl.flock

    def removed_first(descriptor, how):
        owner.remove()
        lock(descriptor, how)

    monkeypatch.setattr(module.fcntl, "flock", removed_first)
    logging.captureWarnings(False)
    assert adopted(root) == []
