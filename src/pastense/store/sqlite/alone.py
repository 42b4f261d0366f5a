"""A moment in which one connection has a SQLite file for itself, whatever processes use it.

The file then holds everything, the log is empty, and nobody can write to either of them: a commit
needs the write lock, which is ours, and to fold the log into the file there is nothing. An empty
log proves that no folding is still under way: who empties it holds the lock for folding until the
last page is in the file.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from pastense.store.sqlite.connection import SqliteConnection
from pastense.store.sqlite.log import Log, is_empty, log_path, read_log

WAIT_MS: Final = 50
_ATTEMPTS: Final = 3
FileId = tuple[int, int]
"""(device, inode)."""


class Alone(msgspec.Struct, frozen=True):
    """The open transaction, and the file that nobody else writes to.

    `log` is what was written from when the log was last emptied until now; None where another
    process may have written something that is not in it.
    """

    connection: SqliteConnection
    path: Path
    file_id: FileId
    log: Log | None


def file_id(path: Path) -> FileId | None:
    """Which file a path leads to; None where it leads to none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def begin_alone(connection: SqliteConnection, opened: FileId | None) -> Alone | None:
    """Begin a transaction alone; None, without one, where that cannot be had now: another process
    is at work for longer than a moment, or another file lies where that one was `opened`."""
    # SQLite follows links when it opens a file, and its log lies beside the file itself.
    path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
    if opened is None or file_id(path) != opened:
        return None
    (before,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {WAIT_MS}")
    try:
        return _begin(connection, path, opened)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return None
    finally:
        connection.execute(f"PRAGMA busy_timeout = {before}")


def _begin(connection: SqliteConnection, path: Path, opened: FileId) -> Alone | None:
    for attempt in range(_ATTEMPTS):
        version, log = _look(connection, log_path(path))
        if not _fold_log(connection):
            return None
        connection.execute("BEGIN IMMEDIATE")
        if is_empty(log_path(path)):
            # An earlier attempt emptied the log, and it was written to again.
            whole = attempt == 0 and _version(connection) == version
            return Alone(connection, path, opened, log if whole else None)
        connection.execute("ROLLBACK")
    return None


def _look(connection: SqliteConnection, path: Path) -> tuple[int, Log]:
    """How far the file was written to, and the whole log, while nobody adds to it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        return _version(connection), read_log(path)
    finally:
        connection.execute("ROLLBACK")


def _version(connection: SqliteConnection) -> int:
    """A number that changes when another connection commits."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def _fold_log(connection: SqliteConnection) -> bool:
    """Fold the whole log into the file and empty it; False where a reader still needs it."""
    return bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
