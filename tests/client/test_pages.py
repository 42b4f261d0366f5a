"""Lists: item by item, page by page, and servers that lead astray."""

from __future__ import annotations

import asyncio
import json

import pytest

from pastense import AsyncClient, Client, EventPage
from pastense.errors import NotFound, UnreadableAnswer
from tests.support.inprocess import NOW
from tests.support.scripted_server import answer, scripted_server


def events_page(*seconds: int, following: str | None = None) -> bytes:
    events = [{"event_name": "did", "created_at": second} for second in seconds]
    pages = {"next": following, "since": "https://api.example/events?since=9000"}
    return answer(200, json.dumps({"events": events, "pages": pages}).encode())


def test_nothing_is_asked_before_it_is_needed(open_client):
    with scripted_server(events_page(3, 2, following="/events?before=2"), events_page(1)) as server:
        with open_client(base_url=server.base_url) as client:
            listing = client.events.list(user_id="u")
            assert server.requests == []
            page = listing.page()
            assert len(server.requests) == 1
            assert isinstance(page, EventPage)
            assert page.since == "9000"
            assert [event.created_at for event in page.events] == [3, 2]
            with pytest.raises(AttributeError):
                page.next = None


def test_a_page_is_asked_for_when_it_is_its_turn():
    pages = [events_page(3, following="/events?before=3"), events_page(2, following=None)]
    with scripted_server(*pages) as server, Client("t", base_url=server.base_url) as client:
        events = iter(client.events.list(user_id="u"))
        assert next(events).created_at == 3
        assert len(server.requests) == 1
        assert next(events).created_at == 2
        assert len(server.requests) == 2
        assert next(events, None) is None


def test_a_page_is_asked_for_when_it_is_its_turn_in_an_event_loop():
    async def read_one() -> int:
        async with AsyncClient("t", base_url=server.base_url) as client:
            async for event in client.events.list(user_id="u"):
                return event.created_at
        return 0

    with scripted_server(events_page(3, following="/events?before=3")) as server:
        assert asyncio.run(read_one()) == 3
    assert len(server.requests) == 1


def test_a_page_that_names_itself_as_the_next_ends_in_an_error(open_client):
    with scripted_server(events_page(1, following="/events?before=1")) as server:
        with open_client(base_url=server.base_url) as client, pytest.raises(UnreadableAnswer):
            list(client.events.list(user_id="u"))
    assert len(server.requests) == 2
    same = answer(200, b'{"data":[],"pages":{"next":{"starting_after":"x"}}}')
    with scripted_server(same) as server, open_client(base_url=server.base_url) as client:
        with pytest.raises(UnreadableAnswer):
            list(client.contacts.search({"field": "role"}))
    assert len(server.requests) == 2


def test_the_options_of_the_call_hold_for_every_page(open_client):
    pages = [events_page(3, following="/events?before=3"), events_page(2)]
    with scripted_server(*pages) as server, open_client(base_url=server.base_url) as client:
        list(client.events.list(user_id="u", version="2.11", headers={"X-Of": "me"}))
    for request in server.requests:
        assert request.headers["intercom-version"] == "2.11"
        assert request.headers["x-of"] == "me"


def test_a_refusal_comes_where_the_list_is_read(client):
    listing = client.events.list(user_id="nobody")
    with pytest.raises(NotFound):
        list(listing)


def test_a_list_can_be_polled_by_its_cursor(client, person):
    client.events.create("did", user_id=person, created_at=NOW)
    page = client.events.list(user_id=person).page()
    assert client.events.list(user_id=person, since=page.since).page().events == ()
    client.events.create("more", user_id=person, created_at=NOW)
    [event] = client.events.list(user_id=person, since=page.since)
    assert event.event_name == "more"


def test_events_that_arrive_between_two_pages_neither_repeat_nor_hide_any(client, person):
    for n in range(4):
        client.events.create("did", user_id=person, created_at=NOW + n)
    first = client.events.list(user_id=person, per_page=2).page()
    client.events.create("did", user_id=person, created_at=NOW + 9)
    before = first.next.split("before=")[1].split("&")[0]
    rest = client.events.list(user_id=person, before=before)
    seen = [event.created_at - NOW for event in (*first.events, *rest)]
    assert seen == [3, 2, 1, 0]
