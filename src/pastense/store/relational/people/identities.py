"""By which identifiers a contact is found, where the database keeps them apart from contacts.

A database that lies on several machines is asked first whose an identifier is, and then the one
machine that has the contact. So identifiers are written in the transaction that changes a contact.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pastense.store.relational.connection import Connection
from pastense.store.statements import Statements

# Only a database that keeps identifiers apart has words for these three.
SQL = Statements("contacts.sql")


@contextmanager
def kept_identities(connection: Connection, contact: int) -> Iterator[None]:
    """What the block changes of a contact's own id and email is what it is found by afterwards;
    the contact may be gone then. `contact` is its number."""
    if not connection.is_distributed:
        yield
        return
    before = _identities(connection, contact)
    yield
    after = _identities(connection, contact)
    for identity in sorted(before - after):
        connection.execute(SQL["drop_identifier"], (*identity, contact))
    for identity in sorted(after - before):
        connection.execute(SQL["add_identifier"], (*identity, contact))


def _identities(connection: Connection, contact: int) -> set[tuple[int, str, str]]:
    """(workspace, kind, value) of each."""
    return set(connection.execute(SQL["identifiers"], (contact,)).fetchall())
