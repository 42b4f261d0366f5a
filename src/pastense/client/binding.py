"""From the plain functions of `calls/` to the methods of the clients, with their signatures.

A function takes first what it is about (the client's options, or a person) and gives a call under
way. Each of the makers here turns it into a method: blocking or awaited, giving the value or the
raw answer. Type checkers see every parameter, and so do `help` and `inspect.signature`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from pastense.client import aio, sync
from pastense.client.core import Answer, Steps
from pastense.client.pages import AsyncPages, Listing, SyncPages
from pastense.client.results import RawResponse
from pastense.client.transport import AsyncTransport, Transport

A = ParamSpec("A")
C = TypeVar("C")
T = TypeVar("T")
P = TypeVar("P")
I = TypeVar("I")  # noqa: E741 (an item)


class SyncRoom(Generic[C]):
    """Methods that block. `context` is what their functions take first."""

    def __init__(self, context: C, transport: Transport) -> None:
        self._context = context
        self._transport = transport

    def _run(self, steps: Steps[Answer[T]]) -> T:
        return sync.drive(steps, self._transport).parsed


class AsyncRoom(Generic[C]):
    """Methods that are awaited. `context` is what their functions take first."""

    def __init__(self, context: C, transport: AsyncTransport) -> None:
        self._context = context
        self._transport = transport

    async def _run(self, steps: Steps[Answer[T]]) -> T:
        return (await aio.drive(steps, self._transport)).parsed


def sync_call(
    operation: Callable[Concatenate[C, A], Steps[Answer[T]]],
) -> Callable[Concatenate[SyncRoom[C], A], T]:
    """A method that blocks and gives the value."""

    def method(self: SyncRoom[C], /, *args: A.args, **kwargs: A.kwargs) -> T:
        return sync.drive(operation(self._context, *args, **kwargs), self._transport).parsed

    return _shown(method, operation)


def sync_raw_call(
    operation: Callable[Concatenate[C, A], Steps[Answer[T]]],
) -> Callable[Concatenate[SyncRoom[C], A], RawResponse[T]]:
    """A method that blocks and gives the answer as it came beside the value."""

    def method(self: SyncRoom[C], /, *args: A.args, **kwargs: A.kwargs) -> RawResponse[T]:
        answer = sync.drive(operation(self._context, *args, **kwargs), self._transport)
        return RawResponse.of(answer.response, answer.parsed)

    return _shown(method, operation)


def sync_pages(
    operation: Callable[Concatenate[C, A], Listing[P, I]],
) -> Callable[Concatenate[SyncRoom[C], A], SyncPages[P, I]]:
    """A method that gives a list to iterate over."""

    def method(self: SyncRoom[C], /, *args: A.args, **kwargs: A.kwargs) -> SyncPages[P, I]:
        return SyncPages(operation(self._context, *args, **kwargs), self._run)

    return _shown(method, operation)


def sync_raw_page(
    operation: Callable[Concatenate[C, A], Listing[P, I]],
) -> Callable[Concatenate[SyncRoom[C], A], RawResponse[P]]:
    """A method that blocks and gives the first page as it came."""

    def method(self: SyncRoom[C], /, *args: A.args, **kwargs: A.kwargs) -> RawResponse[P]:
        listing = operation(self._context, *args, **kwargs)
        answer = sync.drive(listing.read_first(), self._transport)
        return RawResponse.of(answer.response, answer.parsed)

    return _shown(method, operation)


def async_call(
    operation: Callable[Concatenate[C, A], Steps[Answer[T]]],
) -> Callable[Concatenate[AsyncRoom[C], A], Coroutine[Any, Any, T]]:
    """A method that is awaited and gives the value."""

    async def method(self: AsyncRoom[C], /, *args: A.args, **kwargs: A.kwargs) -> T:
        steps = operation(self._context, *args, **kwargs)
        return (await aio.drive(steps, self._transport)).parsed

    return _shown(method, operation)


def async_raw_call(
    operation: Callable[Concatenate[C, A], Steps[Answer[T]]],
) -> Callable[Concatenate[AsyncRoom[C], A], Coroutine[Any, Any, RawResponse[T]]]:
    """A method that is awaited and gives the answer as it came beside the value."""

    async def method(self: AsyncRoom[C], /, *args: A.args, **kwargs: A.kwargs) -> RawResponse[T]:
        answer = await aio.drive(operation(self._context, *args, **kwargs), self._transport)
        return RawResponse.of(answer.response, answer.parsed)

    return _shown(method, operation)


def async_pages(
    operation: Callable[Concatenate[C, A], Listing[P, I]],
) -> Callable[Concatenate[AsyncRoom[C], A], AsyncPages[P, I]]:
    """A method that gives a list to iterate over with `async for`."""

    def method(self: AsyncRoom[C], /, *args: A.args, **kwargs: A.kwargs) -> AsyncPages[P, I]:
        return AsyncPages(operation(self._context, *args, **kwargs), self._run)

    return _shown(method, operation)


def async_raw_page(
    operation: Callable[Concatenate[C, A], Listing[P, I]],
) -> Callable[Concatenate[AsyncRoom[C], A], Coroutine[Any, Any, RawResponse[P]]]:
    """A method that is awaited and gives the first page as it came."""

    async def method(self: AsyncRoom[C], /, *args: A.args, **kwargs: A.kwargs) -> RawResponse[P]:
        listing = operation(self._context, *args, **kwargs)
        answer = await aio.drive(listing.read_first(), self._transport)
        return RawResponse.of(answer.response, answer.parsed)

    return _shown(method, operation)


M = TypeVar("M", bound=Callable[..., Any])


def _shown(method: M, operation: Callable[..., Any]) -> M:
    """The method with the function's name, words and parameters. A function whose name Python has
    taken ends in an underscore (`list_`); the method does not."""
    functools.update_wrapper(method, operation)
    method.__name__ = operation.__name__.rstrip("_")
    method.__qualname__ = method.__name__
    signature = inspect.signature(operation)
    # What comes out differs from maker to maker, and their types say it.
    method.__signature__ = signature.replace(return_annotation=inspect.Signature.empty)  # type: ignore[attr-defined]
    return method
