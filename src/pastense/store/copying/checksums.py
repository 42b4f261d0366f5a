"""Compare two stores: counts, one checksum per contact over all that is its own, one per table
over all else, and the numbers that were given. Both are read in slices, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Final

import msgspec

from pastense.store.copying.dialects import Row
from pastense.store.copying.side import Side
from pastense.store.copying.tables import TABLES, Table

SHOWN_MAX: Final = 10
"""Contacts that differ and are named."""
_OF_CONTACT: Final = [table for table in TABLES if table.of_contact]
_OTHERS: Final = [table for table in TABLES if not table.of_contact]
_ENCODE: Final = msgspec.json.Encoder().encode
ContactSum = tuple[int, bytes]
"""(number, SHA-256 of all rows of that contact)."""


class Comparison(msgspec.Struct, frozen=True):
    """What was found. Pairs are of the source and the destination: rows by the name of their
    table, and one checksum over everything. `contacts` are the ids of the first contacts that
    differ, out of `contacts_count`; `problems` are sentences about all else."""

    counts: tuple[dict[str, int], dict[str, int]]
    checksums: tuple[str, str]
    contacts: list[str]
    contacts_count: int
    problems: list[str]

    @property
    def is_same(self) -> bool:
        """Whether the destination equals the source."""
        equal = self.counts[0] == self.counts[1] and self.checksums[0] == self.checksums[1]
        return equal and not self.contacts_count and not self.problems


class _Reader:
    """One side while it is read: its rows are counted, and its overall checksum grows."""

    def __init__(self, side: Side, tick: Callable[[int], None]) -> None:
        self.side = side
        self.counts: Counter[str] = Counter({table.name: 0 for table in TABLES})
        self.overall = sha256()
        self._tick = tick

    def table_sum(self, table: Table) -> bytes:
        """The checksum of all rows of one table."""
        digest = sha256(table.name.encode())
        for row in self._rows(table):
            digest.update(_ENCODE(row) + b"\n")
        self.overall.update(digest.digest())
        return digest.digest()

    def contact_sums(self) -> Iterator[ContactSum]:
        """The checksum of each contact, by number. One whose row is gone may still have events:
        those that are to be erased."""
        streams = [self._parts(table, place) for place, table in enumerate(_OF_CONTACT)]
        for contact, parts in groupby(merge(*streams), key=itemgetter(0)):
            digest = sha256()
            for _, place, part in parts:
                digest.update(bytes((place,)) + part)
            self.overall.update(contact.to_bytes(8) + digest.digest())
            yield contact, digest.digest()

    def _parts(self, table: Table, place: int) -> Iterator[tuple[int, int, bytes]]:
        for contact, rows in groupby(self._rows(table), key=itemgetter(0)):
            digest = sha256()
            for row in rows:
                digest.update(_ENCODE(row) + b"\n")
            yield contact, place, digest.digest()

    def _rows(self, table: Table) -> Iterator[Row]:
        for page in self.side.pages(table):
            self.counts[table.name] += len(page)
            self._tick(len(page))
            yield from page


def compare(source: Side, destination: Side, show: Callable[[int, int], None]) -> Comparison:
    """Compare all rows of both; `show` gets how many are done and in all. Whoever writes to one
    of them meanwhile is not seen."""
    with source.database.snapshot(), destination.database.snapshot():
        total = sum(source.counts().values()) + sum(destination.counts().values())
        tick = _counting(show, total)
        left, right = _Reader(source, tick), _Reader(destination, tick)
        problems = [
            f"The {table.name} differ."
            for table in _OTHERS
            if left.table_sum(table) != right.table_sum(table)
        ]
        numbers = list(differing(left.contact_sums(), right.contact_sums()))
        shown = [_contact_id(source, destination, number) for number in numbers[:SHOWN_MAX]]
        problems += _reused_numbers(source, destination)
    return Comparison(
        (dict(left.counts), dict(right.counts)),
        (left.overall.hexdigest(), right.overall.hexdigest()),
        shown,
        len(numbers),
        problems,
    )


def _counting(show: Callable[[int, int], None], total: int) -> Callable[[int], None]:
    done = 0

    def tick(rows: int) -> None:
        nonlocal done
        done += rows
        show(done, total)

    return tick


def differing(left: Iterator[ContactSum], right: Iterator[ContactSum]) -> Iterator[int]:
    """The contacts whose checksums are not on both sides, by number."""
    for number, sums in groupby(merge(left, right), key=itemgetter(0)):
        found = [digest for _, digest in sums]
        if len(found) != 2 or found[0] != found[1]:
            yield number


def _contact_id(source: Side, destination: Side, number: int) -> str:
    """A contact as a message names it."""
    for side in (source, destination):
        found = side.database.query("SELECT id FROM contacts WHERE number = ?1", (number,))
        if found:
            return str(found[0][0])
    return f"the deleted contact with the number {number}"


def _reused_numbers(source: Side, destination: Side) -> list[str]:
    """Sentences about numbers that the destination would give a second time."""
    numbered = [table for table in TABLES if table.numbered]
    behind = [
        table for table in numbered if destination.is_behind(table, source.last_number(table))
    ]
    return [f"Numbers of {table.name} would be given again." for table in behind]
