"""Databases of a test's own, and migrations of a newer program for them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pastense.clock import ManualClock
from pastense.store import migrate
from pastense.store.opening import open_unmigrated
from pastense.store.relational.store import RelationalStore
from tests.support.newer import load_from, ours, program
from tests.support.postgresql import shared_server
from tests.support.server import clean_environment

NOW = 1_800_000_000
ROOT = Path(__file__).resolve().parents[2]
FIRST = "CREATE TABLE planted (number INTEGER PRIMARY KEY, old TEXT, new TEXT);"
FILLED = 2_000
BUSY_TIMEOUT_S = 10.0


@dataclass
class Place:
    """One database and the folder with the newer program's migrations for it."""

    kind: str
    address: str
    folder: Path

    def plant(self, **scripts: str) -> None:
        """Files by name: `n0101_x` is 0101_x.sql, `n0102_y_post` is 0102_y.post.sql."""
        (self.folder / self.kind).mkdir(exist_ok=True)
        for name, text in scripts.items():
            plain = name.removeprefix("n")
            file = f"{plain.removesuffix('_post')}.post" if plain.endswith("_post") else plain
            (self.folder / self.kind / f"{file}.sql").write_text(text, "utf-8")

    def execute(self, statement: str) -> list[tuple]:
        """Run a statement beside whatever runs."""
        if self.kind == "postgresql":
            return shared_server().execute(statement, self.address.split("@/")[1].split("?")[0])
        with closing(sqlite3.connect(self.address.removeprefix("sqlite:"), timeout=10)) as raw:
            with raw:
                return raw.execute(statement).fetchall()

    def applied(self) -> list[tuple[int, str]]:
        """What was applied of the newer program's."""
        return self.execute("SELECT number, name FROM migrations WHERE number > 100 ORDER BY 1")

    def fill(self, rows: int = FILLED, first: int = 1) -> None:
        """Rows in the table of `FIRST`, which has been made."""
        series = (
            "WITH RECURSIVE s (n) AS "
            "(SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last}) "
            "INSERT INTO planted (number, old) SELECT n, 'o' || n FROM s"
        )
        self.execute(series.format(first=first, last=first + rows - 1))

    @contextmanager
    def older(self, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Iterator[RelationalStore]:
        """A store of this program, in this process."""
        with self._opened(None, busy_timeout_s) as store:
            yield store

    @contextmanager
    def newer(self) -> Iterator[RelationalStore]:
        """A store of the newer program, in this process; nothing was migrated yet."""
        with self._opened(self.folder, BUSY_TIMEOUT_S) as store:
            yield store

    def begin(self, *command: str) -> subprocess.Popen[str]:
        """A process of the newer program."""
        return subprocess.Popen(
            [sys.executable, *program(self.folder), *command, "--database", self.address],
            env=clean_environment(),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str) -> tuple[int, str, str]:
        """One command of the newer program to its end: code, output, errors."""
        process = self.begin(*command)
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors

    @contextmanager
    def _opened(self, folder: Path | None, busy_timeout_s: float) -> Iterator[RelationalStore]:
        migrate.load_migrations = load_from(folder) if folder else ours
        try:
            store = open_unmigrated(self.address, ManualClock(NOW), busy_timeout_s)
        finally:
            migrate.load_migrations = ours
        with closing(store):
            yield store


@contextmanager
def place(kind: str, folder: Path) -> Iterator[Place]:
    """A database that holds nothing yet."""
    if kind == "sqlite":
        yield Place(kind, f"sqlite:{folder}/pastense.db", folder)
        return
    with shared_server().database() as name:
        yield Place(kind, shared_server().address(name), folder)


class Told:
    """What a migration told: the lasting sentences and the passing ones."""

    def __init__(self) -> None:
        self.lasting: list[str] = []
        self.passing: list[str] = []

    def __call__(self, sentence: str, passing: bool) -> None:
        (self.passing if passing else self.lasting).append(sentence)
