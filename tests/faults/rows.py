"""All rows of a store that belong to one workspace, by table, on either database."""

from __future__ import annotations

from collections.abc import Callable

Execute = Callable[[str], list[tuple]]
NOT_OF_A_WORKSPACE = {"migrations", "secrets", "leases", "scrub", "sqlite_sequence", "presence"}
"""Tables that belong to the store as a whole."""
OWNERS = {"contact": "contacts", "job": "jobs", "subscription": "subscriptions", "tag": "tags"}


def tables_of(execute: Execute, database: str) -> dict[str, list[str]]:
    """Every table with its columns."""
    if database == "sqlite":
        rows = execute(
            "SELECT s.name, c.name FROM sqlite_schema AS s, pragma_table_info(s.name) AS c "
            "WHERE s.type = 'table' ORDER BY s.name, c.cid"
        )
    else:
        rows = execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
        )
    found: dict[str, list[str]] = {}
    for table, column in rows:
        found.setdefault(table, []).append(column)
    return found


def belongs(table: str, columns: list[str], workspace: int) -> str:
    """The condition for a row of the table to be the workspace's."""
    if table == "workspaces":
        return f"number = {workspace}"
    if "workspace" in columns:
        return f"workspace = {workspace}"
    for column, owner in OWNERS.items():
        if column in columns:
            return f"{column} IN (SELECT number FROM {owner} WHERE workspace = {workspace})"
    raise AssertionError(f"whose are the rows of {table}? see NOT_OF_A_WORKSPACE")


def rows_of(execute: Execute, database: str, workspace: int) -> dict[str, list[str]]:
    """The rows of one workspace as texts in a fixed order, by table."""
    return {
        table: sorted(
            repr(row)
            for row in execute(f"SELECT * FROM {table} WHERE {belongs(table, columns, workspace)}")
        )
        for table, columns in tables_of(execute, database).items()
        if table not in NOT_OF_A_WORKSPACE
    }
