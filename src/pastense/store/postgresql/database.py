"""Connections to one PostgreSQL database: some that write, and one that reads in each thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final

import psycopg

from pastense.store.address import shown_address
from pastense.store.base import StoreError, StoreLost, StorePartError, StoreRefused, StoreUndone
from pastense.store.postgresql.connection import TEXTS, PostgresqlConnection
from pastense.store.postgresql.errors import FAILURES, kind_of, store_error
from pastense.store.postgresql.patience import Patience
from pastense.store.postgresql.presence import Presence
from pastense.store.relational.together import Together
from pastense.store.statements import Statement

VERSION_MIN: Final = 140_000
"""PostgreSQL 14, as the server numbers itself."""
CAUTIOUS_S: Final = 30.0
"""So long after a node was lost each transaction first looks where it may write."""
_log = logging.getLogger("pastense.store")


class Database:
    """One PostgreSQL database, used by any number of processes and threads."""

    def __init__(self, address: str, busy_timeout_s: float, knows: int = 0) -> None:
        """`knows` is the number of the last migration of this program."""
        self.texts = TEXTS
        self.label = shown_address(address)
        self._presence = Presence(knows, self.label)
        self._patience = Patience(self.label)
        self._address = address
        self._busy_timeout_s = busy_timeout_s
        # Appending to a list and popping from it are single steps, so no lock is needed.
        self._writers: list[PostgresqlConnection] = []
        self._local = threading.local()
        self._together: Together[PostgresqlConnection] = Together()
        self.within = self._together.within
        self._readers: list[PostgresqlConnection] = []
        self._readers_lock = threading.Lock()
        self._closed = False
        self._cautious_until = 0.0

    def open(self) -> None:
        """Connect once; raises `StoreRefused` with a sentence for the operator."""
        try:
            connection = self._connect_present()
        except (StoreError, psycopg.Error) as error:
            said = str(error if isinstance(error, StoreError) else store_error(error))
            raise StoreRefused(f"cannot open the store {self.label}: {said}") from error
        problem = _problem(connection)
        if problem is not None:
            connection.close()
            raise StoreRefused(f"{self.label} {problem}")
        if connection.execute("SHOW fsync").fetchone() == ("off",):
            _log.warning(
                "%s has fsync off: a power cut may lose what was answered 202; set fsync = on "
                "in the configuration of the database server",
                self.label,
            )
        self._writers.append(self._patience.watch(connection))

    def writing(self) -> AbstractContextManager[PostgresqlConnection]:
        """A transaction that alone may write, among all processes; on disk when the block is left.
        Raises as `_transaction`."""
        return self._transaction(alone=True)

    def beside(self) -> AbstractContextManager[PostgresqlConnection]:
        """A transaction that stores events, while others of its kind do so in this process and in
        others. Raises as `_transaction`."""
        return self._transaction(alone=False)

    @contextmanager
    def _transaction(self, alone: bool) -> Iterator[PostgresqlConnection]:
        """A transaction; on disk when the block is left.

        Raises `StoreError` when it was not seen to be committed: nothing of it was recorded, or
        the connection broke at the commit and nobody can tell; doing it again is safe either way.
        Within `together` it is a part of that transaction, undone alone where it fails.
        """
        part = self._together.connection
        if part is not None:
            with _savepoint(part):
                yield part
            return
        try:
            connection = self._take_writer()
            try:
                if connection.is_distributed and time.monotonic() < self._cautious_until:
                    connection.choose_part()
                connection.begin(alone)
                yield connection
                connection.commit()
            except BaseException as error:
                with suppress(psycopg.Error):
                    connection.undo()
                if connection.raw.closed and isinstance(error, psycopg.Error):
                    raise StoreLost(str(store_error(error))) from error
                raise
            finally:
                self._give_back(connection)
        except FAILURES as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> StoreError:
        """What a transaction that failed is told as. After a part of the store did not answer, the
        next ones choose theirs with care."""
        failure = store_error(error)
        if isinstance(failure, StorePartError):
            self._cautious_until = time.monotonic() + CAUTIOUS_S
        return failure

    def write_alone(
        self, statement: Statement | str, parameters: tuple[object, ...] = ()
    ) -> list[tuple[object, ...]]:
        """The rows of one statement that writes and is a transaction of its own. It takes no turn
        among the writers. Raises `StoreError` as `writing` does; it is not for use `together`."""
        try:
            connection = self._take_writer()
            try:
                return connection.execute(statement, parameters).fetchall()
            finally:
                self._give_back(connection)
        except FAILURES as error:
            raise store_error(error) from error

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction for all that this thread writes within the block, and reads."""
        with self.writing() as connection, self.within(connection):
            yield

    def reading(self) -> PostgresqlConnection:
        """This thread's own connection for reading."""
        together = self._together.connection
        if together is not None:
            return together
        connection: PostgresqlConnection | None = getattr(self._local, "connection", None)
        if connection is None or connection.raw.closed:
            connection = self._local.connection = self._connect_reader()
        return connection

    def query(
        self, statement: Statement | str, parameters: tuple[object, ...] = ()
    ) -> list[tuple[object, ...]]:
        """All rows of one read; raises `StoreError` when the database does not answer. Where the
        connection was lost, as by a restart of the server, it is asked once more on another."""
        try:
            try:
                return self.reading().execute(statement, parameters).fetchall()
            except psycopg.Error as error:
                if not (self._lost_alone() or self._is_undone_alone(error)):
                    raise
                return self.reading().execute(statement, parameters).fetchall()
        except FAILURES as error:
            raise store_error(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads of this thread within the block see the store at one moment."""
        try:
            connection = self.reading()
            inner = connection.in_transaction
            if not inner:
                connection = self._begin_snapshot()
        except FAILURES as error:
            raise store_error(error) from error
        if inner:
            yield
            return
        self._local.in_snapshot = True
        try:
            yield
        finally:
            self._local.in_snapshot = False
            with suppress(psycopg.Error):
                connection.undo()

    def connect(self) -> PostgresqlConnection:
        """A connection of the caller's own, which he closes. Raises `StoreError` where the store
        has gone on without this program."""
        if self._closed:
            raise StoreError("the store is closed")
        connection = self._connect_present()
        try:
            self._presence.check(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def vacuum(self, tables: tuple[str, ...]) -> None:
        """Give the space of deleted rows back to be used again; raises `StoreError`."""
        try:
            connection = self.connect()
            try:
                connection.execute(f"VACUUM {', '.join(tables)}")
            finally:
                connection.close()
        except FAILURES as error:
            raise store_error(error) from error

    def limit_waiting(self) -> None:
        """End connections that do not answer; see `Patience`."""
        self._patience.begin()

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        self._closed = True
        self._patience.stop()
        with self._readers_lock:
            readers, self._readers = self._readers, []
        for connection in [*readers, *self._writers]:
            with suppress(psycopg.Error):
                connection.close()
        self._writers.clear()

    def _begin_snapshot(self) -> PostgresqlConnection:
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        try:
            self.reading().execute(begin)
        except psycopg.OperationalError:
            if not self._lost_alone():
                raise
            self.reading().execute(begin)
        return self.reading()

    def _lost_alone(self) -> bool:
        """Whether this thread's reading connection is gone, and nothing hangs on it: neither a
        transaction nor a snapshot, which another connection would not see."""
        if self._together.connection is not None:
            return False
        if getattr(self._local, "in_snapshot", False):
            return False
        connection: PostgresqlConnection | None = getattr(self._local, "connection", None)
        return connection is not None and bool(connection.raw.closed)

    def _is_undone_alone(self, error: psycopg.Error) -> bool:
        """Whether the same read may succeed now, and was no part of a transaction."""
        return kind_of(error) is StoreUndone and not self.reading().in_transaction

    def _take_writer(self) -> PostgresqlConnection:
        while self._writers:
            connection = self._writers.pop()
            if connection.is_usable:
                return connection
            connection.close()
        return self._patience.watch(self.connect())

    def _give_back(self, connection: PostgresqlConnection) -> None:
        if connection.is_usable and not self._closed:
            self._writers.append(connection)
        else:
            with suppress(psycopg.Error):
                connection.close()

    def _connect_reader(self) -> PostgresqlConnection:
        connection = self._patience.watch(self.connect())
        with self._readers_lock:
            self._readers = [one for one in self._readers if not one.raw.closed]
            self._readers.append(connection)
        return connection

    def _connect_present(self) -> PostgresqlConnection:
        """A connection by which others see what this program knows. It knows the words of the
        tables as they lie now, on one machine or on several."""
        connection = PostgresqlConnection(self._address, self._busy_timeout_s)
        self.texts = connection.texts
        try:
            self._presence.announce(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _problem(connection: PostgresqlConnection) -> str | None:
    """Why the database cannot be the store; None where it can."""
    version = connection.raw.info.server_version
    if version < VERSION_MIN:
        return f"is PostgreSQL {version // 10_000}; {VERSION_MIN // 10_000} or newer is needed"
    encoding = connection.raw.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        return f"is encoded in {encoding}; make a database with ENCODING 'UTF8'"
    return None


@contextmanager
def _savepoint(connection: PostgresqlConnection) -> Iterator[None]:
    """A part of an open transaction, undone where the block raises."""
    connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        with suppress(psycopg.Error):
            connection.execute("ROLLBACK TO part")
            connection.execute("RELEASE part")
        raise
    connection.execute("RELEASE part")
