"""How our statements are spelled for PostgreSQL, and what its errors become."""

from __future__ import annotations

import psycopg
import pytest

from pastense.store.base import StoreDataError, StoreError, StorePartError, StoreUndone
from pastense.store.postgresql.connection import PostgresqlConnection, kind_of, spell, store_error
from tests.support.postgresql import shared_server


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("SELECT ?1, ?2, ?1", "SELECT $1, $2, $1"),
        ("SELECT ?, ?", "SELECT $1, $2"),
        ("SELECT ?2, ?", "SELECT $2, $3"),
        ("SELECT '?1' || ?1 -- why ?\n, ?", "SELECT '?1' || $1 -- why ?\n, $2"),
        ("SELECT 'it''s ?', ?", "SELECT 'it''s ?', $1"),
    ],
)
def test_parameters_are_numbered(ours, theirs):
    assert spell(ours) == theirs


@pytest.fixture
def connection():
    server = shared_server()
    with server.database() as name:
        opened = PostgresqlConnection(server.address(name), 0.05)
        yield opened
        opened.close()


def test_a_statement_without_rows_gives_none(connection):
    made = connection.execute("CREATE TABLE t (a integer)")
    assert (made.fetchall(), made.fetchone()) == ([], None)


def test_commits_wait_for_the_disk_whatever_the_database_says():
    server = shared_server()
    with server.database() as name:
        server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        opened = PostgresqlConnection(server.address(name), 1.0)
        assert opened.execute("SHOW synchronous_commit").fetchall() == [("on",)]
        opened.close()


def test_nobody_waits_for_a_lock_without_end(connection):
    other = PostgresqlConnection(connection.raw.info.dsn, 1.0)
    other.execute("BEGIN")
    other.execute("SELECT pg_advisory_xact_lock(7)")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        connection.execute("SELECT pg_advisory_lock(7)")
    other.close()


def test_a_node_that_is_lost_is_told_from_a_session_that_is():
    class Told(psycopg.OperationalError):
        sqlstate = "08006"

    assert kind_of(Told("connection to the remote node failed")) is StorePartError
    assert kind_of(psycopg.OperationalError("server closed the connection")) is StoreError
    assert kind_of(psycopg.errors.DeadlockDetected("in a circle")) is StoreUndone
    stale = psycopg.errors.InternalError_("failure on connection marked as essential: n:1")
    assert kind_of(stale) is StoreUndone
    assert kind_of(psycopg.errors.InternalError_("something else")) is StoreError


@pytest.mark.parametrize(
    ("statement", "parameters", "kind"),
    [
        ("SELECT ?1::bigint", ("x",), StoreDataError),
        ("SELECT ?1::text", ("\ud800",), StoreDataError),
        ("SELECT nothing", (), StoreError),
    ],
)
def test_errors_say_whether_the_data_is_at_fault(connection, statement, parameters, kind):
    with pytest.raises((psycopg.Error, UnicodeError)) as raised:
        connection.execute(statement, parameters)
    assert type(store_error(raised.value)) is kind
