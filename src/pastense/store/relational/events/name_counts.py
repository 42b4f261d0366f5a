"""How many events of each name are stored, and when the earliest and the latest ever was.

Kept in the transaction that stores the events or takes them away, so that the catalogue is read
without counting.
"""

from __future__ import annotations

from collections.abc import Sequence

from pastense.store.relational.connection import Connection
from pastense.store.relational.events.statements import run_rows

NameCount = tuple[int, int, int, int | None, int | None]
"""(workspace, slot, count, first, last): what is added to a name's row. A negative count takes
away; first and last are None then, since they are of the events ever stored."""


def add_counts(connection: Connection, rows: Sequence[NameCount]) -> None:
    """Add to the counts of names, within the open transaction; each name at most once in `rows`."""
    if rows:
        run_rows(connection, "add_to_names", [(*row, connection.part) for row in rows])
