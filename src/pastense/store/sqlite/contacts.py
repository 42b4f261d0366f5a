"""Contacts in SQLite; see `store.base.ContactStore` for what each method promises."""

from __future__ import annotations

import sqlite3

from pastense.identity import new_contact_id
from pastense.limits import (
    CUSTOM_ATTRIBUTES_MAX,
    ERASE_STEP_EVENTS_MAX,
)
from pastense.model import Contact, IdentifierKind, Json, Role, Workspace
from pastense.search import Query, Sort
from pastense.store.base import ContactExists, ContactPage, TooManyAttributes
from pastense.store.sqlite.contact_rows import (
    SQL,
    find_contact,
    read_contact,
    require_contact,
    select,
    set_fields,
)
from pastense.store.sqlite.contact_search import search_contacts
from pastense.store.sqlite.database import Database


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
            connection.execute(SQL["insert"], (workspace.number, contact_id, role, now)).fetchall()
            set_fields(connection, workspace, contact_id, fields)
            return require_contact(connection, workspace, contact_id)

    def find(self, workspace: Workspace, kind: IdentifierKind, value: str) -> list[Contact]:
        """The contacts that an identifier names: by email only users, maybe several."""
        key = value.lower() if kind == "email" else value
        rows = self._database.query(select() + SQL[f"find_{kind}"], (workspace.number, key))
        return [read_contact(row) for row in rows]

    def update(
        self, workspace: Workspace, contact_id: str, fields: dict[str, Json], now: int
    ) -> Contact | None:
        """Change the given fields; None where there is no such contact."""
        with self._database.writing() as connection:
            before = find_contact(connection, workspace, contact_id)
            if before is None:
                return None
            named: dict[str, Json] = {"role": before.role, "email": before.email}
            _check_free(connection, workspace, named | fields, before.number)
            set_fields(connection, workspace, contact_id, fields | {"updated_at": now})
            contact = require_contact(connection, workspace, contact_id)
            if len(contact.custom_attributes) > CUSTOM_ATTRIBUTES_MAX:
                raise TooManyAttributes
            return contact

    def set_archived(
        self, workspace: Workspace, contact_id: str, archived: bool, now: int
    ) -> Contact | None:
        """Archive or restore a contact; None where there is no such contact."""
        with self._database.writing() as connection:
            before = find_contact(connection, workspace, contact_id)
            if before is None or (before.archived_at is not None) == archived:
                return before
            archived_at = now if archived else None
            fields: dict[str, Json] = {"archived_at": archived_at, "updated_at": now}
            set_fields(connection, workspace, contact_id, fields)
            return require_contact(connection, workspace, contact_id)

    def delete(self, workspace: Workspace, contact_id: str, now: int) -> Contact | None:
        """Make a contact unreachable at once and free its identifiers."""
        with self._database.writing() as connection:
            contact = find_contact(connection, workspace, contact_id)
            if contact is not None:
                connection.execute(SQL["start_erasure"], (contact.number, now))
                connection.execute(SQL["delete_summaries"], (contact.number,))
                connection.execute(SQL["delete"], (contact.number,))
            return contact

    def erase_step(self) -> bool:
        """Erase some of what deleted contacts left; False when nothing is left."""
        if not self._database.query(SQL["next_erasure"]):
            return False
        with self._database.writing() as connection:
            row = connection.execute(SQL["next_erasure"]).fetchone()
            if row is None:
                return False
            erased = connection.execute(SQL["erase_events"], (row[0], ERASE_STEP_EVENTS_MAX))
            if erased.rowcount < ERASE_STEP_EVENTS_MAX:
                connection.execute(SQL["end_erasure"], (row[0],))
            return True

    def search(
        self, workspace: Workspace, query: Query | None, sort: Sort, limit: int, cursor: str | None
    ) -> ContactPage:
        """Contacts that are not archived and match; raises ValueError on a foreign cursor."""
        return search_contacts(self._database, workspace, query, sort, limit, cursor)


def _check_free(
    connection: sqlite3.Connection, workspace: Workspace, fields: dict[str, Json], number: int
) -> None:
    """External ids are unique; emails are unique among users (docs/wire.md "Contacts")."""
    external_id, email = fields.get("external_id"), fields.get("email")
    taken = None
    if isinstance(external_id, str):
        parameters = (workspace.number, external_id, number)
        taken = connection.execute(SQL["taken_external_id"], parameters).fetchone()
    if taken is None and isinstance(email, str) and fields.get("role") == Role.USER:
        parameters = (workspace.number, email.lower(), number)
        taken = connection.execute(SQL["taken_email"], parameters).fetchone()
    if taken is not None:
        raise ContactExists(taken[0], bool(taken[1]))
