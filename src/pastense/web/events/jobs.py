"""The calls about bulk jobs: look at one, change it, read which of its items were refused."""

from __future__ import annotations

from pastense.errors import Forbidden
from pastense.service.older import jobs as service
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.web.query import read_pairs, single_values
from pastense.wire.job_views import error_feed_body, job_body, job_status_body
from pastense.wire.json_text import decode_object


async def show_job(exchange: Exchange) -> Answer:
    """The job with the id in the path."""
    store, job_id = exchange.state.store, exchange.path_value("job_id")
    job = await exchange.state.read(service.get_job, store, exchange.workspace, job_id)
    return Answer(200, job_body(job, exchange.base_url()))


async def show_job_status(exchange: Exchange) -> Answer:
    """The same job as versions from 2.14 on show it."""
    store, job_id = exchange.state.store, exchange.path_value("job_id")
    job = await exchange.state.read(service.get_status, store, exchange.workspace, job_id)
    return Answer(200, job_status_body(job, exchange.base_url()))


async def update_job(exchange: Exchange) -> Answer:
    """Change the name or the time of closing: 200 with the job."""
    _require_writer(exchange)
    body = decode_object(await exchange.body())
    state, job_id, now = exchange.state, exchange.path_value("job_id"), exchange.state.clock.now()
    job = await state.write(service.update_job, state.store, exchange.workspace, job_id, body, now)
    return Answer(200, job_body(job, exchange.base_url()))


async def list_errors(exchange: Exchange) -> Answer:
    """The items of a job that were refused in the last 24 hours, each with the reason."""
    _require_writer(exchange)
    pairs = read_pairs(exchange.scope["query_string"])
    after, per_page = service.read_feed_page(single_values(pairs, ("after", "per_page")))
    body = await exchange.state.read(_read_feed, exchange, after, per_page)
    return Answer(200, body)


def _read_feed(exchange: Exchange, after: int, per_page: int) -> bytes:
    state, job_id = exchange.state, exchange.path_value("job_id")
    job, items, following = service.read_refused(
        state.store, exchange.workspace, job_id, after, per_page, state.clock.now()
    )
    return error_feed_body(job, items, exchange.base_url(), per_page, following)


def _require_writer(exchange: Exchange) -> None:
    """Whoever may hand items over may see which were refused, and change the job."""
    assert exchange.token is not None, "authorize comes first"
    if not {"events:write", "contacts:write"} & set(exchange.token.scopes):
        raise Forbidden(
            "You do not have the required scope (events:write or contacts:write) "
            "to access this resource"
        )


OPERATIONS = (
    Operation("GET", "/jobs/status/{job_id}", show_job_status, ""),
    Operation("GET", "/jobs/{job_id}", show_job, ""),
    Operation("POST", "/jobs/{job_id}", update_job, ""),
    Operation("GET", "/jobs/{job_id}/error", list_errors, ""),
)
