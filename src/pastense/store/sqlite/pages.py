"""The pages of a SQLite file as bytes: which of them hold rows, and where nothing lies in them.

Source: the file format that sqlite.org publishes ("Database File Format"): the header of the
file, pointer map pages, the header of a b-tree page.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

import msgspec

HEADER_BYTES: Final = 100
_MAGIC: Final = b"SQLite format 3\0"
_PENDING_BYTE: Final = 0x40000000
"""The page that holds this byte is never used: it is there to be locked."""
_ROOT, _NODE = 1, 5
"""Kinds in a pointer map: the root of a tree, another page of a tree."""
_NODE_HEADER_BYTES: Final = {2: 12, 5: 12, 10: 8, 13: 8}
"""By the first byte of a page: interior and leaf pages of indexes and of tables."""
Reader = Callable[[int, int], bytes]
"""(first page, pages): their bytes, fewer at the end of the file."""


class Geometry(msgspec.Struct, frozen=True):
    """How a file is cut into pages. `usable_bytes` is a page without its reserved end."""

    page_bytes: int
    usable_bytes: int

    @property
    def mapped_pages(self) -> int:
        """Pages that one pointer map page tells about, itself counted."""
        return self.usable_bytes // 5 + 1

    def map_page(self, page: int) -> int:
        """The number of the pointer map page that tells about a page."""
        number = (page - 2) // self.mapped_pages * self.mapped_pages + 2
        return number + 1 if number == self.pending_page else number

    @property
    def pending_page(self) -> int:
        """The number of the page that is never used."""
        return _PENDING_BYTE // self.page_bytes + 1


def read_geometry(header: bytes) -> Geometry | None:
    """The geometry of a file by its first 100 bytes; None where it has no pointer map, so that
    pages with rows cannot be told from others with certainty."""
    if len(header) < HEADER_BYTES or not header.startswith(_MAGIC):
        return None
    (page_bytes,) = struct.unpack_from(">H", header, 16)
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    (largest_root,) = struct.unpack_from(">I", header, 52)
    return Geometry(page_bytes, page_bytes - header[20]) if largest_root else None


def dirty_gaps(
    geometry: Geometry, data: bytes, first_page: int, read: Reader
) -> list[tuple[int, int]]:
    """(offset in the file, length) of each gap that is not all zeros, in the pages of `data`.
    `read` is asked for pages of the pointer map.

    A gap is the space between the pointers to a page's rows and its first row. What stands
    there means nothing: SQLite leaves copies of rows in it that it has moved to other pages.
    """
    found = []
    maps: dict[int, bytes] = {}
    for index in range(len(data) // geometry.page_bytes):
        page, base = first_page + index, index * geometry.page_bytes
        if not _holds_rows(geometry, page, maps, read):
            continue
        start, end = _gap(data, base, geometry.usable_bytes)
        if data[start:end].strip(b"\0"):
            found.append(((first_page - 1) * geometry.page_bytes + start, end - start))
    return found


def _holds_rows(geometry: Geometry, page: int, maps: dict[int, bytes], read: Reader) -> bool:
    """Whether a page belongs to a tree, as its pointer map says. The first page is left alone:
    it holds the schema."""
    if page < 2 or page == geometry.pending_page:
        return False
    map_page = geometry.map_page(page)
    if page <= map_page:
        return False
    if map_page not in maps:
        maps[map_page] = read(map_page, 1)
    offset = 5 * (page - map_page - 1)
    return maps[map_page][offset : offset + 1] in (bytes([_ROOT]), bytes([_NODE]))


def _gap(data: bytes, base: int, usable_bytes: int) -> tuple[int, int]:
    """Where the gap of a page begins and ends; nothing where its header is not as it must be."""
    header_bytes = _NODE_HEADER_BYTES.get(data[base])
    if header_bytes is None:
        return base, base
    cells, content = struct.unpack_from(">HH", data, base + 3)
    start, end = header_bytes + 2 * cells, content or 65_536
    if not header_bytes <= start <= end <= usable_bytes:
        return base, base
    return base + start, base + end
