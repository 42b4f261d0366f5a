"""The catalogue of event names; see `store.base.CatalogueStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

from pastense.limits import EVENT_NAME_CHARACTERS_MAX
from pastense.model import AuditEntry, EventName, IgnoredKey, TrackedKey
from pastense.store.base import NameFilter, TooManyNames
from pastense.store.relational.administration.audit import record
from pastense.store.relational.connection import Connection, Database
from pastense.store.relational.events.name_keys import OTHER_KEYS
from pastense.store.statements import Statement, Statements

SQL: Final = Statements("catalogue.sql")
_SELECT: Final = SQL["columns"] + "\n"
_LAST_CHARACTER: Final = "\U0010ffff"


class Catalogue:
    """Reads, describes, archives and restores names."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def names(
        self, workspace: int, wanted: NameFilter, limit: int, after: str | None
    ) -> list[EventName]:
        """Names in the order of their code points, those after the name `after`."""
        end = wanted.prefix + _LAST_CHARACTER * EVENT_NAME_CHARACTERS_MAX
        bounds = (wanted.prefix, end, after or "", wanted.include_archived, limit)
        rows = self._database.query(_SELECT + SQL["page"], (workspace, *bounds))
        return [_event_name(row) for row in rows]

    def find(self, workspace: int, name: str) -> EventName | None:
        """The name that equals the text, archived or not."""
        rows = self._database.query(_SELECT + SQL["one"], (workspace, name))
        return _event_name(rows[0]) if rows else None

    def describe(
        self, workspace: int, name: str, description: str | None, entry: AuditEntry
    ) -> EventName | None:
        """Set or clear a name's description; None where there is no such name."""
        with self._database.writing() as connection:
            return _change(connection, SQL["describe"], (workspace, name, description), entry)

    def archive(self, workspace: int, name: str, entry: AuditEntry) -> EventName | None:
        """Hide a name and free its place among the active ones; None where there is none."""
        with self._database.writing() as connection:
            return _change(connection, SQL["archive"], (workspace, name, entry.at), entry)

    def unarchive(
        self, workspace: int, name: str, names_max: int, entry: AuditEntry
    ) -> EventName | None:
        """Bring a name back with all its events; None where there is no such name."""
        with self._database.writing() as connection:
            before = _find(connection, workspace, name)
            if names_max and before is not None and before.archived_at is not None:
                active = connection.execute(SQL["active_names"], (workspace,)).fetchone()[0]
                if active >= names_max:
                    raise TooManyNames
            return _change(connection, SQL["unarchive"], (workspace, name), entry)


def _change(
    connection: Connection, statement: Statement, parameters: Sequence[Any], entry: AuditEntry
) -> EventName | None:
    """Run a statement that changes one name or leaves it as it is; the name as it is then."""
    if connection.execute(statement, parameters).rowcount:
        record(connection, entry)
    workspace, name, *_ = parameters
    return _find(connection, workspace, name)


def _find(connection: Connection, workspace: int, name: str) -> EventName | None:
    row = connection.execute(_SELECT + SQL["one"], (workspace, name)).fetchone()
    return None if row is None else _event_name(row)


def _event_name(row: Sequence[object]) -> EventName:
    name, description, archived_at, created_at, first, last, count, tracked, ignored = cast(
        Any, row
    )
    counted = dict(msgspec.json.decode(ignored))
    other = counted.pop(OTHER_KEYS, 0)
    return EventName(
        name=name,
        description=description,
        archived_at=archived_at,
        created_at=created_at,
        first_seen_at=first,
        last_seen_at=last,
        count=count,
        tracked_keys=tuple(TrackedKey(*key) for key in msgspec.json.decode(tracked)),
        ignored_keys=tuple(IgnoredKey(*key) for key in counted.items()),
        ignored_keys_other=other,
    )
