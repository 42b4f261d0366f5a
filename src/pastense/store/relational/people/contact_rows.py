"""Contacts as rows: how they are selected, read into the model and written back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pastense.model import Contact, IdentifierKind, Json, Tag, Workspace
from pastense.store.relational.connection import Connection
from pastense.store.relational.people.identities import kept_identities
from pastense.store.statements import Statement, Statements

SQL = Statements("contacts.sql")
_TABLES = " FROM contacts AS c JOIN workspaces AS w ON w.number = c.workspace "
_WRITABLE = frozenset(
    (
        *("role", "external_id", "email", "name", "phone", "avatar", "owner_id", "signed_up_at"),
        *("last_seen_at", "session_count", "unsubscribed_from_emails", "custom_attributes"),
    )
)
_IDENTIFIERS = frozenset(("external_id", "email"))
_KEPT_BY_STORE = frozenset(("archived_at", "blocked_at", "updated_at"))


def select(extra: str = "") -> Statement:
    """The start of every read: the columns of a contact, perhaps one more."""
    return "SELECT " + SQL["columns"] + (extra + _TABLES)


def select_one(clause: str) -> Statement:
    """The read of one contact, by a clause that is true of no other."""
    return "SELECT " + SQL["columns_of_one"] + _TABLES + SQL[clause]


def find_statement(kind: IdentifierKind) -> Statement:
    """The read of those whom an identifier names: by email there may be several."""
    return select() + SQL["find_email"] if kind == "email" else select_one(f"find_{kind}")


def set_fields(connection: Connection, number: int, fields: dict[str, Json]) -> None:
    """Write columns of the contact with that number by name; custom attributes are merged, a null
    takes one away. Flags are kept as numbers."""
    if _IDENTIFIERS.isdisjoint(fields):
        _set_columns(connection, number, fields)
    else:
        with kept_identities(connection, number):
            _set_columns(connection, number, fields)


def _set_columns(connection: Connection, number: int, fields: dict[str, Json]) -> None:
    columns: list[Statement | str] = []
    values: list[object] = []
    for name, value in fields.items():
        assert name in _WRITABLE or name in _KEPT_BY_STORE, name
        if name == "custom_attributes":
            columns.append(SQL["patch_attributes"])
            values.append(msgspec.json.encode(value).decode())
        else:
            columns.append(f"{name} = ?")
            values.append(int(value) if isinstance(value, bool) else value)
        if name == "email":
            columns.append("email_key = ?")
            values.append(value.lower() if isinstance(value, str) else None)
    if columns:
        statement = Statement("UPDATE contacts SET ")
        for place, column in enumerate(columns):
            statement = statement + (", " if place else "") + column
        statement = statement + " WHERE number = ?"
        connection.execute(statement, (*values, number))


def find_contact(connection: Connection, workspace: Workspace, contact_id: str) -> Contact | None:
    """The contact with that id, within an open transaction."""
    parameters = (workspace.number, contact_id)
    row = connection.execute(select_one("find_id"), parameters).fetchone()
    return None if row is None else read_contact(row)


def require_contact(connection: Connection, number: int) -> Contact:
    """The contact with that number, which the same transaction wrote."""
    row = connection.execute(select_one("by_number"), (number,)).fetchone()
    assert row is not None, "a contact written in this transaction is found in it"
    return read_contact(row)


def read_contact(row: Sequence[object]) -> Contact:
    """A row of `select`, perhaps with further columns, as a contact."""
    values: list[Any] = list(row[: len(Contact.__struct_fields__)])
    fields = dict(zip(Contact.__struct_fields__, _in_order(values), strict=True))
    return Contact(**fields)


def _in_order(values: list[Any]) -> list[Any]:
    """The columns as the fields of `Contact`: flags are booleans, attributes an object."""
    values[11] = bool(values[11])
    values[15] = msgspec.json.decode(values[15])
    values[20] = bool(values[20])
    values[21] = tuple(Tag(*tag) for tag in msgspec.json.decode(values[21]))
    return values
