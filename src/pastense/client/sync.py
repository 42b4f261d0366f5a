"""The driver of calls for the synchronous client."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from pastense.client.core import Steps
from pastense.client.messages import Pause, Response
from pastense.client.transport import Transport

T = TypeVar("T")


def drive(steps: Steps[T], transport: Transport, sleep: Callable[[float], None] = time.sleep) -> T:
    """Run a call to its end. Raises what the call raises. Whatever happens on the way is thrown
    into the call, an interruption too, so that what it has begun ends with it."""
    try:
        step = next(steps)
        while True:
            response: Response | None = None
            try:
                if isinstance(step, Pause):
                    sleep(step.seconds)
                else:
                    response = transport.send(step)
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(response)
    except StopIteration as end:
        result: T = end.value
        return result
