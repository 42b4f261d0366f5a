"""A private folder in memory that is gone with its process, even where that was killed."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "pastense-sandbox-"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 (folders in it are made with a random name, 0700)
_FREE_BYTES_MIN: Final = 64 * 1024 * 1024
_LOCK: Final = "lock"


class MemoryFolder:
    """Made at once, removed by `close`. Who was killed leaves it behind; the next one that is
    made removes it: the lock in it is let go by the system when its process ends."""

    def __init__(self, base: Path | None = None) -> None:
        self._process = os.getpid()
        self._base = base or memory_base()
        remove_left_over(self._base)
        self.path, self._lock = self._make()
        atexit.register(self.close)

    def close(self) -> None:
        """Remove the folder; safe to call twice. A child process leaves it to its parent."""
        atexit.unregister(self.close)
        if self._lock >= 0 and self._process == os.getpid():
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1

    def _make(self) -> tuple[Path, int]:
        while True:
            path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._base))
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Between the two lines before, another process may have taken it for left over.
            with suppress(OSError):
                if os.path.samestat(os.fstat(lock), (path / _LOCK).stat()):
                    return path, lock
            os.close(lock)


def memory_base() -> Path:
    """A file system in memory where the machine has one with room, else the folder for temporary
    files, whose files the system may write to a disk while the sandbox lives."""
    with suppress(OSError):
        room = os.statvfs(_MEMORY)
        if room.f_bavail * room.f_frsize >= _FREE_BYTES_MIN and os.access(_MEMORY, os.W_OK):
            return _MEMORY
    return Path(tempfile.gettempdir())


def remove_left_over(base: Path) -> None:
    """Remove the folders whose process is gone. What belongs to somebody else stays."""
    for path in base.glob(f"{PREFIX}*"):
        with suppress(OSError):
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)
