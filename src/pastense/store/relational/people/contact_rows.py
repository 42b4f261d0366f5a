"""Contacts as rows: how they are selected, read into the model and written back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pastense.model import Contact, Json, Tag, Workspace
from pastense.store.relational.connection import Connection
from pastense.store.statements import Statement, Statements

SQL = Statements("contacts.sql")
_WRITABLE = frozenset(
    (
        *("role", "external_id", "email", "name", "phone", "avatar", "owner_id", "signed_up_at"),
        *("last_seen_at", "session_count", "unsubscribed_from_emails", "custom_attributes"),
    )
)
_KEPT_BY_STORE = frozenset(("archived_at", "blocked_at", "updated_at"))


def select(extra: str = "") -> Statement:
    """The start of every read: the columns of a contact, perhaps one more."""
    tables = " FROM contacts AS c JOIN workspaces AS w ON w.number = c.workspace "
    return "SELECT " + SQL["columns"] + (extra + tables)


def set_fields(
    connection: Connection, workspace: Workspace, contact_id: str, fields: dict[str, Json]
) -> None:
    """Write columns by name; custom attributes are merged, a null takes one away. Flags are kept as
    numbers."""
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
        statement = statement + " WHERE workspace = ? AND id = ?"
        connection.execute(statement, (*values, workspace.number, contact_id))


def find_contact(connection: Connection, workspace: Workspace, contact_id: str) -> Contact | None:
    """The contact with that id, within an open transaction."""
    parameters = (workspace.number, contact_id)
    row = connection.execute(select() + SQL["find_id"], parameters).fetchone()
    return None if row is None else read_contact(row)


def require_contact(connection: Connection, workspace: Workspace, contact_id: str) -> Contact:
    """The contact with that id, which the same transaction wrote."""
    contact = find_contact(connection, workspace, contact_id)
    assert contact is not None, "a contact written in this transaction is found in it"
    return contact


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
