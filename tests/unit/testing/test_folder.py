"""The folder in memory goes with its process, however that ends, and nobody takes another's."""

from __future__ import annotations

import os
import subprocess
import sys

from pastense.testing.folder import PREFIX, MemoryFolder, memory_base, remove_left_over


def test_it_is_private_and_gone_when_closed(tmp_path):
    folder = MemoryFolder(tmp_path)
    assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "pastense.db").touch()
    remove_left_over(tmp_path)
    assert (folder.path / "pastense.db").exists(), "it is in use"
    folder.close()
    folder.close()
    assert list(tmp_path.iterdir()) == []


def test_what_was_left_over_is_removed_and_nothing_else(tmp_path):
    (tmp_path / f"{PREFIX}left").mkdir()
    (tmp_path / f"{PREFIX}left" / "lock").touch()
    (tmp_path / f"{PREFIX}left" / "pastense.db").touch()
    (tmp_path / f"{PREFIX}just-made").mkdir()
    (tmp_path / "somebody-else").mkdir()
    other = MemoryFolder(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"{PREFIX}just-made", "somebody-else", other.path.name}
    other.close()


def test_a_child_process_leaves_it_to_its_parent(tmp_path):
    program = (
        "import os, sys\nfrom pathlib import Path\n"
        "from pastense.testing.folder import MemoryFolder\n"
        "folder = MemoryFolder(Path(sys.argv[1]))\n"
        "child = os.fork()\n"
        "if child == 0:\n    folder.close()\n    sys.exit(0)\n"
        "os.waitpid(child, 0)\n"
        "sys.exit(0 if folder.path.exists() else 5)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == [], "the parent removed it as it ended"


def test_a_base_is_a_folder_that_can_be_written_to():
    assert os.access(memory_base(), os.W_OK)
