"""Start, stop and kill real `pastense serve` processes for tests that need one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without any PASTENSE_ setting, plus `extra`."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PASTENSE_")}
    return environment | dict(extra or {})


def run_pastense(*arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None):
    """Run one command to its end; returns the finished process with text output."""
    return subprocess.run(
        [sys.executable, "-m", "pastense", *arguments],
        env=clean_environment(env),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def create_token(database: str, *options: str) -> str:
    """A fresh token for the store, made by the command line beside whatever runs."""
    done = run_pastense("token", "create", "--database", database, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class NotStarted(AssertionError):
    """The process ended, or said nothing in time, before it served."""


@dataclass
class RunningServer:
    """One server process: where it listens, what it printed, how to end it."""

    process: subprocess.Popen[str]
    database: str
    base_url: str = ""
    printed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.base_url.rsplit(":", 1)[1])

    def token(self, *options: str) -> str:
        return create_token(self.database, *options)

    def kill(self) -> None:
        """End it as a crash does: SIGKILL, nothing is flushed."""
        self.process.kill()
        self.process.wait()

    def kill_group(self) -> None:
        """The same with the processes it began, which must be a group: all at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def workers(self) -> list[int]:
        """The ids of the processes it began and that still live."""
        pid = self.process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return [int(child) for child in listed if not is_over(int(child))]

    def stop(self) -> int:
        """End it as an operator does; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_TIMEOUT_S)


def start_server(
    database: str,
    *options: str,
    env: Mapping[str, str] | None = None,
    program: tuple[str, ...] = ("-m", "pastense"),
    last_words: str = "Ctrl-C",
    own_group: bool = False,
) -> RunningServer:
    """Start a server on a free loopback port and wait until it printed all it says at first,
    of which the last line begins with `last_words`. One in a group of its own can be killed
    with all that it began."""
    process = subprocess.Popen(
        [sys.executable, *program, "serve", "--port", "0", "--database", database, *options],
        env=clean_environment(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=own_group,
    )
    server = RunningServer(process, database)
    started = threading.Event()
    threading.Thread(target=_read_output, args=(server, started, last_words), daemon=True).start()
    threading.Thread(target=_read_errors, args=(server,), daemon=True).start()
    if not started.wait(START_TIMEOUT_S) or not server.base_url:
        process.kill()
        process.wait()
        raise NotStarted(f"the server did not start: {server.printed} {server.errors}")
    return server


def is_over(pid: int) -> bool:
    """Whether a process has ended, and waits for nothing but to be taken note of."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return True
    return said.rpartition(")")[2].split()[0] == "Z"


def _read_output(server: RunningServer, started: threading.Event, last_words: str) -> None:
    stream = server.process.stdout
    assert stream is not None
    with stream:
        for line in stream:
            server.printed.append(line)
            found = re.search(r"http://[0-9a-zA-Z.:\[\]]+:\d+", line)
            if found and not server.base_url:
                server.base_url = found.group()
            if line.startswith(last_words):
                started.set()
    started.set()


def _read_errors(server: RunningServer) -> None:
    stream = server.process.stderr
    assert stream is not None
    with stream:
        server.errors.extend(stream)


@contextmanager
def running_server(
    database: str, *options: str, env: Mapping[str, str] | None = None
) -> Iterator[RunningServer]:
    """A server for the length of a `with` block, stopped cleanly at its end."""
    server = start_server(database, *options, env=env)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
