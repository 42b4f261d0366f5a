"""What the store raises for an error of PostgreSQL or of Citus."""

from __future__ import annotations

import re
from typing import Final

import psycopg

from pastense.store.base import StoreDataError, StoreError, StorePartError, StoreUndone

DATA_ERRORS = (psycopg.IntegrityError, psycopg.DataError, OverflowError, UnicodeError)
"""The data itself is at fault: a smaller group may still succeed."""
_QUOTED = re.compile(r'"[^"]*"')
NODE_LOST: Final = "08"
"""The class of states by which Citus says that a node does not answer."""
UNDONE: Final = frozenset(("40001", "40P01"))
"""The states of transactions that were undone as they met others: a deadlock, most of all."""
STALE: Final = ("failure on connection", "postmaster was shut down")
"""How Citus begins to tell, under no state of its own, that a connection to a node that it had kept
is broken. It makes another for the next statement."""
FAILURES = (psycopg.Error, OverflowError, UnicodeError)


def store_error(error: Exception) -> StoreError:
    """What the store raises for an error of the database; never with an address in it, nor with
    a value that the database did not like."""
    diagnosis = getattr(error, "diag", None)
    said = diagnosis.message_primary if diagnosis is not None else None
    said = said or str(error).strip().split("\n")[0]
    if isinstance(error, psycopg.DataError):
        said = _QUOTED.sub('"..."', said)
    return kind_of(error)(said)


def kind_of(error: Exception) -> type[StoreError]:
    """What the store raises. A server that says itself that a connection failed speaks of one to
    another node: a session that is lost has no state."""
    state = getattr(error, "sqlstate", None) or ""
    if state.startswith(NODE_LOST):
        return StorePartError
    if state in UNDONE or (state == "XX000" and str(error).startswith(STALE)):
        return StoreUndone
    return StoreDataError if isinstance(error, DATA_ERRORS) else StoreError
