"""What stands around the application in the sandbox: faults, a record of requests, calls of its
own. Nothing of it is in a server that `pastense serve` runs."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from typing import Any, Final, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from pastense.clock import Clock
from pastense.testing.answers import fault_answer
from pastense.testing.faults import Fault, Faults
from pastense.testing.requests import RequestLog
from pastense.testing.served.call import Call
from pastense.testing.served.gate import Gate
from pastense.web.exchange import Answer, RequestIds

T = TypeVar("T")
Control = Callable[[str, str, bytes, str], Answer]
"""Answers a call of the sandbox's own: (method, path, body, request id)."""
CONTROL_PATHS: Final = ("/pastense/v1/faults", "/pastense/v1/clock", "/pastense/v1/sandbox")
_RESET: Final = struct.pack("ii", 1, 0)
"""Do not linger: what is not yet sent is dropped, and the other side is told at once."""


class SandboxApplication:
    """Serves what `wrap` is given. `control`, and `connection_of` of the server, are set before
    it serves."""

    control: Control
    connection_of: Callable[[object], asyncio.Transport | None]

    def __init__(self, faults: Faults, log: RequestLog, clock: Clock) -> None:
        self._faults = faults
        self._log = log
        self._clock = clock
        self._ids = RequestIds()
        self._gate = Gate(lambda scope: self._drop(scope, reset=True))
        self._held: set[asyncio.Event] = set()
        self._way: dict[str, Callable[[Call, Fault], Any]] = {
            "fail_next": self._fail,
            "hang": self._hang,
            "reset_connection": self._reset,
            "lose_answer": self._lose,
        }

    def wrap(self, application: ASGIApp) -> ASGIApp:
        """Stand around an application."""
        self._application = application
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        call = Call(scope, receive, send, self._log)
        if is_control_path(call.path):
            await self._answer_control(call)
            return
        fault = self._faults.take(call.method, call.path)
        call.begin(self._clock.now(), fault.kind if fault else None)
        if fault is None:
            await self._pass(call)
        else:
            await self._way[fault.kind](call, fault)

    async def quietly(self, work: Callable[[], T]) -> T:
        """Do something while no request is under way, and none begins."""
        self.let_go()
        async with self._gate.closed():
            return work()

    def let_go(self) -> None:
        """End the requests that hang: they lose their connections."""
        for released in self._held:
            released.set()

    async def _pass(self, call: Call) -> None:
        async with self._gate.passing(call.scope):
            await self._application(call.scope, call.receive, call.send)

    async def _fail(self, call: Call, fault: Fault) -> None:
        if await call.read_body():
            request_id = self._ids.next()
            await call.reply(fault_answer(fault, request_id), request_id)

    async def _reset(self, call: Call, _: Fault) -> None:
        if await call.read_body():
            await self._end(call, reset=True)

    async def _lose(self, call: Call, _: Fault) -> None:
        call.hold()
        await self._pass(call)
        await self._end(call, reset=False)

    async def _hang(self, call: Call, fault: Fault) -> None:
        if fault.stored:
            call.hold()
            await self._pass(call)
        elif not await call.read_body():
            return
        if not await self._wait(call, fault.seconds):
            return
        if fault.stored:
            await call.release()
        else:
            await self._pass(call)

    async def _wait(self, call: Call, seconds: float) -> bool:
        """Hold a request; False where it ended meanwhile: the client went away, or the fault was
        taken back and the connection was cut."""
        released = asyncio.Event()
        self._held.add(released)
        gone = asyncio.ensure_future(call.wait_gone())
        let_go = asyncio.ensure_future(released.wait())
        try:
            await asyncio.wait({gone, let_go}, timeout=seconds, return_when="FIRST_COMPLETED")
            if let_go.done() and not gone.done():
                self._drop(call.scope, reset=True)
                await gone
            return not gone.done()
        finally:
            self._held.discard(released)
            gone.cancel()
            let_go.cancel()

    async def _end(self, call: Call, *, reset: bool) -> None:
        """Close the connection without an answer. The server must see that it is gone, or it
        would answer in the application's place."""
        if self._drop(call.scope, reset=reset):
            await call.wait_gone()

    def _drop(self, scope: Scope, *, reset: bool) -> bool:
        """Close the connection of a request; False where it is closed already."""
        transport = self.connection_of(scope["client"])
        if transport is None:
            return False
        if reset:
            _send_reset(transport)
        transport.abort()
        return True

    async def _answer_control(self, call: Call) -> None:
        if not await call.read_body():
            return
        request_id = self._ids.next()
        loop = asyncio.get_running_loop()
        asked = (call.method, call.path, call.body, request_id)
        answer = await loop.run_in_executor(None, self.control, *asked)
        await call.reply(answer, request_id)


def is_control_path(path: str) -> bool:
    """Whether a call is one of the sandbox's own."""
    return any(path == own or path.startswith(f"{own}/") for own in CONTROL_PATHS)


def _send_reset(transport: asyncio.Transport) -> None:
    """Let the coming end of a connection be a reset. The server's socket cannot be set itself,
    but a second descriptor of it can."""
    descriptor = os.dup(transport.get_extra_info("socket").fileno())
    with socket.socket(fileno=descriptor) as second:
        second.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
