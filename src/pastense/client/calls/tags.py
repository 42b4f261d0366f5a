"""Tags: those of the workspace, and those of a contact.

Shapes: docs/http-api.md "Tags", which are Intercom's.
"""

from __future__ import annotations

from typing import Final, Unpack

from pastense.client.calls.contacts import PATH as CONTACTS_PATH
from pastense.client.calls.contacts import contact_path, segment
from pastense.client.core import Answer, Call, Steps, perform
from pastense.client.options import ClientOptions
from pastense.client.per_call import PerCall, read_per_call
from pastense.client.reading import read_as, read_tags
from pastense.client.results import Tag
from pastense.client.values import Identifier, identifier_text

_TEMPLATE: Final = f"{CONTACTS_PATH}/{{contact_id}}/tags"
_read_tag: Final = read_as(Tag)


def list_(client: ClientOptions, /, **call: Unpack[PerCall]) -> Steps[Answer[tuple[Tag, ...]]]:
    """All tags of the workspace."""
    return perform(client, Call("GET", "/tags", read_tags, options=read_per_call(call)))


def create(client: ClientOptions, /, name: str, **call: Unpack[PerCall]) -> Steps[Answer[Tag]]:
    """The tag of that name, which is made where there is none."""
    options = read_per_call(call)
    return perform(client, Call("POST", "/tags", _read_tag, None, {"name": name}, options))


def of_contact(
    client: ClientOptions, /, contact_id: str, **call: Unpack[PerCall]
) -> Steps[Answer[tuple[Tag, ...]]]:
    """The tags of a contact."""
    path, options = f"{contact_path(contact_id)}/tags", read_per_call(call)
    return perform(client, Call("GET", path, read_tags, options=options, template=_TEMPLATE))


def attach(
    client: ClientOptions, /, contact_id: str, tag_id: Identifier, **call: Unpack[PerCall]
) -> Steps[Answer[Tag]]:
    """Put a tag on a contact; one that is there stays as it is."""
    path, options = f"{contact_path(contact_id)}/tags", read_per_call(call)
    body = {"id": identifier_text("tag_id", tag_id)}
    return perform(client, Call("POST", path, _read_tag, None, body, options, _TEMPLATE))


def detach(
    client: ClientOptions, /, contact_id: str, tag_id: Identifier, **call: Unpack[PerCall]
) -> Steps[Answer[Tag]]:
    """Take a tag from a contact; the tag as it was there."""
    path = f"{contact_path(contact_id)}/tags/{segment('tag_id', tag_id)}"
    template, options = f"{_TEMPLATE}/{{tag_id}}", read_per_call(call)
    return perform(client, Call("DELETE", path, _read_tag, options=options, template=template))
