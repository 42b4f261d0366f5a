"""What is done before anybody relies on what is read of a file; the power cuts are in
tests/faults."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pastense.store.base import StoreError
from pastense.store.sqlite.log import log_path
from pastense.store.sqlite.settling import check_pages, is_of_disk, settle_log


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A file whose log holds something."""
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode = WAL")
        opened.executescript("CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(2000000))")
        yield opened


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done with the log, in order."""
    done: list[str] = []
    for name in ("pwrite", "fsync"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *given, n=name, r=real: (done.append(n), r(*given))[1])
    return done


def test_the_log_is_written_again_as_it_is_and_synchronised(connection, calls, tmp_path):
    log = log_path(tmp_path / "a.db")
    before = log.read_bytes()
    settle_log(connection)
    assert log.read_bytes() == before
    assert calls == ["pwrite"] * -(-len(before) // 2**20) + ["fsync", "fsync"]
    assert not connection.in_transaction


def test_while_another_one_writes_it_is_synchronised_only(connection, calls, tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        settle_log(connection)
    assert calls == ["fsync", "fsync"]
    assert not connection.in_transaction


def test_where_there_is_no_log_nothing_is_done(connection, calls):
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    settle_log(connection)
    assert calls == []


def test_damaged_pages_are_found(connection, tmp_path):
    check_pages(connection)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (tmp_path / "a.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    with closing(sqlite3.connect(tmp_path / "a.db")) as anew:
        with pytest.raises((StoreError, sqlite3.DatabaseError)):
            check_pages(anew)


def of(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError()
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "is_disk"),
    [
        (of(sqlite3.SQLITE_IOERR | 4 << 8), True),
        (of(sqlite3.SQLITE_CORRUPT), True),
        (of(sqlite3.SQLITE_FULL), False),
        (of(sqlite3.SQLITE_BUSY), False),
        (sqlite3.ProgrammingError(), False),
        (OSError(errno.EIO, ""), True),
        (OSError(errno.ENOSPC, ""), False),
        (OverflowError(), False),
    ],
)
def test_which_errors_put_the_disk_in_doubt(error, is_disk):
    assert is_of_disk(error) is is_disk
