"""Where nothing lies in a page, against real files: what is a gap holds no row."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pastense.store.sqlite.pages import Geometry, dirty_gaps, read_geometry

GEOMETRY = Geometry(4096, 4096)


def make(path: Path, *, page_bytes: int = 4096, vacuum: str = "INCREMENTAL") -> None:
    """A file whose pages were split and joined, with a table that has overflow pages."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA page_size = {page_bytes}")
        connection.execute(f"PRAGMA auto_vacuum = {vacuum}")
        connection.execute("CREATE TABLE t (a, b, PRIMARY KEY (a)) WITHOUT ROWID")
        connection.execute("CREATE TABLE u (a INTEGER PRIMARY KEY, b)")
        order = sorted(range(4_000), key=lambda n: n * 7919 % 4_001)
        rows = [(n, f"row-{n:05d}" + "x" * 100) for n in order]
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
        connection.executemany("INSERT INTO u VALUES (?, ?)", [(1, "y" * 20_000), (2, "z")])
        connection.execute("DELETE FROM t WHERE a % 3 = 0")


def reader(path: Path, page_bytes: int) -> Callable[[int, int], bytes]:
    data = path.read_bytes()
    return lambda page, pages: data[(page - 1) * page_bytes : (page - 1 + pages) * page_bytes]


def content(path: Path) -> list[list[tuple]]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [connection.execute(f"SELECT * FROM {t} ORDER BY a").fetchall() for t in "tu"]


@pytest.mark.parametrize("page_bytes", [512, 1024, 4096, 65536])
def test_gaps_may_hold_anything(tmp_path, page_bytes):
    """Whatever is written into the gaps, the rows and the file's integrity stay the same."""
    path = tmp_path / "a.db"
    make(path, page_bytes=page_bytes)
    before = content(path)
    geometry = read_geometry(path.read_bytes()[:100])
    assert geometry == Geometry(page_bytes, page_bytes)
    data, read = path.read_bytes(), reader(path, page_bytes)
    gaps = dirty_gaps(geometry, data, 1, read)
    assert gaps, "a file that was never scrubbed has some"
    with path.open("r+b") as file:
        for offset, length in gaps:
            file.seek(offset)
            file.write(b"\xff" * length)
    assert content(path) == before


def test_what_was_overwritten_is_no_longer_dirty(tmp_path):
    path = tmp_path / "a.db"
    make(path)
    gaps = dirty_gaps(GEOMETRY, path.read_bytes(), 1, reader(path, 4096))
    with path.open("r+b") as file:
        for offset, length in gaps:
            file.seek(offset)
            file.write(bytes(length))
    assert dirty_gaps(GEOMETRY, path.read_bytes(), 1, reader(path, 4096)) == []


def test_a_part_of_the_file_finds_the_same_gaps(tmp_path):
    path = tmp_path / "a.db"
    make(path)
    data, read = path.read_bytes(), reader(path, 4096)
    whole = dirty_gaps(GEOMETRY, data, 1, read)
    parts = []
    for first in range(1, len(data) // 4096 + 1, 7):
        parts += dirty_gaps(GEOMETRY, read(first, 7), first, read)
    assert parts == whole


def test_pointer_maps_lie_where_the_format_says():
    assert GEOMETRY.mapped_pages == 820
    assert [GEOMETRY.map_page(page) for page in (2, 3, 821, 822, 823)] == [2, 2, 2, 822, 822]
    assert GEOMETRY.pending_page == 262_145


def test_the_map_page_steps_aside_for_the_page_that_is_never_used():
    small = Geometry(512, 512)
    clash = range(2, 3_000_000, small.mapped_pages)
    assert small.pending_page not in {small.map_page(page) for page in clash}


@pytest.mark.parametrize("header", [b"", b"SQLite format 3\0", b"x" * 100])
def test_what_is_no_file_of_sqlite_has_no_geometry(header):
    assert read_geometry(header) is None


def test_a_file_without_a_pointer_map_is_left_alone(tmp_path):
    path = tmp_path / "a.db"
    make(path, vacuum="NONE")
    assert read_geometry(path.read_bytes()[:100]) is None


def test_a_page_whose_header_cannot_be_is_left_alone():
    page = bytearray(4096)
    page[0], page[3:7] = 13, b"\xff\xff\x00\x10"
    pointer_map = bytes([5, 0, 0, 0, 0]) * 819
    data = bytes(page) + b"\x01" * 4096
    assert dirty_gaps(GEOMETRY, data, 3, lambda *_: pointer_map) == []
