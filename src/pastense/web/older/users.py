"""The calls about users of the older API; they answer whatever the version."""

from __future__ import annotations

from pastense.model import Role
from pastense.service.older import users as service
from pastense.store.base import Named
from pastense.web.exchange import Answer, Exchange
from pastense.web.older.older import (
    archive_person,
    list_role,
    named_in_query,
    path_id,
    save_person,
    scroll_role,
    show_person,
)
from pastense.web.operation import Operation
from pastense.wire.json_text import decode_object
from pastense.wire.older_views import deletion_body


async def save_user(exchange: Exchange) -> Answer:
    """Add the user that the body names, or change it: 200 with the whole object."""
    return await save_person(exchange, service.save_user)


async def update_user(exchange: Exchange) -> Answer:
    """Change the user with the id in the path."""
    return await save_person(exchange, service.save_user, path_id(exchange, "user_id"))


async def find_users(exchange: Exchange) -> Answer:
    """The one user that the query names, or where it names nobody a page of all."""
    named = named_in_query(exchange)
    if named == Named():
        return await list_role(exchange, Role.USER)
    return await show_person(exchange, service.get_user, named)


async def show_user(exchange: Exchange) -> Answer:
    """The user with the id in the path."""
    return await show_person(exchange, service.get_user, _in_path(exchange))


async def scroll_users(exchange: Exchange) -> Answer:
    """All users, a hundred at a time."""
    return await scroll_role(exchange, Role.USER)


async def archive_user(exchange: Exchange) -> Answer:
    """Archive the user with the id in the path: 200 with the object."""
    return await archive_person(exchange, service.archive_user, _in_path(exchange))


async def archive_named_user(exchange: Exchange) -> Answer:
    """Archive the user that the query names."""
    return await archive_person(exchange, service.archive_user, named_in_query(exchange))


async def request_deletion(exchange: Exchange) -> Answer:
    """Delete a contact and all it did for ever: 200 with its id."""
    body = decode_object(await exchange.body())
    state, entry = exchange.state, exchange.audit("contact deleted")
    contact = await state.write(
        service.delete_for_ever, state.store, exchange.workspace, body, entry
    )
    state.upkeep.soon()
    return Answer(200, deletion_body(contact))


def _in_path(exchange: Exchange) -> Named:
    return Named(id=path_id(exchange, "user_id"))


OPERATIONS = (
    Operation("GET", "/users", find_users, "contacts:read"),
    Operation("POST", "/users", save_user, "contacts:write"),
    Operation("DELETE", "/users", archive_named_user, "contacts:write"),
    Operation("GET", "/users/scroll", scroll_users, "contacts:read"),
    Operation("GET", "/users/{user_id}", show_user, "contacts:read"),
    Operation("PUT", "/users/{user_id}", update_user, "contacts:write"),
    Operation("DELETE", "/users/{user_id}", archive_user, "contacts:write"),
    Operation("POST", "/user_delete_requests", request_deletion, "contacts:write"),
)
