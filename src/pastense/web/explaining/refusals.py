"""The latest refusals: kept where errors leave, and listed for the workspace they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pastense.errors import ApiError, ParameterInvalid
from pastense.limits import (
    REFUSALS_PER_PAGE_DEFAULT,
    REFUSALS_PER_PAGE_MAX,
)
from pastense.model import Refused
from pastense.service.explaining.moments import read_moment
from pastense.service.explaining.refusals import (
    KeptRefusal,
    RefusalFilter,
    RefusedRequest,
    select,
)
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.web.query import read_pairs, single_values
from pastense.wire.admin_views import numbered_page
from pastense.wire.paging import read_before, read_per_page

_PARAMETERS: Final = ("code", "field", "since", "per_page", "starting_after")


def keep_error(exchange: Exchange, error: ApiError, path: str) -> None:
    """Keep what an error answers; `path` is the template of the call. Without a token it belongs
    to no workspace and is only counted."""
    if exchange.token is None:
        for refused in error.refusals:
            exchange.state.tally.add_without_token(refused.code)
        return
    error = error.for_version(exchange.version)
    request = _request(exchange, path, error.status)
    exchange.state.refusals.keep(request, error.refusals, error.event_names)


def keep_items(
    exchange: Exchange, status: int, outcomes: Sequence[object], names: Sequence[str | None] = ()
) -> None:
    """Keep the refused ones among the items of a call that is itself answered with a success;
    `names` are the event names of all items, where they have any."""
    refused = [(i, one) for i, one in enumerate(outcomes) if isinstance(one, Refused)]
    if refused:
        request = _request(exchange, exchange.scope["path"].rstrip("/"), status)
        found = [names[index] if index < len(names) else None for index, _ in refused]
        exchange.state.refusals.keep(request, [one for _, one in refused], found)


async def list_refusals(exchange: Exchange) -> Answer:
    """The latest refusals of the token's workspace in this process, newest first."""
    values = single_values(read_pairs(exchange.scope["query_string"]), _PARAMETERS)
    asked = values.get("per_page")
    per_page = read_per_page(asked, REFUSALS_PER_PAGE_DEFAULT, REFUSALS_PER_PAGE_MAX)
    wanted = RefusalFilter(
        values.get("code") or None,
        values.get("field") or None,
        _since(values.get("since")),
        read_before(values.get("starting_after")),
    )
    kept = exchange.state.refusals.of(exchange.workspace.number)
    found = select(kept, wanted, per_page + 1)
    return Answer(200, numbered_page([_refusal_object(one) for one in found], per_page))


def _request(exchange: Exchange, path: str, status: int) -> RefusedRequest:
    assert exchange.token is not None, "whoever asks here was authorized"
    return RefusedRequest(
        exchange.token,
        exchange.state.clock.now(),
        exchange.request_id,
        str(exchange.scope["method"]),
        path,
        status,
    )


def _refusal_object(one: KeptRefusal) -> dict[str, Any]:
    return {
        "type": "pastense.refusal",
        "id": str(one.number),
        "created_at": one.at,
        "request_id": one.request_id,
        "method": one.method,
        "path": one.path or None,
        "status": one.status,
        "code": one.code,
        "field": one.field,
        "message": one.message,
        "token": {"id": str(one.token), "name": one.token_name},
        "event_name": one.event_name,
        "cut": one.cut,
    }


def _since(value: str | None) -> int | None:
    since = None if value is None else read_moment(value)
    if value is not None and since is None:
        raise ParameterInvalid("since must be Unix seconds or an ISO 8601 time", "since")
    return since


OPERATIONS = (Operation("GET", "/pastense/v1/refusals", list_refusals, "events:read"),)
