"""The calls about visitors."""

from __future__ import annotations

from pastense.service.older import visitors as service
from pastense.store.base import Named
from pastense.web.exchange import Answer, Exchange
from pastense.web.older.older import named_in_query, path_id, save_person, saved, show_person
from pastense.web.operation import Operation
from pastense.wire.json_text import decode_object
from pastense.wire.older_views import person_body
from pastense.wire.views import contact_body


async def add_visitor(exchange: Exchange) -> Answer:
    """Add a visitor: 200 with the object. Our own call, since a browser does it elsewhere."""
    body = decode_object(await exchange.body())
    state, now = exchange.state, exchange.state.clock.now()
    visitor = await state.write(service.add_visitor, state.store, exchange.workspace, body, now)
    return saved(exchange, visitor, body)


async def find_visitor(exchange: Exchange) -> Answer:
    """The visitor that the query names by `user_id` or `id`."""
    return await show_person(exchange, service.get_visitor, named_in_query(exchange))


async def show_visitor(exchange: Exchange) -> Answer:
    """The visitor with the id in the path."""
    return await show_person(exchange, service.get_visitor, _in_path(exchange))


async def save_visitor(exchange: Exchange) -> Answer:
    """Change the visitor that the body names: 200 with the object."""
    return await save_person(exchange, service.save_visitor)


async def update_visitor(exchange: Exchange) -> Answer:
    """Change the visitor with the id in the path."""
    return await save_person(exchange, service.save_visitor, path_id(exchange, "visitor_id"))


async def delete_visitor(exchange: Exchange) -> Answer:
    """Delete a visitor and all it did for ever: 200 with the object as it was."""
    state, named = exchange.state, _in_path(exchange)
    entry = exchange.audit("visitor deleted")
    visitor = await state.write(
        service.delete_visitor, state.store, exchange.workspace, named, entry
    )
    state.upkeep.soon()
    return Answer(200, person_body(visitor))


async def convert_visitor(exchange: Exchange) -> Answer:
    """Make a visitor a user or a lead: 200 with the contact as the version knows it."""
    body = decode_object(await exchange.body())
    state, now = exchange.state, exchange.state.clock.now()
    contact = await state.write(service.convert_visitor, state.store, exchange.workspace, body, now)
    state.upkeep.soon()
    is_older = exchange.version.startswith("1.")
    return Answer(200, person_body(contact) if is_older else contact_body(contact))


def _in_path(exchange: Exchange) -> Named:
    return Named(id=path_id(exchange, "visitor_id"))


OPERATIONS = (
    Operation("GET", "/visitors", find_visitor, "contacts:read"),
    Operation("PUT", "/visitors", save_visitor, "contacts:write"),
    Operation("POST", "/visitors", save_visitor, "contacts:write"),
    Operation("POST", "/visitors/convert", convert_visitor, "contacts:write"),
    Operation("GET", "/visitors/{visitor_id}", show_visitor, "contacts:read"),
    Operation("PUT", "/visitors/{visitor_id}", update_visitor, "contacts:write"),
    Operation("DELETE", "/visitors/{visitor_id}", delete_visitor, "contacts:write"),
    Operation("POST", "/pastense/v1/visitors", add_visitor, "contacts:write"),
)
