"""Log lines as the commands write them: tracebacks without what was sent.

The words of an exception may repeat a body or a row: PostgreSQL says the whole row that breaks a
constraint, Python the text that is no number. So only those are shown that never do.
"""

from __future__ import annotations

import logging
import sqlite3
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Final

from pastense.store.base import StoreError, StoreRefused

LINE: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_SHOWN: Final = (StoreError, StoreRefused, OSError, sqlite3.Error, AssertionError)
"""Whose words are ours, the system's or SQLite's, and hold nothing of a request."""
LEFT_OUT: Final = "its words are left out, they may repeat what was sent"
_Exception = tuple[type[BaseException], BaseException, TracebackType | None]
_Nothing = tuple[None, None, None]


class DiscreetFormatter(logging.Formatter):
    """Formats lines as any, and exceptions by where they were raised and of what type."""

    def __init__(self) -> None:
        super().__init__(LINE)

    def formatException(self, ei: _Exception | _Nothing) -> str:  # noqa: N802 (logging's name)
        """The traceback of an exception and of what led to it."""
        return "" if ei[1] is None else "".join(_lines(ei[1], set())).rstrip("\n")


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None and id(earlier) not in seen:
        yield from _lines(earlier, seen)
        yield "\nWhich led to:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    kind = type(error)
    words = str(error) if isinstance(error, _SHOWN) else f"({LEFT_OUT})"
    yield f"{kind.__module__}.{kind.__qualname__}: {words}\n"
