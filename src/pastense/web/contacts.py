"""The contact calls: read the request, do the work in a thread, write the public object."""

from __future__ import annotations

from pastense.search import Sort
from pastense.service import contacts as service
from pastense.store.base import ContactPage
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.web.query import read_pairs, single_values
from pastense.wire.json_text import decode_object
from pastense.wire.views import contact_body, contact_list, contact_reference


async def create_contact(exchange: Exchange) -> Answer:
    """Add a contact: 200 with the whole object, 409 where an identifier is taken."""
    body = decode_object(await exchange.body())
    state, now = exchange.state, exchange.state.clock.now()
    contact = await state.write(service.create_contact, state.store, exchange.workspace, body, now)
    return Answer(200, contact_body(contact))


async def show_contact(exchange: Exchange) -> Answer:
    """The contact with the id in the path."""
    store = exchange.state.store
    contact = await exchange.state.read(
        service.get_contact, store, exchange.workspace, exchange.path_value("contact_id")
    )
    return Answer(200, contact_body(contact))


async def find_by_external_id(exchange: Exchange) -> Answer:
    """The contact with the external id in the path."""
    store, external_id = exchange.state.store, exchange.path_value("external_id")
    contact = await exchange.state.read(
        service.get_by_external_id, store, exchange.workspace, external_id
    )
    return Answer(200, contact_body(contact))


async def update_contact(exchange: Exchange) -> Answer:
    """Change the fields in the body, keep the others: 200 with the whole object."""
    body = decode_object(await exchange.body())
    state, contact_id = exchange.state, exchange.path_value("contact_id")
    contact = await state.write(
        service.update_contact,
        state.store,
        exchange.workspace,
        contact_id,
        body,
        state.clock.now(),
    )
    return Answer(200, contact_body(contact))


async def delete_contact(exchange: Exchange) -> Answer:
    """Make a contact unreachable; what it did is erased behind the answer."""
    state, contact_id = exchange.state, exchange.path_value("contact_id")
    contact = await state.write(
        service.delete_contact, state.store, exchange.workspace, contact_id, state.clock.now()
    )
    state.upkeep.soon()
    return Answer(200, contact_reference(contact, deleted=True))


async def archive_contact(exchange: Exchange) -> Answer:
    """Archive: submissions for the contact are refused, reading goes on."""
    return await _set_archived(exchange, True)


async def unarchive_contact(exchange: Exchange) -> Answer:
    """Restore an archived contact."""
    return await _set_archived(exchange, False)


async def list_contacts(exchange: Exchange) -> Answer:
    """All contacts that are not archived, newest first."""
    pairs = read_pairs(exchange.scope["query_string"])
    values = single_values(pairs, ("per_page", "starting_after"))
    per_page = service.read_per_page(values.get("per_page"), "per_page")
    store, cursor = exchange.state.store, values.get("starting_after") or None
    page = await exchange.state.read(
        service.search_contacts, store, exchange.workspace, None, Sort(), per_page, cursor
    )
    return _page_answer(page, per_page)


async def search_contacts(exchange: Exchange) -> Answer:
    """The contacts that match a query."""
    query, sort, per_page, cursor = service.read_search(decode_object(await exchange.body()))
    store = exchange.state.store
    page = await exchange.state.read(
        service.search_contacts, store, exchange.workspace, query, sort, per_page, cursor
    )
    return _page_answer(page, per_page)


async def _set_archived(exchange: Exchange, archived: bool) -> Answer:
    state, contact_id = exchange.state, exchange.path_value("contact_id")
    contact = await state.write(
        service.archive_contact,
        state.store,
        exchange.workspace,
        contact_id,
        archived,
        state.clock.now(),
    )
    return Answer(200, contact_reference(contact, archived=archived))


def _page_answer(page: ContactPage, per_page: int) -> Answer:
    return Answer(200, contact_list(page.contacts, page.total_count, per_page, page.next_cursor))


OPERATIONS = (
    Operation("GET", "/contacts", list_contacts, "contacts:read"),
    Operation("POST", "/contacts", create_contact, "contacts:write"),
    Operation("POST", "/contacts/search", search_contacts, "contacts:read"),
    Operation(
        "GET",
        "/contacts/find_by_external_id/{external_id:path}",
        find_by_external_id,
        "contacts:read",
    ),
    Operation("GET", "/contacts/{contact_id}", show_contact, "contacts:read"),
    Operation("PUT", "/contacts/{contact_id}", update_contact, "contacts:write"),
    Operation("DELETE", "/contacts/{contact_id}", delete_contact, "contacts:write"),
    Operation("POST", "/contacts/{contact_id}/archive", archive_contact, "contacts:write"),
    Operation("POST", "/contacts/{contact_id}/unarchive", unarchive_contact, "contacts:write"),
)
