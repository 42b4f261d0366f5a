"""The driver of calls for the asynchronous client."""

from __future__ import annotations

import asyncio

import pytest

from pastense.client.aio import drive
from pastense.client.messages import Request, Response
from pastense.errors import ConnectionFailed
from tests.unit.client.test_sync import ANSWER, Sender, call


class AsyncSender(Sender):
    """The same for an event loop."""

    async def send(self, request: Request) -> Response:
        return super().send(request)


def run(seen, sender, sleep) -> object:
    return asyncio.run(drive(call(seen), sender, sleep))


def test_answers_and_errors_go_into_the_call_and_pauses_are_kept():
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    for first in (ANSWER, ConnectionFailed("x")):
        seen: list[object] = []
        assert run(seen, AsyncSender(first, ANSWER), pause) == "value"
        assert seen == [first, None, ANSWER, "ended"]
    assert pauses == [7, 7]


def test_a_cancelled_pause_ends_the_call_at_once():
    async def cancelled(_: float) -> None:
        raise asyncio.CancelledError

    seen: list[object] = []
    with pytest.raises(asyncio.CancelledError):
        run(seen, AsyncSender(ANSWER), cancelled)
    assert seen == [ANSWER, "ended"]


def test_what_the_call_does_not_know_ends_it_at_once():
    seen: list[object] = []
    with pytest.raises(MemoryError):
        run(seen, AsyncSender(MemoryError()), asyncio.sleep)
    assert seen == ["ended"]
