"""Declared custom attributes; see `store.base.AttributeStore`."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from pastense.attributes import WrongType, as_declared
from pastense.limits import DATA_ATTRIBUTES_MAX
from pastense.model import AuditEntry, DataAttribute, Json, Workspace
from pastense.store.base import AttributeExists, AttributeRefused, TooManyDeclared
from pastense.store.relational.administration.audit import record
from pastense.store.relational.connection import Connection, Database
from pastense.store.statements import Statement, Statements

_SQL = Statements("attributes.sql")


def bind_types(
    connection: Connection, workspace: Workspace, fields: dict[str, Json]
) -> dict[str, Json]:
    """The fields of a contact with its custom attributes as they are declared, within the open
    transaction that writes them. Raises `AttributeRefused`."""
    values = fields.get("custom_attributes")
    if not isinstance(values, dict) or not values:
        return fields
    names = msgspec.json.encode(list(values)).decode()
    statement = _select(_SQL["find_names"])
    rows = connection.execute(statement, (workspace.number, names)).fetchall()
    return fields | {"custom_attributes": values | _converted(rows, values)}


class Attributes:
    """Declares custom attributes and changes what is declared."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, workspace: Workspace) -> list[DataAttribute]:
        """All declared attributes, archived ones too, the oldest first."""
        rows = self._database.query(_select(_SQL["all"]), (workspace.number,))
        return [_attribute(row) for row in rows]

    def find(self, workspace: Workspace, number: int) -> DataAttribute | None:
        """The declared attribute with that number."""
        rows = self._database.query(_select(_SQL["find"]), (workspace.number, number))
        return _attribute(rows[0]) if rows else None

    def create(
        self, workspace: Workspace, attribute: DataAttribute, entry: AuditEntry
    ) -> DataAttribute:
        """Declare an attribute; raises `AttributeExists` and `TooManyDeclared`."""
        with self._database.writing() as connection:
            taken = _find(connection, _SQL["find_name"], workspace, attribute.name)
            if taken is not None:
                raise AttributeExists(taken)
            (count,) = connection.execute(_SQL["count"], (workspace.number,)).fetchone()
            if count >= DATA_ATTRIBUTES_MAX:
                raise TooManyDeclared
            connection.execute(_SQL["insert"], (workspace.number, *_values(attribute)))
            record(connection, _about(entry, attribute))
            return _require(connection, _SQL["find_name"], workspace, attribute.name)

    def update(
        self, workspace: Workspace, number: int, fields: dict[str, Json], entry: AuditEntry
    ) -> DataAttribute | None:
        """Change what is given; None where there is no such attribute."""
        with self._database.writing() as connection:
            before = _find(connection, _SQL["find"], workspace, number)
            if before is None:
                return None
            after = _changed(before, fields, entry.at)
            if after == before:
                return before
            parameters = (workspace.number, number, after.description, _options(after))
            times = (after.messenger_writable, after.archived_at, entry.at)
            connection.execute(_SQL["update"], (*parameters, *times))
            record(connection, _about(entry, before))
            return _require(connection, _SQL["find"], workspace, number)


def _converted(rows: list[tuple[object, ...]], values: dict[str, Json]) -> dict[str, Json]:
    converted: dict[str, Json] = {}
    for row in rows:
        attribute = _attribute(row)
        try:
            converted[attribute.name] = as_declared(attribute, values[attribute.name])
        except WrongType as error:
            raise AttributeRefused(attribute.name, str(error)) from None
    return converted


def _changed(before: DataAttribute, fields: dict[str, Json], now: int) -> DataAttribute:
    changes: dict[str, Any] = dict(fields)
    archived = changes.pop("archived", None)
    if archived is not None and archived != (before.archived_at is not None):
        changes["archived_at"] = now if archived else None
    if changes.get("options") is not None:
        changes["options"] = tuple(changes["options"])
    return msgspec.structs.replace(before, **changes)


def _about(entry: AuditEntry, attribute: DataAttribute) -> AuditEntry:
    return msgspec.structs.replace(entry, detail=entry.detail | {"name": attribute.name})


def _values(attribute: DataAttribute) -> tuple[object, ...]:
    times = (attribute.created_at, attribute.updated_at)
    more = (attribute.description, _options(attribute), attribute.messenger_writable)
    return (attribute.name, attribute.data_type, *times, *more, attribute.created_by)


def _options(attribute: DataAttribute) -> str | None:
    options = attribute.options
    return None if options is None else msgspec.json.encode(options).decode()


def _select(clause: Statement) -> Statement:
    return _SQL["columns"] + "\n" + clause


def _find(
    connection: Connection, clause: Statement, workspace: Workspace, key: object
) -> DataAttribute | None:
    parameters = (workspace.number, key)
    row = connection.execute(_select(clause), parameters).fetchone()
    return None if row is None else _attribute(row)


def _require(
    connection: Connection, clause: Statement, workspace: Workspace, key: object
) -> DataAttribute:
    found = _find(connection, clause, workspace, key)
    assert found is not None, "an attribute written in this transaction is found in it"
    return found


def _attribute(row: tuple[object, ...]) -> DataAttribute:
    values: list[Any] = list(cast(Any, row))
    fields = dict(zip(DataAttribute.__struct_fields__, values, strict=True))
    if fields["options"] is not None:
        fields["options"] = tuple(msgspec.json.decode(fields["options"]))
    fields["messenger_writable"] = bool(fields["messenger_writable"])
    return DataAttribute(**fields)
