"""One connection to PostgreSQL: how it is opened, and how our statements are run on it."""

from __future__ import annotations

import os
import re
import select
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg

from pastense.store.base import StoreError, StoreLost
from pastense.store.postgresql.citus import appending
from pastense.store.postgresql.citus.parts import living_part
from pastense.store.postgresql.citus.steps import split_steps, values_of
from pastense.store.relational.connection import Call, EventKey, EventRow
from pastense.store.relational.events.statements import run_rows
from pastense.store.statements import Statement, Texts

APPLICATION: Final = "pastense"
"""How the server calls our sessions."""
NETWORK: Final[dict[str, Any]] = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""Seconds, and milliseconds for the last one. A machine that is gone without a word, as in a
failover, is known to be after about twenty seconds; the system would wait for a quarter of an hour
or more."""
WRITERS_LOCK: Final = "1885434740, 1"
"""The advisory lock of all that writes: transactions that only store events share it, and whoever
else writes has it alone until the commit."""
NAME_COUNT_PARTS: Final = 32
"""In how many rows the count of a name is kept, so that few connections share one."""
_LOCKS: Final = {
    True: f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})",
    False: f"SELECT pg_advisory_xact_lock_shared({WRITERS_LOCK})",
}
_WRITTEN: Final = "SELECT pg_logical_emit_message(true, 'pastense', 'only duplicates')"
"""A few bytes in the write-ahead log. A transaction that wrote nothing waits for nothing when it is
committed; but events that it found may lie on this machine's disk alone, where a commit that waited
for a standby was cut off."""
_TOKEN = re.compile(r"'(?:[^']|'')*'|--[^\n]*|\?(\d*)")
_Text = tuple[str, Sequence[Any]]


def spell(statement: str) -> str:
    """`?1` and `?` as PostgreSQL writes them: `$1`. One without a number takes the one after the
    highest so far, as in SQLite. Texts in quotes and comments stay as they are."""
    highest = 0

    def write(found: re.Match[str]) -> str:
        nonlocal highest
        if not found[0].startswith("?"):
            return found[0]
        number = int(found[1]) if found[1] else highest + 1
        highest = max(highest, number)
        return f"${number}"

    return _TOKEN.sub(write, statement)


TEXTS: Final = Texts("pastense.store.postgresql.sql", spell)
CITUS_TEXTS: Final = Texts("pastense.store.postgresql.citus.sql", others=TEXTS)
CACHED_PER_NODE_MIN: Final = 8
"""Connections to each node that Citus keeps for one of ours. With fewer, a statement that goes to
all shards opens connections anew each time, which takes several times as long."""
_HAS_CITUS: Final = "SELECT 1 WHERE to_regclass('pg_dist_partition') IS NOT NULL"
_IS_DISTRIBUTED: Final = (
    "SELECT 1 FROM pg_dist_partition WHERE logicalrelid = to_regclass('identities')"
)


class Cursor(psycopg.RawCursor[Any]):
    """What a statement answered; one that gives no rows has none, which is no error."""

    def fetchone(self) -> Any:  # noqa: ANN401 (what the statement says)
        """The next row; None at the end."""
        return None if self.description is None else super().fetchone()

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return [] if self.description is None else super().fetchall()


class Later:
    """A statement that goes with the next ones; see `relational.connection.Connection.later`."""

    def __init__(self, connection: PostgresqlConnection) -> None:
        self._connection = connection
        self._rows: list[Any] | None = None

    def take(self, cursor: psycopg.Cursor[Any]) -> None:
        """Keep what it answered."""
        self._rows = cursor.fetchall()

    def rows(self) -> list[Any]:
        """All its rows; it is run now where it has not been."""
        if self._rows is None:
            self._connection.flush()
        assert self._rows is not None, "a statement that waited was run with the next ones"
        return self._rows


def _unless_given(address: str) -> dict[str, Any]:
    """How a connection is made and watched over, where the address does not say it."""
    given = psycopg.conninfo.conninfo_to_dict(address)
    return {name: value for name, value in NETWORK.items() if name not in given}


class _Notices:
    """What a server said beside its answers. It knows nothing of its connection, which would
    otherwise be a ring that only the collector takes apart."""

    warned = False

    def hear(self, notice: psycopg.errors.Diagnostic) -> None:
        """Keep that there was a warning."""
        self.warned |= notice.severity_nonlocalized == "WARNING"


class PostgresqlConnection:
    """Runs statements by their names; a statement outside of `begin` is a transaction of its
    own."""

    def __init__(self, address: str, lock_timeout_s: float) -> None:
        self.raw: psycopg.Connection[Any] = psycopg.connect(
            address,
            autocommit=True,
            cursor_factory=Cursor,
            application_name=APPLICATION,
            **_unless_given(address),
        )
        self.asked_at: float | None = None
        """When the statement under way was sent, by the clock that nobody sets; None where the
        server has nothing to answer. Read by another thread."""
        self.part = self.raw.info.backend_pid % NAME_COUNT_PARTS
        self.is_alone = False
        self._notices = _Notices()
        self.raw.add_notice_handler(self._notices.hear)
        self._waiting: list[tuple[_Text, Later | None]] = []
        self._settle(lock_timeout_s)
        self.is_distributed = self._asks(_HAS_CITUS) and self._asks(_IS_DISTRIBUTED)
        self.texts = CITUS_TEXTS if self.is_distributed else TEXTS
        if self.is_distributed:
            self.raw.execute(f"SET citus.max_cached_conns_per_worker = {CACHED_PER_NODE_MIN}")
            self.raw.execute("SET citus.multi_shard_modify_mode = 'sequential'")

    def begin(self, alone: bool) -> None:
        """Begin a transaction that writes, with its first statement: alone, or beside others that
        only store events."""
        self._waiting = [(("BEGIN", ()), None), ((_LOCKS[alone], ()), None)]
        self.is_alone = alone

    def choose_part(self) -> None:
        """Add to counts in a row that can be reached, now that a node was lost."""
        self.part = living_part(self.raw.execute, self.part, NAME_COUNT_PARTS)

    def append(self, rows: Sequence[EventRow]) -> list[EventKey]:
        """Store those events that are new; see `relational.connection.Connection.append`."""
        if self.is_distributed and len(rows) <= appending.SMALL_EVENTS_MAX:
            words = self.texts.file("events.sql")
            return appending.append_small(self._run_one, words, rows, self.part)
        found: list[EventKey] = run_rows(self, "append_events", rows, self.part)
        if not found:
            self._waiting.append(((_WRITTEN, ()), None))
        return found

    def execute(
        self, statement: Statement | str, parameters: Sequence[Any] = ()
    ) -> psycopg.Cursor[Any]:
        """Run one statement, which may be of several steps, with those that wait before it."""
        text = self.texts.text(statement)
        if not self.is_distributed:
            return self._run_one(text, parameters)
        *before, last = split_steps(text)
        answers: list[list[tuple[Any, ...]]] = []
        for step in before:
            cursor = self._run_one(step.text, values_of(step, parameters, answers))
            answers.append(cursor.fetchall())
        return self._run_one(last.text, values_of(last, parameters, answers))

    def later(self, statement: Statement, parameters: Sequence[Any] = ()) -> Later:
        """Run one statement with the next ones, or when its rows are asked for; one of several
        steps now."""
        answer = Later(self)
        text = self.texts.text(statement)
        if self.is_distributed:
            steps = split_steps(text)
            if len(steps) > 1:
                answer.take(self.execute(statement, parameters))
                return answer
            text, parameters = steps[0].text, values_of(steps[0], parameters, ())
        self._waiting.append(((text, parameters), answer))
        return answer

    def execute_all(self, calls: Sequence[Call]) -> list[list[Any]]:
        """Run several statements in one way to the server, each of its own where they are of
        steps; returns the rows of each."""
        if self.is_distributed:
            return [self.execute(*call).fetchall() for call in calls]
        texts = [(self.texts.text(statement), parameters) for statement, parameters in calls]
        return [cursor.fetchall() for cursor in self._run(texts)]

    def flush(self) -> None:
        """Run what waits."""
        self._run(())

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, failed ones included."""
        return self.raw.info.transaction_status in (
            psycopg.pq.TransactionStatus.INTRANS,
            psycopg.pq.TransactionStatus.INERROR,
        )

    @property
    def is_usable(self) -> bool:
        """Whether another transaction may begin on it. A server that ended the connection has said
        so, or closed it: then there is something to read, and nothing was asked."""
        if self.raw.closed or self.raw.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            return False
        poll = select.poll()
        poll.register(self.raw.fileno(), select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Close it; doing so twice is fine."""
        self.raw.close()

    def end(self) -> None:
        """End it from another thread: whoever waits for its answer hears that it was lost."""
        with (
            suppress(OSError, psycopg.Error),
            socket.socket(fileno=os.dup(self.raw.fileno())) as it,
        ):
            it.shutdown(socket.SHUT_RDWR)

    def commit(self) -> None:
        """Commit. A transaction in which something failed is answered without an error as well:
        only its words tell that it was undone, and then this raises `StoreError`. Of one that is
        committed and did not wait for its standby to the end, because somebody cancelled that, a
        warning alone tells: `StoreLost`, nobody knows where it is."""
        self._notices.warned = False
        if self.execute("COMMIT").statusmessage != "COMMIT":
            raise StoreError("the transaction had failed and was undone")
        if self._notices.warned and not self.is_distributed:
            raise StoreLost("a commit ended with a warning: perhaps it is not on the standby")

    def undo(self) -> None:
        """Undo the open transaction, where it has begun."""
        self._waiting = []
        if self.in_transaction:
            self.raw.execute("ROLLBACK")

    def _asks(self, question: str) -> bool:
        """Whether there is a row."""
        return self.raw.execute(question).fetchone() is not None

    def _run_one(self, text: str, parameters: Sequence[Any] = ()) -> psycopg.Cursor[Any]:
        """Run one text as it is, with those that wait before it."""
        if self._waiting:
            return self._run([(text, parameters)])[0]
        with self._asking():
            return self.raw.execute(text, parameters)

    def _run(self, texts: Sequence[_Text]) -> list[psycopg.Cursor[Any]]:
        """Send what waits and these, then read all answers; the cursors of these."""
        waiting, self._waiting = self._waiting, []
        if not waiting and not texts:
            return []
        with self._asking(), self.raw.pipeline():
            answers = [(self.raw.execute(*text), later) for text, later in waiting]
            cursors = [self.raw.execute(*text) for text in texts]
        for cursor, later in answers:
            if later is not None:
                later.take(cursor)
        return cursors

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """The time in which the server is to answer."""
        self.asked_at = time.monotonic()
        try:
            yield
        finally:
            self.asked_at = None

    def _settle(self, lock_timeout_s: float) -> None:
        """What a promise rests on is not left to the settings of a role or a database: a commit
        waits for the disk, however they have it, and nobody waits for a lock without end."""
        (commit,) = self.raw.execute("SHOW synchronous_commit").fetchone()  # type: ignore[misc]
        if commit == "off":
            self.raw.execute("SET synchronous_commit = on")
        self.raw.execute(f"SET lock_timeout = {max(1, int(lock_timeout_s * 1000))}")
        self.raw.execute("SET default_transaction_isolation = 'read committed'")
        # Compiling a statement costs more than it saves on ones as short as ours.
        self.raw.execute("SET jit = off")
