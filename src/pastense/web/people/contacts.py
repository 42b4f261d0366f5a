"""The contact calls: read the request, do the work in a thread, write the public object."""

from __future__ import annotations

from typing import Final

from pastense.model import Contact
from pastense.search import Sort
from pastense.service.people import contacts as service
from pastense.service.people import merging
from pastense.service.people.contact_fields import KEPT_FIELDS
from pastense.store.base import ContactPage
from pastense.web.exchange import Answer, Exchange, Header
from pastense.web.ignored import ignored_headers
from pastense.web.older import leads
from pastense.web.operation import Operation
from pastense.web.query import read_flag, read_pairs, single_values
from pastense.wire.json_text import decode_object
from pastense.wire.views import Histories, contact_body, contact_list, contact_reference


async def create_contact(exchange: Exchange) -> Answer:
    """Add a contact: 200 with the whole object, 409 where an identifier is taken."""
    body = decode_object(await exchange.body())
    state, now = exchange.state, exchange.state.clock.now()
    contact = await state.write(service.create_contact, state.store, exchange.workspace, body, now)
    return Answer(200, contact_body(contact), _ignored(exchange, body))


async def show_contact(exchange: Exchange) -> Answer:
    """The contact with the id in the path."""
    store = exchange.state.store
    contact = await exchange.state.read(
        service.get_contact, store, exchange.workspace, exchange.path_value("contact_id")
    )
    return await _contact_answer(exchange, contact)


async def find_by_external_id(exchange: Exchange) -> Answer:
    """The contact with the external id in the path."""
    store, external_id = exchange.state.store, exchange.path_value("external_id")
    contact = await exchange.state.read(
        service.get_by_external_id, store, exchange.workspace, external_id
    )
    return await _contact_answer(exchange, contact)


async def update_contact(exchange: Exchange) -> Answer:
    """Change the fields in the body, keep the others: 200 with the whole object."""
    _wants_history(exchange)
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
    return await _contact_answer(exchange, contact, _ignored(exchange, body))


async def delete_contact(exchange: Exchange) -> Answer:
    """Make a contact unreachable; what it did is erased behind the answer."""
    state, contact_id = exchange.state, exchange.path_value("contact_id")
    entry = exchange.audit("contact deleted")
    contact = await state.write(
        service.delete_contact, state.store, exchange.workspace, contact_id, entry
    )
    state.upkeep.soon()
    return Answer(200, contact_reference(contact, deleted=True))


async def merge_contacts(exchange: Exchange) -> Answer:
    """Make a lead a part of a user: 200 with the user. Events of a large lead follow behind the
    answer; reads show all of them at once."""
    _wants_history(exchange)
    body = decode_object(await exchange.body())
    state, now = exchange.state, exchange.state.clock.now()
    contact = await state.write(merging.merge_by_ids, state.store, exchange.workspace, body, now)
    state.upkeep.soon()
    return await _contact_answer(exchange, contact)


async def archive_contact(exchange: Exchange) -> Answer:
    """Archive: submissions for the contact are refused, reading goes on."""
    return await _set_archived(exchange, True)


async def unarchive_contact(exchange: Exchange) -> Answer:
    """Restore an archived contact."""
    return await _set_archived(exchange, False)


async def block_contact(exchange: Exchange) -> Answer:
    """Mark a contact as blocked; what it did stays as it is."""
    state, contact_id = exchange.state, exchange.path_value("contact_id")
    contact = await state.write(
        service.block_contact, state.store, exchange.workspace, contact_id, state.clock.now()
    )
    return Answer(200, contact_reference(contact, blocked=True))


async def list_contacts(exchange: Exchange) -> Answer:
    """All contacts that are not archived, newest first."""
    pairs = read_pairs(exchange.scope["query_string"])
    values = single_values(pairs, ("per_page", "starting_after"))
    per_page = service.read_per_page(values.get("per_page"), "per_page")
    store, cursor = exchange.state.store, values.get("starting_after") or None
    page = await exchange.state.read(
        service.search_contacts, store, exchange.workspace, None, Sort(), per_page, cursor
    )
    return await _page_answer(exchange, page, per_page)


async def search_contacts(exchange: Exchange) -> Answer:
    """The contacts that match a query."""
    body = decode_object(await exchange.body())
    store = exchange.state.store
    page, per_page = await exchange.state.read(
        service.search_by_body, store, exchange.workspace, body
    )
    return await _page_answer(exchange, page, per_page)


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


def _ignored(exchange: Exchange, body: dict[str, object]) -> tuple[Header, ...]:
    return ignored_headers(exchange.state.tally, exchange.workspace.number, body, KEPT_FIELDS)


async def _contact_answer(
    exchange: Exchange, contact: Contact, headers: tuple[Header, ...] = ()
) -> Answer:
    histories = await _histories(exchange, [contact])
    return Answer(200, contact_body(contact, histories), headers)


async def _page_answer(exchange: Exchange, page: ContactPage, per_page: int) -> Answer:
    histories = await _histories(exchange, page.contacts)
    body = contact_list(page.contacts, page.total_count, per_page, page.next_cursor, histories)
    return Answer(200, body)


async def _histories(exchange: Exchange, contacts: list[Contact]) -> Histories | None:
    """Who was merged into the contacts, where the caller asks for it."""
    if not _wants_history(exchange):
        return None
    state = exchange.state
    return await state.read(merging.merge_histories, state.store, contacts)


def _wants_history(exchange: Exchange) -> bool:
    """Whether histories are asked for; raises `ParameterInvalid`, so it is asked before an act."""
    values = single_values(read_pairs(exchange.scope["query_string"]), (_HISTORY,))
    return read_flag(values.get(_HISTORY), _HISTORY)


_HISTORY: Final = "include_merge_history"


_ONE: Final = "/contacts/{contact_id}"
OPERATIONS = (
    Operation("GET", "/contacts", list_contacts, "contacts:read", leads.find_leads),
    Operation("POST", "/contacts", create_contact, "contacts:write", leads.save_lead),
    Operation("POST", "/contacts/merge", merge_contacts, "contacts:write"),
    Operation("POST", "/contacts/search", search_contacts, "contacts:read"),
    Operation(
        "GET",
        "/contacts/find_by_external_id/{external_id:path}",
        find_by_external_id,
        "contacts:read",
    ),
    Operation("GET", _ONE, show_contact, "contacts:read", leads.show_lead),
    Operation("PUT", _ONE, update_contact, "contacts:write", leads.update_lead),
    Operation("DELETE", _ONE, delete_contact, "contacts:write", leads.archive_lead),
    Operation("POST", "/contacts/{contact_id}/archive", archive_contact, "contacts:write"),
    Operation("POST", "/contacts/{contact_id}/unarchive", unarchive_contact, "contacts:write"),
    Operation("POST", "/contacts/{contact_id}/block", block_contact, "contacts:write"),
)
