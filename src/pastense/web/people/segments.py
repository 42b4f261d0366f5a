"""The calls about segments. There are none yet, so lists are empty and no id is known."""

from __future__ import annotations

from typing import Final

from pastense.errors import NotFound
from pastense.service.people.contacts import get_contact
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.web.query import read_flag, read_pairs, single_values

_NO_SEGMENT: Final = "Resource Not Found"


async def list_segments(exchange: Exchange) -> Answer:
    """All segments."""
    values = single_values(read_pairs(exchange.scope["query_string"]), ("include_count",))
    read_flag(values.get("include_count"), "include_count")
    return Answer(200, b'{"type":"segment.list","segments":[]}')


async def show_segment(_: Exchange) -> Answer:
    """The segment with the id in the path; raises `NotFound`."""
    raise NotFound(_NO_SEGMENT)


async def list_contact_segments(exchange: Exchange) -> Answer:
    """The segments that a contact is in; raises `NotFound` where there is no such contact."""
    contact_id = exchange.path_value("contact_id")
    await exchange.state.read(get_contact, exchange.state.store, exchange.workspace, contact_id)
    return Answer(200, b'{"type":"list","data":[]}')


OPERATIONS = (
    Operation("GET", "/segments", list_segments, "contacts:read"),
    Operation("GET", "/segments/{segment_id}", show_segment, "contacts:read"),
    Operation("GET", "/contacts/{contact_id}/segments", list_contact_segments, "contacts:read"),
)
