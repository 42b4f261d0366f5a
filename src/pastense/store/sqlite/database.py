"""Connections to one SQLite file: one that writes, and one that reads in each thread.

WAL with `synchronous=FULL`: a commit returns after the log was synchronised to disk, readers
never wait for the writer, and what was committed is seen by every later read.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from pastense.store.base import StoreDataError, StoreError, StoreRefused
from pastense.store.relational.together import Together
from pastense.store.sqlite.alone import Alone, FileId, begin_alone, file_id
from pastense.store.sqlite.connection import TEXTS, SqliteConnection
from pastense.store.sqlite.fair_lock import FairLock
from pastense.store.sqlite.settling import (
    check_pages,
    is_of_disk,
    settle_log,
    synchronise_folder,
)
from pastense.store.statements import Statement

SQLITE_VERSION_MIN: Final = (3, 37, 0)
"""STRICT tables came with 3.37, RETURNING and upserts before."""
CLOSE_TIMEOUT_S: Final = 1.0
PRAGMAS: Final = (
    "synchronous = FULL",
    "secure_delete = ON",
    "foreign_keys = ON",
    "cache_size = -32000",
    "wal_autocheckpoint = 4000",
    "temp_store = MEMORY",
)
"""Durability, erasure, integrity; then 32 MB of pages and a log of half as much, so that a page
that is written often is folded into the file once: with twice as long a log the longest answers
took a third longer, with a shorter one events cost more. The last one saves each group a file."""
SYNCHRONOUS_OFF: Final = "synchronous = OFF"
SCRATCH_PRAGMAS: Final = (
    SYNCHRONOUS_OFF,
    "foreign_keys = ON",
    "cache_size = -8000",
    "wal_autocheckpoint = 500",
)
"""For a store that nobody wants back: no waiting for a disk, no overwriting of what was deleted,
and a log that stays small, as it may lie in memory."""
_DATA_ERRORS = (sqlite3.IntegrityError, sqlite3.DataError, OverflowError, UnicodeError)
CHECKING: Final = "the disk failed; nothing is written until the store's file was checked"
_log = logging.getLogger("pastense.store")


class Database:
    """One SQLite file, opened by one process."""

    def __init__(
        self, path: Path, busy_timeout_s: float, pragmas: tuple[str, ...] = PRAGMAS
    ) -> None:
        self.path = path
        self.texts = TEXTS
        self.label = str(path)
        self._pragmas = pragmas
        self._busy_timeout_s = busy_timeout_s
        self._write_lock = FairLock()
        self._writer: SqliteConnection | None = None
        self._file: FileId | None = None
        self._local = threading.local()
        self._together: Together[SqliteConnection] = Together()
        self.within = self._together.within
        self._readers: list[SqliteConnection] = []
        self._readers_lock = threading.Lock()
        self._closed = False
        self._is_suspect = False
        self._is_checking = False

    def open(self) -> None:
        """Make the file and its folder where they are missing; raises `StoreRefused`."""
        _check_version()
        try:
            _make_file(self.path)
            self._file = file_id(self.path)
            self._writer = self._connect()
            _switch_to_wal(self._writer, self._busy_timeout_s)
            if SYNCHRONOUS_OFF not in self._pragmas:
                settle_log(self._writer)
        except (OSError, sqlite3.Error) as error:
            raise StoreRefused(_open_problem(self.path, error)) from error

    @contextmanager
    def writing(self) -> Iterator[SqliteConnection]:
        """A transaction that alone may write; on disk when the block is left.

        Raises `StoreError` when it could not be committed; then nothing of it was recorded.
        Within `together` it is a part of that transaction, undone alone where it fails.
        """
        part = self._together.connection
        if part is not None:
            with _savepoint(part):
                yield part
            return
        if self._is_checking:
            raise StoreError(CHECKING)
        with self._write_lock:
            try:
                connection = self._writer_connection()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    _undo(connection)
                    raise
                connection.execute("COMMIT")
            except (sqlite3.Error, OverflowError, UnicodeError) as error:
                self._recover(error)
                kind = StoreDataError if isinstance(error, _DATA_ERRORS) else StoreError
                raise kind(str(error)) from error

    beside = writing

    def write_alone(
        self, statement: Statement | str, parameters: tuple[object, ...] = ()
    ) -> list[tuple[object, ...]]:
        """The rows of one statement that writes and is a transaction of its own. SQLite has one
        writer: this one waits for its turn too. Raises `StoreError` as `writing` does."""
        with self.writing() as connection:
            return connection.execute(statement, parameters).fetchall()

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction for all that this thread writes within the block, and reads: many
        small writes are synchronised to disk once. Raises `StoreError` as `writing` does."""
        with self.writing() as connection, self.within(connection):
            yield

    @contextmanager
    def alone(self) -> Iterator[Alone | None]:
        """A transaction in which the file holds everything and nobody else writes to it: the log
        is folded in and empty. None where that cannot be had now, as a reader needs the log.

        The connection is made anew before, so that it remembers no page as it was, and once more
        afterwards. Raises `StoreError` as `writing` does, and where the file does not answer.
        """
        with self._write_lock:
            try:
                self._drop_writer()
                connection = self._writer_connection()
                moment = begin_alone(connection, self._file)
                if moment is None:
                    yield None
                    return
                yield moment
                connection.execute("COMMIT")
            except (sqlite3.Error, OSError) as error:
                self._recover(error)
                raise StoreError(str(error)) from error
            finally:
                self._drop_writer()

    def reading(self) -> SqliteConnection:
        """This thread's own connection for reading."""
        together = self._together.connection
        if together is not None:
            return together
        connection: SqliteConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            if self._closed:
                raise StoreError("the store is closed")
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
            with self._readers_lock:
                self._readers.append(connection)
        return connection

    def query(
        self, statement: Statement | str, parameters: tuple[object, ...] = ()
    ) -> list[tuple[object, ...]]:
        """All rows of one read; raises `StoreError` when the database does not answer."""
        try:
            return self.reading().execute(statement, parameters).fetchall()
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise StoreError(str(error)) from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads of this thread within the block see the store at one moment."""
        connection = self.reading()
        if connection.in_transaction:
            yield
            return
        connection.execute("BEGIN")
        try:
            yield
        finally:
            _undo(connection)

    def close(self) -> None:
        """Close all connections; the last one folds the log into the file. A write that hangs
        in the disk is not waited for: its log is read when the file is opened again."""
        self._closed = True
        if not self._write_lock.acquire(CLOSE_TIMEOUT_S):
            _log.error("a write still hangs; the store is left as it is, nothing is lost")
            return
        with self._readers_lock:
            for connection in [*self._readers, self._writer]:
                if connection is not None:
                    with suppress(sqlite3.Error):
                        connection.close()
            self._readers.clear()
            self._writer = None
        self._write_lock.release()

    def _writer_connection(self) -> SqliteConnection:
        if self._closed:
            raise StoreError("the store is closed")
        if self._is_suspect:
            self._writer = self._connect_after_fault()
        if self._writer is None:
            self._writer = self._connect()
        return self._writer

    def _connect_after_fault(self) -> SqliteConnection:
        """Open the file anew after the disk failed, and see that it holds what is read of it. Until
        that is done nothing is written; who asks meanwhile hears so at once."""
        self._drop_writer()
        self._is_checking = True
        try:
            connection = self._connect()
            with _closed_on_error(connection):
                settle_log(connection)
                check_pages(connection)
        except OSError as error:
            raise StoreError(str(error)) from error
        finally:
            self._is_checking = False
        self._is_suspect = False
        _log.warning("%s was opened anew and checked: it is sound", self.path)
        return connection

    def _drop_writer(self) -> None:
        """Close the write connection, which undoes what it has not committed."""
        with suppress(sqlite3.Error):
            if self._writer is not None:
                self._writer.close()
        self._writer = None

    def _recover(self, error: Exception) -> None:
        """End the failed transaction; after anything but a lock the connection is made anew."""
        _log.error("a transaction failed and was undone: %s", error)
        self._is_suspect = self._is_suspect or is_of_disk(error)
        writer, busy = self._writer, getattr(error, "sqlite_errorcode", 0) & 0xFF
        if writer is None:
            return
        with suppress(sqlite3.Error):
            if writer.in_transaction:
                writer.execute("ROLLBACK")
        if busy not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            self._drop_writer()

    def _connect(self) -> SqliteConnection:
        # The write connection is used by several threads, one at a time, under the lock. A file
        # that is gone is not made anew: an empty store would look as if everything were lost.
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=self._busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
            factory=SqliteConnection,
        )
        if file_id(self.path) != self._file:
            connection.close()
            raise StoreError(f"{self.path} was replaced while it was open; start again")
        for pragma in self._pragmas:
            connection.execute(f"PRAGMA {pragma}")
        return connection


@contextmanager
def _closed_on_error(connection: SqliteConnection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _undo(connection: SqliteConnection) -> None:
    """Undo the open transaction, unless what failed in it has ended it already."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


@contextmanager
def _savepoint(connection: SqliteConnection) -> Iterator[None]:
    """A part of an open transaction, undone where the block raises."""
    connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO part")
            connection.execute("RELEASE part")
        raise
    connection.execute("RELEASE part")


def _check_version() -> None:
    if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
        wanted = ".".join(map(str, SQLITE_VERSION_MIN))
        raise StoreRefused(
            f"this Python has SQLite {sqlite3.sqlite_version}; {wanted} or newer is needed"
        )


def _make_file(path: Path) -> None:
    """Make the folder (0700) and an empty file (0600), so that nobody else can read them."""
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        for folder in (path.parent, path.parent.parent):
            synchronise_folder(folder)


def _switch_to_wal(connection: SqliteConnection, timeout_s: float) -> None:
    """Two processes may open a new file at once; the switch does not wait by itself."""
    if connection.execute("PRAGMA page_count").fetchone()[0] == 0:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _retry_locked(lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone(), timeout_s)


def _retry_locked(action: Callable[[], object], timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while True:
        try:
            action()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)


def _open_problem(path: Path, error: Exception) -> str:
    if isinstance(error, sqlite3.DatabaseError) and "not a database" in str(error):
        return f"{path} is not a SQLite database; choose another path with --database"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"cannot open the store {path}: {reason}; choose another path with --database"
