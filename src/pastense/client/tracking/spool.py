"""Events that wait on disk: written before `track` returns, read by the sender, taken over from
processes that died."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import Final

from pastense.client.tracking.dropping import LOG
from pastense.client.tracking.items import DropKind, Item, Progress
from pastense.client.tracking.owners import Owner, adopt_dead, create_owner
from pastense.client.tracking.segments import Segment

SEGMENT_BYTES: Final = 1024 * 1024
"""A file of this size is closed and the next one begun."""


class Shelf:
    """The files of one owner, in order; the last of one's own is written."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.segments: deque[Segment] = deque()
        self.created = 0


class SpoolQueue:
    """One folder, shared by processes; this object is one process's part of it.

    Events are always read back from the files, so memory holds no more than what is under way,
    however many wait. `lock` is the tracker's: `put` is called under it.
    """

    def __init__(
        self,
        root: Path,
        server: str,
        lock: threading.Lock,
        bytes_max: int,
        events_max: int | None,
    ) -> None:
        self._root = root
        self._server = server
        self._lock = lock
        self._bytes_max = bytes_max
        self._events_max = events_max
        self._own: Shelf | None = None
        self._adopted: list[Shelf] = []
        self._told: set[Path] = set()
        self._bytes = 0
        self._written = self._read = 0
        self._recovered = self._recovered_read = 0
        self._settled = 0
        self.lost = 0
        self._turn = False

    def full(self, size_bytes: int) -> DropKind | None:
        """Whether the bound of events (for those that wait) or of bytes on disk is reached."""
        if self._events_max is not None and self._written - self._read >= self._events_max:
            return "queue_full"
        return "spool_full" if self._bytes + size_bytes > self._bytes_max else None

    def put(self, body: bytes, tracked_at: float) -> None:
        """Write one event. Raises `OSError`."""
        self._append(body, tracked_at)
        self._written += 1

    def take(self, items_max: int, bytes_max: int) -> list[Item]:
        """The next events, own ones and those taken over in turn."""
        self._turn = not self._turn
        shelves = self._shelves()
        for shelf in shelves if self._turn else reversed(shelves):
            for segment in list(shelf.segments):
                found = [] if segment.is_read else segment.read(items_max, bytes_max)
                self._count_read(shelf, len(found) + segment.lost)
                self._count_lost(segment)
                if found:
                    return found
        return []

    def settle(self, items: list[Item]) -> None:
        """These were sent or dropped: note it, and remove files that nobody needs any more."""
        for segment, indices in _by_segment(items).items():
            segment.settle(indices)
        self._settled += len(items)
        self._clear()

    def relocate(self, items: list[Item]) -> None:
        """Write events anew that are all a closed file has left, so that the file can go. Events
        that wait for their contact would keep whole files otherwise."""
        for segment, indices in _by_segment(items).items():
            if (
                segment is self._writer()
                or segment.unsettled != len(indices)
                or not segment.is_read
            ):
                continue
            for item in [item for item in items if item.segment is segment]:
                with self._lock:
                    item.segment, item.index = self._append(item.body, item.tracked_at, held=True)
            segment.settle(indices)
        self._clear()

    def put_count(self) -> Progress:
        """How many events were put, and how many were taken over."""
        return Progress(self._written, self._recovered)

    def taken_count(self) -> Progress:
        """How many of each were taken."""
        return Progress(self._read, self._recovered_read)

    def spooled(self) -> int:
        """Events in the files that are not settled."""
        return self._written + self._recovered - self._settled

    def adopt(self) -> int:
        """Take over the files of dead processes; how many events they hold."""
        found = 0
        try:
            for owner in adopt_dead(self._root, self._server, self._told):
                shelf = self._open(owner)
                found += sum(segment.unsettled for segment in shelf.segments)
        except OSError as error:
            LOG.warning("Files that another process left cannot be taken over: %s", error)
        self._recovered += found
        self._clear()
        return found

    def close(self) -> None:
        """Remove what is settled; the rest stays for the next process."""
        self._clear()
        for shelf in self._shelves():
            if any(segment.unsettled for segment in shelf.segments):
                _let_go(shelf)
                continue
            for segment in shelf.segments:
                segment.remove()
            shelf.owner.remove()
        self._own, self._adopted = None, []

    def abandon(self) -> None:
        """In a forked child: close the parent's files, also so that its locks end with it."""
        for shelf in self._shelves():
            _let_go(shelf)

    def _open(self, owner: Owner) -> Shelf:
        shelf = Shelf(owner)
        try:
            for path in owner.files():
                shelf.segments.append(Segment(path, new=False))
        except OSError:
            self._told.add(owner.folder)
            _let_go(shelf)
            raise
        with self._lock:
            self._bytes += sum(segment.size_bytes for segment in shelf.segments)
        self._adopted.append(shelf)
        return shelf

    def _append(self, body: bytes, tracked_at: float, *, held: bool = False) -> tuple[Segment, int]:
        if self._own is None:
            self._own = Shelf(create_owner(self._root, self._server))
        shelf = self._own
        segment = shelf.segments[-1] if shelf.segments else None
        if segment is None or segment.broken or segment.size_bytes >= SEGMENT_BYTES:
            path = shelf.owner.folder / f"{shelf.created + 1:08d}.events"
            segment = Segment(path, new=True)
            shelf.created += 1
            shelf.segments.append(segment)
        before = segment.size_bytes
        index = segment.append(body, tracked_at, held=held)
        self._bytes += segment.size_bytes - before
        return segment, index

    def _shelves(self) -> list[Shelf]:
        return [*([self._own] if self._own else []), *self._adopted]

    def _writer(self) -> Segment | None:
        return self._own.segments[-1] if self._own and self._own.segments else None

    def _count_read(self, shelf: Shelf, count: int) -> None:
        if shelf is self._own:
            self._read += count
        else:
            self._recovered_read += count

    def _count_lost(self, segment: Segment) -> None:
        self.lost += segment.lost
        self._settled += segment.lost
        segment.lost = 0

    def _clear(self) -> None:
        """Remove files whose events are all settled; the one that is written is emptied."""
        try:
            with self._lock:
                if self._own is not None:
                    self._clear_shelf(self._own, keep_last=True)
            for shelf in list(self._adopted):
                with self._lock:
                    self._clear_shelf(shelf, keep_last=False)
                if not shelf.segments:
                    self._adopted.remove(shelf)
                    shelf.owner.remove()
        except OSError as error:
            LOG.warning("Files of the spool that are not needed cannot be removed: %s", error)

    def _clear_shelf(self, shelf: Shelf, *, keep_last: bool) -> None:
        for segment in list(shelf.segments):
            if segment.unsettled or (keep_last and not segment.records):
                continue
            self._bytes -= segment.size_bytes
            if keep_last and segment is shelf.segments[-1] and not segment.broken:
                segment.empty()
            else:
                shelf.segments.remove(segment)
                segment.remove()


def _let_go(shelf: Shelf) -> None:
    for segment in shelf.segments:
        segment.close()
    shelf.owner.close()


def _by_segment(items: list[Item]) -> dict[Segment, list[int]]:
    found: dict[Segment, list[int]] = {}
    for item in items:
        found.setdefault(item.segment, []).append(item.index)
    return found
