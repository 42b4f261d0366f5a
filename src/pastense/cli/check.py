"""`pastense check`: recount every summary from the events and name what disagrees."""

from __future__ import annotations

import sys
import time

import click

from pastense.cli.common import database_option, opened_store, print_line, read_settings
from pastense.model import Disagreement

_PROGRESS_EVERY_S = 0.5


@click.command()
@database_option
@click.pass_context
def check(context: click.Context, database: str | None) -> None:
    """Recount every summary from the events; exit code 1 where one disagrees."""
    settings, _ = read_settings(database=database)
    progress = Progress()
    found = 0
    with opened_store(settings) as (store, _):
        for disagreement in store.events.recount(progress.show):
            found += 1
            progress.clear()
            print_line(_sentence(disagreement))
        left = store.leaving.remains()
    progress.clear()
    if left.erasures:
        print_line(f"{left.erasures} deleted contacts are still being erased.")
    if left.scrub:
        print_line("The store's pages are still being freed of what erased rows left in them.")
    if left.moves:
        print_line(f"{left.moves} merged contacts are still being moved.")
    if found:
        print_line(f"{found} summaries disagree with their events.")
        context.exit(1)
    print_line("Every summary equals its events.")


class Progress:
    """A line on the terminal: contacts done, in all, and per second. Silent in a pipe."""

    def __init__(self) -> None:
        self._started = self._shown = time.monotonic()
        self._is_terminal = sys.stderr.isatty()

    def show(self, done: int, total: int) -> None:
        """Show how far it is, at most twice a second."""
        now = time.monotonic()
        if not self._is_terminal or now - self._shown < _PROGRESS_EVERY_S:
            return
        self._shown = now
        rate = done / max(now - self._started, 0.001)
        left_s = (total - done) / max(rate, 1)
        line = f"checked {done} of {total} contacts, {rate:.0f}/s, {left_s:.0f} s left"
        sys.stderr.write(f"\r{line:<79}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away before something else is printed."""
        if self._is_terminal:
            sys.stderr.write("\r" + " " * 79 + "\r")
            sys.stderr.flush()


def _sentence(disagreement: Disagreement) -> str:
    kept, counted = disagreement.kept, disagreement.counted
    return (
        f"{disagreement.contact_id} {disagreement.name!r}: "
        f"kept count={kept[0]} first={kept[1]} last={kept[2]}, "
        f"counted count={counted[0]} first={counted[1]} last={counted[2]}"
    )
