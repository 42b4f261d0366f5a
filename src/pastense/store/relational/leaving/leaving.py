"""Contacts that go; see `store.base.LeavingStore` for what each method promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from pastense import limits
from pastense.model import AuditEntry, Contact, IdentifierKind, MergedContact, Workspace
from pastense.store.base import Remains
from pastense.store.base.leaving import CannotMerge
from pastense.store.relational.administration.audit import record
from pastense.store.relational.connection import Connection, Database
from pastense.store.relational.leaving.job_items import bind_items, erase_items
from pastense.store.relational.leaving.moving import (
    SQL,
    end_of_step,
    is_larger,
    move_events,
    take_from_counts,
)
from pastense.store.relational.leaving.tombstones import Named, Tombstones
from pastense.store.relational.people.contact_rows import find_contact, read_contact, select_one
from pastense.store.relational.people.identities import kept_identities
from pastense.store.relational.people.merged_fields import merge_attributes, merge_fields


class Leaving:
    """Merges and deletes contacts, moves and erases what they did."""

    def __init__(self, database: Database, scrub: Callable[[], bool]) -> None:
        """`scrub` overwrites some of what erased rows left in the database; False when nothing
        is left."""
        self._database = database
        self._scrub = scrub

    def merge(
        self, workspace: Workspace, source_id: str, target_id: str, now: int
    ) -> Contact | None:
        """Make the source a part of the target; None where one of them is not there."""
        with self._database.writing() as connection:
            source = find_contact(connection, workspace, source_id)
            target = find_contact(connection, workspace, target_id)
            if source is None or target is None:
                return None
            _check_merge(source, target)
            merge_attributes(connection, source, target)
            _join(connection, source, target, now)
            _begin_move(connection, source, target)
            return merge_fields(connection, source, target, now)

    def delete(self, workspace: Workspace, contact_id: str, entry: AuditEntry) -> Contact | None:
        """Make a contact unreachable at once and free its identifiers."""
        with self._database.writing() as connection:
            contact = find_contact(connection, workspace, contact_id)
            if contact is not None:
                _bury(connection, contact, entry.at)
                _begin_erasure(connection, contact, entry.at)
                record(connection, entry)
            return contact

    def move_step(self) -> bool:
        """Move some events of merged contacts; False when nothing is left."""
        if not self._database.query(SQL["next_move"]):
            return False
        with self._database.writing() as connection:
            row = connection.execute(SQL["next_move"]).fetchone()
            if row is None:
                return False
            source, target, workspace = row
            if not move_events(connection, source, target, workspace, limits.MOVE_STEP_EVENTS_MAX):
                connection.execute(SQL["end_move"], (source,))
                connection.execute(SQL["mark_merging"], (target,))
            return True

    def erase_step(self) -> bool:
        """Erase some of what deleted contacts left; False when nothing is left."""
        if not self._database.query(SQL["next_erasure"]):
            return False
        with self._database.writing() as connection:
            row = connection.execute(SQL["next_erasure"]).fetchone()
            if row is None:
                return False
            if not _erase_some(connection, *row):
                connection.execute(SQL["end_erasure"], (row[0],))
                connection.execute(SQL["want_scrub"])
            return True

    def scrub_step(self) -> bool:
        """Overwrite some of what erased rows left in the pages; False when nothing is left."""
        return self._scrub()

    def forget_step(self, before: int) -> bool:
        """Forget some tombstones of contacts that were deleted before that second."""
        if not self._database.query(SQL["old_tombstones"], (before,)):
            return False
        with self._database.writing() as connection:
            parameters = (before, limits.FORGET_STEP_EVENTS_MAX)
            forgotten = connection.execute(SQL["forget_tombstones"], parameters).rowcount
            return forgotten == limits.FORGET_STEP_EVENTS_MAX

    def merged_into(self, workspace: Workspace, kind: IdentifierKind, value: str) -> Contact | None:
        """Who the contact of an old identifier has become; None where nobody was merged."""
        if kind == "email":
            return None
        rows = self._database.query(SQL[f"merged_by_{kind}"], (workspace.number, value))
        if not rows:
            return None
        found = self._database.query(select_one("by_number"), rows[0])
        return read_contact(found[0]) if found else None

    def merge_history(self, contact: Contact) -> Sequence[MergedContact]:
        """Who became a part of a contact, the earliest first."""
        rows = self._database.query(SQL["merge_history"], (contact.number,))
        return [MergedContact(*cast(Any, row)) for row in rows]

    def deleted_at(self, workspace: Workspace, kind: IdentifierKind, value: str) -> int | None:
        """When a contact with that identifier was deleted, as long as its tombstone stands."""
        return Tombstones(self._database.reading(), workspace.number).find(kind, value)

    def remains(self) -> Remains:
        """What is still to be erased and moved."""
        erasures, moves, scrub = cast(Any, self._database.query(SQL["remains"])[0])
        return Remains(erasures, moves, bool(scrub))


def _check_merge(source: Contact, target: Contact) -> None:
    """A lead goes into a user, a visitor into either, nobody into himself."""
    if source.number == target.number:
        raise CannotMerge("from and into name the same contact", "into")
    if source.role == "user":
        raise CannotMerge("from must be a lead: a user cannot be merged away", "from")
    if target.role == "visitor" or (source.role == "lead" and target.role == "lead"):
        raise CannotMerge("into must be a user", "into")
    if target.archived_at is not None:
        raise CannotMerge("into is archived: unarchive it first", "into")


def _join(connection: Connection, source: Contact, target: Contact, now: int) -> None:
    """What is small goes over at once: old names, tags, deliveries, imported history."""
    pair = (source.number, target.number)
    for name in ("lead_merges_on", "keep_tags", "keep_deliveries", "keep_imported"):
        connection.execute(SQL[name], pair)
    for name in ("drop_tags", "drop_summaries"):
        connection.execute(SQL[name], (source.number,))
    _free(connection, source.number)
    bind_items(connection, source.workspace, source.id, None, source.email)
    merge = (source.id, source.workspace, source.external_id, source.role, target.number, now)
    connection.execute(SQL["add_merge"], merge)


def _begin_move(connection: Connection, source: Contact, target: Contact) -> None:
    """All events at once where they are few, otherwise a move that goes on in steps. Behind what
    is on its way to the target already come the source's events, then what was on its way to
    the source: so the copy that stays is the one that was seen before."""
    numbers = (source.number, target.number, source.workspace)
    (last,) = connection.execute(SQL["last_position"]).fetchone()
    # Where others are on their way to the target, few events wait too: they must not overtake.
    at_once_max = 0 if target.merging else limits.MERGE_EVENTS_MAX
    if is_larger(connection, source.number, at_once_max):
        connection.execute(SQL["add_move"], (*numbers, last + 1))
    else:
        move_events(connection, *numbers, limits.MERGE_EVENTS_MAX + 1)
    connection.execute(SQL["lead_moves_on"], (source.number, target.number, last + 1))
    connection.execute(SQL["mark_merging"], (target.number,))


def _bury(connection: Connection, contact: Contact, now: int) -> None:
    """Tombstones for every identifier that led to the contact, and its items in error feeds
    forgotten, which are found by the same identifiers."""
    rows = connection.execute(SQL["merged_identifiers"], (contact.number,)).fetchall()
    people = [(contact.id, contact.external_id, contact.email), *((*row, None) for row in rows)]
    tombstones = Tombstones(connection, contact.workspace)
    for contact_id, external_id, email in people:
        tombstones.add(_named(contact_id, external_id, email), now)
        erase_items(connection, contact.workspace, contact_id, external_id, email)


def _named(contact_id: str, external_id: str | None, email: str | None) -> list[Named]:
    found: list[Named] = [("id", contact_id)]
    if external_id is not None:
        found.append(("user_id", external_id))
    if email is not None:
        found.append(("email", email))
    return found


def _begin_erasure(connection: Connection, contact: Contact, now: int) -> None:
    parameters = (contact.number, now, contact.workspace)
    connection.execute(SQL["start_erasure"], parameters)
    connection.execute(SQL["erase_sources"], (contact.number, now))
    for name in ("drop_moves", "drop_merges", "drop_tags", "drop_summaries"):
        connection.execute(SQL[name], (contact.number,))
    _free(connection, contact.number)


def _free(connection: Connection, contact: int) -> None:
    """Take a contact's row away, and with it what it is found by."""
    with kept_identities(connection, contact):
        connection.execute(SQL["free_contact"], (contact,))


def _erase_some(connection: Connection, contact: int, workspace: int | None) -> bool:
    """Erase the earliest events and some deliveries; whether more are left."""
    parameters = (contact, limits.ERASE_STEP_EVENTS_MAX)
    deliveries = connection.execute(SQL["erase_deliveries"], parameters).rowcount
    if not is_larger(connection, contact, 0):
        return deliveries == limits.ERASE_STEP_EVENTS_MAX
    end = end_of_step(connection, contact, limits.ERASE_STEP_EVENTS_MAX)
    gone = connection.execute(SQL["erased_counts"], (contact, *end, workspace)).fetchall()
    connection.execute(SQL["drop_moved"], (contact, *end))
    take_from_counts(connection, gone if workspace is not None else [])
    return True
