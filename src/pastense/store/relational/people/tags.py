"""Tags; see `store.base.TagStore` for what each method promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

from pastense.limits import CONTACT_TAGS_COUNT_MAX, TAG_NAMES_MAX, TAG_STEP_ITEMS_MAX
from pastense.model import AppliedTag, AuditEntry, Tag, Workspace
from pastense.store.base import (
    ContactUnknown,
    EmailAmbiguous,
    TagChange,
    TagExists,
    TagUnknown,
    TooManyTags,
)
from pastense.store.relational.administration.audit import record
from pastense.store.relational.connection import Connection, Database
from pastense.store.statements import Statements

_SQL = Statements("tags.sql")
_CONTACT: Final = {
    "id": _SQL["contact_id"],
    "user_id": _SQL["contact_user_id"],
    "email": _SQL["contact_email"],
}


class Tags:
    """Makes and names tags, puts them on contacts and takes them away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, workspace: Workspace) -> list[Tag]:
        """All tags, the oldest first."""
        rows = self._database.query(_SQL["all"], (workspace.number,))
        return [Tag(*cast(Any, row)) for row in rows]

    def find(self, workspace: Workspace, number: int) -> Tag | None:
        """The tag with that number."""
        rows = self._database.query(_SQL["find"], (workspace.number, number))
        return Tag(*cast(Any, rows[0])) if rows else None

    def apply(
        self,
        workspace: Workspace,
        name: str,
        changes: Sequence[TagChange],
        by: int | None,
        entry: AuditEntry,
    ) -> Tag:
        """The tag with that name, put on and taken from contacts; all of it or nothing."""
        with self._database.writing() as connection:
            tag = _find_or_make(connection, workspace, name, entry)
            for index, change in enumerate(changes):
                contact = _find_contact(connection, workspace, change, index)
                if change.remove:
                    connection.execute(_SQL["detach"], (contact, tag.number))
                else:
                    _attach(connection, contact, tag.number, by, entry.at, index)
            return tag

    def rename(self, workspace: Workspace, number: int, name: str, entry: AuditEntry) -> Tag | None:
        """Give a tag another name; None where there is no such tag. Raises `TagExists`."""
        with self._database.writing() as connection:
            tag = _find(connection, workspace, number)
            if tag is None or tag.name == name:
                return tag
            taken = _find_name(connection, workspace, name)
            if taken is not None and taken.number != number:
                raise TagExists(taken)
            connection.execute(_SQL["rename"], (number, name, name.lower()))
            record(connection, _about(entry, number))
            return Tag(number, name)

    def delete(self, workspace: Workspace, number: int, entry: AuditEntry) -> bool:
        """Take a tag away from everybody at once; `erase_step` then removes the rows."""
        with self._database.writing() as connection:
            found = connection.execute(_SQL["delete"], (workspace.number, number)).rowcount == 1
            if found:
                connection.execute(_SQL["start_erasure"], (number,))
                record(connection, _about(entry, number))
            return found

    def erase_step(self) -> bool:
        """Erase some of what deleted tags left; False when nothing is left."""
        if not self._database.query(_SQL["next_erasure"]):
            return False
        with self._database.writing() as connection:
            row = connection.execute(_SQL["next_erasure"]).fetchone()
            if row is None:
                return False
            erased = connection.execute(_SQL["erase"], (row[0], TAG_STEP_ITEMS_MAX)).rowcount
            if erased < TAG_STEP_ITEMS_MAX:
                connection.execute(_SQL["end_erasure"], (row[0],))
            return True

    def of_contact(self, workspace: Workspace, contact_id: str) -> list[AppliedTag]:
        """The tags of a contact, the oldest first; raises `ContactUnknown`."""
        rows = self._database.query(_SQL["contact_id"], (workspace.number, contact_id))
        if not rows:
            raise ContactUnknown
        applied = self._database.query(_SQL["of_contact"], (rows[0][0],))
        return [_applied(row) for row in applied]

    def attach(
        self, workspace: Workspace, contact_id: str, number: int, by: int | None, now: int
    ) -> AppliedTag:
        """Put a tag on a contact; one that is there stays as it is."""
        with self._database.writing() as connection:
            contact = _find_contact(connection, workspace, TagChange("id", contact_id), 0)
            if _find(connection, workspace, number) is None:
                raise TagUnknown
            _attach(connection, contact, number, by, now)
            return _on_contact(connection, contact, number)

    def detach(self, workspace: Workspace, contact_id: str, number: int) -> AppliedTag:
        """Take a tag from a contact; raises `ContactUnknown` and `TagUnknown`."""
        with self._database.writing() as connection:
            contact = _find_contact(connection, workspace, TagChange("id", contact_id), 0)
            applied = _on_contact(connection, contact, number)
            connection.execute(_SQL["detach"], (contact, number))
            return applied


def _find(connection: Connection, workspace: Workspace, number: int) -> Tag | None:
    row = connection.execute(_SQL["find"], (workspace.number, number)).fetchone()
    return None if row is None else Tag(*row)


def _find_name(connection: Connection, workspace: Workspace, name: str) -> Tag | None:
    row = connection.execute(_SQL["find_name"], (workspace.number, name.lower())).fetchone()
    return None if row is None else Tag(*row)


def _find_or_make(
    connection: Connection, workspace: Workspace, name: str, entry: AuditEntry
) -> Tag:
    tag = _find_name(connection, workspace, name)
    if tag is not None:
        return tag
    if connection.execute(_SQL["count"], (workspace.number,)).fetchone()[0] >= TAG_NAMES_MAX:
        raise TooManyTags
    parameters = (workspace.number, name, name.lower(), entry.at)
    tag = Tag(*connection.execute(_SQL["insert"], parameters).fetchone())
    record(connection, _about(entry, tag.number))
    return tag


def _find_contact(
    connection: Connection, workspace: Workspace, change: TagChange, index: int
) -> int:
    """The number of the contact; of several users with one email the only one that is not
    archived."""
    key = change.value.lower() if change.kind == "email" else change.value
    rows = connection.execute(_CONTACT[change.kind], (workspace.number, key)).fetchall()
    numbers = [row[0] for row in rows if row[1]] or [row[0] for row in rows]
    if not numbers:
        raise ContactUnknown(index)
    if len(numbers) > 1:
        raise EmailAmbiguous(index)
    return cast(int, numbers[0])


def _attach(
    connection: Connection,
    contact: int,
    tag: int,
    by: int | None,
    now: int,
    index: int = 0,
) -> None:
    (others,) = connection.execute(_SQL["count_on_contact"], (contact, tag)).fetchone()
    if others >= CONTACT_TAGS_COUNT_MAX:
        raise TooManyTags(index)
    connection.execute(_SQL["attach"], (contact, tag, now, by))


def _on_contact(connection: Connection, contact: int, tag: int) -> AppliedTag:
    row = connection.execute(_SQL["on_contact"], (contact, tag)).fetchone()
    if row is None:
        raise TagUnknown
    return _applied(row)


def _applied(row: Sequence[object]) -> AppliedTag:
    number, name, at, by = cast(Any, row)
    return AppliedTag(Tag(number, name), at, by)


def _about(entry: AuditEntry, number: int) -> AuditEntry:
    """The entry with the tag's number; its name could say something of a person."""
    return msgspec.structs.replace(entry, detail=entry.detail | {"tag": str(number)})
