"""One file of the spool: events one after the other, each with its length and a checksum.

Beside it lies a file of what is settled, so that the next process sends little again. Nothing is
synchronised to the disk: what is written survives the death of the process, not of the machine.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from pastense.client.tracking.dropping import LOG
from pastense.client.tracking.items import Item

FILE_MODE: Final = 0o600
READ_BYTES: Final = 256 * 1024
_HEAD: Final = struct.Struct("<IId")
"""Length of the body, checksum of what follows, when the event was tracked (epoch seconds)."""
_TAIL_OF_HEAD: Final = struct.Struct("<d")
_RANGE: Final = struct.Struct("<III")
"""First settled record, how many, checksum of the two."""
_PAIR: Final = struct.Struct("<II")
_DAMAGED: Final = ".damaged"


class Record(msgspec.Struct, gc=False):
    """One record as it was read."""

    body: bytes
    tracked_at: float

    @property
    def size_bytes(self) -> int:
        """What it takes in the file."""
        return _HEAD.size + len(self.body)


def encode_record(body: bytes, tracked_at: float) -> bytes:
    """The bytes of one record."""
    checksum = zlib.crc32(body, zlib.crc32(_TAIL_OF_HEAD.pack(tracked_at)))
    return _HEAD.pack(len(body), checksum, tracked_at) + body


def read_records(data: bytes) -> Iterator[Record]:
    """The whole and sound records at the beginning of some bytes."""
    offset = 0
    while offset + _HEAD.size <= len(data):
        length, checksum, tracked_at = _HEAD.unpack_from(data, offset)
        end = offset + _HEAD.size + length
        body = data[offset + _HEAD.size : end]
        if end > len(data):
            return
        if zlib.crc32(body, zlib.crc32(_TAIL_OF_HEAD.pack(tracked_at))) != checksum:
            return
        yield Record(body, tracked_at)
        offset = end


class Segment:
    """A file of records that one process writes or takes over. Records are numbered from 0."""

    def __init__(self, path: Path, *, new: bool) -> None:
        """Raises `OSError` where the file cannot be made or opened."""
        flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT | os.O_EXCL if new else 0)
        self.path = path
        self.size_bytes = 0
        self.records = 0
        self.settled = 0
        self.lost = 0
        """Records that were written and cannot be read back."""
        self.broken = False
        """Whether nothing more may be written here."""
        self._fd = os.open(path, flags, FILE_MODE)
        self._done_fd: int | None = None
        self._skipped: set[int] = set()
        """Records that are not to be read: settled by an earlier process, or held in memory."""
        self._next_offset = 0
        self._next_index = 0
        self._damaged = False
        if not new:
            self._look_through()

    @property
    def unsettled(self) -> int:
        """Events in the file that were neither sent nor dropped."""
        return self.records - self.settled

    def append(self, body: bytes, tracked_at: float, *, held: bool = False) -> int:
        """Write one record whole, or raise `OSError` and write none; its number. One that is
        held is not read back: it is in memory already."""
        data = encode_record(body, tracked_at)
        written = os.write(self._fd, data)
        if written != len(data):
            self.broken = True
            os.ftruncate(self._fd, self.size_bytes)
            self.broken = False
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        index = self.records
        if held:
            self._skipped.add(index)
        self.records += 1
        self.size_bytes += written
        return index

    def read(self, items_max: int, bytes_max: int) -> list[Item]:
        """The next records that were not read; empty at the end."""
        found: list[Item] = []
        size = 0
        while self._next_offset < self.size_bytes:
            before = self._next_offset
            for record in read_records(self._chunk()):
                if self._next_index not in self._skipped:
                    size += len(record.body) + 1
                    if found and (len(found) == items_max or size > bytes_max):
                        return found
                    found.append(Item(record.body, record.tracked_at, self, self._next_index))
                self._next_offset += record.size_bytes
                self._next_index += 1
            if self._next_offset == before:
                self._give_up()
        return found

    @property
    def is_read(self) -> bool:
        """Whether everything in the file was read."""
        return self._next_offset >= self.size_bytes

    def settle(self, indices: Sequence[int]) -> None:
        """These records were sent or dropped: the next process is not to send them. Where that
        cannot be written they are sent once more, which is harmless."""
        self.settled += len(indices)
        if not self.unsettled:
            return  # The file goes, or is emptied.
        data = b"".join(map(_encode_range, _ranges(indices)))
        try:
            if self._done_fd is None:
                self._done_fd = _open_done(self.path)
            os.write(self._done_fd, data)
        except OSError as error:
            LOG.warning("What was sent cannot be noted in the spool: %s", error)

    def empty(self) -> None:
        """Forget all records, which are settled, and begin anew. What is settled is forgotten
        first: the other way round a crash between the two would settle what comes next."""
        if self._done_fd is not None:
            os.ftruncate(self._done_fd, 0)
        os.ftruncate(self._fd, 0)
        self.size_bytes = self.records = self.settled = 0
        self._next_offset = self._next_index = 0
        self._skipped.clear()

    def remove(self) -> None:
        """Delete the file; one that was damaged is kept under another name."""
        if self._damaged:
            self.path.replace(self.path.with_suffix(_DAMAGED))
        else:
            self.path.unlink(missing_ok=True)
        self.path.with_suffix(".done").unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of the files and leave them as they are."""
        for descriptor in (self._fd, self._done_fd):
            if descriptor is not None:
                with contextlib.suppress(OSError):
                    os.close(descriptor)

    def _chunk(self) -> bytes:
        """Bytes from the place of reading on, one record at least."""
        left = self.size_bytes - self._next_offset  # What is being written is not read yet.
        data = os.pread(self._fd, min(left, READ_BYTES), self._next_offset)
        if len(data) >= _HEAD.size:
            needed = _HEAD.size + int(_HEAD.unpack_from(data)[0])
            if len(data) < needed <= left:
                data = os.pread(self._fd, needed, self._next_offset)
        return data

    def _give_up(self) -> None:
        """The disk gave back other bytes than were written."""
        LOG.error(
            "A part of the spool cannot be read back; it is kept as %s*%s", self.path.stem, _DAMAGED
        )
        self.lost = self.records - self._next_index
        self.settled += self.lost
        self._next_offset, self._next_index = self.size_bytes, self.records
        self._damaged = self.broken = True

    def _look_through(self) -> None:
        """Find the sound records of a file that another process wrote, and its settled ones."""
        length = os.fstat(self._fd).st_size
        self.size_bytes = length  # So far as is known; `_chunk` reads up to here.
        while self._next_offset < length:
            before = self._next_offset
            for record in read_records(self._chunk()):
                self._next_offset += record.size_bytes
                self.records += 1
            if self._next_offset == before:
                break
        self.size_bytes = self._next_offset
        self._next_offset = 0
        if self.size_bytes < length:
            self._judge_rest(length)
        self._skipped = {i for i in _read_done(self.path) if i < self.records}
        self.settled = len(self._skipped)

    def _judge_rest(self, length: int) -> None:
        """Whether the unreadable end is a write that was cut off, or damage."""
        head = os.pread(self._fd, _HEAD.size, self.size_bytes)
        cut = (
            len(head) < _HEAD.size or self.size_bytes + _HEAD.size + _HEAD.unpack(head)[0] > length
        )
        self._damaged = not cut
        words = (
            "a write that was cut off" if cut else f"damaged, kept as {self.path.stem}{_DAMAGED}"
        )
        LOG.warning("%d bytes at the end of a spool file: %s", length - self.size_bytes, words)


def _ranges(indices: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Runs of neighbours as (first, count)."""
    ordered = sorted(indices)
    begin = 0
    for place in range(1, len(ordered) + 1):
        if place == len(ordered) or ordered[place] != ordered[place - 1] + 1:
            yield ordered[begin], place - begin
            begin = place


def _encode_range(run: tuple[int, int]) -> bytes:
    return _RANGE.pack(*run, zlib.crc32(_PAIR.pack(*run)))


def _open_done(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    return os.open(path.with_suffix(".done"), flags, FILE_MODE)


def _read_done(path: Path) -> Iterator[int]:
    """The settled records of a file; a range that is not whole counts for nothing."""
    try:
        data = path.with_suffix(".done").read_bytes()
    except FileNotFoundError:
        return
    for first, count, checksum in _RANGE.iter_unpack(
        data[: len(data) // _RANGE.size * _RANGE.size]
    ):
        if zlib.crc32(_PAIR.pack(first, count)) == checksum:
            yield from range(first, first + count)
