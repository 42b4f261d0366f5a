"""Make sure that what is read of a SQLite file is on disk, and that the file is sound.

A commit is on disk before anybody is told of it. Two moments remain in which the log shows
commits that are not: a process was killed between writing one and its fsync, and the next to open
the file takes it for good; and after an fsync that failed, the system calls the written pages
clean, so that no later fsync brings them to disk. A duplicate would be answered from such a
commit, and later ones would stand behind it in the log, which a power cut then ends before them.
So whoever opens the file, and who goes on after the disk failed, writes the log as it is read
once more, and synchronises it.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from pastense.store.base import StoreError
from pastense.store.sqlite.log import is_empty, log_path

_DISK_ERRORS: Final = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_STEP_BYTES: Final = 1024 * 1024
_AT_ONCE_MS: Final = 0


def is_of_disk(error: Exception) -> bool:
    """Whether the disk may not hold what was written: a full one refuses, and forgets nothing."""
    if isinstance(error, OSError):
        return error.errno not in (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISK_ERRORS


def settle_log(connection: sqlite3.Connection) -> None:
    """Write the log as it is read once more, and bring it to disk, while nobody adds to it. Where
    another process is writing now, that one has done so when it began; then the log is brought to
    disk alone. Raises `sqlite3.Error` or `OSError`."""
    log = log_path(Path(connection.execute("PRAGMA database_list").fetchone()[2]))
    if is_empty(log):
        return
    is_ours = _begin_at_once(connection)
    try:
        # SQLite locks its other files and not this one, so that it may be opened and closed.
        with log.open("r+b", buffering=0) as file:
            if is_ours:
                _write_again(file.fileno())
            os.fsync(file.fileno())
        synchronise_folder(log.parent)
    finally:
        if is_ours:
            connection.execute("ROLLBACK")


def synchronise_folder(folder: Path) -> None:
    """A new file survives a power cut only once its folder is on disk as well. A folder that
    we may pass through but not read is left to the system."""
    with suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_pages(connection: sqlite3.Connection) -> None:
    """Read the whole file and see that its pages are sound; raises `StoreError`."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise StoreError(f"the file of the store is damaged, put a copy in its place: {found}")


def _begin_at_once(connection: sqlite3.Connection) -> bool:
    """Begin a transaction that writes; False where another one is under way."""
    (before,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {_AT_ONCE_MS}")
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {before}")
    return True


def _write_again(file: int) -> None:
    offset = 0
    while data := os.pread(file, _STEP_BYTES, offset):
        offset += os.pwrite(file, data, offset)
