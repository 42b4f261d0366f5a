"""`pastense settings`: every setting, its value, where it came from."""

from __future__ import annotations

import click

from pastense.cli.common import database_option, print_line, read_settings, shown_value
from pastense.store.address import shown_address


@click.command("settings")
@click.option("--host", help="As for serve.")
@click.option("--port", help="As for serve.")
@click.option("--workers", help="As for serve.")
@database_option
def show_settings(
    host: str | None, port: str | None, workers: str | None, database: str | None
) -> None:
    """Print every setting with its value, its source and what it means."""
    _, listed = read_settings(host=host, port=port, workers=workers, database=database)
    for setting in listed:
        value = shown_value(setting.value)
        if setting.name == "database":
            value = shown_address(value)
        print_line(f"{setting.name:<24} {value:<26} {setting.source:<12} {setting.description}")
