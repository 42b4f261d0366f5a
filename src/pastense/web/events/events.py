"""`POST /events`, the hot path, and the reads and imports beside it."""

from __future__ import annotations

from typing import Final

import msgspec

from pastense.errors import STATUS_BY_CODE, ManyRefused
from pastense.identity import event_id
from pastense.model import Contact, Outcome, Refused
from pastense.service.events.listing import find_contact, read_page, read_summaries
from pastense.service.events.summaries import import_summaries
from pastense.web.events.ingest import Ingested, Judged, judge_all
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.web.query import EventQuery, read_event_query
from pastense.wire.json_text import decode_object
from pastense.wire.submission import Submission, parse_submission
from pastense.wire.views import event_page, event_summary

SUBMIT_SCOPE: Final = "events:write"


class Begun(msgspec.Struct):
    """A submission that was read and judged, and waits for the store."""

    submission: Submission
    judged: Judged

    def answer(self, exchange: Exchange, stored: list[Outcome]) -> Answer:
        """What to say once what passed is on disk; raises `ManyRefused`."""
        ingested = self.judged.ended(exchange, stored)
        said = _list_answer if self.submission.is_list else _single_answer
        return said(self.submission, ingested)


def begin_submission(exchange: Exchange, body: bytes) -> Begun:
    """Read and judge what an authorized request brings; raises what `parse_submission` does."""
    submission = parse_submission(body, exchange.limits.list_items_max)
    return Begun(submission, judge_all(exchange, submission.drafts))


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


def _refusal(submission: Submission, ingested: Ingested) -> ManyRefused:
    """The answer where an event was refused: its own status, or 422 where it was in a list."""
    pairs = list(zip(submission.drafts, ingested.outcomes, strict=True))
    refusals = [outcome for _, outcome in pairs if isinstance(outcome, Refused)]
    status = 422 if submission.is_list else STATUS_BY_CODE[refusals[0].code]
    error = ManyRefused(refusals, status)
    error.headers = list(ingested.count_headers) if submission.is_list else []
    error.event_names = [draft.name for draft, one in pairs if isinstance(one, Refused)]
    return error


def _single_answer(submission: Submission, ingested: Ingested) -> Answer:
    outcome = ingested.outcomes[0]
    if isinstance(outcome, Refused):
        raise _refusal(submission, ingested)
    identity = event_id(outcome.contact_id, outcome.created_at, outcome.slot)
    headers = ((b"pastense-event-id", identity.encode()), *ingested.left_out_headers)
    return Answer(202, b"", headers)


def _list_answer(submission: Submission, ingested: Ingested) -> Answer:
    if ingested.stored + ingested.duplicates < len(ingested.outcomes):
        raise _refusal(submission, ingested)
    return Answer(202, b"", ingested.count_headers)


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
