"""Lists that come in pages, over numbers instead of a server."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.client.core import Answer, Call
from pastense.client.messages import Headers, Request, Response
from pastense.client.options import read_client_options
from pastense.client.pages import AsyncPages, Listing, SyncPages
from pastense.errors import UnreadableAnswer

CLIENT = read_client_options("http://host", "t")
PAGES = st.lists(st.lists(st.integers(), max_size=3), min_size=1, max_size=6)


class Book:
    """Pages of numbers, and which of them were asked for."""

    def __init__(self, pages: list[list[int]]) -> None:
        self.pages = pages
        self.asked: list[int] = []

    def call(self, number: int) -> Call:
        return Call("GET", "/pages", lambda _: number, {"page": str(number)})

    def listing(self) -> Listing:
        def follow(number: int) -> Call | None:
            return self.call(number + 1) if number + 1 < len(self.pages) else None

        return Listing(CLIENT, self.call(0), follow, lambda number: self.pages[number])

    def drive(self, steps) -> int:
        request = next(steps)
        assert isinstance(request, Request)
        self.asked.append(int(request.target.partition("=")[2]))
        with pytest.raises(StopIteration) as end:
            steps.send(Response(200, Headers(), b""))
        assert isinstance(end.value.value, Answer)
        return end.value.value.parsed

    async def drive_awaited(self, steps) -> int:
        return self.drive(steps)


@given(PAGES)
def test_every_item_comes_once_and_every_page_is_asked_for_once(pages):
    book = Book(pages)
    listing = SyncPages(book.listing(), book.drive)
    assert list(listing) == [item for page in pages for item in page]
    assert book.asked == list(range(len(pages)))
    assert list(listing.pages()) == list(range(len(pages)))
    assert listing.page() == 0


@given(PAGES)
def test_it_is_the_same_in_an_event_loop(pages):
    book = Book(pages)

    async def read() -> tuple[list[int], list[int], int]:
        listing = AsyncPages(book.listing(), book.drive_awaited)
        items = [item async for item in listing]
        return items, [page async for page in listing.pages()], await listing.page()

    items, numbers, first = asyncio.run(read())
    assert items == [item for page in pages for item in page]
    assert numbers == list(range(len(pages)))
    assert first == 0


def test_no_page_is_asked_for_before_its_turn():
    book = Book([[1], [2], [3]])
    items = iter(SyncPages(book.listing(), book.drive))
    assert book.asked == []
    assert next(items) == 1
    assert book.asked == [0]
    assert next(items) == 2
    assert book.asked == [0, 1]


def test_a_page_that_follows_itself_is_said():
    book = Book([[1], [2]])
    stuck = Listing(CLIENT, book.call(0), lambda _: book.call(1), lambda n: book.pages[n])
    with pytest.raises(UnreadableAnswer, match="its own next page"):
        list(SyncPages(stuck, book.drive))
    assert book.asked == [0, 1]
