"""The short way of a whole `POST /events`: from the parser to the committer and back to the
socket, with no task and no messages in between.

It is the long way (`app.py`) in the same steps and with the same answers. What may wait for
anything but the disk is left to the long way: a token that must be looked up, a body that is still
on its way, a rate limit that is counted with other processes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final, NoReturn, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from pastense.errors import Unavailable
from pastense.service.events.committer import Result
from pastense.store.base import StoreError
from pastense.web.app import STOPPING, Application
from pastense.web.events.events import SUBMIT_SCOPE, Begun, begin_submission
from pastense.web.exchange import (
    BODY_HEADERS,
    NO_BODY,
    PASTENSE_HEADER,
    Answer,
    Exchange,
    Header,
)
from pastense.web.heads import Head

PATH: Final = b"/events"
METHOD: Final = b"POST"
_BODY_LINES: Final = b"".join(b"%b: %b\r\n" % header for header in BODY_HEADERS)
NO_BODY_LINE: Final = b"%b: %b\r\n" % NO_BODY


class _Nobody:
    """Stands for the event that wakes a task: there is none."""

    def set(self) -> None:
        """Nobody waits."""


class ShortExchange(Exchange):
    """The exchange of a submission: what ASGI would say of it is put together where it is asked
    for, which is where it is refused."""

    __slots__ = ("_connection", "_head", "is_judged")

    def __init__(
        self, application: Application, connection: HttpToolsProtocol, head: Head | None
    ) -> None:
        request_id = application.request_ids.next()
        super().__init__(application.state, None, _no_message, _no_message, request_id)
        self._connection = connection
        self._head = head
        self.is_judged = head is not None
        """Whether the headers are as they must be; those of a head that is known were."""

    @property
    def scope(self) -> Scope:
        """What ASGI says of the request."""
        if self._scope is None:
            self._scope = submission_scope(self._connection, self._head)
        return self._scope

    def judge_headers(self) -> None:
        """Read the headers that matter, unless that was done before."""
        if self._head is None:
            super().judge_headers()
            self.is_judged = True
        else:
            self.headers = self._head.judged


class ShortCycle:
    """One request on the short way, from its last byte to its answer.

    It stands where uvicorn has the cycle of a request, and the task that answers it. `head` is
    what its head is known to say; None where the connection's parser has just read it.
    """

    __slots__ = (
        *(
            "_application",
            "_begun",
            "_connection",
            "_others",
            "disconnected",
            "exchange",
            "keep_alive",
        ),
        *("response_complete", "response_started"),
    )
    more_body = False
    message_event = _Nobody()

    def __init__(
        self, application: Application, connection: HttpToolsProtocol, head: Head | None = None
    ) -> None:
        self._application = application
        self._connection = connection
        self._others = cast("set[object]", connection.server_state.tasks)
        self._begun: Begun | None = None
        self.exchange = ShortExchange(application, connection, head)
        self.keep_alive = head is not None or stays_open(connection)
        self.disconnected = self.response_started = self.response_complete = False

    def begin(self, body: bytes) -> bool:
        """Judge the request and hand its events over; False where nothing was begun, because the
        token must be looked up or the call counted for all processes."""
        exchange, state = self.exchange, self._application.state
        try:
            exchange.judge_headers()
            access = state.known_access(exchange.headers.get(b"authorization", b""))
            if access is None or access.limits.rate_limit_per_minute:
                return False
            exchange.recognize(access)
            exchange.admit(access, SUBMIT_SCOPE)
            exchange.check_body(len(body))
            self._begun = begin_submission(exchange, body)
            passed = self._begun.judged.passed
            if passed:
                state.hand_over(passed, self.end)
            else:
                self._soon(self.end, [])
        except Exception as error:
            self._soon(self._fail, error)
        self._others.add(self)
        return True

    def end(self, result: Result) -> None:
        """The events are on disk, or nothing is: answer."""
        if self.response_complete:
            return
        try:
            if isinstance(result, StoreError):
                raise Unavailable from result
            assert self._begun is not None, "what was handed over was judged"
            answer = self._begun.answer(self.exchange, result)
        except Exception as error:
            self._fail(error)
        else:
            self._send(answer)

    def _bytes_of(self, answer: Answer, default_headers: list[Header]) -> bytes:
        """The answer as it is sent, as `Exchange.headers_of` and uvicorn would write it."""
        exchange = self.exchange
        lines = [STATUS_LINE[answer.status]]
        for name, value in default_headers:
            lines += (name, b": ", value, b"\r\n")
        lines += (b"x-request-id: ", exchange.request_id.encode(), _version_lines(exchange.version))
        for name, value in answer.headers:
            lines += (name, b": ", value, b"\r\n")
        for name, value in exchange.rate_headers:
            lines += (name, b": ", value, b"\r\n")
        lines.append(_length_lines(len(answer.body)) if answer.body else NO_BODY_LINE)
        lines.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        lines.append(answer.body)
        return b"".join(lines)

    def cancel(self, msg: str = "") -> None:  # noqa: ARG002 (as a task's)
        """The server ends and waits no longer: say so."""
        self._soon(self._stop)

    def _stop(self) -> None:
        if not self.response_complete:
            self._send(self.exchange.failure(Unavailable(STOPPING)))

    def _fail(self, error: Exception) -> None:
        self._send(self._application.answer_to(self.exchange, error))

    def _soon(self, answer: Callable[..., None], *given: object) -> None:
        """Answer after what was received is parsed: what follows in it is queued meanwhile."""
        self._connection.loop.call_soon(answer, *given)

    def _send(self, answer: Answer) -> None:
        connection = self._connection
        self._others.discard(self)
        if self.disconnected:
            return
        self.response_started = self.response_complete = True
        # An open connection keeps its last cycle, which need not keep the events as well.
        self._begun = None
        default_headers = connection.server_state.default_headers
        connection.transport.write(self._bytes_of(answer, default_headers))
        if not self.keep_alive:
            connection.transport.close()
        connection.on_response_complete()


def stays_open(connection: HttpToolsProtocol) -> bool:
    """Whether the connection stays open after the request that its parser has just read."""
    return connection.parser.get_http_version() != "1.0" and connection.parser.should_keep_alive()


def submission_scope(connection: HttpToolsProtocol, head: Head | None = None) -> Scope:
    """What ASGI says of a submission on this connection, whose head is known or was just parsed.
    Of any other request it says the same once uvicorn has put its method and its target there."""
    return {
        "type": "http",
        "asgi": {"version": connection.asgi_version, "spec_version": "2.3"},
        "http_version": connection.parser.get_http_version() if head is None else "1.1",
        "server": connection.server,
        "client": connection.client,
        "scheme": connection.scheme,
        "root_path": connection.root_path,
        "headers": connection.headers if head is None else list(head.headers),
        "state": connection.app_state.copy(),
        "method": "POST",
        "path": "/events",
        "raw_path": PATH,
        "query_string": b"",
    }


@functools.lru_cache
def _version_lines(version: str) -> bytes:
    return b"\r\nintercom-version: %b\r\n%b: %b\r\n" % (version.encode(), *PASTENSE_HEADER)


def _length_lines(size: int) -> bytes:
    return b"%bcontent-length: %d\r\n" % (_BODY_LINES, size)


async def _no_message(*_: object) -> NoReturn:
    """The short way has the body, and writes the answer itself."""
    raise AssertionError("no messages on the short way")
