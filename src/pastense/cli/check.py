"""`pastense check`: recount every summary from the events and name what disagrees."""

from __future__ import annotations

import click

from pastense.cli.common import database_option, opened_store, print_line, read_settings
from pastense.cli.progress import Progress
from pastense.model import Disagreement


@click.command()
@database_option
@click.pass_context
def check(context: click.Context, database: str | None) -> None:
    """Recount every summary from the events; exit code 1 where one disagrees."""
    settings, _ = read_settings(database=database)
    progress = Progress("checked", "contacts")
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


def _sentence(disagreement: Disagreement) -> str:
    kept, counted = disagreement.kept, disagreement.counted
    return (
        f"{disagreement.contact_id} {disagreement.name!r}: "
        f"kept count={kept[0]} first={kept[1]} last={kept[2]}, "
        f"counted count={counted[0]} first={counted[1]} last={counted[2]}"
    )
