"""Contacts in SQLite; see `store.base.ContactStore` for what each method promises."""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections.abc import Sequence
from typing import Annotated, Any, cast

import msgspec

from pastense.identity import new_contact_id
from pastense.limits import (
    CUSTOM_ATTRIBUTES_MAX,
    ERASE_STEP_EVENTS_MAX,
    INTEGER_MAX,
    INTEGER_MIN,
)
from pastense.model import Contact, IdentifierKind, Json, Role, Workspace
from pastense.search import FIELD_TYPES, Query, Sort
from pastense.store.base import ContactExists, ContactPage, TooManyAttributes
from pastense.store.queries import Queries
from pastense.store.sqlite.database import Database
from pastense.store.sqlite.filters import compile_query, sort_expression

_SQL = Queries("pastense.store.sqlite.sql", "contacts.sql")
_WRITABLE = frozenset(
    (
        *("role", "external_id", "email", "name", "phone", "avatar", "owner_id", "signed_up_at"),
        *("last_seen_at", "unsubscribed_from_emails", "custom_attributes"),
    )
)


_Bounded = Annotated[int, msgspec.Meta(ge=INTEGER_MIN, le=INTEGER_MAX)]


def _select(extra: str = "") -> str:
    """The start of every read: the columns of a contact, perhaps one more."""
    columns = _SQL["columns"] + extra
    return f"SELECT {columns} FROM contacts AS c JOIN workspaces AS w ON w.number = c.workspace "  # noqa: S608 (no outside text)


class SqliteContacts:
    """Creates, finds, changes, archives, deletes and searches contacts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, workspace: Workspace, fields: dict[str, Json], now: int) -> Contact:
        """Add a contact; raises `ContactExists` where an identifier is taken."""
        contact_id = new_contact_id(now)
        with self._database.writing() as connection:
            role = fields.get("role") or Role.USER
            _check_free(connection, workspace, fields | {"role": role}, 0)
            connection.execute(_SQL["insert"], (workspace.number, contact_id, role, now)).fetchall()
            _set(connection, workspace, contact_id, fields)
            return _require(connection, workspace, contact_id)

    def find(self, workspace: Workspace, kind: IdentifierKind, value: str) -> list[Contact]:
        """The contacts that an identifier names: by email only users, maybe several."""
        key = value.lower() if kind == "email" else value
        rows = self._database.query(_select() + _SQL[f"find_{kind}"], (workspace.number, key))
        return [_contact(row) for row in rows]

    def update(
        self, workspace: Workspace, contact_id: str, fields: dict[str, Json], now: int
    ) -> Contact | None:
        """Change the given fields; None where there is no such contact."""
        with self._database.writing() as connection:
            before = _find(connection, workspace, contact_id)
            if before is None:
                return None
            named: dict[str, Json] = {"role": before.role, "email": before.email}
            _check_free(connection, workspace, named | fields, before.number)
            _set(connection, workspace, contact_id, fields | {"updated_at": now})
            contact = _require(connection, workspace, contact_id)
            if len(contact.custom_attributes) > CUSTOM_ATTRIBUTES_MAX:
                raise TooManyAttributes
            return contact

    def set_archived(
        self, workspace: Workspace, contact_id: str, archived: bool, now: int
    ) -> Contact | None:
        """Archive or restore a contact; None where there is no such contact."""
        with self._database.writing() as connection:
            before = _find(connection, workspace, contact_id)
            if before is None or (before.archived_at is not None) == archived:
                return before
            archived_at = now if archived else None
            fields: dict[str, Json] = {"archived_at": archived_at, "updated_at": now}
            _set(connection, workspace, contact_id, fields)
            return _require(connection, workspace, contact_id)

    def delete(self, workspace: Workspace, contact_id: str, now: int) -> Contact | None:
        """Make a contact unreachable at once and free its identifiers."""
        with self._database.writing() as connection:
            contact = _find(connection, workspace, contact_id)
            if contact is not None:
                connection.execute(_SQL["start_erasure"], (contact.number, now))
                connection.execute(_SQL["delete_summaries"], (contact.number,))
                connection.execute(_SQL["delete"], (contact.number,))
            return contact

    def erase_step(self) -> bool:
        """Erase some of what deleted contacts left; False when nothing is left."""
        if not self._database.query(_SQL["next_erasure"]):
            return False
        with self._database.writing() as connection:
            row = connection.execute(_SQL["next_erasure"]).fetchone()
            if row is None:
                return False
            erased = connection.execute(_SQL["erase_events"], (row[0], ERASE_STEP_EVENTS_MAX))
            if erased.rowcount < ERASE_STEP_EVENTS_MAX:
                connection.execute(_SQL["end_erasure"], (row[0],))
            return True

    def search(
        self, workspace: Workspace, query: Query | None, sort: Sort, limit: int, cursor: str | None
    ) -> ContactPage:
        """Contacts that are not archived and match; raises ValueError on a foreign cursor."""
        where = "c.workspace = ? AND c.archived_at IS NULL"
        values: list[object] = [workspace.number]
        if query is not None:
            condition = compile_query(query)
            where, values = f"{where} AND {condition.sql}", [*values, *condition.parameters]
        count = "SELECT count(*) FROM contacts AS c WHERE " + where  # noqa: S608 (values are parameters)
        total = cast(int, self._database.query(count, tuple(values))[0][0])
        rows = self._database.query(*_page_statement(where, values, sort, limit, cursor))
        contacts = [_contact(row) for row in rows[:limit]]
        more = len(rows) > limit
        return ContactPage(contacts, _cursor(rows[limit - 1]) if more else None, total)


def _page_statement(
    where: str, values: Sequence[object], sort: Sort, limit: int, cursor: str | None
) -> tuple[str, tuple[object, ...]]:
    """One page by key: (sort value, number) after those of the cursor."""
    key = sort_expression(sort.field, FIELD_TYPES[sort.field] == "string")
    order, beyond = ("DESC", "<") if sort.descending else ("ASC", ">")
    values = list(values)
    if cursor is not None:
        where += f" AND ({key}, c.number) {beyond} (?, ?)"
        values += _read_cursor(cursor, FIELD_TYPES[sort.field] == "string")
    page = f"WHERE {where} ORDER BY {key} {order}, c.number {order} LIMIT ?"
    return _select(f", {key}") + page, (*values, limit + 1)


def _cursor(row: tuple[object, ...]) -> str:
    text = msgspec.json.encode([row[-1], row[0]])
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _read_cursor(cursor: str, is_text: bool) -> list[object]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        decoded = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
        kind = tuple[str, _Bounded] if is_text else tuple[_Bounded, _Bounded]
        return list(msgspec.json.decode(decoded, type=kind))
    except (UnicodeError, binascii.Error, msgspec.MsgspecError):
        raise ValueError("not a cursor of this list") from None


def _check_free(
    connection: sqlite3.Connection, workspace: Workspace, fields: dict[str, Json], number: int
) -> None:
    """External ids are unique; emails are unique among users (docs/wire.md "Contacts")."""
    external_id, email = fields.get("external_id"), fields.get("email")
    taken = None
    if isinstance(external_id, str):
        parameters = (workspace.number, external_id, number)
        taken = connection.execute(_SQL["taken_external_id"], parameters).fetchone()
    if taken is None and isinstance(email, str) and fields.get("role") == Role.USER:
        parameters = (workspace.number, email.lower(), number)
        taken = connection.execute(_SQL["taken_email"], parameters).fetchone()
    if taken is not None:
        raise ContactExists(taken[0], bool(taken[1]))


def _set(
    connection: sqlite3.Connection, workspace: Workspace, contact_id: str, fields: dict[str, Json]
) -> None:
    """Write columns by name; custom attributes are merged, a null takes one away."""
    columns, values = [], []
    for name, value in fields.items():
        assert name in _WRITABLE or name in ("archived_at", "updated_at"), name
        if name == "custom_attributes":
            columns.append("custom_attributes = json_patch(custom_attributes, ?)")
            value = msgspec.json.encode(value).decode()
        else:
            columns.append(f"{name} = ?")
        values.append(value)
        if name == "email":
            columns.append("email_key = ?")
            values.append(value.lower() if isinstance(value, str) else None)
    if columns:
        statement = f"UPDATE contacts SET {', '.join(columns)} WHERE workspace = ? AND id = ?"  # noqa: S608 (names are checked above)
        connection.execute(statement, (*values, workspace.number, contact_id))


def _find(connection: sqlite3.Connection, workspace: Workspace, contact_id: str) -> Contact | None:
    parameters = (workspace.number, contact_id)
    row = connection.execute(_select() + _SQL["find_id"], parameters).fetchone()
    return None if row is None else _contact(row)


def _require(connection: sqlite3.Connection, workspace: Workspace, contact_id: str) -> Contact:
    contact = _find(connection, workspace, contact_id)
    assert contact is not None, "a contact written in this transaction is found in it"
    return contact


def _contact(row: Sequence[object]) -> Contact:
    values: list[Any] = list(row[:18])
    fields = dict(zip(Contact.__struct_fields__, _in_order(values), strict=True))
    return Contact(**fields)


def _in_order(values: list[Any]) -> list[Any]:
    """The columns as the fields of `Contact`: flags are booleans, attributes an object."""
    values[11] = bool(values[11])
    values[14] = msgspec.json.decode(values[14])
    return values
