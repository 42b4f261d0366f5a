"""The ASGI application: every operation in one table, one way in, one way out."""

from __future__ import annotations

import asyncio
import logging
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from pastense.errors import (
    ApiError,
    BadRequest,
    MethodNotAllowed,
    NotFound,
    ServerError,
    Unavailable,
)
from pastense.service.people.merging import check_merged
from pastense.web.administration import catalogue, subscriptions, system, workspaces
from pastense.web.events import bulk, events, jobs
from pastense.web.exchange import Answer, Disconnected, Exchange, RequestIds
from pastense.web.explaining import explaining, refusals
from pastense.web.older import counts, leads, users, visitors
from pastense.web.operation import Operation
from pastense.web.people import attributes, contacts, segments, tags
from pastense.web.state import State

_log = logging.getLogger("pastense.web")
STOPPING: Final = "The server is stopping; what was sent may not have been recorded, send it again"
HASTY_STOP_S: Final = 1.0
"""How long the last group may take after a second Ctrl-C."""
UNKNOWN_PATH: Final = "The requested resource does not exist; check your path and try again"


OPERATIONS: Final = (
    *events.OPERATIONS,
    *explaining.OPERATIONS,
    *refusals.OPERATIONS,
    *contacts.OPERATIONS,
    *attributes.OPERATIONS,
    *tags.OPERATIONS,
    *segments.OPERATIONS,
    *leads.OPERATIONS,
    *users.OPERATIONS,
    *visitors.OPERATIONS,
    *counts.OPERATIONS,
    *catalogue.OPERATIONS,
    *system.OPERATIONS,
    *workspaces.OPERATIONS,
    *bulk.OPERATIONS,
    *jobs.OPERATIONS,
    *subscriptions.OPERATIONS,
)
ROUTES: Final = tuple((operation.method, operation.path) for operation in OPERATIONS)

_LITERAL_PATHS: Final = frozenset(o.path for o in OPERATIONS if "{" not in o.path)


class Application:
    """Answers requests and begins and ends the shared state with the server."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.request_ids = RequestIds()
        self._routes: dict[str, list[tuple[Route, Operation]]] = {}
        for operation in OPERATIONS:
            route = Route(operation.path, _unused, methods=[operation.method])
            self._routes.setdefault(_room(operation.path), []).append((route, operation))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        exchange = Exchange(self.state, scope, receive, send, self.request_ids.next())
        try:
            answer = await self._answer(exchange)
        except Disconnected:
            return
        except asyncio.CancelledError:
            # The server ends and waits no longer: this task has nothing left but to say so.
            answer = exchange.failure(Unavailable(STOPPING))
        except Exception as error:
            answer = self.answer_to(exchange, error)
        await exchange.send(answer)

    def answer_to(self, exchange: Exchange, error: Exception) -> Answer:
        """Keep why a request was refused, and say so; what is no `ApiError` broke in here."""
        if not isinstance(error, ApiError):
            _log.error("request %s broke", exchange.request_id, exc_info=error)
            error = ServerError()
        refusals.keep_error(exchange, error, self._template(exchange))
        return exchange.failure(error)

    def _template(self, exchange: Exchange) -> str:
        """The path of the call without what it names, "" where there is no such call."""
        try:
            return self._find(exchange).path.replace(":path}", "}")
        except ApiError:
            return ""

    async def _answer(self, exchange: Exchange) -> Answer:
        scope = exchange.scope
        exchange.judge_headers()
        if scope["method"] == "POST" and scope["path"] in ("/events", "/events/"):
            return await events.submit_events(exchange)
        operation = self._find(exchange)
        if operation.scope is not None:
            await exchange.authorize(operation.scope)
        try:
            return await operation.handler_for(exchange.version)(exchange)
        except NotFound:
            await self._say_merged(exchange)
            raise

    async def _say_merged(self, exchange: Exchange) -> None:
        """A contact that is not there may be a part of another: `ContactMerged` says so."""
        contact_id = exchange.path_values.get("contact_id")
        if contact_id is not None:
            store, workspace = self.state.store, exchange.workspace
            await self.state.read(check_merged, store, workspace, str(contact_id))

    def _find(self, exchange: Exchange) -> Operation:
        """The operation of a path and method; HEAD is answered as GET without its body."""
        scope = exchange.scope
        path = _routing_path(scope["raw_path"])
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        allowed: list[str] = []
        asked: Scope = {"type": "http", "path": path, "method": method, "root_path": ""}
        for route, operation in self._routes.get(_room(path), []):
            matched, child = route.matches(asked)
            if matched is Match.NONE:
                continue
            if operation.path != path and path in _LITERAL_PATHS:
                continue  # "search" is no contact's id, whatever the method.
            if matched is Match.FULL:
                values = child["path_params"].items()
                exchange.path_values = {name: _decode(value) for name, value in values}
                return operation
            allowed.append(operation.method)
        if allowed:
            error = MethodNotAllowed()
            error.headers = [(b"allow", ", ".join(_with_head(allowed)).encode())]
            raise error
        raise NotFound(UNKNOWN_PATH)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self.state.start()
        await send({"type": "lifespan.startup.complete"})
        timeout_s = self.state.limits.stop_timeout_s / 3
        try:
            await receive()
        except asyncio.CancelledError:
            timeout_s = HASTY_STOP_S  # A second Ctrl-C: there is no shutdown to wait for.
        await asyncio.get_running_loop().run_in_executor(None, self.state.stop, timeout_s)
        await send({"type": "lifespan.shutdown.complete"})


def _room(path: str) -> str:
    """The first word of a path: only the calls that share it are asked whether they match."""
    return path.split("/", 2)[1]


def _routing_path(raw_path: bytes) -> str:
    """The path as it was sent, without a trailing slash: a %2F does not part a value in two."""
    if raw_path.endswith(b"/"):
        raw_path = raw_path.rstrip(b"/")
    return raw_path.decode("ascii") or "/"


def _decode(value: str) -> str:
    """One value of the path; raises `BadRequest` where it is not text."""
    try:
        text = unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        raise BadRequest("The path is not percent-encoded UTF-8", "path") from None
    if "\x00" in text:
        raise BadRequest("The path must not hold NUL", "path")
    return text


def _with_head(methods: list[str]) -> list[str]:
    return sorted({*methods, *(["HEAD"] if "GET" in methods else [])})


async def _unused(_: object) -> None:
    """Routes are only asked whether they match; `Operation.handler` does the work."""
