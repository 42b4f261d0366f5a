"""The calls about the service itself: who am I, is it alive, what does it offer, what happened."""

from __future__ import annotations

import functools

import msgspec

from pastense.errors import Unavailable
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.wire.views import me_body


async def show_me(exchange: Exchange) -> Answer:
    """The token's own admin object; SDKs call it to verify a token."""
    assert exchange.token is not None
    return Answer(200, me_body(exchange.token))


async def show_health(_: Exchange) -> Answer:
    """Alive: the process answers."""
    return Answer(200, b'{"status":"ok"}')


async def show_readiness(exchange: Exchange) -> Answer:
    """Ready: the store answers, and submitted events would be written."""
    if not exchange.state.committer.alive:
        raise Unavailable("The server is stopping")
    await exchange.state.read(exchange.state.store.check_ready)
    return Answer(200, b'{"status":"ready"}')


async def show_description(exchange: Exchange) -> Answer:
    """The OpenAPI description of everything served here."""
    return Answer(200, await exchange.state.read(_description_body))


async def show_counters(exchange: Exchange) -> Answer:
    """What this process stored, ignored and refused for the token's workspace since it started."""
    counters = exchange.state.counters(exchange.workspace.number)
    return Answer(200, msgspec.json.encode({"type": "pastense.counters", "counters": counters}))


@functools.cache
def _description_body() -> bytes:
    # Its rooms take 30 ms to load, and a server that was just started has none to spare.
    from pastense.web.openapi import description

    return msgspec.json.encode(description())


OPERATIONS = (
    Operation("GET", "/me", show_me, ""),
    Operation("GET", "/pastense/v1/counters", show_counters, "admin"),
    Operation("GET", "/healthz", show_health, None),
    Operation("GET", "/readyz", show_readiness, None),
    Operation("GET", "/openapi.json", show_description, None),
)
