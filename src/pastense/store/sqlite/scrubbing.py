"""Overwrite what SQLite leaves behind in the pages of its file, some pages at a time.

`secure_delete` overwrites the row that is deleted. It does not overwrite the copies of a row
that stay in the unused gap of a page after SQLite has spread its rows over other pages. So once
people were erased, or metadata was pruned, a pass over the file fills all such gaps with zeros.

How this is safe: it happens alone with the file (`alone.py`). Only bytes that mean nothing are
overwritten, so a reader or a crash at any moment sees the same rows; of a power cut it asks what
SQLite asks too, that a write harms no byte beside it. Each step ends with a commit, upon which
every other connection forgets the pages it had in memory; our own has none from before.

How nothing is missed: while a pass is under way, SQLite may move a page with all that is in its
gap behind the place where the pass is. So each step also looks at the pages that were written
since the step before, as the log tells. Where the log does not reach back so far, another pass
follows.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from pastense.store.sqlite.alone import Alone
from pastense.store.sqlite.database import Database
from pastense.store.sqlite.held_file import held_file
from pastense.store.sqlite.pages import HEADER_BYTES, Geometry, dirty_gaps, read_geometry
from pastense.store.statements import Statements

SQL: Final = Statements("leaving.sql")
STEP_PAGES: Final = 1_000
AGAIN_PAGES_MAX: Final = 4_000
"""Pages that one step looks at a second time, so that ingest waits little."""
_MARK_BYTES: Final = 16
_log = logging.getLogger("pastense.store")


class Progress(NamedTuple):
    """Where the passes are: whether a further one is wanted, the page where the one under way goes
    on (0: none is), and what its last step wrote to find its own commit in the log."""

    wanted: bool
    next_page: int
    mark: bytes | None


def scrub_step(database: Database) -> bool:
    """Overwrite the gaps of some pages; False when nothing is left to do, or not now."""
    if not database.query(SQL["scrub_is_due"]):
        return False
    with database.alone() as alone:
        if alone is None:
            return False  # Somebody still needs the log; a later round tries again.
        # Read by another connection: ours must write that page as it then stands in the file.
        before = Progress(*cast(Any, database.query(SQL["scrub_state"])[0]))
        file = held_file(alone.path, alone.file_id)
        geometry = read_geometry(os.pread(file, HEADER_BYTES, 0))
        if geometry is None:
            _tell_of_no_map(alone.path)
            return False
        after = _scrub(_File(file, geometry), before, _written_since(alone, before))
        alone.connection.execute(SQL["set_scrub_state"], after)
        return after.next_page > 0


class _File:
    """The pages of an open file, some of which are to be overwritten."""

    def __init__(self, file: int, geometry: Geometry) -> None:
        self._file = file
        self._geometry = geometry
        self._read_map = cache(self._read)

    def scrub(self, first: int, pages: int) -> int:
        """Fill the gaps of some pages with zeros; how many pages there were."""
        data = self._read(first, pages)
        for offset, length in dirty_gaps(self._geometry, data, first, self._read_map):
            self._write_zeros(offset, length)
        return len(data) // self._geometry.page_bytes

    def synchronise(self) -> None:
        """What was overwritten is on disk when this returns, also by a step before that broke."""
        os.fsync(self._file)

    def _read(self, page: int, pages: int) -> bytes:
        size = self._geometry.page_bytes
        return os.pread(self._file, pages * size, (page - 1) * size)

    def _write_zeros(self, offset: int, length: int) -> None:
        while length:
            written = os.pwrite(self._file, bytes(length), offset)
            offset, length = offset + written, length - written


def _scrub(file: _File, before: Progress, again: Iterable[int] | None) -> Progress:
    """The next pages, and those behind them that were written since; where the pass is then."""
    first = max(before.next_page, 1)
    for page in again or ():
        file.scrub(page, 1)
    pages = file.scrub(first, STEP_PAGES)
    file.synchronise()
    # What the first step does not know cannot harm: it has no pages behind it.
    wanted = before.next_page > 0 and (before.wanted or again is None)
    if pages < STEP_PAGES:
        return Progress(wanted, 0, None)
    return Progress(wanted, first + pages, secrets.token_bytes(_MARK_BYTES))


def _written_since(alone: Alone, before: Progress) -> list[int] | None:
    """The pages behind the pass that were written since its last step; None where that is not
    known, or where they are too many. The log tells it if it begins with that step's commit."""
    if alone.log is None or before.mark is None or before.mark not in alone.log.first_page:
        return None
    pages = sorted(page for page in alone.log.pages if page < before.next_page)
    return pages if len(pages) <= AGAIN_PAGES_MAX else None


@cache
def _tell_of_no_map(path: Path) -> None:
    """Once: the pass stays wanted, and `pastense check` says so."""
    _log.warning("%s was made without auto_vacuum: erased rows may leave copies in it", path)
