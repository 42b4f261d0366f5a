"""The call that counts people and tags, as the older SDKs know it."""

from __future__ import annotations

from pastense.errors import ParameterInvalid
from pastense.service.older import counts as service
from pastense.web.exchange import Answer, Exchange
from pastense.web.older.older import query_values
from pastense.web.operation import Operation
from pastense.wire.older_views import all_counts, kind_counts


async def show_counts(exchange: Exchange) -> Answer:
    """Every kind with its number, or one kind, whole or by its parts."""
    values = query_values(exchange, "type", "count")
    kind, part = values.get("type"), values.get("count")
    state, workspace = exchange.state, exchange.workspace
    if kind is not None:
        counts = await state.read(service.count_kind, state.store, workspace, kind, part)
        return Answer(200, kind_counts(kind, counts))
    if part is not None:
        raise ParameterInvalid("count is given without a type: send type as well", "type")
    return Answer(200, all_counts(await state.read(service.count_all, state.store, workspace)))


OPERATIONS = (Operation("GET", "/counts", show_counts, "contacts:read"),)
