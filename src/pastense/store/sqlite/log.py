"""The write-ahead log of a SQLite file as bytes: which pages it holds.

Source: the file format that sqlite.org publishes ("Database File Format", "The Write-Ahead Log").
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

_MAGIC: Final = (0x377F0682, 0x377F0683)
_HEADER_BYTES: Final = 32
_FRAME_HEADER_BYTES: Final = 24


class Log(msgspec.Struct, frozen=True):
    """What was written since the log was begun anew. `first_page` is the content of the page
    that the first commit wrote; empty where it wrote several, or where there is none."""

    pages: frozenset[int]
    first_page: bytes


EMPTY: Final = Log(frozenset(), b"")


def log_path(database: Path) -> Path:
    """Where the log of a database file lies."""
    return Path(f"{database}-wal")


def is_empty(log: Path) -> bool:
    """Whether nothing is in the log."""
    return not log.exists() or log.stat().st_size == 0


def read_log(path: Path) -> Log:
    """The pages in a log that nobody writes to meanwhile. SQLite locks its other files and not
    this one, so that it may be opened and closed."""
    if is_empty(path):
        return EMPTY
    with path.open("rb", buffering=0) as file:
        header = os.pread(file.fileno(), _HEADER_BYTES, 0)
        if len(header) < _HEADER_BYTES or struct.unpack_from(">I", header)[0] not in _MAGIC:
            return EMPTY
        return _read(file.fileno(), header)


def _read(file: int, header: bytes) -> Log:
    (page_bytes,) = struct.unpack_from(">I", header, 8)
    pages: set[int] = set()
    first: bytes | None = None
    for page, pages_at_end, offset in _frames(file, page_bytes, header[16:24]):
        pages.add(page)
        if first is None and pages_at_end:  # The frame that ends the first commit.
            first = os.pread(file, page_bytes, offset) if len(pages) == 1 else b""
    return Log(frozenset(pages), first or b"")


def _frames(file: int, page_bytes: int, salts: bytes) -> Iterator[tuple[int, int, int]]:
    """(page, pages of the file at the end of a commit or 0, offset of the content) of each frame.
    What follows with other salts is left over from an earlier time."""
    offset = _HEADER_BYTES
    while True:
        frame = os.pread(file, _FRAME_HEADER_BYTES, offset)
        if len(frame) < _FRAME_HEADER_BYTES or frame[8:16] != salts:
            return
        offset += _FRAME_HEADER_BYTES
        yield *struct.unpack_from(">II", frame), offset
        offset += page_bytes
