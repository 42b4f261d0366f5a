"""An asynchronous client that a test can use like a synchronous one, so that one test is for both.

What is awaited is run to its end in an event loop of the test's own, which lives as long as the
client; lists become plain lists.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from pastense import AsyncClient, AsyncPages


class Awaited:
    """Something asynchronous, seen from code that is not."""

    def __init__(self, inner: object, runner: asyncio.Runner) -> None:
        self._inner, self._runner = inner, runner

    def __getattr__(self, name: str) -> Any:
        return self._seen(getattr(self._inner, name))

    def __call__(self, *args: object, **given: object) -> Any:
        return self._seen(self._inner(*args, **given))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._runner.run(_all_of(self._inner)))

    def _seen(self, value: object) -> Any:
        if inspect.iscoroutine(value):
            return self._runner.run(value, context=copy_context())
        if inspect.isasyncgen(value):
            return self._runner.run(_all_of(value))
        module = type(value).__module__
        wrapped = callable(value) or isinstance(value, AsyncPages) or "aio_" in module
        return Awaited(value, self._runner) if wrapped else value


async def _all_of(items: Any) -> list[Any]:
    return [item async for item in items]


@contextmanager
def awaited_client(*args: Any, **given: Any) -> Iterator[Any]:
    """An `AsyncClient`, seen so; closed at the end."""
    with asyncio.Runner() as runner:
        client = AsyncClient(*args, **given)
        try:
            yield Awaited(client, runner)
        finally:
            runner.run(client.close())
