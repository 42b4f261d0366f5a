"""A gate that requests pass, and that closes for a moment in which none is under way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.types import Scope

QUIET_WAIT_S = 2.0
"""How long requests under way may take to end before their connections are cut."""


class Gate:
    """For one event loop."""

    def __init__(self, cut: Callable[[Scope], object]) -> None:
        self._cut = cut
        self._open = asyncio.Event()
        self._open.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._inside: dict[int, Scope] = {}
        self._closing = asyncio.Lock()

    @asynccontextmanager
    async def passing(self, scope: Scope) -> AsyncIterator[None]:
        """One request passes; it waits while the gate is closed."""
        while not self._open.is_set():
            await self._open.wait()
        place = id(scope)
        self._inside[place] = scope
        self._empty.clear()
        try:
            yield
        finally:
            del self._inside[place]
            if not self._inside:
                self._empty.set()

    @asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        """Nobody is inside, and nobody comes in. A request that does not end, as its body does
        not come, loses its connection."""
        async with self._closing:
            self._open.clear()
            try:
                await self._wait_until_empty()
                yield
            finally:
                self._open.set()

    async def _wait_until_empty(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._empty.wait(), QUIET_WAIT_S)
            except TimeoutError:
                for scope in list(self._inside.values()):
                    self._cut(scope)
            else:
                return
