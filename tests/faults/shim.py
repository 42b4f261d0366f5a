"""Compile the shim of these tests, start a server behind it, and steer it while it runs."""

from __future__ import annotations

import functools
import importlib.util
import mmap
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.server import RunningServer, start_server

SOURCE = Path(__file__).with_name("shim.c")
ROOT = str(Path(__file__).parents[2])
COMPILERS = ("cc", "gcc", "clang")
HOW_TO = (
    "the tests of faults need a C compiler: install your system's package `gcc` or `clang`, or run "
    ".venv/bin/pip install ziglang"
)
FIELDS = (
    *("clock_offset_s", "kinds", "calls", "fail_from", "fail_count"),
    *("error", "half", "sync_delay_us", "failed", "ends"),
)
KEPT_MAX = 4096
"""Of so many counted calls the kind is kept."""
WRITES, SYNCS, TRUNCATES, OPENS, READS, REMOVES = 1, 2, 4, 8, 16, 32
NEVER, BEFORE, AFTER = 0, 1, 2
FOR_EVER = 1 << 40
LINUX = sys.platform.startswith("linux")
ONLY_LINUX = "LD_PRELOAD and the system calls of the shim are those of Linux"


def find_compiler() -> list[str]:
    """The system's compiler, else the one of the package `ziglang`; raises `RuntimeError` with
    what to do."""
    for name in COMPILERS:
        if found := shutil.which(name):
            return [found]
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "cc"]
    raise RuntimeError(HOW_TO)


@functools.cache
def library() -> Path:
    """The compiled shim, made once for each process of the tests."""
    target = Path(tempfile.mkdtemp(prefix="pastense-shim-")) / "shim.so"
    options = ("-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
    links = ("-ldl", "-lpthread")
    command = [*find_compiler(), *options, "-o", str(target), str(SOURCE), *links]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return target


class Control:
    """What the shim is told, and what it counted: `struct control` in a file that both map."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(bytes(8 * len(FIELDS) + KEPT_MAX))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)

    def get(self, name: str) -> int:
        return struct.unpack_from("q", self._memory, 8 * FIELDS.index(name))[0]

    def set(self, **values: int) -> None:
        """Write some fields, in the order in which they are given."""
        for name, value in values.items():
            struct.pack_into("q", self._memory, 8 * FIELDS.index(name), value)

    def fail(self, kinds: int, error: int, nth: int = 1, count: int = FOR_EVER, half: int = 0):
        """From the nth such call on, so many of them fail."""
        self._begin(kinds, error=error, half=half, ends=NEVER)
        self.set(fail_count=count, fail_from=nth)

    def kill(self, kinds: int, nth: int, ends: int = BEFORE, half: int = 0) -> None:
        """The nth such call ends its process with SIGKILL."""
        self._begin(kinds, half=half, ends=ends)
        self.set(fail_count=1, fail_from=nth)

    def _begin(self, kinds: int, **values: int) -> None:
        self.set(fail_from=0, kinds=kinds, failed=0, calls=0, **values)

    def made(self) -> bytes:
        """Of which kind each call was that was counted since `fail` or `kill`."""
        begin = 8 * len(FIELDS)
        return bytes(self._memory[begin : begin + min(self.get("calls"), KEPT_MAX)])

    def mend(self) -> None:
        """No call fails any more."""
        self.set(fail_from=0)

    @property
    def failed(self) -> int:
        return self.get("failed")


@dataclass
class Behind:
    """A folder whose store only servers behind the shim use."""

    folder: Path
    extra: dict[str, str] = field(default_factory=dict)
    keeps_log: bool = True
    data: Path = Path()
    """Where the store lies: within the folder, unless said otherwise."""

    def __post_init__(self) -> None:
        if self.data == Path():
            self.data = self.folder / "data"
        self.data.mkdir(parents=True)
        self.path = self.data / "pastense.db"
        self.log = self.folder / "log"
        self.control = Control(self.folder / "control")

    @property
    def database(self) -> str:
        return f"sqlite:{self.path}"

    def environment(self) -> dict[str, str]:
        log = {"FAULTS_LOG": str(self.log)} if self.keeps_log else {}
        return {
            "LD_PRELOAD": str(library()),
            "FAULTS_FOLDER": str(self.data),
            "FAULTS_CONTROL": str(self.control.path),
            "PYTHONPATH": os.pathsep.join([ROOT, os.environ.get("PYTHONPATH", "")]),
            "PYTHONDONTWRITEBYTECODE": "1",
            **log,
            **self.extra,
        }

    def start(
        self, program: tuple[str, ...] = ("-m", "pastense"), env: Mapping[str, str] | None = None
    ) -> RunningServer:
        """A server on this store, behind the shim."""
        return start_server(
            self.database, env=self.environment() | dict(env or {}), program=program
        )

    @contextmanager
    def running(self, program: tuple[str, ...] = ("-m", "pastense"), **env: str) -> Iterator:
        """The same for the length of a `with` block."""
        server = self.start(program, env)
        try:
            yield server
        finally:
            self.control.mend()
            if server.process.poll() is None:
                server.stop()


def first_token(server: RunningServer) -> str:
    """The token that a new store's server prints once: made by itself, behind the shim."""
    [line] = [line for line in server.printed if line.startswith("Token: ")]
    return line.split()[1]
