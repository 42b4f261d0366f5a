"""Spread the tables of a store over the nodes of Citus; see `layout` for which lies where.

Each table goes in a transaction of its own, so that work that was cut off goes on where it ended.
Nobody writes meanwhile: writers wait for the lock that this has, or are told to come again. At the
end the other sessions of Pastense are ended, as they would not know; each connects anew at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

import psycopg

from pastense.store.base import StoreRefused
from pastense.store.postgresql.citus import layout
from pastense.store.postgresql.connection import APPLICATION, WRITERS_LOCK, Cursor
from pastense.store.postgresql.errors import store_error

Progress = Callable[[str, int, int], None]
"""Is told which table was done, how many are done and how many there are."""
_FOREIGN_KEYS: Final = (
    "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f' "
    "AND connamespace = current_schema()::regnamespace "
    "AND (conrelid::regclass::text = ANY ($1) OR confrelid::regclass::text = ANY ($1))"
)
_OTHERS: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = $1 AND pid <> pg_backend_pid()"
)


def distribute(address: str, progress: Progress) -> list[str]:
    """Lay the tables out by contact; returns those that were moved now. Safe to run again, also
    after it was cut off; the store must have been migrated.

    Raises `StoreRefused` where the database has no Citus or no node to put anything on, and
    `StoreError` where something failed: what was done stays, and running it again goes on.
    """
    try:
        with closing(_connect(address)) as connection:
            _check(connection)
            return _distribute(connection, progress)
    except psycopg.Error as error:
        raise store_error(error) from error


def _connect(address: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        address, autocommit=True, cursor_factory=Cursor, application_name=APPLICATION
    )


def _distribute(connection: psycopg.Connection[Any], progress: Progress) -> list[str]:
    tables = (*layout.EVERYWHERE, *layout.COLUMNS)
    with _alone(connection):
        placed = _placed(connection)
        left = [table for table in tables if table not in placed]
        for done, table in enumerate(left, start=len(tables) - len(left)):
            progress(table, done, len(tables))
            with connection.transaction():
                _place(connection, table)
        progress("", len(tables), len(tables))
        _end_others(connection)
        return left


def _end_others(connection: psycopg.Connection[Any]) -> None:
    """End the sessions that do not know yet; raises `StoreRefused` where that is not allowed."""
    try:
        connection.execute(_OTHERS, (APPLICATION,))
    except psycopg.errors.InsufficientPrivilege as error:
        raise StoreRefused(
            "the tables are laid out, but the sessions of running servers could not be ended: "
            "stop every Pastense server of this database now, and start them again"
        ) from error


@contextmanager
def _alone(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Nobody else writes within the block, over all transactions in it."""
    connection.execute(f"SELECT pg_advisory_lock({WRITERS_LOCK})")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute(f"SELECT pg_advisory_unlock({WRITERS_LOCK})")


def _check(connection: psycopg.Connection[Any]) -> None:
    """Whether the database can take it; raises `StoreRefused` with what to do."""
    if not connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'citus'").fetchone():
        raise StoreRefused(
            "the database does not have the extension citus: on every node run "
            "CREATE EXTENSION citus in it, then add the workers to the coordinator with "
            "SELECT citus_add_node('HOST', PORT)"
        )
    nodes = connection.execute(
        "SELECT coalesce(bool_or(groupid = 0), false), coalesce(bool_or(shouldhaveshards), false) "
        "FROM pg_dist_node WHERE isactive AND noderole = 'primary'"
    ).fetchone()
    assert nodes is not None, "an aggregate answers one row"
    if not nodes[0]:
        raise StoreRefused(
            "the coordinator does not know its own address: run "
            "SELECT citus_set_coordinator_host('HOST', PORT) on it, in this database"
        )
    if not nodes[1]:
        raise StoreRefused(
            "Citus has no node to put tables on: run SELECT citus_add_node('HOST', PORT) on the "
            "coordinator, in this database, for each worker"
        )


def _placed(connection: psycopg.Connection[Any]) -> set[str]:
    rows = connection.execute(
        "SELECT logicalrelid::text FROM pg_dist_partition WHERE partmethod IN ('h', 'n')"
    ).fetchall()
    return {table for (table,) in rows}


def _place(connection: psycopg.Connection[Any], table: str) -> None:
    """Put one table where it belongs, with what it holds, in an open transaction."""
    for name, key in connection.execute(_FOREIGN_KEYS, ([table],)).fetchall():
        connection.execute(f'ALTER TABLE {name} DROP CONSTRAINT "{key}"')
    if table == layout.LAST:
        connection.execute(layout.MAKE_IDENTITIES)
    for statement in layout.WITHOUT_UNIQUE_KEYS.get(table, ()):
        connection.execute(statement)
    if table in layout.EVERYWHERE:
        connection.execute("SELECT create_reference_table($1::text::regclass)", (table,))
    else:
        beside = layout.FIRST if table in layout.BY_CONTACT and table != layout.FIRST else "none"
        connection.execute(
            "SELECT create_distributed_table($1::text::regclass, $2, colocate_with => $3)",
            (table, layout.COLUMNS[table], beside),
        )
    if table == layout.LAST:
        for statement in layout.FILL_IDENTITIES:
            connection.execute(statement)
