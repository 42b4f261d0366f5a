"""The file of a store, opened beside SQLite's own connections to it.

Such a file is never closed: when a process closes any descriptor of a file, the system drops all
locks that the process holds on it, SQLite's among them.
"""

from __future__ import annotations

import fcntl
import os
import struct
import sys
from pathlib import Path
from typing import Final

from pastense.store.base import StoreError
from pastense.store.sqlite.alone import FileId

_held: dict[FileId, int] = {}
"""Descriptors by device and inode."""
_SHARED_FIRST: Final = 0x4000_0002
_SHARED_LENGTH: Final = 510
"""Where in a file SQLite's connections hold their locks: as long as one with a log is open."""
_BSD: Final = not sys.platform.startswith("linux")
_LOCK: Final = struct.Struct("qqihhi" if _BSD else "hhqqi")
"""The system's own words for a lock: on BSD (start, length, process, type, from where, system),
on Linux (type, from where, start, length, process)."""


def held_file(path: Path, file_id: FileId) -> int:
    """A descriptor of the file that was opened as `file_id`; raises `StoreError` where another
    one lies there now."""
    if file_id not in _held:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        stat = os.fstat(file)
        _held.setdefault((stat.st_dev, stat.st_ino), file)
    if file_id not in _held:
        raise StoreError("the file of the store was replaced while it was open")
    return _held[file_id]


def other_process(file: int) -> int | None:
    """The id of another process that has the store in this file open; None for nobody. While we
    hold the write lock nobody can begin to write who has not seen what we wrote."""
    lock_type, process = _find_lock(file)
    return None if lock_type == fcntl.F_UNLCK else process


def _find_lock(file: int) -> tuple[int, int]:
    """Type and process of a lock that keeps us from holding those bytes alone."""
    if _BSD:
        asked = (_SHARED_FIRST, _SHARED_LENGTH, 0, fcntl.F_WRLCK, os.SEEK_SET, 0)
        found = _LOCK.unpack(fcntl.fcntl(file, fcntl.F_GETLK, _LOCK.pack(*asked)))
        return found[3], found[2]
    wanted = _LOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, _SHARED_FIRST, _SHARED_LENGTH, 0)
    found = _LOCK.unpack(fcntl.fcntl(file, fcntl.F_GETLK, wanted))
    return found[0], found[4]
