"""Lists that come in pages: what to ask first, what to ask next, and the two ways to read them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Generic, TypeVar

import msgspec

from pastense.client.core import Answer, Call, Steps, perform
from pastense.client.options import ClientOptions
from pastense.errors import UnreadableAnswer

P = TypeVar("P")
I = TypeVar("I")  # noqa: E741 (an item)


class Listing(msgspec.Struct, Generic[P, I], frozen=True):
    """A list that is to be read: its first page, what follows a page, the items of a page."""

    client: ClientOptions
    first: Call[P]
    follow: Callable[[P], Call[P] | None]
    items: Callable[[P], Sequence[I]]

    def read_first(self) -> Steps[Answer[P]]:
        """The call for the first page."""
        return perform(self.client, self.first)

    def read_next(self, call: Call[P], page: P) -> tuple[Call[P], Steps[Answer[P]]] | None:
        """The call for the page after this one; None at the end. Raises `UnreadableAnswer` where
        the page says that it follows itself, as that would never end."""
        following = self.follow(page)
        if following is None:
            return None
        if following.query == call.query and following.body == call.body:
            raise UnreadableAnswer("The server named a page as its own next page", 200, b"")
        return following, perform(self.client, following)


class SyncPages(Generic[P, I]):
    """A list: iterate over it for all items, over `pages()` for whole pages. Nothing is asked of
    the server before that, and each iteration begins anew."""

    def __init__(self, listing: Listing[P, I], drive: Callable[[Steps[Answer[P]]], P]) -> None:
        self._listing = listing
        self._drive = drive

    def __iter__(self) -> Iterator[I]:
        for page in self.pages():
            yield from self._listing.items(page)

    def page(self) -> P:
        """The first page."""
        return self._drive(self._listing.read_first())

    def pages(self) -> Iterator[P]:
        """All pages, each asked for when it is its turn."""
        call, steps = self._listing.first, self._listing.read_first()
        while True:
            page = self._drive(steps)
            yield page
            following = self._listing.read_next(call, page)
            if following is None:
                return
            call, steps = following


class AsyncPages(Generic[P, I]):
    """A list: iterate over it (`async for`) for all items, over `pages()` for whole pages. Nothing
    is asked of the server before that, and each iteration begins anew."""

    def __init__(
        self, listing: Listing[P, I], drive: Callable[[Steps[Answer[P]]], Awaitable[P]]
    ) -> None:
        self._listing = listing
        self._drive = drive

    async def __aiter__(self) -> AsyncIterator[I]:
        async for page in self.pages():
            for item in self._listing.items(page):
                yield item

    async def page(self) -> P:
        """The first page."""
        return await self._drive(self._listing.read_first())

    async def pages(self) -> AsyncIterator[P]:
        """All pages, each asked for when it is its turn."""
        call, steps = self._listing.first, self._listing.read_first()
        while True:
            page = await self._drive(steps)
            yield page
            following = self._listing.read_next(call, page)
            if following is None:
                return
            call, steps = following
