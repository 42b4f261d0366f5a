"""The calls about tags: read the request, do the work in a thread, write the object."""

from __future__ import annotations

from pastense.service.people import tags as service
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.wire.json_text import decode_object
from pastense.wire.tag_views import applied_tag_body, applied_tag_list, tag_body, tag_list


async def list_tags(exchange: Exchange) -> Answer:
    """All tags of the workspace, the oldest first."""
    return await _list(exchange, older=False)


async def list_older_tags(exchange: Exchange) -> Answer:
    """The same in the shape of the versions 1.x."""
    return await _list(exchange, older=True)


async def save_tag(exchange: Exchange) -> Answer:
    """Make a tag, rename one, or put one on users and take it from them: 200 with the tag."""
    body = decode_object(await exchange.body())
    assert exchange.token is not None
    act = "tag made" if body.get("id") is None else "tag renamed"
    tag = await exchange.state.write(
        service.save_tag,
        exchange.state.store,
        exchange.workspace,
        body,
        exchange.token.number,
        exchange.audit(act),
        exchange.limits.list_items_max,
    )
    return Answer(200, tag_body(tag))


async def show_tag(exchange: Exchange) -> Answer:
    """The tag with the id in the path."""
    tag = await exchange.state.read(
        service.get_tag, exchange.state.store, exchange.workspace, exchange.path_value("tag_id")
    )
    return Answer(200, tag_body(tag))


async def delete_tag(exchange: Exchange) -> Answer:
    """Take a tag away from everybody: 200 with an empty body. Its rows go behind the answer."""
    state, tag_id = exchange.state, exchange.path_value("tag_id")
    entry = exchange.audit("tag deleted")
    await state.write(service.delete_tag, state.store, exchange.workspace, tag_id, entry)
    state.upkeep.soon()
    return Answer(200)


async def list_contact_tags(exchange: Exchange) -> Answer:
    """The tags of a contact, with when and by whom they were put there."""
    contact_id = exchange.path_value("contact_id")
    applied = await exchange.state.read(
        service.tags_of_contact, exchange.state.store, exchange.workspace, contact_id
    )
    return Answer(200, applied_tag_list(applied))


async def attach_tag(exchange: Exchange) -> Answer:
    """Put a tag on a contact, once: 200 with the tag."""
    body = decode_object(await exchange.body())
    assert exchange.token is not None
    applied = await exchange.state.write(
        service.attach_tag,
        exchange.state.store,
        exchange.workspace,
        exchange.path_value("contact_id"),
        body,
        exchange.token.number,
        exchange.state.clock.now(),
    )
    return Answer(200, applied_tag_body(applied))


async def detach_tag(exchange: Exchange) -> Answer:
    """Take a tag from a contact: 200 with the tag as it was there."""
    contact_id, tag_id = exchange.path_value("contact_id"), exchange.path_value("tag_id")
    applied = await exchange.state.write(
        service.detach_tag, exchange.state.store, exchange.workspace, contact_id, tag_id
    )
    return Answer(200, applied_tag_body(applied))


async def _list(exchange: Exchange, *, older: bool) -> Answer:
    tags = await exchange.state.read(exchange.state.store.tags.all, exchange.workspace)
    return Answer(200, tag_list(tags, older=older))


OPERATIONS = (
    Operation("GET", "/tags", list_tags, "contacts:read", older=list_older_tags),
    Operation("POST", "/tags", save_tag, "contacts:write"),
    Operation("GET", "/tags/{tag_id}", show_tag, "contacts:read"),
    Operation("DELETE", "/tags/{tag_id}", delete_tag, "contacts:write"),
    Operation("GET", "/contacts/{contact_id}/tags", list_contact_tags, "contacts:read"),
    Operation("POST", "/contacts/{contact_id}/tags", attach_tag, "contacts:write"),
    Operation("DELETE", "/contacts/{contact_id}/tags/{tag_id}", detach_tag, "contacts:write"),
)
