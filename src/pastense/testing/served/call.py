"""One request to the sandbox: what is received and sent is noted before it is passed on."""

from __future__ import annotations

from collections import deque
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from pastense.testing.answers import headers_of
from pastense.testing.refusals import read_errors
from pastense.testing.requests import BODY_KEPT_BYTES, RequestLog
from pastense.web.exchange import Answer


class Call:
    """`receive` and `send` stand between the server and the application."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, log: RequestLog) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.number = 0
        self._receive = receive
        self._send = send
        self._log = log
        self._body = bytearray()
        self._read: deque[Message] = deque()
        self._start: Message | None = None
        self._answer: tuple[Message, Message] | None = None
        self._holding = False

    def begin(self, at: int, fault: str | None) -> None:
        """Note that the request is there."""
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in self.scope["headers"]}
        self.number = self._log.begin(
            at=at,
            method=self.method,
            path=self.path,
            query=self.scope["query_string"].decode("latin-1"),
            headers=headers,
            fault=fault,
        )

    @property
    def body(self) -> bytes:
        """What came of the body so far, as far as bodies are kept."""
        return bytes(self._body)

    async def receive(self) -> Message:
        """What the client sends; what `read_body` has read comes again."""
        return self._read.popleft() if self._read else await self._next()

    async def send(self, message: Message) -> None:
        """An answer is passed on once it is whole and noted, so that whoever has it finds it
        noted. While the call holds its answer it goes no further."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        assert self._start is not None, "an answer begins with its start"
        self._answer, self._start = (self._start, message), None
        self._note(*self._answer)
        if not self._holding:
            await self.release()

    async def read_body(self) -> bool:
        """Read the whole body, for a later `receive`; False where the client went away."""
        messages: list[Message] = []
        while not messages or messages[-1].get("more_body", False):
            message = await self._next()
            if message["type"] == "http.disconnect":
                return False
            messages.append(message)
        self._read.extend(messages)
        return True

    async def wait_gone(self) -> None:
        """Wait until the connection is closed, by whom ever."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def hold(self) -> None:
        """Keep the answer back until `release`."""
        self._holding = True

    async def release(self) -> None:
        """Send the answer that was kept back, if there is one."""
        if self._answer is not None:
            for message in self._answer:
                await self._send(message)

    async def reply(self, answer: Answer, request_id: str) -> None:
        """Answer in the application's place."""
        headers: Any = headers_of(answer, request_id)
        await self.send(
            {"type": "http.response.start", "status": answer.status, "headers": headers}
        )
        await self.send({"type": "http.response.body", "body": answer.body})

    async def _next(self) -> Message:
        """The next that comes from the client. The body is noted once it is whole."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._keep(message)
        return message

    def _keep(self, message: Message) -> None:
        room = BODY_KEPT_BYTES - len(self._body)
        self._body += message.get("body", b"")[:room]
        if not message.get("more_body", False) and self.number:
            self._log.change(self.number, body=self.body)

    def _note(self, start: Message, body: Message) -> None:
        ids = [v for n, v in start["headers"] if n.lower() == b"x-request-id"]
        status: int = start["status"]
        self._log.change(
            self.number,
            status=status,
            request_id=ids[0].decode("latin-1") if ids else "",
            errors=read_errors(body["body"]) if status >= 400 else (),
        )
