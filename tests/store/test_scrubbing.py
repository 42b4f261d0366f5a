"""The pass over the pages: nothing is missed while others write, and no failure harms it.

Words are planted in the gaps of the pages, as SQLite leaves copies of rows there, only many more.
"""

from __future__ import annotations

import errno
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pastense.clock import ManualClock
from pastense.limits import Limits
from pastense.model import NewEvent, WritePolicy
from pastense.service import upkeep
from pastense.store.base import Store, StoreError
from pastense.store.opening import open_store
from pastense.store.sqlite import pages, scrubbing
from tests.store.conftest import NOW

WORD = b"<ghost>"
PEOPLE = 200
SEED = 1


class Haunted:
    """A store with many pages, and words in their gaps."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.path = folder / "pastense.db"
        self.chance = random.Random(seed)
        self.store = self.open()
        workspace = self.store.admin.workspaces()[0]
        create = self.store.contacts.create
        self.people = [create(workspace, {"role": "user"}, NOW).id for _ in range(PEOPLE)]
        for _ in range(5):
            self.ingest(1_000)
        self.want()
        self.store.close()
        self.planted = self._plant()
        self.store = self.open()

    def open(self) -> Store:
        return open_store(f"sqlite:{self.path}", ManualClock(NOW), 5.0)[0]

    def ingest(self, number: int) -> None:
        """Events here and there, so that pages are split everywhere."""
        text = f'{{"t":"{"x" * 150}"}}'
        group = [
            NewEvent(1, "id", person, "did", self.chance.randrange(10**7), text, (), "", "id")
            for person in self.chance.choices(self.people, k=number)
        ]
        self.store.events.write(group, WritePolicy(NOW))

    def want(self) -> None:
        with self.store._database.writing() as connection:
            connection.execute(scrubbing.SQL["want_scrub"])

    def _plant(self) -> int:
        data = bytearray(self.path.read_bytes())
        geometry = pages.read_geometry(bytes(data[: pages.HEADER_BYTES]))
        size, before = geometry.page_bytes, bytes(data)

        def read(page: int, count: int) -> bytes:
            return before[(page - 1) * size : (page - 1 + count) * size]

        for page in range(2, len(data) // size + 1):
            if pages._holds_rows(geometry, page, {}, read):
                start, end = pages._gap(before, (page - 1) * size, geometry.usable_bytes)
                words = max(0, (end - start) // len(WORD))
                data[start : start + words * len(WORD)] = WORD * words
        self.path.write_bytes(data)
        return self.left()

    def left(self) -> int:
        """How often the word stands in the files."""
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return sum(path.read_bytes().count(WORD) for path in self.path.parent.iterdir())

    def scrub(self, between: Callable[[], None] = lambda: None) -> None:
        """One pass, with something in between its steps."""
        while self.store.leaving.scrub_step():
            between()

    def check(self) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert list(self.store.events.recount(lambda done, total: None)) == []


@pytest.fixture
def haunted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Haunted]:
    monkeypatch.setattr(scrubbing, "STEP_PAGES", 20)
    made = Haunted(tmp_path, SEED)
    assert made.planted > 1_000
    yield made
    made.store.close()


def test_nothing_is_missed_while_others_write(haunted: Haunted) -> None:
    haunted.scrub(lambda: haunted.ingest(50))
    assert haunted.left() == 0
    assert not haunted.store.leaving.remains().scrub
    haunted.check()


def test_the_control_that_must_fail(haunted: Haunted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a second look at what was written meanwhile, pages move behind the pass."""
    monkeypatch.setattr(scrubbing, "_written_since", lambda *_: [])
    haunted.scrub(lambda: haunted.ingest(50))
    assert haunted.left() > 0


@pytest.mark.parametrize("cause", ["restart", "fold", "too many", "wanted"])
def test_where_something_may_be_missed_another_pass_follows(
    haunted: Haunted, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    def disturb() -> None:
        haunted.ingest(50)
        if cause == "restart":
            haunted.store.close()
            haunted.store = haunted.open()
        elif cause == "fold":
            with closing(sqlite3.connect(haunted.path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        elif cause == "wanted":
            haunted.want()
        else:
            monkeypatch.setattr(scrubbing, "AGAIN_PAGES_MAX", 0)

    haunted.scrub(disturb)
    assert haunted.store.leaving.remains().scrub
    monkeypatch.setattr(scrubbing, "AGAIN_PAGES_MAX", 4_000)
    haunted.scrub(lambda: haunted.ingest(50))
    assert haunted.left() == 0
    assert not haunted.store.leaving.remains().scrub


def test_a_disk_that_fails_is_tried_again(
    haunted: Haunted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the disk says, ingest goes on, and so does the thread of such steps."""
    for name in ("pwrite", "fsync", "pread"):
        for number in (errno.EIO, errno.ENOSPC, errno.EROFS):

            def broken(*_: object, number: int = number) -> None:
                raise OSError(number, os.strerror(number))

            with monkeypatch.context() as patch:
                patch.setattr(scrubbing.os, name, broken)
                with pytest.raises(StoreError, match=os.strerror(number)):
                    haunted.scrub()
                thread = upkeep.Upkeep(haunted.store, ManualClock(NOW), Limits())
                assert not thread._take(upkeep.scrub)
            haunted.ingest(50)
    assert haunted.store.leaving.remains().scrub
    haunted.scrub()
    assert haunted.left() == 0
    haunted.check()


def test_a_disk_that_writes_little_at_a_time(
    haunted: Haunted, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite
    monkeypatch.setattr(scrubbing.os, "pwrite", lambda f, data, at: real(f, data[:1_000], at))
    haunted.scrub()
    assert haunted.left() == 0
    haunted.check()


def test_a_file_without_a_pointer_map_stays_marked(tmp_path, caplog) -> None:
    """Pages with rows cannot be told from others in it, and nobody is told that all is well."""
    path = tmp_path / "pastense.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA page_size = 4096")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (x)")
        connection.execute("DROP TABLE t")
    store, _ = open_store(f"sqlite:{path}", ManualClock(NOW), 5.0)
    with store._database.writing() as connection:
        connection.execute(scrubbing.SQL["want_scrub"])
    assert not store.leaving.scrub_step()
    assert not store.leaving.scrub_step()
    assert store.leaving.remains().scrub
    assert caplog.text.count("without auto_vacuum") == 1
    store.close()


def test_two_processes_scrub_and_write_at_once(haunted: Haunted) -> None:
    """Each takes steps of the one pass, with the other's writes in between."""
    command = [sys.executable, "-c", BESIDE, str(haunted.path), haunted.people[0]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as beside:
        assert beside.stdout is not None
        assert beside.stdout.readline() == "ready\n"
        while beside.poll() is None:
            haunted.ingest(20)
            haunted.store.leaving.scrub_step()
            time.sleep(0.005)  # SQLite gives nobody a turn who asks while another writes on.
        written = int(beside.stdout.read())
    assert beside.returncode == 0
    assert written == 20, "it had no turn in half a minute"
    while haunted.store.leaving.remains().scrub:
        haunted.store.leaving.scrub_step()
    assert haunted.left() == 0
    haunted.check()


BESIDE = """
import sys, time
from pastense.clock import ManualClock
from pastense.model import NewEvent, WritePolicy
from pastense.store.opening import open_store
from pastense.store.sqlite import scrubbing
scrubbing.STEP_PAGES = 20
store, _ = open_store(f"sqlite:{sys.argv[1]}", ManualClock(0), 5.0)
print("ready", flush=True)
end, n = time.monotonic() + 30, 0
while n < 20 and time.monotonic() < end:
    n += 1
    event = NewEvent(1, "id", sys.argv[2], "other", n, "{}", (), "", "id")
    store.events.write([event], WritePolicy(100_000))
    store.leaving.scrub_step()
print(n)
store.close()
"""
