"""`pastense copy`: a whole store into another database, or a comparison of the two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from pastense.cli.common import CLOCK, print_line, read_settings
from pastense.cli.progress import Progress
from pastense.store.copying.checksums import Comparison, compare
from pastense.store.copying.side import Side, check_apart
from pastense.store.copying.steps import Copy


@click.command()
@click.option("--from", "source", metavar="ADDRESS", required=True, help="The store to copy.")
@click.option("--to", "destination", metavar="ADDRESS", required=True, help="An empty database.")
@click.option("--check", is_flag=True, help="Copy nothing, only compare the two.")
@click.pass_context
def copy(context: click.Context, source: str, destination: str, check: bool) -> None:
    """Copy a store into another database; started again it goes on where it was."""
    settings, _ = read_settings()
    timeout_s = settings.limits.busy_timeout_s
    with (
        closing(Side(source, CLOCK, timeout_s, make=False)) as left,
        closing(Side(destination, CLOCK, timeout_s, make=not check)) as right,
    ):
        found = _compare(left, right) if check else _copy(left, right)
        for line in _lines(found, left.label, right.label):
            print_line(line)
    if not found.is_same:
        context.exit(1)


def _compare(left: Side, right: Side) -> Comparison:
    check_apart(left, right)
    with _progress("compared") as progress:
        return compare(left, right, progress.show)


def _copy(left: Side, right: Side) -> Comparison:
    try:
        with _progress("copied") as copied, _progress("compared") as compared:
            return Copy(left, right).run(copied.show, compared.show)
    except KeyboardInterrupt:
        raise click.ClickException(
            "stopped; nothing is lost: the same command goes on where it was"
        ) from None


@contextmanager
def _progress(verb: str) -> Iterator[Progress]:
    """A line that is taken away at the end, however that comes."""
    progress = Progress(verb, "rows")
    try:
        yield progress
    finally:
        progress.clear()


def _lines(found: Comparison, source: str, destination: str) -> Iterator[str]:
    """What differs, and one line with the counts and the checksum of each side."""
    for contact in found.contacts:
        yield f"{contact} differs."
    if found.contacts_count > len(found.contacts):
        yield f"{found.contacts_count - len(found.contacts)} more contacts differ."
    for name, rows in found.counts[0].items():
        if rows != found.counts[1][name]:
            yield f"{name}: {rows} rows in {source}, {found.counts[1][name]} in {destination}."
    yield from found.problems
    sides = zip((source, destination), found.counts, found.checksums, strict=True)
    said = "; ".join(f"{name}: {_counted(counts)}, checksum {sum_}" for name, counts, sum_ in sides)
    yield f"{'Both are the same' if found.is_same else 'They differ'}. {said}."


def _counted(counts: dict[str, int]) -> str:
    others = sum(counts.values()) - counts["contacts"] - counts["events"]
    return f"{counts['contacts']} contacts, {counts['events']} events, {others} other rows"
