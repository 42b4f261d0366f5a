"""The driver of calls for the asynchronous client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pastense.client.core import Steps
from pastense.client.messages import Pause, Response
from pastense.client.transport import AsyncTransport

T = TypeVar("T")


async def drive(
    steps: Steps[T],
    transport: AsyncTransport,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """Run a call to its end. Raises what the call raises. Whatever happens on the way is thrown
    into the call, a cancellation too, so that what it has begun ends with it."""
    try:
        step = next(steps)
        while True:
            response: Response | None = None
            try:
                if isinstance(step, Pause):
                    await sleep(step.seconds)
                else:
                    response = await transport.send(step)
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(response)
    except StopIteration as end:
        result: T = end.value
        return result
