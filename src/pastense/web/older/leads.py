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
    archive_person,
    list_role,
    named_in_query,
    path_id,
    query_values,
    refuse_newer,
    save_person,
    scroll_role,
    show_person,
)
from pastense.web.operation import Operation
from pastense.wire.json_text import decode_object
from pastense.wire.older_views import person_body


async def save_lead(exchange: Exchange) -> Answer:
    """Add a lead, or change the one that `id` or `user_id` names: 200 with the object."""
    return await save_person(exchange, service.save_lead)


async def update_lead(exchange: Exchange) -> Answer:
    """Change the lead with the id in the path."""
    return await save_person(exchange, service.save_lead, path_id(exchange, "contact_id"))


async def find_leads(exchange: Exchange) -> Answer:
    """The one lead that `user_id` names, or a page of all, or of those with an email or a phone."""
    user_id = query_values(exchange, "user_id")
    if user_id:
        return await show_person(exchange, service.get_lead, named_in_query(exchange))
    return await list_role(exchange, Role.LEAD)


async def show_lead(exchange: Exchange) -> Answer:
    """The lead with the id in the path."""
    return await show_person(exchange, service.get_lead, _in_path(exchange))


async def scroll_leads(exchange: Exchange) -> Answer:
    """All leads, a hundred at a time."""
    return await scroll_role(exchange, Role.LEAD)


async def archive_lead(exchange: Exchange) -> Answer:
    """Archive the lead with the id in the path: 200 with the object."""
    return await archive_person(exchange, service.archive_lead, _in_path(exchange))


async def archive_named_lead(exchange: Exchange) -> Answer:
    """Archive the lead that the query names by `user_id` or `id`."""
    return await archive_person(exchange, service.archive_lead, named_in_query(exchange))


async def convert_lead(exchange: Exchange) -> Answer:
    """Make a lead a user: 200 with the user."""
    body = decode_object(await exchange.body())
    state, now = exchange.state, exchange.state.clock.now()
    user = await state.write(service.convert_lead, state.store, exchange.workspace, body, now)
    state.upkeep.soon()
    return Answer(200, person_body(user))


def _in_path(exchange: Exchange) -> Named:
    return Named(id=path_id(exchange, "contact_id"))


OPERATIONS = (
    Operation("DELETE", "/contacts", refuse_newer, "contacts:write", archive_named_lead),
    Operation("GET", "/contacts/scroll", refuse_newer, "contacts:read", scroll_leads),
    Operation("POST", "/contacts/convert", refuse_newer, "contacts:write", convert_lead),
)
