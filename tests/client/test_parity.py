"""Both clients have one surface: the same rooms, methods, parameters and words, of the same kind.

`surface` walks a client and writes down what it finds; the controls at the end show that a
difference is found.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

import pastense
from pastense import AsyncClient, AsyncPages, Client, Headers, RawResponse, Response, SyncPages
from pastense.client.binding import AsyncRoom, SyncRoom, sync_call
from pastense.client.calls import service

ANSWER = Response(200, Headers(), b'{"id":"1","data":[],"events":[]}')
GIVEN: dict[str, Any] = {
    "event_name": "did",
    "events": [{"event_name": "did", "user_id": "u"}],
    "summaries": [pastense.ImportedSummary("did", 1, 2, 3)],
    "contact_id": "c1",
    "tag_id": "t1",
    "lead_id": "l1",
    "user_id": "u1",
    "query": {},
    "name": "vip",
    "method": "GET",
    "path": "/me",
    "fields": {"external_id": "u1"},
}
"""What is given where a parameter of that name has no default."""


class Fixed:
    """A transport with one answer for everything."""

    def send(self, request: object) -> Response:
        return ANSWER

    def close(self) -> None:
        pass


class AsyncFixed:
    """The same for an event loop."""

    async def send(self, request: object) -> Response:
        return ANSWER

    async def close(self) -> None:
        pass


def sync_client() -> Client:
    return Client("t", base_url="http://host", transport=Fixed())


def async_client() -> AsyncClient:
    return AsyncClient("t", base_url="http://host", transport=AsyncFixed())


def surface(room: object, path: str = "") -> dict[str, tuple[object, ...]]:
    """Of every public method its parameters, its words and what kind of call it is, by its path
    from the client. `users.find` is gone through: what it gives is a room too."""
    found: dict[str, tuple[object, ...]] = {}
    for name in sorted(name for name in dir(room) if not name.startswith("_")):
        value, where = getattr(room, name), f"{path}.{name}".lstrip(".")
        if isinstance(value, SyncRoom | AsyncRoom):
            found[where] = (inspect.getdoc(value),)
            found |= surface(value, where)
        elif name == "find" and where.endswith("users.find"):
            found[where] = described(value)
            found |= surface(value(user_id="u1"), where)
        else:
            found[where] = (*described(value), kind(value))
    return found


def described(method: Any) -> tuple[object, ...]:
    """Parameters and words. What a method gives differs by nature."""
    signature = inspect.signature(method)
    return [str(p) for p in signature.parameters.values()], inspect.getdoc(method)


def kind(method: Any) -> str:
    """What comes of a call: its value's class, with `await` or without."""
    parameters = inspect.signature(method).parameters.values()
    needed = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    given = {p.name: GIVEN[p.name] for p in needed}
    if any(p.name == "fields" for p in parameters):
        given |= GIVEN["fields"]
    elif {"user_id", "email"} <= {p.name for p in parameters}:
        given["user_id"] = "u1"
    elif {"external_id", "email"} <= {p.name for p in parameters}:
        given["external_id"] = "u1"
    value = method(**given)
    if inspect.iscoroutine(value):
        value = asyncio.run(value)
    if isinstance(value, SyncPages | AsyncPages):
        return "pages"
    if isinstance(value, RawResponse):
        return f"raw {type(value.parsed).__name__}"
    return type(value).__name__


def test_both_clients_have_one_surface():
    assert surface(sync_client()) == surface(async_client())


def test_the_surface_is_what_the_documents_promise():
    found = surface(sync_client())
    kinds = {path: facts[-1] for path, facts in found.items()}
    for path, expected in {
        "events.create": "EventReceipt",
        "events.create_many": "ManyReceipt",
        "events.list": "pages",
        "events.summaries": "tuple",
        "events.import_summaries": "NoneType",
        "contacts.upsert": "Contact",
        "contacts.search": "pages",
        "users.find.track_event": "EventReceipt",
        "users.find.events": "pages",
        "me": "Me",
        "request": "raw dict",
        "close": "NoneType",
        "tags.list": "tuple",
    }.items():
        assert kinds[path] == expected


def test_every_call_can_be_had_raw():
    found = surface(sync_client())
    plain = {path for path in found if not path.startswith("with_raw_response")} - {"close"}
    for path in plain:
        raw = found[f"with_raw_response.{path}"]
        assert raw[0] == found[path][0] or not path.count("."), path
        if isinstance(found[path][-1], str) and len(found[path]) == 3:
            assert raw[:2] == found[path][:2]
            assert str(raw[2]).startswith("raw ")
    raws = {path.removeprefix("with_raw_response.") for path in found if path not in plain}
    assert raws - {"close", "with_raw_response"} == plain


def test_a_method_is_awaited_exactly_where_the_client_is_asynchronous():
    coroutine, value = async_client().me(), sync_client().me()
    assert inspect.iscoroutine(coroutine)
    assert asyncio.run(coroutine) == value


def test_both_are_made_with_the_same_parameters_and_opened_in_the_same_way():
    sync, aio = (inspect.signature(made).parameters for made in (Client, AsyncClient))
    assert list(sync) == list(aio)
    assert [p.default for p in sync.values()] == [p.default for p in aio.values()]
    assert {"__enter__", "__exit__"} <= set(dir(Client))
    assert {"__aenter__", "__aexit__"} <= set(dir(AsyncClient))


def test_the_lists_have_one_surface():
    def public(kind: type) -> dict[str, object]:
        names = [name for name in vars(kind) if not name.startswith("_")]
        return {name: inspect.getdoc(getattr(kind, name)) for name in names}

    assert public(SyncPages) == public(AsyncPages)


@pytest.mark.parametrize("name", pastense.__all__)
def test_every_public_name_can_be_imported(name):
    assert getattr(pastense, name) is not None
    assert name in dir(pastense)


def test_there_are_no_other_names():
    with pytest.raises(AttributeError, match="no attribute 'Clyent'"):
        _ = pastense.Clyent


def other_words(client: Client) -> None:
    """Words that no method has."""


@pytest.mark.parametrize(
    "change",
    [
        lambda room: delattr(room, "block"),
        lambda room: setattr(room, "more", sync_call(service.me)),
        lambda room: setattr(room, "block", sync_call(service.me)),
        lambda room: setattr(room, "list", room.create),
        lambda room: setattr(room.get, "__doc__", other_words.__doc__),
    ],
    ids=["missing", "added", "other parameters", "other kind", "other words"],
)
def test_a_difference_is_found(monkeypatch, change):
    client = sync_client()
    rooms = type(client.contacts)
    copy = type(rooms.__name__, (SyncRoom,), dict(vars(rooms)))
    copy.get = sync_call(copied(rooms.get))
    client.contacts = copy(client.contacts._context, client.contacts._transport)
    same = surface(async_client())
    assert surface(client) == same
    change(copy)
    assert surface(client) != same


def copied(method: Any) -> Any:
    """The function beneath a method, as one of its own."""
    operation = method.__wrapped__

    def own(*given: Any, **named: Any) -> Any:
        return operation(*given, **named)

    own.__doc__, own.__name__ = operation.__doc__, operation.__name__
    own.__signature__ = inspect.signature(operation)
    return own
