"""Bulk calls: many items at once, judged and committed before the answer, which is a job."""

from __future__ import annotations

from collections.abc import Sequence

from pastense.errors import Unavailable
from pastense.model import Job, NewJob, Refused
from pastense.service.older import jobs
from pastense.service.older.bulk_people import apply_items
from pastense.service.older.older_fields import KEPT_NAMES
from pastense.service.older.refused_items import refused_items
from pastense.web.events.ingest import STORED_HEADER, ingest
from pastense.web.exchange import Answer, Exchange
from pastense.web.explaining.refusals import keep_items
from pastense.web.ignored import ignored_headers
from pastense.web.operation import Operation
from pastense.wire.bulk import EVENTS, LEADS, USERS, BulkCall, BulkItem, BulkKind, parse_bulk
from pastense.wire.job_views import job_body
from pastense.wire.submission import Draft, item_draft


async def submit_bulk_events(exchange: Exchange) -> Answer:
    """Many events: the way of `POST /events`, 202 with the job; refused ones are in its feed."""
    call, job, started_at = await _begin(exchange, EVENTS)
    ingested = await ingest(exchange, [_draft(item) for item in call.items])
    done = await _record(exchange, job, call.items, ingested.outcomes, started_at, EVENTS)
    return Answer(202, job_body(done, exchange.base_url()), ingested.count_headers)


async def submit_bulk_users(exchange: Exchange) -> Answer:
    """Many users, each saved or archived: 202 with the job."""
    return await _submit_people(exchange, USERS)


async def submit_bulk_leads(exchange: Exchange) -> Answer:
    """Many leads, which the older API calls contacts: 202 with the job."""
    return await _submit_people(exchange, LEADS)


async def _submit_people(exchange: Exchange, kind: BulkKind) -> Answer:
    call, job, started_at = await _begin(exchange, kind)
    state, workspace = exchange.state, exchange.workspace
    outcomes = await state.write(apply_items, state.store, workspace, kind, call.items, started_at)
    done = await _record(exchange, job, call.items, outcomes, started_at, kind)
    pairs = zip(call.items, outcomes, strict=True)
    stored = [item.data for item, outcome in pairs if not isinstance(outcome, Refused)]
    fields = {name: value for data in stored for name, value in data.items() if value is not None}
    headers = (
        (STORED_HEADER, str(len(stored)).encode()),
        *ignored_headers(state.tally, workspace.number, fields, KEPT_NAMES),
    )
    return Answer(202, job_body(done, exchange.base_url()), headers)


async def _begin(exchange: Exchange, kind: BulkKind) -> tuple[BulkCall, str | NewJob, int]:
    """The call, and the job that it belongs to; nothing is stored yet. A body that would be none
    too large for a list is read as a list is; a thread for it costs more than it spares."""
    state, limits, started_at = exchange.state, exchange.limits, exchange.state.clock.now()
    body = await exchange.body(limits.bulk_body_bytes_max)
    if len(body) <= limits.body_bytes_max:
        call = parse_bulk(body, kind, limits.list_items_max)
    else:
        call = await state.read(parse_bulk, body, kind, limits.list_items_max)
    if call.job_id is None:
        return call, jobs.new_job(call.job, started_at), started_at
    job = await state.read(jobs.open_job, state.store, exchange.workspace, call.job_id, started_at)
    return call, job, started_at


async def _record(
    exchange: Exchange,
    job: str | NewJob,
    items: Sequence[BulkItem],
    outcomes: Sequence[object],
    started_at: int,
    kind: BulkKind,
) -> Job:
    """Write the call down in its job. The items are on disk by now, whatever becomes of it."""
    has_refused = any(type(outcome) is Refused for outcome in outcomes)
    if has_refused:
        names = [_event_name(item) for item in items] if kind is EVENTS else ()
        keep_items(exchange, 202, outcomes, names)
    state, now = exchange.state, exchange.state.clock.now()
    store, workspace = state.store, exchange.workspace

    def write() -> Job:
        refused = refused_items(items, outcomes, now) if has_refused else []
        return jobs.record_call(store, workspace, job, len(items), refused, started_at, now)

    try:
        return await state.write(write)
    except Unavailable as error:
        message = "The items were recorded, but not the job; send the call again, it is safe"
        raise Unavailable(message) from error


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
