"""In which part the counts of names are kept on by a connection, while nodes are lost.

The counts of a name are kept in several rows, so that connections do not wait for each other. On
Citus these rows lie on several nodes, and every write adds to one of them: it must be one that can
be reached.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import psycopg

_PLACES: Final = (
    "SELECT p.part, s.groupid FROM generate_series(0, $1::integer - 1) AS p (part) "
    "JOIN pg_dist_placement AS s "
    "ON s.shardid = get_shard_id_for_distribution_column('name_counts', p.part)"
)
_PROBE: Final = "SELECT 1 FROM name_counts WHERE part = $1::integer LIMIT 1"
Run = Callable[[str, list[Any]], Any]
"""Runs a statement as PostgreSQL spells it, outside of a transaction."""


def living_part(run: Run, part: int, parts: int) -> int:
    """A part on a node that answers, of as many as there are: the given one where it does. Where
    none does, the given one; each node is asked once at most."""
    places: dict[int, int] = dict(run(_PLACES, [parts]).fetchall())
    lost: set[int] = set()
    candidates: list[int] = [*range(part, parts), *range(part)]
    for candidate in candidates:
        if places.get(candidate) in lost:
            continue
        try:
            run(_PROBE, [candidate])
        except psycopg.OperationalError as error:
            if error.sqlstate is None:
                raise  # It is this very session that is lost.
            lost.add(places[candidate])
        else:
            return candidate
    return part
