"""The calls about event names: read the request, do the work in a thread, write the name."""

from __future__ import annotations

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
    state, name = exchange.state, exchange.path_value("event_name")
    described = await state.write(
        service.describe_name,
        state.store.catalogue,
        exchange.workspace.number,
        name,
        description,
        exchange.audit("event name described", name=name),
    )
    return Answer(200, name_body(described))


async def archive_name(exchange: Exchange) -> Answer:
    """Hide a name from lists, summaries and pickers; its events are still stored."""
    state, name = exchange.state, exchange.path_value("event_name")
    archived = await state.write(
        service.archive_name,
        state.store.catalogue,
        exchange.workspace.number,
        name,
        exchange.audit("event name archived", name=name),
    )
    return Answer(200, name_body(archived))


async def unarchive_name(exchange: Exchange) -> Answer:
    """Bring a name back with all its events; 422 where there is no room for it."""
    state, name = exchange.state, exchange.path_value("event_name")
    restored = await state.write(
        service.unarchive_name,
        state.store.catalogue,
        exchange.workspace.number,
        name,
        exchange.limits.event_names_max,
        exchange.audit("event name unarchived", name=name),
    )
    return Answer(200, name_body(restored))


OPERATIONS = (
    Operation("GET", _PATH, list_names, "admin"),
    Operation("GET", _ONE, show_name, "admin"),
    Operation("PUT", _ONE, describe_name, "admin"),
    Operation("POST", _ONE + "/archive", archive_name, "admin"),
    Operation("POST", _ONE + "/unarchive", unarchive_name, "admin"),
)
