"""Bulk calls: many items at once, judged and committed before the answer, which is a job."""

from __future__ import annotations

from pastense.errors import Unavailable
from pastense.model import NewJob, Refused
from pastense.service.older import jobs
from pastense.service.older.bulk_people import apply_items
from pastense.service.older.call_record import CallRecord
from pastense.service.older.older_fields import KEPT_NAMES
from pastense.web.events.ingest import STORED_HEADER, judge_all
from pastense.web.exchange import Answer, Exchange
from pastense.web.explaining.refusals import keep_items
from pastense.web.ignored import ignored_headers
from pastense.web.operation import Operation
from pastense.wire.bulk import EVENTS, LEADS, USERS, BulkCall, BulkItem, BulkKind, parse_bulk
from pastense.wire.job_views import job_body
from pastense.wire.submission import Draft, item_draft


async def submit_bulk_events(exchange: Exchange) -> Answer:
    """Many events: the way of `POST /events`, 202 with the job; refused ones are in its feed. The
    job is written down in the transaction that the events are in."""
    call, record = await _begin(exchange, EVENTS)
    judged = judge_all(exchange, [_draft(item) for item in call.items])
    stored = await exchange.state.submit(
        judged.passed,
        lambda stored: record.write(judged.outcomes(stored)),
        refused=len(call.items) - len(judged.passed),
    )
    ingested = judged.ended(exchange, stored)
    if ingested.stored + ingested.duplicates < len(call.items):
        keep_items(exchange, 202, ingested.outcomes, [_event_name(item) for item in call.items])
    return Answer(202, job_body(record.job, exchange.base_url()), ingested.count_headers)


async def submit_bulk_users(exchange: Exchange) -> Answer:
    """Many users, each saved or archived: 202 with the job."""
    return await _submit_people(exchange, USERS)


async def submit_bulk_leads(exchange: Exchange) -> Answer:
    """Many leads, which the older API calls contacts: 202 with the job."""
    return await _submit_people(exchange, LEADS)


async def _submit_people(exchange: Exchange, kind: BulkKind) -> Answer:
    call, record = await _begin(exchange, kind)
    state, workspace = exchange.state, exchange.workspace
    at = record.started_at
    outcomes = await state.write(apply_items, state.store, workspace, kind, call.items, at)
    try:
        await state.write(record.write, outcomes)
    except Unavailable as error:
        message = "The items were recorded, but not the job; send the call again, it is safe"
        raise Unavailable(message) from error
    pairs = zip(call.items, outcomes, strict=True)
    stored = [item.data for item, outcome in pairs if not isinstance(outcome, Refused)]
    fields = {name: value for data in stored for name, value in data.items() if value is not None}
    headers = (
        (STORED_HEADER, str(len(stored)).encode()),
        *ignored_headers(state.tally, workspace.number, fields, KEPT_NAMES),
    )
    keep_items(exchange, 202, outcomes)
    return Answer(202, job_body(record.job, exchange.base_url()), headers)


async def _begin(exchange: Exchange, kind: BulkKind) -> tuple[BulkCall, CallRecord]:
    """The call, and what will be written of it; nothing is stored yet. A body that would be none
    too large for a list is read as a list is; a thread for it costs more than it spares."""
    state, limits, started_at = exchange.state, exchange.limits, exchange.state.clock.now()
    body = await exchange.body(limits.bulk_body_bytes_max)
    if len(body) <= limits.body_bytes_max:
        call = parse_bulk(body, kind, limits.list_items_max)
    else:
        call = await state.read(parse_bulk, body, kind, limits.list_items_max)
    workspace = exchange.workspace
    if call.job_id is None:
        job: str | NewJob = jobs.new_job(call.job, started_at)
    else:
        job = await state.read(jobs.open_job, state.store, workspace, call.job_id, started_at)
    return call, CallRecord(state.store, state.clock, workspace, job, call.items, started_at)


def _draft(item: BulkItem) -> Draft:
    """An event of a bulk call; its fields are named from its data on."""
    if item.problem is not None:
        return Draft({}, {}, problem=item.problem)
    return item_draft(item.data, "", {}, suspect=False)


def _event_name(item: BulkItem) -> str | None:
    """The name that an item gives its event; None where it gives none."""
    name = item.data.get("event_name")
    return name if isinstance(name, str) else None


OPERATIONS = (
    Operation("POST", "/bulk/events", submit_bulk_events, "events:write"),
    Operation("POST", "/bulk/users", submit_bulk_users, "contacts:write"),
    Operation("POST", "/bulk/contacts", submit_bulk_leads, "contacts:write"),
)
