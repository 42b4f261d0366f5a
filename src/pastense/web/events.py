"""`POST /events`, the hot path, and the reads and imports beside it."""

from __future__ import annotations

from pastense.errors import ManyRefused, raise_refused
from pastense.identity import event_id
from pastense.model import Accepted, Contact, NewEvent, Outcome, Refused
from pastense.service.listing import find_contact, read_page, read_summaries
from pastense.service.rules import judge
from pastense.service.summaries import import_summaries
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.web.query import EventQuery, read_event_query
from pastense.wire.json_text import decode_object
from pastense.wire.submission import parse_submission
from pastense.wire.views import event_page, event_summary

IGNORED_HEADER = b"pastense-ignored-keys"


async def submit_events(exchange: Exchange) -> Answer:
    """One event or a list: decode, judge each, store together, answer after the commit.

    202 with an empty body. A refused single event is answered with its own status; a list
    with refused items stores the others and is answered 422 (decisions.md).
    """
    await exchange.authorize("events:write")
    state = exchange.state
    submission = parse_submission(await exchange.body(), exchange.limits.list_items_max)
    now, workspace = state.clock.now(), exchange.workspace.number
    judged = [judge(draft, workspace, now, exchange.limits) for draft in submission.drafts]
    outcomes = await _store(exchange, judged)
    stored, duplicates = state.tally.add_outcomes(outcomes)
    ignored = _keys_ignored(judged, outcomes)
    state.tally.add("metadata_keys_ignored", ignored)
    headers = ((IGNORED_HEADER, str(ignored).encode()),) if ignored else ()
    if submission.is_list:
        return _list_answer(outcomes, stored, duplicates, headers)
    return _single_answer(outcomes[0], headers)


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


async def _store(exchange: Exchange, judged: list[NewEvent | Refused]) -> list[Outcome]:
    """Store what passed; the outcomes stand at the places of their events."""
    passed = [event for event in judged if isinstance(event, NewEvent)]
    if not passed:
        return [event for event in judged if isinstance(event, Refused)]
    outcomes = await exchange.state.submit(passed)
    if len(passed) == len(judged):
        return outcomes
    stored = iter(outcomes)
    return [event if isinstance(event, Refused) else next(stored) for event in judged]


def _keys_ignored(judged: list[NewEvent | Refused], outcomes: list[Outcome]) -> int:
    """Metadata keys beyond the quota, of the events that were stored now."""
    return sum(
        len(event.keys_ignored)
        for event, outcome in zip(judged, outcomes, strict=True)
        if isinstance(event, NewEvent) and isinstance(outcome, Accepted) and not outcome.duplicate
    )


def _single_answer(outcome: Outcome, headers: tuple[tuple[bytes, bytes], ...]) -> Answer:
    if isinstance(outcome, Refused):
        raise_refused(outcome)
    identity = event_id(outcome.contact_id, outcome.created_at, outcome.slot)
    return Answer(202, b"", ((b"pastense-event-id", identity.encode()), *headers))


def _list_answer(
    outcomes: list[Outcome], stored: int, duplicates: int, headers: tuple[tuple[bytes, bytes], ...]
) -> Answer:
    headers = (
        (b"pastense-stored", str(stored).encode()),
        (b"pastense-duplicates", str(duplicates).encode()),
        *headers,
    )
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    if refusals:
        error = ManyRefused(refusals, 422)
        error.headers = list(headers)
        raise error
    return Answer(202, b"", headers)


def _read(exchange: Exchange, query: EventQuery) -> bytes:
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
    Operation("POST", "/events", submit_events, "events:write"),
    Operation("GET", "/events", list_events, "events:read"),
    Operation("POST", "/events/summaries", write_summaries, "events:write"),
)
