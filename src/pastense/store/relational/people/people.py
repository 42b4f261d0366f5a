"""People by their role; see `store.base.PeopleStore` for what each method promises."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, cast

from pastense.model import Contact, IdentifierKind, Json, Role, Workspace
from pastense.store.base import ContactExists
from pastense.store.base.people import (
    Batch,
    Change,
    EmailShared,
    Listing,
    Named,
    PeoplePage,
)
from pastense.store.relational.connection import Connection, Database
from pastense.store.relational.people.contact_rows import (
    find_contact,
    find_statement,
    read_contact,
    select,
)
from pastense.store.relational.people.contacts import add_contact, change_contact
from pastense.store.statements import Statement, Statements

SQL = Statements("people.sql")
_ORDERS: Final = {
    "created_at": "c.created_at",
    "updated_at": "c.updated_at",
    "signed_up_at": "coalesce(c.signed_up_at, -1)",
    "last_seen_at": "coalesce(c.last_seen_at, -1)",
}
_CURSOR = re.compile(r"([0-9a-f]{1,12})-([0-9a-f]{1,15})", re.ASCII)


class People:
    """Saves users, changes roles, lists, scrolls and counts people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_user(
        self, workspace: Workspace, named: Named, change: Change, now: int
    ) -> Contact | None:
        """Change the user that is meant, or add one; None where the `id` names no user."""
        with self._database.writing() as connection:
            user = _find_user(connection, workspace, named)
            if user is not None:
                return _write(connection, workspace, user, change, now)
            if named.id is not None:
                return None
            fields: dict[str, Json] = {
                name: value for name, value in change.fields.items() if value is not None
            }
            fields |= {"role": Role.USER, "session_count": change.sessions}
            return add_contact(connection, workspace, fields, now)

    def change(
        self, workspace: Workspace, contact_id: str, role: str, change: Change, now: int
    ) -> Contact | None:
        """Change a contact of that role, its role included; None where there is none."""
        with self._database.writing() as connection:
            contact = find_contact(connection, workspace, contact_id)
            if contact is None or contact.role != role:
                return None
            return _write(connection, workspace, contact, change, now)

    def page(self, workspace: Workspace, listing: Listing) -> PeoplePage:
        """A part of a listing."""
        where, values = _where(workspace, listing)
        order = "DESC" if listing.descending else "ASC"
        # The plus keeps a database from reading everybody in order to find the few with an email.
        key = "+" * (listing.email is not None) + _ORDERS[listing.sort]
        part = f"ORDER BY {key} {order}, c.number {order} LIMIT ? OFFSET ?"
        with self._database.snapshot():
            total = self._total(where, values)
            statement = select() + " WHERE " + where + " " + part
            rows = self._database.query(statement, (*values, listing.limit, listing.offset))
        return PeoplePage([read_contact(row) for row in rows], total)

    def batch(self, workspace: Workspace, role: str, limit: int, cursor: str | None) -> Batch:
        """The next people in order of creation; raises ValueError on a foreign cursor."""
        after = _read_cursor(cursor)
        parameters = (workspace.number, role, *after, limit)
        rows = self._database.query(select() + SQL["batch"], parameters)
        contacts = [read_contact(row) for row in rows]
        if contacts:
            after = (contacts[-1].created_at, contacts[-1].number)
        return Batch(contacts, f"{after[0]:x}-{after[1]:x}")

    def count(self, workspace: Workspace, role: str) -> int:
        """How many have that role."""
        return self._total(SQL["of_role"], (workspace.number, role))

    def tag_counts(self, workspace: Workspace, role: str) -> Sequence[tuple[str, int]]:
        """Every tag by name, the oldest first, with how many of that role carry it."""
        rows = self._database.query(SQL["tag_counts"], (workspace.number, role))
        return cast(list[tuple[str, int]], rows)

    def _total(self, where: Statement, values: tuple[object, ...]) -> int:
        count = "SELECT count(*) FROM contacts AS c WHERE " + where  # noqa: S608 (values are parameters)
        return cast(int, self._database.query(count, values)[0][0])


def _find_user(connection: Connection, workspace: Workspace, named: Named) -> Contact | None:
    """The user that is meant, archived or not; None where nobody is."""
    if named.id is not None:
        contact = find_contact(connection, workspace, named.id)
        return contact if contact is not None and contact.role == Role.USER else None
    if named.user_id is not None:
        found = _rows(connection, workspace, "user_id", named.user_id)
        if found and found[0].role != Role.USER:
            raise ContactExists(found[0].id, found[0].archived_at is not None)
        if found:
            return found[0]
    return None if named.email is None else _by_email(connection, workspace, named)


def _by_email(connection: Connection, workspace: Workspace, named: Named) -> Contact | None:
    """The one user with the email; beside a `user_id` only one without its own is meant."""
    assert named.email is not None
    found = _rows(connection, workspace, "email", named.email.lower())
    live = [user for user in found if user.archived_at is None] or found
    if len(live) > 1:
        raise EmailShared
    if not live or (named.user_id is not None and live[0].external_id is not None):
        return None
    return live[0]


def _rows(
    connection: Connection, workspace: Workspace, kind: IdentifierKind, key: str
) -> list[Contact]:
    found = connection.execute(find_statement(kind), (workspace.number, key))
    return [read_contact(row) for row in found.fetchall()]


def _write(
    connection: Connection,
    workspace: Workspace,
    before: Contact,
    change: Change,
    now: int,
) -> Contact:
    fields: dict[str, Json] = dict(change.fields)
    if change.sessions:
        fields["session_count"] = before.session_count + change.sessions
    if before.archived_at is not None:
        fields["archived_at"] = None
    return change_contact(connection, workspace, before, fields, now)


def _where(workspace: Workspace, listing: Listing) -> tuple[Statement, tuple[object, ...]]:
    """The condition of a listing, of named parts, with its parameters."""
    given: dict[str, object] = {
        "created_since": listing.created_since,
        "email": None if listing.email is None else listing.email.lower(),
        "phone": listing.phone,
        "tag": listing.tag,
    }
    parts = [name for name, value in given.items() if value is not None]
    where = SQL["of_role"]
    for name in parts:
        where = where + " " + SQL[f"with_{name}"]
    return where, (workspace.number, listing.role, *(given[name] for name in parts))


def _read_cursor(cursor: str | None) -> tuple[int, int]:
    """(second of creation, number) of the last one that was given out."""
    if cursor is None:
        return 0, 0
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise ValueError("not a cursor of this scroll")
    return int(found[1], 16), int(found[2], 16)
