"""The calls about leads: what `/contacts` means under the versions 1.x.

The handlers without a path of their own stand beside those of `web/people/contacts.py` in its
table.
"""

from __future__ import annotations

from pastense.model import Role
from pastense.service.older import leads as service
from pastense.store.base import Named
from pastense.web.exchange import Answer, Exchange
from pastense.web.older.older import (
    list_role,
    named_in_query,
    path_id,
    query_values,
    refuse_newer,
    saved,
    scroll_role,
)
from pastense.web.operation import Operation
from pastense.wire.json_text import decode_object
from pastense.wire.older_views import person_body


async def save_lead(exchange: Exchange) -> Answer:
    """Add a lead, or change the one that `id` or `user_id` names: 200 with the object."""
    return await _save(exchange, None)


async def update_lead(exchange: Exchange) -> Answer:
    """Change the lead with the id in the path."""
    return await _save(exchange, path_id(exchange, "contact_id"))


async def find_leads(exchange: Exchange) -> Answer:
    """The one lead that `user_id` names, or a page of all, or of those with an email or a phone."""
    user_id = query_values(exchange, "user_id")
    if user_id:
        return await _show(exchange, named_in_query(exchange))
    return await list_role(exchange, Role.LEAD)


async def show_lead(exchange: Exchange) -> Answer:
    """The lead with the id in the path."""
    return await _show(exchange, Named(id=path_id(exchange, "contact_id")))


async def scroll_leads(exchange: Exchange) -> Answer:
    """All leads, a hundred at a time."""
    return await scroll_role(exchange, Role.LEAD)


async def archive_lead(exchange: Exchange) -> Answer:
    """Archive the lead with the id in the path: 200 with the object."""
    return await _archive(exchange, Named(id=path_id(exchange, "contact_id")))


async def archive_named_lead(exchange: Exchange) -> Answer:
    """Archive the lead that the query names by `user_id` or `id`."""
    return await _archive(exchange, named_in_query(exchange))


async def convert_lead(exchange: Exchange) -> Answer:
    """Make a lead a user: 200 with the user."""
    body = decode_object(await exchange.body())
    state, now = exchange.state, exchange.state.clock.now()
    user = await state.write(service.convert_lead, state.store, exchange.workspace, body, now)
    state.upkeep.soon()
    return Answer(200, person_body(user))


async def _save(exchange: Exchange, contact_id: str | None) -> Answer:
    body = decode_object(await exchange.body())
    state, now = exchange.state, exchange.state.clock.now()
    lead = await state.write(
        service.save_lead, state.store, exchange.workspace, body, now, contact_id
    )
    return saved(exchange, lead, body)


async def _show(exchange: Exchange, named: Named) -> Answer:
    store = exchange.state.store
    lead = await exchange.state.read(service.get_lead, store, exchange.workspace, named)
    return Answer(200, person_body(lead))


async def _archive(exchange: Exchange, named: Named) -> Answer:
    state, now = exchange.state, exchange.state.clock.now()
    lead = await state.write(service.archive_lead, state.store, exchange.workspace, named, now)
    return Answer(200, person_body(lead))


OPERATIONS = (
    Operation("DELETE", "/contacts", refuse_newer, "contacts:write", archive_named_lead),
    Operation("GET", "/contacts/scroll", refuse_newer, "contacts:read", scroll_leads),
    Operation("POST", "/contacts/convert", refuse_newer, "contacts:write", convert_lead),
)
