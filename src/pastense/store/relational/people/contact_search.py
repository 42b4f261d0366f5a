"""Search contacts: a page by key, its cursor, how many match."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, cast

import msgspec

from pastense.limits import INTEGER_MAX, INTEGER_MIN
from pastense.model import Workspace
from pastense.search import FIELD_TYPES, Query, Sort
from pastense.store.base import ContactPage
from pastense.store.relational.connection import Database
from pastense.store.relational.people.contact_rows import read_contact, select
from pastense.store.relational.people.filters import Compiler
from pastense.store.statements import Statement

_Bounded = Annotated[int, msgspec.Meta(ge=INTEGER_MIN, le=INTEGER_MAX)]


def search_contacts(
    database: Database,
    workspace: Workspace,
    query: Query | None,
    sort: Sort,
    limit: int,
    cursor: str | None,
) -> ContactPage:
    """Contacts that are neither archived nor visitors and match; raises ValueError on a foreign
    cursor."""
    where = "c.workspace = ? AND c.archived_at IS NULL AND c.role <> 'visitor'"
    values: list[object] = [workspace.number]
    compiler = Compiler(database.texts.file("filters.sql"))
    if query is not None:
        condition = compiler.compile_query(query)
        where, values = f"{where} AND {condition.sql}", [*values, *condition.parameters]
    count = "SELECT count(*) FROM contacts AS c WHERE " + where  # noqa: S608 (values are parameters)
    total = cast(int, database.query(count, tuple(values))[0][0])
    key = compiler.sort_expression(sort.field, FIELD_TYPES[sort.field] == "string")
    rows = database.query(*_page_statement(where, values, key, sort, limit, cursor))
    contacts = [read_contact(row) for row in rows[:limit]]
    more = len(rows) > limit
    return ContactPage(contacts, _cursor(rows[limit - 1]) if more else None, total)


def _page_statement(
    where: str, values: Sequence[object], key: str, sort: Sort, limit: int, cursor: str | None
) -> tuple[Statement, tuple[object, ...]]:
    """One page by key: (sort value, number) after those of the cursor."""
    order, beyond = ("DESC", "<") if sort.descending else ("ASC", ">")
    values = list(values)
    if cursor is not None:
        where += f" AND ({key}, c.number) {beyond} (?, ?)"
        values += _read_cursor(cursor, FIELD_TYPES[sort.field] == "string")
    page = f"WHERE {where} ORDER BY {key} {order}, c.number {order} LIMIT ?"
    return select(f", {key}") + page, (*values, limit + 1)


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
