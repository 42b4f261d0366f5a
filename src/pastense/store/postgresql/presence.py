"""Which migrations the programs know that are connected to a database.

Every connection holds a shared lock on the number of the last migration that its program knows.
The lock goes with the connection, so nobody has to say that he lives. Whoever applies a post
migration holds the locks of all lower numbers alone: then no program that knows less is
connected, and one that comes waits, and finds what was applied.

The class of the locks is 1885434741, and the number in it is that of the migration.
"""

from __future__ import annotations

from typing import Final

import psycopg

from pastense.store.base import StoreError
from pastense.store.migrate import newer_words
from pastense.store.postgresql.connection import PostgresqlConnection

_ANNOUNCE: Final = "SELECT pg_advisory_lock_shared(1885434741, ?1::integer)"
_NEWER: Final = (
    "SELECT max(number) FROM migrations WHERE number > ?1::integer AND name LIKE '%.post'"
)
_LOCK_LOWER: Final = """
SELECT number, pg_try_advisory_lock(1885434741, number)
FROM generate_series(?1::integer, ?2::integer - 1) AS lower (number)
"""
_UNLOCK: Final = "SELECT pg_advisory_unlock(1885434741, unnest(?1::integer[]))"
_LOWER: Final = """
SELECT max(held.objid::bigint),
  string_agg(DISTINCT coalesce(host(client_addr), 'the machine of the database'), ', ')
FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
WHERE held.locktype = 'advisory' AND held.classid = 1885434741 AND held.objsubid = 2
  AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND held.objid::bigint < ?1::bigint AND held.granted AND held.pid <> pg_backend_pid()
"""


class Presence:
    """What this program knows, for all its connections to one database."""

    def __init__(self, knows: int, label: str) -> None:
        """`knows` is the number of the last migration."""
        self._knows = knows
        self._label = label

    def announce(self, connection: PostgresqlConnection) -> None:
        """Be seen as long as the connection is open."""
        try:
            connection.execute(_ANNOUNCE, (self._knows,))
        except psycopg.errors.LockNotAvailable as error:
            raise StoreError(
                f"{self._label} is being changed by a newer Pastense, for programs that know more "
                "than this one: install that version or newer"
            ) from error

    def check(self, connection: PostgresqlConnection) -> None:
        """Raise `StoreError` where the database went on without us: while it was not reachable
        nobody could see that we live."""
        try:
            ((newer,),) = connection.execute(_NEWER, (self._knows,)).fetchall()
        except psycopg.errors.UndefinedTable:
            return
        if newer is not None:
            raise StoreError(newer_words(self._label, newer, self._knows))


def keep_lower_out(connection: PostgresqlConnection, number: int) -> bool:
    """Keep programs that know less than migration `number` from connecting, as long as the
    connection is open; False, and nothing changes, where one is connected."""
    tried = connection.execute(_LOCK_LOWER, (0, number)).fetchall()
    if all(had for _, had in tried):
        return True
    connection.execute(_UNLOCK, ([lower for lower, had in tried if had],))
    return False


def lower_words(connection: PostgresqlConnection, number: int) -> str | None:
    """Who is connected and knows less than migration `number`; None where nobody is. The words
    are the same however many connections there are just now, so that they are logged once."""
    ((knows, hosts),) = connection.execute(_LOWER, (number,)).fetchall()
    if knows is None:
        return None
    return f"an older Pastense, which knows migration {knows}, is still connected from {hosts}"
