"""Overwrite what SQLite leaves behind in the pages of its file, some pages at a time.

`secure_delete` overwrites the row that is deleted. It does not overwrite the copies of a row
that stay in the unused gap of a page after SQLite has spread its rows over other pages. So once
people were erased, or metadata was pruned, a pass over the file fills all such gaps with zeros.

How this is safe: it happens under the write lock, with the log folded into the file and empty,
so that nobody writes to the file meanwhile, whichever process. Only bytes that mean nothing are
overwritten, so a reader or a crash at any moment sees the same rows. Each step ends with a
commit, upon which every other connection forgets the pages it had in memory; our own is closed.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from pastense.store.queries import Queries
from pastense.store.sqlite.database import Database
from pastense.store.sqlite.leaving.pages import HEADER_BYTES, Geometry, dirty_gaps, read_geometry

SQL: Final = Queries("pastense.store.sqlite.sql", "leaving.sql")
STEP_PAGES: Final = 1_000
_files: dict[tuple[int, int], int] = {}
"""Open files by device and inode. They are never closed: when a process closes any descriptor
of a file, the system drops all locks that the process holds on it, SQLite's among them."""


def want_scrub(connection: sqlite3.Connection) -> None:
    """Something was erased that may have left copies; within the transaction that erased it."""
    connection.execute(SQL["want_scrub"])


def scrub_step(database: Database) -> bool:
    """Overwrite the gaps of some pages; False when nothing is left to do, or not now."""
    if not database.query(SQL["scrub_is_due"]):
        return False
    with database.alone() as connection:
        if connection is None:
            return False  # A reader still needs the log; a later round tries again.
        (first,) = connection.execute(SQL["next_scrub_page"]).fetchone()
        file = _open(database.path)
        geometry = read_geometry(os.pread(file, HEADER_BYTES, 0))
        pages = 0 if geometry is None else _scrub(file, geometry, first)
        last = pages < STEP_PAGES
        connection.execute(SQL["end_scrub" if last else "go_on_scrub"], (first + pages,))
        return not last


def _scrub(file: int, geometry: Geometry, first: int) -> int:
    """Fill the gaps of some pages with zeros and synchronise; how many pages there were."""

    def read(page: int, pages: int) -> bytes:
        size = geometry.page_bytes
        return os.pread(file, pages * size, (page - 1) * size)

    data = read(first, STEP_PAGES)
    gaps = dirty_gaps(geometry, data, first, read)
    for offset, length in gaps:
        os.pwrite(file, bytes(length), offset)
    if gaps:
        os.fsync(file)
    return len(data) // geometry.page_bytes


def _open(path: Path) -> int:
    stat = path.stat()
    key = (stat.st_dev, stat.st_ino)
    if key not in _files:
        _files[key] = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    return _files[key]
