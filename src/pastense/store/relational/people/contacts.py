"""Contacts; see `store.base.ContactStore` for what each method promises."""

from __future__ import annotations

from pastense.identity import new_contact_id
from pastense.limits import CUSTOM_ATTRIBUTES_MAX
from pastense.model import Contact, IdentifierKind, Json, Role, Workspace
from pastense.search import Query, Sort
from pastense.store.base import ContactExists, ContactPage, TooManyAttributes
from pastense.store.relational.connection import Connection, Database
from pastense.store.relational.leaving.job_items import bind_items
from pastense.store.relational.people.attributes import bind_types
from pastense.store.relational.people.contact_rows import (
    SQL,
    find_contact,
    find_statement,
    read_contact,
    require_contact,
    set_fields,
)
from pastense.store.relational.people.contact_search import search_contacts


class Contacts:
    """Creates, finds, changes, archives, blocks and searches contacts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, workspace: Workspace, fields: dict[str, Json], now: int) -> Contact:
        """Add a contact; raises `ContactExists` where an identifier is taken."""
        with self._database.writing() as connection:
            return add_contact(connection, workspace, fields, now)

    def find(self, workspace: Workspace, kind: IdentifierKind, value: str) -> list[Contact]:
        """The contacts that an identifier names: by email only users, maybe several."""
        key = value.lower() if kind == "email" else value
        rows = self._database.query(find_statement(kind), (workspace.number, key))
        return [read_contact(row) for row in rows]

    def update(
        self, workspace: Workspace, contact_id: str, fields: dict[str, Json], now: int
    ) -> Contact | None:
        """Change the given fields; None where there is no such contact."""
        with self._database.writing() as connection:
            before = find_contact(connection, workspace, contact_id)
            if before is None:
                return None
            return change_contact(connection, workspace, before, fields, now)

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
            set_fields(connection, before.number, fields)
            return require_contact(connection, before.number)

    def block(self, workspace: Workspace, contact_id: str, now: int) -> Contact | None:
        """Mark a contact as blocked, once; None where there is no such contact."""
        with self._database.writing() as connection:
            before = find_contact(connection, workspace, contact_id)
            if before is None or before.blocked_at is not None:
                return before
            fields: dict[str, Json] = {"blocked_at": now, "updated_at": now}
            set_fields(connection, before.number, fields)
            return require_contact(connection, before.number)

    def search(
        self, workspace: Workspace, query: Query | None, sort: Sort, limit: int, cursor: str | None
    ) -> ContactPage:
        """Contacts that are not archived and match; raises ValueError on a foreign cursor."""
        return search_contacts(self._database, workspace, query, sort, limit, cursor)


def add_contact(
    connection: Connection, workspace: Workspace, fields: dict[str, Json], now: int
) -> Contact:
    """Add a contact within an open transaction; raises as `Contacts.create`."""
    contact_id = new_contact_id(now)
    role = fields.get("role") or Role.USER
    _check_free(connection, workspace, fields | {"role": role}, 0)
    fields = bind_types(connection, workspace, fields)
    row = (workspace.number, contact_id, role, now)
    ((number,),) = connection.execute(SQL["insert"], row).fetchall()
    set_fields(connection, number, fields)
    return require_contact(connection, number)


def change_contact(
    connection: Connection,
    workspace: Workspace,
    before: Contact,
    fields: dict[str, Json],
    now: int,
) -> Contact:
    """Change a contact within an open transaction; raises as `Contacts.update`."""
    _check_free(connection, workspace, _newly_named(before, fields), before.number)
    fields = bind_types(connection, workspace, fields)
    set_fields(connection, before.number, fields | {"updated_at": now})
    given_up = (_given_up(before, fields, name) for name in ("external_id", "email"))
    bind_items(connection, workspace.number, before.id, *given_up)
    _check_attributes(connection, before.number)
    return require_contact(connection, before.number)


def _newly_named(before: Contact, fields: dict[str, Json]) -> dict[str, Json]:
    """The identifiers that must be free for a change, with the role. What stays as it is need not
    be: older data may have several users with one email."""
    after: dict[str, Json] = {"role": before.role, "email": before.email} | fields
    if after["role"] == before.role and _key(after["email"]) == _key(before.email):
        del after["email"]
    return after


def _key(email: Json) -> str | None:
    return email.lower() if isinstance(email, str) else None


def _given_up(before: Contact, fields: dict[str, Json], name: str) -> str | None:
    """The identifier that a contact has no longer once these fields are written."""
    value: str | None = getattr(before, name)
    return value if fields.get(name, value) != value else None


def _check_attributes(connection: Connection, number: int) -> None:
    """No more than a contact may have, those included that are archived and not shown."""
    (count,) = connection.execute(SQL["count_attributes"], (number,)).fetchone()
    if count > CUSTOM_ATTRIBUTES_MAX:
        raise TooManyAttributes


def _check_free(
    connection: Connection, workspace: Workspace, fields: dict[str, Json], number: int
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
