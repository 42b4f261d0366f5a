"""What errors of PostgreSQL and Citus become, and what they do not repeat."""

from __future__ import annotations

import psycopg
import pytest

from pastense.store.base import StoreDataError, StoreError, StorePartError, StoreUndone
from pastense.store.postgresql.errors import kind_of, store_error


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


def test_a_node_that_is_lost_is_told_from_a_session_that_is():
    class Told(psycopg.OperationalError):
        sqlstate = "08006"

    assert kind_of(Told("connection to the remote node failed")) is StorePartError
    assert kind_of(psycopg.OperationalError("server closed the connection")) is StoreError
    assert kind_of(psycopg.errors.DeadlockDetected("in a circle")) is StoreUndone
    stale = psycopg.errors.InternalError_("failure on connection marked as essential: n:1")
    assert kind_of(stale) is StoreUndone
    assert kind_of(psycopg.errors.InternalError_("something else")) is StoreError


@pytest.mark.parametrize("statement", ["SELECT 'private'::bigint", "SELECT 'private'::timestamptz"])
def test_an_error_repeats_no_value(connection, statement):
    with pytest.raises(psycopg.DataError, match="private") as caught:
        connection.execute(statement)
    said = str(store_error(caught.value))
    assert "private" not in said
    assert "invalid input syntax for type" in said
