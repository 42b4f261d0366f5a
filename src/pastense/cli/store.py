"""`pastense migrate`: bring the store's schema up to date, and say what was done."""

from __future__ import annotations

import click

from pastense.cli.common import database_option, opened_store, print_line, read_settings
from pastense.cli.migrate import check_distributable, distribute_tables
from pastense.store.address import shown_address


@click.command()
@database_option
@click.option("--distribute", is_flag=True, help="Lay the tables out over the nodes of Citus.")
def migrate(database: str | None, distribute: bool) -> None:
    """Make the store or bring it up to date; safe to run twice and beside a server."""
    settings, _ = read_settings(database=database)
    if distribute:
        check_distributable(settings.database)
    with opened_store(settings) as (_, applied):
        for migration in applied:
            words = migration.name.replace("_", " ")
            print_line(f"Applied migration {migration.number}: {words}.")
    print_line(f"{shown_address(settings.database)} is up to date.")
    if distribute:
        distribute_tables(settings.database)
