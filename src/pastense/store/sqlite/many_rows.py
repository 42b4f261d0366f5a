"""Run a statement over all rows of a group, bound as they are, some at a time.

A list of JSON that SQLite takes apart costs it more than the inserts themselves, and a statement
of its own for each row lets go of the interpreter lock three times a row. So a statement takes up
to `ROWS_MAX` rows. That there be few such statements to keep, a smaller group is filled up with
rows that change nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, Final

from pastense.store.statements import Statement, Texts

ROWS_MAX: Final = 64
"""More gave nothing: with 128 and 256 rows a row cost as much."""
STEP: Final = 8
Row = tuple[Any, ...]


class ManyRows:
    """The statements of one kind of database, each in as many lengths as it was needed in."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._whole: dict[tuple[Statement, int], str] = {}

    def run(
        self,
        connection: sqlite3.Connection,
        statement: Statement,
        rows: Sequence[Row],
        idle: Callable[[Row], Row],
    ) -> list[Row]:
        """Run a statement whose words insert one row; returns what it answers. `idle` says what
        may stand behind a row without changing anything."""
        found: list[Row] = []
        for start in range(0, len(rows), ROWS_MAX):
            some = rows[start : start + ROWS_MAX]
            count = statement_rows(len(some))
            flat: list[Any] = list(chain.from_iterable(some))
            flat += idle(some[-1]) * (count - len(some))
            text = self._text(statement, count, len(some[0]))
            found += sqlite3.Connection.execute(connection, text, flat).fetchall()
        return found

    def _text(self, statement: Statement, count: int, width: int) -> str:
        text = self._whole.get((statement, count))
        if text is None:
            one = f"({', '.join('?' * width)})"
            words = self._texts.text(statement)
            assert words.count(one) == 1, words
            text = words.replace(one, ", ".join([one] * count))
            self._whole[statement, count] = text
        return text


def statement_rows(count: int) -> int:
    """How many rows the statement for so many has: 1, 2, 4, then whole steps."""
    if count < STEP:
        return 1 << (count - 1).bit_length()
    return -(-count // STEP) * STEP
