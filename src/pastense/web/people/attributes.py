"""The calls about data attributes: read the request, do the work in a thread, write the object."""

from __future__ import annotations

from typing import Final

from pastense.errors import AttributeNotFound, ParameterInvalid
from pastense.service.people import attributes as service
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.web.query import read_flag, read_pairs, single_values
from pastense.wire.attribute_views import attribute_body, attribute_list
from pastense.wire.json_text import decode_object
from pastense.wire.numbers import row_number

_MODELS: Final = ("contact", "company", "conversation")


async def list_attributes(exchange: Exchange) -> Answer:
    """What every contact has, then what is declared."""
    return await _list(exchange, older=False)


async def list_older_attributes(exchange: Exchange) -> Answer:
    """The same in the shape of the versions 1.x."""
    return await _list(exchange, older=True)


async def declare_attribute(exchange: Exchange) -> Answer:
    """Declare a custom attribute of contacts: 200 with its object."""
    body = decode_object(await exchange.body())
    assert exchange.token is not None
    declared = await exchange.state.write(
        service.declare,
        exchange.state.store,
        exchange.workspace,
        body,
        exchange.token.number,
        exchange.audit("data attribute declared"),
    )
    return Answer(200, attribute_body(declared))


async def change_attribute(exchange: Exchange) -> Answer:
    """Change a declared attribute, archive or unarchive it: 200 with its object."""
    body = decode_object(await exchange.body())
    number = _number(exchange.path_value("data_attribute_id"))
    entry = exchange.audit("data attribute changed")
    changed = await exchange.state.write(
        service.change, exchange.state.store, exchange.workspace, number, body, entry
    )
    return Answer(200, attribute_body(changed))


async def _list(exchange: Exchange, older: bool) -> Answer:
    pairs = read_pairs(exchange.scope["query_string"])
    values = single_values(pairs, ("model", "include_archived"))
    include_archived = read_flag(values.get("include_archived"), "include_archived")
    model = values.get("model", "contact")
    if model not in _MODELS:
        raise ParameterInvalid(f"model must be one of {', '.join(_MODELS)}", "model")
    if model != "contact":
        return Answer(200, attribute_list(None, older))
    declared = await exchange.state.read(
        service.list_attributes, exchange.state.store, exchange.workspace, include_archived
    )
    return Answer(200, attribute_list(declared, older))


def _number(text: str) -> int:
    """The number of an attribute in a path; raises `AttributeNotFound` where it is none."""
    number = row_number(text)
    if number is None:
        raise AttributeNotFound
    return number


OPERATIONS = (
    Operation(
        "GET", "/data_attributes", list_attributes, "contacts:read", older=list_older_attributes
    ),
    Operation("POST", "/data_attributes", declare_attribute, "contacts:write"),
    Operation("PUT", "/data_attributes/{data_attribute_id}", change_attribute, "contacts:write"),
)
