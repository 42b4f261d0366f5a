"""Who owns which files of a spool folder: each process a folder of its own, under a lock.

A lock ends with its process, however that ends; then another process takes the files over. Files
of a process that lives are never touched.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pastense.client.tracking.dropping import LOG
from pastense.client.tracking.segments import FILE_MODE

FOLDER_MODE: Final = 0o700
_LOCK: Final = "lock"
_EVENTS: Final = "*.events"


class Owner:
    """A folder with files of events, owned by this process for as long as the lock is open."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self._lock = lock

    def files(self) -> list[Path]:
        """The files of events, the oldest first."""
        return sorted(self.folder.glob(_EVENTS))

    def remove(self) -> None:
        """Delete the folder, unless something is left in it, and let go of it."""
        (self.folder / _LOCK).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()
        self.close()

    def close(self) -> None:
        """Let go of the folder: from now on another process may take it over."""
        with contextlib.suppress(OSError):
            os.close(self._lock)


def make_root(root: Path) -> None:
    """Make the spool's folder, and see that it can be written. Raises `OSError`."""
    root.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    probe = root / f"probe-{secrets.token_hex(8)}"
    probe.mkdir(FOLDER_MODE)
    probe.rmdir()


def create_owner(root: Path, server: str) -> Owner:
    """A fresh folder of this process, for events that go to `server`. Raises `OSError`."""
    while True:
        folder = root / f"{os.getpid()}-{secrets.token_hex(8)}"
        folder.mkdir(FOLDER_MODE)
        try:
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, FILE_MODE)
        except FileNotFoundError:
            continue  # Another process took the folder for one that was left behind.
        if _take(lock, folder / _LOCK):
            os.write(lock, _title(server))
            return Owner(folder, lock)
        os.close(lock)


def adopt_dead(root: Path, server: str, told: set[Path]) -> Iterator[Owner]:
    """The folders of processes that ended, which are this process's from now on. Folders for
    another server are left alone and named in the log once; `told` remembers which."""
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and folder not in told:
            owner = _adopt(folder, server, told)
            if owner is not None:
                yield owner


def _adopt(folder: Path, server: str, told: set[Path]) -> Owner | None:
    path = folder / _LOCK
    try:
        lock = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        with contextlib.suppress(OSError):
            folder.rmdir()  # Made by a process that ended before it could lock it.
        return None
    if not _take(lock, path):
        os.close(lock)
        return None
    owner = Owner(folder, lock)
    if owner.files() and os.pread(lock, 4096, 0) != _title(server):
        told.add(folder)
        LOG.warning("%s holds events for another server; they are left there", folder)
        owner.close()
        return None
    return owner


def _take(lock: int, path: Path) -> bool:
    """Lock an open file; False where somebody else has it, or removed it a moment ago."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(lock).st_ino == path.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


def _title(server: str) -> bytes:
    return f"pastense spool 1\n{server}\n".encode()
