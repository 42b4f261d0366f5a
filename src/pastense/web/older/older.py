"""What the rooms of the older API share: queries, pages by number, and paths of other versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NoReturn

from pastense.errors import ParameterInvalid, VersionInvalid
from pastense.identity import contact_id_of
from pastense.model import Contact, Role, Workspace
from pastense.service.older.older_fields import KEPT_NAMES, read_named
from pastense.service.older.older_lists import LIST_PARAMETERS, list_people, scroll_people
from pastense.store.base import Named, Store
from pastense.web.exchange import Answer, Exchange
from pastense.web.ignored import ignored_headers
from pastense.web.query import read_pairs, single_values
from pastense.wire.json_text import decode_object
from pastense.wire.older_views import page_address, people_batch, people_page, person_body

Save = Callable[[Store, Workspace, dict[str, object], int, str | None], Contact]
Find = Callable[[Store, Workspace, Named], Contact]
Archive = Callable[[Store, Workspace, Named, int], Contact]
"""How the service saves, finds and archives a user, a lead or a visitor."""
NAMES: Final = ("id", "user_id", "email")
_KINDS: Final = {Role.USER: "user", Role.LEAD: "contact"}
_WRONG_VERSION: Final = (
    "Requested resource is not available in current API version: send Intercom-Version 1.0 to 1.4"
)


def query_values(exchange: Exchange, *names: str) -> dict[str, str]:
    """The named parameters of the query; raises `ParameterInvalid` where one is empty or stands
    twice."""
    values = single_values(read_pairs(exchange.scope["query_string"]), names)
    for name, value in values.items():
        if not value:
            raise ParameterInvalid(f"{name} must not be empty", name)
    return values


def named_in_query(exchange: Exchange) -> Named:
    """Whom the query names, maybe nobody."""
    return read_named(query_values(exchange, *NAMES))


def path_id(exchange: Exchange, name: str) -> str:
    """The contact's id in the path; a `user_id` that was given out here stands for it."""
    value = exchange.path_value(name)
    return contact_id_of(value) or value


async def list_role(exchange: Exchange, role: Role) -> Answer:
    """A page by number of the users or the leads, with the address of the next one."""
    values = query_values(exchange, "segment_id", *LIST_PARAMETERS)
    state = exchange.state
    page = await state.read(
        list_people, state.store, exchange.workspace, role, values, state.clock.now()
    )
    kind, following = _KINDS[role], None
    if page.next is not None:
        following = page_address(exchange.base_url(), f"/{kind}s", page.next)
    body = people_page(
        kind,
        page.contacts,
        page=page.page,
        per_page=page.per_page,
        total_pages=page.total_pages,
        total_count=page.total_count,
        following=following,
    )
    return Answer(200, body)


async def scroll_role(exchange: Exchange, role: Role) -> Answer:
    """The next hundred users or leads in order of creation."""
    cursor = query_values(exchange, "scroll_param").get("scroll_param")
    store = exchange.state.store
    batch = await exchange.state.read(scroll_people, store, exchange.workspace, role, cursor)
    return Answer(200, people_batch(_KINDS[role], batch.contacts, batch.cursor))


async def save_person(exchange: Exchange, save: Save, contact_id: str | None = None) -> Answer:
    """Change whom the body names, or the one with `contact_id`, or add somebody, as `save` does
    it: 200 with the whole object."""
    body = decode_object(await exchange.body())
    state, now = exchange.state, exchange.state.clock.now()
    person = await state.write(save, state.store, exchange.workspace, body, now, contact_id)
    return saved(exchange, person, body)


async def show_person(exchange: Exchange, find: Find, named: Named) -> Answer:
    """The one who is named: 200 with the whole object."""
    store = exchange.state.store
    person = await exchange.state.read(find, store, exchange.workspace, named)
    return Answer(200, person_body(person))


async def archive_person(exchange: Exchange, archive: Archive, named: Named) -> Answer:
    """Archive the one who is named: 200 with the whole object."""
    state, now = exchange.state, exchange.state.clock.now()
    person = await state.write(archive, state.store, exchange.workspace, named, now)
    return Answer(200, person_body(person))


def saved(exchange: Exchange, person: Contact, body: Mapping[str, object]) -> Answer:
    """200 with the whole object; a header names what was sent and is not kept."""
    tally, workspace = exchange.state.tally, exchange.workspace
    headers = ignored_headers(tally, workspace.number, body, KEPT_NAMES)
    return Answer(200, person_body(person), headers)


async def refuse_newer(_: Exchange) -> NoReturn:
    """The answer of versions 2.x to a call that only 1.x has."""
    raise VersionInvalid(_WRONG_VERSION, "Intercom-Version")
