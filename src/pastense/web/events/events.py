"""`POST /events`, the hot path, and the reads and imports beside it."""

from __future__ import annotations

from typing import Final

import msgspec

from pastense.errors import STATUS_BY_CODE, ManyRefused
from pastense.identity import event_id
from pastense.model import Accepted, Contact, Outcome, Refused
from pastense.service.events.listing import find_contact, read_page, read_summaries
from pastense.service.events.summaries import import_summaries
from pastense.web.events.ingest import Ingested, Judged, judge_all
from pastense.web.exchange import Answer, Exchange, Header
from pastense.web.operation import Operation
from pastense.web.query import EventQuery, read_event_query
from pastense.wire.json_text import decode_object
from pastense.wire.submission import parse_submission
from pastense.wire.views import event_page, event_summary

SUBMIT_SCOPE: Final = "events:write"


class Begun(msgspec.Struct):
    """A submission that was read and judged, and waits for the store."""

    judged: Judged
    is_list: bool

    def answer(self, exchange: Exchange, stored: list[Outcome]) -> Answer:
        """What to say once what passed is on disk; raises `ManyRefused`."""
        ingested = self.judged.ended(exchange, stored)
        if ingested.stored + ingested.duplicates < len(ingested.outcomes):
            raise self._refusal(ingested)
        return Answer(202, b"", ingested.count_headers if self.is_list else _headers(ingested))

    def _refusal(self, ingested: Ingested) -> ManyRefused:
        """The answer where an event was refused: its own status, or 422 where it was in a list."""
        pairs = enumerate(ingested.outcomes)
        refused = {index: one for index, one in pairs if isinstance(one, Refused)}
        refusals = list(refused.values())
        error = ManyRefused(refusals, 422 if self.is_list else STATUS_BY_CODE[refusals[0].code])
        error.headers = list(ingested.count_headers) if self.is_list else []
        error.event_names = [self.judged.name(index) for index in refused]
        return error


def begin_submission(exchange: Exchange, body: bytes) -> Begun:
    """Read and judge what an authorized request brings; raises what `parse_submission` does."""
    submission = parse_submission(body, exchange.limits.list_items_max)
    return Begun(judge_all(exchange, submission.drafts), submission.is_list)


async def submit_events(exchange: Exchange) -> Answer:
    """One event or a list: decode, judge each, store together, answer after the commit.

    202 with an empty body. A refused single event is answered with its own status; a list
    with refused items stores the others and is answered 422 (decisions.md).
    """
    await exchange.authorize(SUBMIT_SCOPE)
    begun = begin_submission(exchange, await exchange.body())
    return begun.answer(exchange, await exchange.state.submit(begun.judged.passed))


async def list_events(exchange: Exchange) -> Answer:
    """A page of one contact's events, or with `summary=true` how often each name occurred."""
    query = read_event_query(exchange.scope["query_string"])
    body = await exchange.state.read(_read, exchange, query)
    return Answer(200, body)


async def write_summaries(exchange: Exchange) -> Answer:
    """Import history: 200 with an empty body once all of it is on disk."""
    state = exchange.state
    body = decode_object(await exchange.body())
    await state.write(
        import_summaries, state.store, exchange.workspace, body, state.policy(), exchange.limits
    )
    return Answer(200)


def _headers(ingested: Ingested) -> tuple[Header, ...]:
    """What the answer to a single event says of it."""
    (outcome,) = ingested.outcomes
    assert isinstance(outcome, Accepted), "one that was refused is answered otherwise"
    identity = event_id(outcome.contact_id, outcome.created_at, outcome.slot)
    return ((b"pastense-event-id", identity.encode()), *ingested.left_out_headers)


def _read(exchange: Exchange, query: EventQuery) -> bytes:
    """Who is meant and what he did, at one moment: a merge may be under way."""
    with exchange.state.store.snapshot():
        return _read_at_once(exchange, query)


def _read_at_once(exchange: Exchange, query: EventQuery) -> bytes:
    state = exchange.state
    contact = find_contact(state.store, exchange.workspace, query.identifiers)
    if query.summary:
        return event_summary(contact, read_summaries(state.store, contact))
    return _read_page(exchange, contact, query)


def _read_page(exchange: Exchange, contact: Contact, query: EventQuery) -> bytes:
    state = exchange.state
    page = read_page(
        state.store,
        contact,
        per_page=query.per_page,
        before=query.before,
        since=query.since,
        now=state.clock.now(),
        window_days=exchange.limits.list_window_days,
        retention_days=exchange.limits.retention_days,
    )
    return event_page(
        contact,
        page.events,
        exchange.base_url(),
        query.per_page,
        page.next_before,
        page.since,
        query.since,
    )


OPERATIONS = (
    Operation("POST", "/events", submit_events, SUBMIT_SCOPE),
    Operation("GET", "/events", list_events, "events:read"),
    Operation("POST", "/events/summaries", write_summaries, "events:write"),
)
