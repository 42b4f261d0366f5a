"""The calls about event names: read the request, do the work in a thread, write the name."""

from __future__ import annotations

from collections.abc import Callable

from pastense.model import EventName
from pastense.service.administration import catalogue as service
from pastense.store.base import NameFilter
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.web.query import read_flag, read_pairs, single_values
from pastense.wire.catalogue_views import name_body, name_list
from pastense.wire.json_text import decode_object

_PATH = "/pastense/v1/event_names"
_ONE = _PATH + "/{event_name}"


async def list_names(exchange: Exchange) -> Answer:
    """The names of the workspace in order, a page at a time."""
    pairs = read_pairs(exchange.scope["query_string"])
    values = single_values(pairs, ("q", "include_archived", "per_page", "starting_after"))
    wanted = NameFilter(
        service.read_name_part(values.get("q"), "q"),
        read_flag(values.get("include_archived"), "include_archived"),
    )
    per_page = service.read_per_page(values.get("per_page"))
    after = service.read_name_part(values.get("starting_after"), "starting_after") or None
    state, workspace = exchange.state, exchange.workspace.number
    page = await state.read(
        service.list_names, state.store.catalogue, workspace, wanted, per_page, after
    )
    return Answer(200, name_list(page.names, per_page, page.has_more))


async def show_name(exchange: Exchange) -> Answer:
    """One name, archived or not."""
    state = exchange.state
    name = await state.read(
        service.find_name,
        state.store.catalogue,
        exchange.workspace.number,
        exchange.path_value("event_name"),
    )
    return Answer(200, name_body(name))


async def describe_name(exchange: Exchange) -> Answer:
    """Set or clear a name's description: 200 with the name as it then is."""
    description = service.read_description(decode_object(await exchange.body()))
    return await _change(exchange, "event name described", service.describe_name, description)


async def archive_name(exchange: Exchange) -> Answer:
    """Hide a name from lists, summaries and pickers; its events are still stored."""
    return await _change(exchange, "event name archived", service.archive_name)


async def unarchive_name(exchange: Exchange) -> Answer:
    """Bring a name back with all its events; 422 where there is no room for it."""
    names_max = exchange.limits.event_names_max
    return await _change(exchange, "event name unarchived", service.unarchive_name, names_max)


async def _change(
    exchange: Exchange, act: str, change: Callable[..., EventName], *given: object
) -> Answer:
    """Change the name in the path and record it as that act: 200 with the name as it then is.
    What is `given` stands between the name and the entry of the audit log."""
    state, name = exchange.state, exchange.path_value("event_name")
    workspace, entry = exchange.workspace.number, exchange.audit(act, name=name)
    changed = await state.write(change, state.store.catalogue, workspace, name, *given, entry)
    return Answer(200, name_body(changed))


OPERATIONS = (
    Operation("GET", _PATH, list_names, "admin"),
    Operation("GET", _ONE, show_name, "admin"),
    Operation("PUT", _ONE, describe_name, "admin"),
    Operation("POST", _ONE + "/archive", archive_name, "admin"),
    Operation("POST", _ONE + "/unarchive", unarchive_name, "admin"),
)
