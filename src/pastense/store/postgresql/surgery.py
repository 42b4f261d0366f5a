"""How a PostgreSQL database is migrated: by one process at a time, and without a queue of writers
behind it.

A statement that waits for a strong lock on a table has all who come later wait behind it. So it
gives up after half a second and is tried again a little later. That is also shorter than the
second after which the database ends one of those that wait for each other, so that it is never a
writer who is ended for a migration's sake.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, TypeVar

import psycopg

from pastense.store.base import StoreError, StoreRefused
from pastense.store.base.schema import KeepOn, Tell
from pastense.store.migrate import Migration
from pastense.store.postgresql.connection import PostgresqlConnection
from pastense.store.postgresql.database import Database
from pastense.store.postgresql.errors import FAILURES, store_error
from pastense.store.postgresql.presence import keep_lower_out, lower_words
from pastense.store.postgresql.watch import Watch
from pastense.store.relational.schema import MustWait

T = TypeVar("T")
LOCK_TIMEOUT_S: Final = 0.5
LOCK_TRIES_MAX: Final = 20
PAUSE_MAX_S: Final = 5.0
"""Between tries: half a second at first, and twice as long each time."""
LOOK_AGAIN_S: Final = 0.2
_TRY_TO_MIGRATE: Final = "SELECT pg_try_advisory_lock(1885434742, 1)"
_LOCK_TIMEOUT: Final = f"SET lock_timeout = {int(LOCK_TIMEOUT_S * 1000)}"
_INDEX_NAME: Final = re.compile(
    r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)\s+ON\b",
    re.IGNORECASE,
)
_IS_INVALID: Final = """
SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(?1::text) AND NOT indisvalid
"""
_LOST_LOCKS: Final = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)


class PostgresqlSurgery:
    """See `relational.schema.Surgery`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def looking(self) -> Iterator[PostgresqlConnection]:
        """A connection for reading is enough: each one that is open says what we know."""
        with _store_errors():
            yield self._database.reading()

    @contextmanager
    def operation(self, tell: Tell, keep_on: KeepOn) -> Iterator[PostgresqlOperation]:
        """On a connection of its own, whose end frees all locks. It asks again and again: one
        that waited in the database would hold up the making of an index, which waits for it."""
        with _store_errors():
            connection = self._database.connect()
            try:
                connection.execute(_LOCK_TIMEOUT)
                _wait_for_turn(connection, self._database.label, tell, keep_on)
                yield PostgresqlOperation(self._database, connection, tell, keep_on)
            finally:
                with suppress(psycopg.Error):
                    connection.close()

    def obstacle(self, number: int) -> str | None:
        """Programs that know less."""
        with self.looking() as connection:
            return lower_words(connection, number)


class PostgresqlOperation:
    """See `relational.schema.Operation`."""

    def __init__(
        self, database: Database, connection: PostgresqlConnection, tell: Tell, keep_on: KeepOn
    ) -> None:
        self._database = database
        self._connection = connection
        self._tell = tell
        self._keep_on = keep_on
        self._lowest_let_in = 0

    @contextmanager
    def transaction(self, migration: Migration) -> Iterator[PostgresqlConnection]:
        """No lock is waited for longer than `LOCK_TIMEOUT_S`."""
        self._keep_out_older(migration)
        self._connection.execute("BEGIN")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(psycopg.Error):
                self._connection.execute("ROLLBACK")
            raise

    def run_alone(self, migration: Migration, statement: str) -> None:
        """What is done concurrently disturbs nobody while it waits, and waits as long as it must.
        An interruption leaves an index that is kept up and never used: it is made anew."""
        self._keep_out_older(migration)
        named = _INDEX_NAME.match(statement)
        if named and self._connection.execute(_IS_INVALID, (named[1],)).fetchall():
            self._tell(f"Index {named[1]} was left unfinished and is made anew.", False)
            self._run(f"DROP INDEX CONCURRENTLY IF EXISTS {named[1]}")
        self._run(statement)

    def patiently(self, migration: Migration, work: Callable[[], T]) -> T:
        """Between the tries those who waited behind us have their turn."""
        holders, words = "", f"Migration {migration.words}"
        process = self._connection.raw.info.backend_pid
        for number in range(LOCK_TRIES_MAX):
            with Watch(self._database, process, words, self._tell) as watch:
                try:
                    return work()
                except _LOST_LOCKS:
                    pass
            holders = watch.holders or holders
            pause_s = min(LOCK_TIMEOUT_S * 2**number, PAUSE_MAX_S)
            self._tell(f"{words} could not have a lock, next try in {pause_s:.1f} s", True)
            _rest(pause_s, self._keep_on)
        raise StoreRefused(
            f"migration {migration.words} could not have a lock on a table in {LOCK_TRIES_MAX} "
            f"tries; it was held by {holders or 'other programs, each for a moment'}: end that, "
            "or try again once it is over"
        )

    def _run(self, statement: str) -> None:
        if not re.search(r"\bCONCURRENTLY\b", statement, re.IGNORECASE):
            self._connection.execute(statement)
            return
        self._connection.execute("SET lock_timeout TO 0")
        try:
            self._connection.execute(statement)
        finally:
            with suppress(psycopg.Error):
                self._connection.execute(_LOCK_TIMEOUT)

    def _keep_out_older(self, migration: Migration) -> None:
        """Raise `MustWait` for a post migration while a program that knows less is connected."""
        if not migration.post or migration.number <= self._lowest_let_in:
            return
        if not keep_lower_out(self._connection, migration.number):
            who = lower_words(self._connection, migration.number)
            raise MustWait(who or "an older Pastense was connected a moment ago")
        self._lowest_let_in = migration.number


def _wait_for_turn(
    connection: PostgresqlConnection, label: str, tell: Tell, keep_on: KeepOn
) -> None:
    told = False
    while connection.execute(_TRY_TO_MIGRATE).fetchall() != [(True,)]:
        if not told:
            tell(f"Another process migrates {label}; waiting until it is done.", False)
            told = True
        _rest(LOOK_AGAIN_S, keep_on)


def _rest(pause_s: float, keep_on: KeepOn) -> None:
    """Wait; raises `StoreError` where we are not to go on."""
    end = time.monotonic() + pause_s
    while time.monotonic() < end:
        if not keep_on():
            raise StoreError("the migration was stopped while it waited for others")
        time.sleep(min(pause_s, LOOK_AGAIN_S))


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except FAILURES as error:
        raise store_error(error) from error
