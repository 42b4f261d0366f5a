"""`pastense sandbox`: the printed lines work, a port that is taken is said, Ctrl-C ends it."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pastense.testing.folder import PREFIX, memory_base
from tests.support.server import clean_environment


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The command, and all lines that it prints at the start."""
    command = [sys.executable, "-m", "pastense", "sandbox", *options]
    process = subprocess.Popen(
        command,
        env=clean_environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C"):
                break
        yield process, lines
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the printed lines need curl")
def test_the_printed_lines_do_what_they_say():
    with started("--port", "0", "--token", "my-token", "--profile", "like-intercom") as (
        process,
        lines,
    ):
        assert "nothing is kept" in lines[0]
        assert "Token: my-token" in lines
        curl = [shlex.split(line) for line in lines if line.startswith("curl ")]
        said = [
            subprocess.run(one, capture_output=True, text=True, check=True).stdout for one in curl
        ]
        again = subprocess.run(curl[0], capture_output=True, text=True, check=True).stdout
        heads = [one.splitlines()[0] for one in said if one.startswith("HTTP")]
        assert heads == ["HTTP/1.1 202 Accepted", "HTTP/1.1 200 OK", "HTTP/1.1 204 No Content"]
        assert "x-ratelimit-limit: 1667" in said[0]
        assert '"event_name\\":\\"invited-friend' in said[2]
        assert again.startswith("HTTP/1.1 404"), "the contact went with the emptying"
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=10)
        assert (process.returncode, out) == (0, "Stopped: nothing was kept.\n")
        assert errors == ""


def test_what_cannot_be_is_said_in_one_line():
    with started("--port", "0") as (_, lines):
        port = re.search(r":(\d+)", lines[0])[1]
        command = [sys.executable, "-m", "pastense", "sandbox", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        taken = f"port {port} on 127.0.0.1 is taken; stop what listens there or choose --port"
        assert (done.returncode, done.stderr) == (2, f"pastense: {taken}\n")


def test_what_a_killed_one_leaves_is_removed_by_the_next():
    base = memory_base()
    before = set(base.glob(f"{PREFIX}*"))
    with started("--port", "0") as (process, _):
        [left] = [p for p in base.glob(f"{PREFIX}*") if p not in before and owner(p, process.pid)]
        process.kill()
        process.wait()
        assert left.exists()
    with started("--port", "0"):
        assert not left.exists()


def owner(path, pid: int) -> bool:
    """Whether a process has the lock of that folder open."""
    opened = {str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir() if one.exists()}
    return str(path / "lock") in opened
