"""How our statements are spelled for PostgreSQL, and how they go together to the server."""

from __future__ import annotations

import gc
import weakref

import psycopg
import pytest

from pastense.store.base import StoreError, StoreLost
from pastense.store.postgresql.connection import PostgresqlConnection, spell
from pastense.store.statements import Statement
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


def test_a_machine_that_is_gone_without_a_word_is_noticed_unless_the_address_says_otherwise():
    server = shared_server()
    with server.database() as name:
        address = server.address(name)
        for given, expected in (("", "5"), ("keepalives_idle=77", "77")):
            joined = f"{address}{'&' if '?' in address else '?'}{given}" if given else address
            opened = PostgresqlConnection(joined, 1.0)
            found = opened.raw.info.get_parameters()
            assert (found["keepalives_idle"], found["tcp_user_timeout"]) == (expected, "20000")
            opened.close()


def test_what_waits_goes_with_the_next_statement_and_in_its_order(connection):
    connection.execute("CREATE TABLE t (a integer)")
    connection.begin(alone=True)
    first = connection.later(Statement("INSERT INTO t VALUES (?1) RETURNING a"), (1,))
    second = connection.later(Statement("SELECT count(*) FROM t"))
    assert not connection.in_transaction
    assert connection.execute("SELECT count(*) + 1 FROM t").fetchall() == [(2,)]
    assert connection.in_transaction
    assert (first.rows(), second.rows()) == ([(1,)], [(1,)])
    third = connection.later(Statement("SELECT 3"))
    assert third.rows() == third.rows() == [(3,)]
    connection.undo()
    assert connection.execute("SELECT count(*) FROM t").fetchall() == [(0,)]


def test_several_statements_answer_each_for_itself(connection):
    calls = [(Statement("SELECT ?1::bigint"), (n,)) for n in range(3)]
    assert connection.execute_all(calls) == [[(0,)], [(1,)], [(2,)]]
    assert connection.execute_all([]) == []


WARN = """
CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE WARNING 'of a row'; RETURN NULL; END $$;
CREATE TABLE t (a integer);
CREATE CONSTRAINT TRIGGER warns AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION warn()
"""


def test_a_commit_is_one_only_where_nothing_else_was_said(connection):
    connection.raw.execute(WARN)
    connection.begin(alone=True)
    connection.execute("DO $$ BEGIN RAISE WARNING 'before it'; END $$")
    connection.commit()
    connection.begin(alone=True)
    with pytest.raises(psycopg.errors.DivisionByZero):
        connection.execute("SELECT 1 / 0")
    with pytest.raises(StoreError, match="was undone"):
        connection.commit()
    connection.begin(alone=True)
    connection.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(StoreLost) as lost:
        connection.commit()
    assert "of a row" not in str(lost.value), "what a trigger says may be anybody's data"
    connection.begin(alone=True)
    connection.execute("SELECT 1")
    connection.commit()


def test_a_connection_is_given_back_without_the_collector():
    gc.disable()
    try:
        opened = PostgresqlConnection(shared_server().address("postgres"), 1.0)
        seen = weakref.ref(opened)
        opened.close()
        del opened
        assert seen() is None
    finally:
        gc.enable()


def test_the_first_of_several_that_fails_is_the_one_that_is_told_of(connection):
    connection.execute("CREATE TABLE t (a integer PRIMARY KEY)")
    connection.begin(alone=False)
    connection.later(Statement("INSERT INTO t VALUES (1)"))
    connection.later(Statement("INSERT INTO t VALUES (1)"))
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("SELECT 1")
    connection.undo()
    assert connection.is_usable


def test_a_transaction_undone_before_its_first_statement_never_was(connection):
    connection.begin(alone=True)
    connection.undo()
    assert not connection.in_transaction
    assert connection.execute("SELECT 1").fetchall() == [(1,)]
    assert not connection.in_transaction


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
