"""What a copy copies: no table and no column of either schema is forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from pastense.clock import ManualClock
from pastense.store.copying.tables import DERIVED, NOT_COPIED, TABLES, Table
from pastense.store.opening import open_store
from tests.support.postgresql import shared_server

Schema = dict[str, set[str]]
"""The columns of each table."""


def sqlite_schema(folder: Path) -> Schema:
    """The tables of a new file."""
    path = folder / "new.db"
    open_store(f"sqlite:{path}", ManualClock(0), 5.0)[0].close()
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c "
            "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'"
        ).fetchall()
    return collected(rows)


def postgresql_schema(_: Path) -> Schema:
    """The tables of a new database."""
    server = shared_server()
    with server.database() as name:
        open_store(server.address(name), ManualClock(0), 5.0)[0].close()
        rows = server.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public'",
            name,
        )
    return collected(rows)


def collected(rows: Iterable[tuple[str, str]]) -> Schema:
    found: Schema = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


SCHEMAS = {"sqlite": sqlite_schema, "postgresql": postgresql_schema}


def forgotten(schema: Schema, tables: Iterable[Table], kind: str) -> list[str]:
    """Tables and columns of which nobody has said how they are copied, and words on such as there
    are not."""
    said: Schema = {}
    for table in tables:
        own = table.kept[kind].own if kind in table.kept else ()
        said.setdefault(table.inside(kind), set()).update(table.columns, own)
    left_out = NOT_COPIED.keys() | DERIVED[kind].keys()
    there = {name: columns for name, columns in schema.items() if name not in left_out}
    return [
        f"{name}: {sorted(there.get(name, set()) ^ said.get(name, set()))}"
        for name in sorted(there.keys() | said.keys())
        if there.get(name) != said.get(name)
    ]


@pytest.fixture(scope="module", params=SCHEMAS)
def kind_and_schema(request, tmp_path_factory) -> tuple[str, Schema]:
    """Each kind of database, and the tables of a new store in it."""
    return request.param, SCHEMAS[request.param](tmp_path_factory.mktemp("schema"))


def test_every_table_and_every_column_is_copied_or_has_a_word_on_why_not(kind_and_schema):
    kind, schema = kind_and_schema
    assert forgotten(schema, TABLES, kind) == []


def test_a_forgotten_table_and_a_forgotten_column_are_found(kind_and_schema):
    kind, schema = kind_and_schema
    more = {"added": {"number"}, "tags": schema["tags"] | {"colour"}}
    assert forgotten(schema | more, TABLES, kind) == ["added: ['number']", "tags: ['colour']"]
    without = [table for table in TABLES if table.name != "moves"]
    assert [one.partition(":")[0] for one in forgotten(schema, without, kind)] == ["moves"]


def test_what_is_left_out_is_named_once_and_with_a_reason():
    names = [table.name for table in TABLES]
    assert len(set(names)) == len(names)
    assert not set(names) & set(NOT_COPIED)
    assert all(NOT_COPIED.values())


def test_the_columns_of_a_row_begin_with_its_key():
    events = next(table for table in TABLES if table.name == "events")
    assert events.columns == ("contact", "created_at", "slot", "metadata")
    assert all(table.key[0] in ("contact", "number") for table in TABLES if table.of_contact)


def test_rows_may_be_kept_within_another_table():
    counts = next(table for table in TABLES if table.name == "name_counts")
    assert counts.rows("sqlite") == counts.inside("sqlite") == "event_names"
    assert counts.inside("postgresql") == "name_counts"
    assert counts.rows("postgresql").startswith("(SELECT n.workspace, n.slot, ")
    assert counts.rows("another kind") == counts.inside("another kind") == "name_counts"
