"""`pastense migrate`: bring the store's schema up to date, and say what was done and what waits."""

from __future__ import annotations

import time
from contextlib import closing

import click

from pastense.cli.common import (
    CLOCK,
    database_option,
    print_line,
    read_settings,
    shown_time,
)
from pastense.cli.migrate import check_distributable, distribute_tables
from pastense.cli.progress import PassingLine
from pastense.settings import Settings
from pastense.store.address import shown_address
from pastense.store.base.schema import SchemaStep
from pastense.store.migrate import shown_name
from pastense.store.opening import is_made, open_unmigrated

_ROW = "{:>6}  {:<40}  {}"
_TERMINAL_EVERY_S = 0.2
_PIPE_EVERY_S = 10.0


@click.command()
@click.option("--status", is_flag=True, help="Change nothing: list what was applied, what waits.")
@click.option("--distribute", is_flag=True, help="Lay the tables out over the nodes of Citus.")
@database_option
def migrate(status: bool, distribute: bool, database: str | None) -> None:
    """Make the store or bring it up to date; safe to run twice and beside a server."""
    settings, _ = read_settings(database=database)
    if status:
        _print_status(settings)
        return
    if distribute:
        check_distributable(settings.database)
    teller = Teller()
    shown = shown_address(settings.database)
    busy_timeout_s = settings.limits.busy_timeout_s
    with closing(open_unmigrated(settings.database, CLOCK, busy_timeout_s)) as store:
        store.migrate(teller.tell)
        is_finished = store.schema.finish(teller.tell, lambda: True)
    teller.clear()
    if is_finished:
        print_line(f"{shown} is up to date.")
    else:
        print_line(
            f"{shown} is ready for this version. What waits is applied by `pastense serve` of this "
            "version once it may be, or by running this again."
        )
    if distribute:
        distribute_tables(settings.database)


class Teller:
    """Prints what lasts on standard output, and what passes on standard error: on a terminal in
    one line, in a pipe now and then."""

    def __init__(self) -> None:
        self._line = PassingLine()
        self._every_s = _TERMINAL_EVERY_S if self._line.is_terminal else _PIPE_EVERY_S
        self._shown = time.monotonic()

    def tell(self, sentence: str, passing: bool) -> None:
        """Print a sentence, if it is its time."""
        if not passing:
            self.clear()
            print_line(sentence)
            return
        now = time.monotonic()
        if now - self._shown >= self._every_s:
            self._shown = now
            self._line.show(sentence)

    def clear(self) -> None:
        """Take the line on the terminal away."""
        self._line.clear()


def _print_status(settings: Settings) -> None:
    if not is_made(settings.database):
        print_line(f"{shown_address(settings.database)} is not there; `pastense migrate` makes it.")
        return
    busy_timeout_s = settings.limits.busy_timeout_s
    with closing(open_unmigrated(settings.database, CLOCK, busy_timeout_s)) as store:
        steps = store.schema.steps()
    print_line(_ROW.format("NUMBER", "MIGRATION", "STATE"))
    for step in steps:
        print_line(_ROW.format(step.number, shown_name(step.name), _state(step)))


def _state(step: SchemaStep) -> str:
    if step.applied_at is not None:
        return f"applied {shown_time(step.applied_at)}"
    return "to be applied" if step.waits_for is None else f"waits: {step.waits_for}"
