"""The calls that tell people why: what is true now, and what a submission would do."""

from __future__ import annotations

from typing import Final

import msgspec

from pastense.service.explaining.explain import Question, explain, question
from pastense.service.explaining.rehearsal import rehearse_submission
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.web.query import read_identifiers, read_pairs, single_values

_encode: Final = msgspec.json.Encoder().encode


async def explain_event(exchange: Exchange) -> Answer:
    """What is true of a contact, a name and an event. It takes the way of a write, since a
    submission is rehearsed where a whole event is asked for."""
    return Answer(200, await exchange.state.write(_explained, exchange, _read_question(exchange)))


async def explain_submission(exchange: Exchange) -> Answer:
    """What `POST /events` would do with the body, rule by rule; nothing is stored."""
    body = await exchange.body()
    return Answer(200, await exchange.state.write(_rehearsed, exchange, body))


def _explained(exchange: Exchange, asked: Question) -> bytes:
    state = exchange.state
    return _encode(explain(state.store, exchange.workspace, asked, state.policy()))


def _rehearsed(exchange: Exchange, body: bytes) -> bytes:
    """A long list makes a long answer: it is written in the thread, too."""
    state = exchange.state
    return _encode(rehearse_submission(state.store, exchange.workspace, body, state.policy()))


def _read_question(exchange: Exchange) -> Question:
    pairs = read_pairs(exchange.scope["query_string"])
    values = single_values(pairs, ("event_name", "created_at"))
    return question(read_identifiers(pairs), values.get("event_name"), values.get("created_at"))


OPERATIONS = (
    Operation("GET", "/pastense/v1/explain", explain_event, "events:read"),
    Operation("POST", "/pastense/v1/explain", explain_submission, "events:write"),
)
