"""The HTTP/1.1 connection: uvicorn's, with deadlines and bounds on what a client may hold.

Reading a request, and taking an answer, each have their time; headers have a size. One sweep
a second looks at all connections, so that a request costs no timer of its own.
"""

from __future__ import annotations

import asyncio
import math
import re
from typing import Any, ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

import pastense
from pastense.errors import ApiError, BadRequest, HeadersTooLarge, RequestTimeout, Unavailable
from pastense.limits import UNREAD_BODY_BYTES_MAX, Limits
from pastense.web import direct
from pastense.web.app import Application
from pastense.web.errors import error_body
from pastense.web.exchange import BODY_HEADERS, RequestIds
from pastense.web.heads import Heads

NEVER = math.inf
_UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
"""Java's own client offers HTTP/2 with every first request. A server may ignore that
(RFC 9110, 7.8), but the parser would take the body for the other protocol: so the header gets
another name of the same length before it is parsed."""
LINGER_S = 1.0


class GuardedProtocol(HttpToolsProtocol):
    """One connection. `limits` and `request_ids` are set on a subclass per server."""

    limits: ClassVar[Limits]
    application: ClassVar[Application | None]
    request_ids: ClassVar[RequestIds]
    heads: ClassVar[Heads]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection, or refuse it where there are too many."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._in_headers = True
        self._is_between = True
        self._headers_ended = False
        self._lingering = False
        self._header_bytes = 0
        self._unread_bytes = 0
        self._whole: list[bytes] | None = None
        self._received = b""
        self._read_deadline = self.loop.time() + self.limits.header_timeout_s
        self._idle_deadline = NEVER
        self._write_left = 0
        self._write_deadline = NEVER
        if len(self.connections) > self.limits.connections_max:
            self.transport.write(self._refusal(Unavailable("Too many connections are open")))
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Parse what came; headers that do not end are refused at their bound."""
        self._idle_deadline = NEVER
        if self._lingering or self.transport.is_closing():
            self._drop(len(data))
            return
        if self._is_between and self._take_known_way(data):
            return
        if self._in_headers and self._headers_too_large(data):
            self._header_bytes += len(data)
            self.refuse(HeadersTooLarge())
            return
        self._received = data if self._is_between else b""
        if b"pgrade:" in data or b"PGRADE:" in data:
            data, self._received = _UPGRADE.sub(b"\r\nIgnored:", data), b""
        began_in_headers, self._headers_ended = self._in_headers, False
        self._parse(data)
        self._received = b""
        if self._whole is not None:
            self._take_long_way()
        if self._in_headers and began_in_headers and not self._headers_ended:
            self._header_bytes += len(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection and its requests let go of each other, whoever still works on one."""
        super().connection_lost(exc)
        self.cycle = None  # type: ignore[assignment] # as before the first request
        self.pipeline.clear()

    def on_message_begin(self) -> None:
        """A request begins: its headers have their time."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._is_between = False
        self._in_headers = True
        self._header_bytes = 0
        self._read_deadline = self.loop.time() + self.limits.header_timeout_s

    def on_headers_complete(self) -> None:
        """The headers are whole: now the body has its time."""
        self._in_headers = False
        self._headers_ended = True
        self._unread_bytes = 0
        self._read_deadline = self.loop.time() + self.limits.body_timeout_s
        self._whole = []
        if not self._may_be_short():
            self._take_long_way()

    def on_body(self, body: bytes) -> None:
        """A part of a body; what comes after an early answer is dropped, up to a bound."""
        if self._whole is not None:
            self._whole.append(body)
            return
        super().on_body(body)
        if self.cycle.response_complete:
            self._drop(len(body))

    def on_message_complete(self) -> None:
        """The request is whole: from here on the time is the server's, and what comes next
        are the headers of another request."""
        self._read_deadline = NEVER
        self._is_between = True
        self._in_headers = True
        self._header_bytes = 0
        if self._whole is not None:
            if self._take_short_way(_joined(self._whole)):
                return
            self._take_long_way()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The next request of this connection may be answered, or it is idle from now on."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idle_deadline = self.loop.time() + self.limits.idle_timeout_s

    def eof_received(self) -> bool:  # type: ignore[override] # uvicorn always closes
        """The client sends no more. It may still wait for the answers to what it sent whole;
        True keeps the connection open until the last of them."""
        cycle: RequestResponseCycle | None = self.cycle
        waits = cycle is not None and not cycle.response_complete and not cycle.more_body
        if waits and not self._header_bytes and not self._lingering:
            self.cycle.keep_alive = False
            return True
        return False

    def check_deadlines(self, now: float) -> None:
        """Called about once a second: end a connection whose client is too slow."""
        if self.transport.is_closing():
            return
        if now > self._read_deadline:
            self.refuse(RequestTimeout())
        elif now > self._idle_deadline:
            self.transport.close()
        elif now > self._write_deadline:
            self._give_up()
            self.transport.abort()
        self._watch_writing(now)

    def refuse(self, error: ApiError) -> None:
        """Answer outside of a request's cycle, where no answer has begun, and close."""
        cycle: RequestResponseCycle | None = self.cycle
        begun = cycle is not None and cycle.response_started and not cycle.response_complete
        silent = begun or self._lingering or self._is_idle()
        self._give_up()
        if silent:
            self.transport.close()
            return
        self.transport.write(self._refusal(error))
        if self.transport.can_write_eof():
            self._linger()
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (uvicorn gives it)
        """What uvicorn calls when the bytes are not HTTP."""
        self.refuse(BadRequest("This is not a valid HTTP/1.1 request"))

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._unsupported_upgrade_warning()
        except httptools.HttpParserError:
            self._whole = None
            self.send_400_response("")

    def _may_be_short(self) -> bool:
        """Whether this is a submission that nothing stands before on this connection."""
        return (
            self.url == direct.PATH
            and self._is_free()
            and not self.expect_100_continue
            and not self.transport.is_closing()
            and self.parser.get_method() == direct.METHOD
            and not self.parser.should_upgrade()
        )

    def _is_free(self) -> bool:
        """Whether the short way is there, and an answer may be written at once."""
        before: RequestResponseCycle | None = self.cycle
        return (
            self.application is not None
            and (before is None or before.response_complete)
            and not self.flow.write_paused
        )

    def _take_known_way(self, data: bytes) -> bool:
        """Answer a whole request whose head was read before; False where it is to be parsed."""
        found = self.heads.find(data)
        if found is None or not self._is_free():
            return False
        assert self.application is not None, "asked for by `_is_free`"
        head, body = found
        cycle = direct.ShortCycle(self.application, self, head)
        if not cycle.begin(body):
            return False
        self._read_deadline = NEVER
        self.cycle = cycle  # type: ignore[assignment] # as far as a cycle is asked
        return True

    def _take_short_way(self, body: bytes) -> bool:
        """Answer the request that is whole; False where the long way has to."""
        assert self.application is not None, "asked for by `_may_be_short`"
        cycle = direct.ShortCycle(self.application, self)
        if not cycle.begin(body):
            return False
        self._whole = None
        self.cycle = cycle  # type: ignore[assignment] # as far as a cycle is asked
        self._learn_head(cycle, body)
        return True

    def _learn_head(self, cycle: direct.ShortCycle, body: bytes) -> None:
        """Know the head next time, where it has nothing that would have to be seen to again."""
        exchange = cycle.exchange
        is_plain = cycle.keep_alive and self.parser.get_http_version() == "1.1"
        if self._received and is_plain and exchange.is_judged:
            self.heads.learn(self._received, body, self.headers, exchange.headers)

    def _take_long_way(self) -> None:
        """Let a task answer the request, through ASGI; it gets what there is of the body."""
        body, self._whole = _joined(self._whole or []), None
        self.scope = direct.submission_scope(self)  # type: ignore[assignment]
        super().on_headers_complete()
        if body:
            super().on_body(body)

    def _headers_too_large(self, data: bytes) -> bool:
        """Whether the headers that these bytes go on with pass their bound."""
        room = self.limits.header_bytes_max - self._header_bytes
        return len(data) > room and data.find(b"\r\n\r\n", 0, room + 4) < 0

    def _give_up(self) -> None:
        """Whoever works on the current request is told that nobody waits for its answer."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()

    def _linger(self) -> None:
        """Say that no more comes, and drop for a moment what the client still sends: closing
        at once would reset the connection and could take our answer away from it."""
        self._lingering = True
        self.flow.resume_reading()
        self.transport.write_eof()
        self._read_deadline = self.loop.time() + LINGER_S

    def _drop(self, size: int) -> None:
        self._unread_bytes += size
        if self._unread_bytes > UNREAD_BODY_BYTES_MAX:
            self.transport.close()

    def _is_idle(self) -> bool:
        """Nothing of a request has come yet, so nobody waits for an answer."""
        return self._in_headers and self._header_bytes == 0 and self.headers is None

    def _watch_writing(self, now: float) -> None:
        """The client must take something of its answer within the write timeout."""
        left = self.transport.get_write_buffer_size()
        if left == 0:
            self._write_deadline = NEVER
        elif self._write_deadline == NEVER or left != self._write_left:
            self._write_deadline = now + self.limits.write_timeout_s
        self._write_left = left

    def _refusal(self, error: ApiError) -> bytes:
        request_id = self.request_ids.next()
        body = error_body(error.refusals, request_id)
        headers: list[tuple[bytes, bytes]] = [
            *self.server_state.default_headers,
            *BODY_HEADERS,
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            (b"x-request-id", request_id.encode()),
            (b"pastense", pastense.__version__.encode()),
            *error.headers,
        ]
        lines = [b"%s: %s\r\n" % header for header in headers]
        return b"".join([STATUS_LINE[error.status], *lines, b"\r\n", body])


def _joined(pieces: list[bytes]) -> bytes:
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def guarded_protocol(limits: Limits, application: Application | None) -> type[asyncio.Protocol]:
    """The protocol class for one server's limits. Submissions to `application` take the short
    way; None where something else stands before it."""
    values: dict[str, Any] = {
        "limits": limits,
        "request_ids": RequestIds(),
        "application": application,
        "heads": Heads(),
    }
    return type("GuardedProtocol", (GuardedProtocol,), values)
