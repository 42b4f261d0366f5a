"""`pastense audit`: who did what, the newest last, as a log is read."""

from __future__ import annotations

import click
import msgspec

from pastense.cli.common import (
    database_option,
    opened_store,
    print_line,
    read_settings,
    shown_time,
)
from pastense.cli.workspaces import find_workspace
from pastense.model import AuditEntry

_ROW = "{:<20}  {:<9}  {:<20}  {:<20}  {}"
_ENTRIES_MAX = 1_000_000


@click.command()
@click.option("--workspace", metavar="ID", help="Only what was done in this workspace.")
@click.option(
    "--limit",
    type=click.IntRange(1, _ENTRIES_MAX),
    default=50,
    show_default=True,
    help="So many of the newest acts.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object in each line.")
@database_option
def audit(workspace: str | None, limit: int, as_json: bool, database: str | None) -> None:
    """Print administrative acts, the newest last; acts are never taken back from this log."""
    settings, _ = read_settings(database=database)
    with opened_store(settings) as (store, _):
        ids = {one.number: one.id for one in store.admin.workspaces()}
        number = None if workspace is None else find_workspace(store, workspace).number
        entries = store.audit.page(number, None, limit)
    if not as_json:
        print_line(_ROW.format("TIME", "SPACE", "ACTOR", "ACT", "DETAIL"))
    for entry in reversed(entries):
        space = None if entry.workspace is None else ids.get(entry.workspace)
        print_line(_json(entry, space) if as_json else _line(entry, space))


def _line(entry: AuditEntry, space: str | None) -> str:
    detail = msgspec.json.encode(entry.detail).decode()
    return _ROW.format(shown_time(entry.at), space or "-", entry.actor, entry.act, detail)


def _json(entry: AuditEntry, space: str | None) -> str:
    shown = {
        "id": str(entry.number),
        "workspace": space,
        "created_at": entry.at,
        "actor": entry.actor,
        "act": entry.act,
        "detail": entry.detail,
    }
    return msgspec.json.encode(shown).decode()
