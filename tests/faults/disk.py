"""What a disk holds after a power cut, told from the log of the shim.

The rules are those of POSIX and no kinder. What was written before an fsync began is on disk once
it ended well. Of what was written since, any part may be there: each page of 4,096 bytes as it was
at the last fsync, as any later write left it, or torn between two of those at a boundary of 512
bytes. A file's length may be any that it had since. That a file was cut short is on disk as a whole
or not at all, and nothing that was written after it is there before it: so do file systems that
keep a journal. Names in a folder are on disk after an fsync of
the folder; of later changes the first few are there. After an fsync that failed, the cache calls
its pages clean: they are read as written, and a later fsync does not bring them to disk.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

PAGE = 4096
SECTOR = 512
VERSIONS_MAX = 4
HEAD = struct.Struct("7Q")
EMPTY = bytes(PAGE)
FOR_EVER = 1 << 60


class Record(NamedTuple):
    """One thing that a server did; see the source of the shim."""

    kind: str
    file: int
    offset: int
    number: int
    port: int
    data: bytes


def read_log(path: Path) -> Iterator[Record]:
    """All whole records of a log, in their order."""
    with path.open("rb") as log:
        while len(head := log.read(HEAD.size)) == HEAD.size:
            kind, file, offset, length, number, port, _ = HEAD.unpack(head)
            data = log.read(length)
            if len(data) < length:
                return
            yield Record(chr(kind), file, offset, number, port, data)


@dataclass
class File:
    """One file: what programs read (`cache`), what is on disk, and what may be there."""

    cache: dict[int, bytes] = field(default_factory=dict)
    size: int = 0
    disk: dict[int, bytes] = field(default_factory=dict)
    disk_size: int = 0
    dirty: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    cuts: list[tuple[int, int]] = field(default_factory=list)

    def write(self, moment: int, offset: int, data: bytes) -> None:
        end = offset + len(data)
        for page in range(offset // PAGE, (end - 1) // PAGE + 1):
            begin = page * PAGE
            low, high = max(offset, begin), min(end, begin + PAGE)
            old = self.cache.get(page, EMPTY)
            new = old[: low - begin] + data[low - offset : high - offset] + old[high - begin :]
            self._put(moment, page, new)
        self._resize(moment, max(self.size, end))

    def truncate(self, moment: int, size: int) -> None:
        if size < self.size:
            self.cuts.append((moment, size))
        self.cache = _cut(self.cache, size)
        self._resize(moment, size)

    def _put(self, moment: int, page: int, content: bytes) -> None:
        self.cache[page] = content
        versions = self.dirty.setdefault(page, [])
        versions.append((moment, content))
        # Older ones may have reached the disk as well; a few stand for them.
        if len(versions) > VERSIONS_MAX:
            versions.pop(1)

    def _resize(self, moment: int, size: int) -> None:
        if size != self.size:
            self.size = size
            self.sizes.append((moment, size))

    def synchronise(self, moment: int, begun: dict[int, bytes], size: int) -> None:
        """What an fsync that began at `moment` found is on disk."""
        for _, cut in (one for one in self.cuts if one[0] <= moment):
            self.disk = _cut(self.disk, cut)
        self.disk.update(begun)
        self.disk_size = size
        self._forget(moment)

    def lose(self, moment: int, begun: dict[int, bytes], size: int, chance: random.Random) -> None:
        """The fsync failed: by chance a page is on disk or never will be."""
        for _, cut in (one for one in self.cuts if one[0] <= moment):
            self.disk = _cut(self.disk, cut)
        for page, content in begun.items():
            if chance.random() < 0.3:
                self.disk[page] = content
        self.disk_size = size
        self._forget(moment)

    def _forget(self, moment: int) -> None:
        left = {page: [v for v in found if v[0] > moment] for page, found in self.dirty.items()}
        self.dirty = {page: found for page, found in left.items() if found}
        self.sizes = [one for one in self.sizes if one[0] > moment]
        self.cuts = [one for one in self.cuts if one[0] > moment]

    def image(self, way: str, chance: random.Random) -> bytes:
        """One content that the file may have after a power cut now."""
        pages, size = dict(self.disk), self.disk_size
        if way == "all":
            pages, size = self.cache, self.size
        elif way != "synchronised":
            pages, size = self._mixed(chance)
        content = bytearray(size)
        for page, data in pages.items():
            room = size - page * PAGE
            if room > 0:
                content[page * PAGE : page * PAGE + min(PAGE, room)] = data[:room]
        return bytes(content)

    def _mixed(self, chance: random.Random) -> tuple[dict[int, bytes], int]:
        """Some of what was written since, up to a moment before which the file was not cut."""
        share = chance.choice([0.1, 0.5, 0.9])
        end = chance.choice([FOR_EVER, *(moment for moment, _ in self.cuts)])
        pages, size, begin = dict(self.disk), self.disk_size, 0
        for moment, cut in self.cuts:
            if moment < end:
                pages, size, begin = _cut(pages, cut), cut, moment
        for page, found in self.dirty.items():
            versions = [v for v in found if begin < v[0] < end]
            if versions and chance.random() < share:
                pages[page] = _torn(pages.get(page, EMPTY), versions, chance)
        sizes = [one for moment, one in self.sizes if begin < moment < end]
        return pages, chance.choice([size, *sizes])


def _cut(pages: dict[int, bytes], size: int) -> dict[int, bytes]:
    """The pages of a file that was cut short."""
    left = {page: content for page, content in pages.items() if page * PAGE < size}
    last, kept = divmod(size, PAGE)
    if kept and last in left:
        left[last] = left[last][:kept] + bytes(PAGE - kept)
    return left


def _torn(before: bytes, versions: list[tuple[int, bytes]], chance: random.Random) -> bytes:
    content = chance.choice(versions)[1]
    if chance.random() < 0.5:
        return content
    sectors = [chance.choice([before, content]) for _ in range(PAGE // SECTOR)]
    return b"".join(s[i * SECTOR : (i + 1) * SECTOR] for i, s in enumerate(sectors))


Names = dict[str, int]
"""File names and the keys of what they name."""
WAYS = ("synchronised", "all", "mixed", "mixed", "mixed", "mixed")


class Disk:
    """A folder's files as the log leads through their changes; play it record after record."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._chance = random.Random(seed)
        self._files: dict[int, File] = {}
        self._keys: dict[int, int] = {}
        self._names: Names = {}
        self._disk_names: Names = {}
        self._pending: list[tuple[int, Names]] = []
        self._begun: dict[int, tuple[int, dict[int, bytes], int, Names]] = {}
        self._moment = 0
        self.unsynchronised_files: set[str] = set()

    def play(self, record: Record) -> None:
        """Do what the record says."""
        self._moment += 1
        kind, file = record.kind, record.file
        if kind == "M":
            self._begun.clear()  # A process that was killed hears of no end.
        elif kind == "C":
            self._keys[file] = self._moment
            self._files[self._moment] = File()
            self._rename({**self._names, record.data.decode(): self._moment})
        elif kind == "U":
            left = {n: f for n, f in self._names.items() if n != record.data.decode()}
            self._rename(left)
        elif kind == "R":
            source, target = record.data.decode().split("\n")
            moved = dict(self._names)
            moved[target] = moved.pop(source)
            self._rename(moved)
        elif kind in "WT":
            found = self._files[self._keys[file]]
            if kind == "W":
                found.write(self._moment, record.offset, record.data)
            else:
                found.truncate(self._moment, record.offset)
        elif kind == "B":
            self._begin(record)
        elif kind in "FX" and record.number in self._begun:
            self._end(record)

    def _rename(self, names: Names) -> None:
        self._names = names
        self._pending.append((self._moment, names))

    def _begin(self, record: Record) -> None:
        if record.offset:  # A folder.
            self._begun[record.number] = (self._moment, {}, 0, self._names)
        elif found := self._files.get(self._keys.get(record.file, 0)):
            pages = {page: found.cache[page] for page in found.dirty if page in found.cache}
            self._begun[record.number] = (self._moment, pages, found.size, {})

    def _end(self, record: Record) -> None:
        moment, pages, size, names = self._begun.pop(record.number)
        if record.offset:
            if record.kind == "F":
                self._disk_names = names
                self._pending = [one for one in self._pending if one[0] > moment]
            return
        found = self._files[self._keys[record.file]]
        if record.kind == "F":
            found.synchronise(moment, pages, size)
        else:
            found.lose(moment, pages, size, self._chance)

    def write_image(self, target: Path, way: str | None = None) -> str:
        """Write one content that the folder may have after a power cut now; returns which way it
        was chosen."""
        way = way or self._chance.choice(WAYS)
        names = self._disk_names if way == "synchronised" else self._names
        if way == "mixed":
            names = self._chance.choice([self._disk_names, *(one for _, one in self._pending)])
        for name, key in names.items():
            path = target / Path(name).relative_to(self._folder)
            path.write_bytes(self._files[key].image(way, self._chance))
        return way
