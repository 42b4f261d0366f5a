"""Every public call of `pastense.AsyncClient`, as in client_calls.py. Only where a call is awaited,
and where a list is iterated over with `async for`, it differs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_type

from pastense import (
    App,
    AsyncClient,
    AsyncPages,
    AsyncTransport,
    Contact,
    ContactPage,
    ContactState,
    Event,
    EventPage,
    EventReceipt,
    EventSummary,
    Headers,
    ImportedSummary,
    ManyReceipt,
    Me,
    Money,
    NewEvent,
    RawResponse,
    Request,
    Response,
    RichLink,
    Tag,
    Timeout,
)

NOW = datetime.now(UTC)
HISTORY = [ImportedSummary("asked-for-demo", 7, NOW, 1671028895)]
EVENTS: list[NewEvent] = [
    {"event_name": "invited-friend", "user_id": "314159", "created_at": NOW, "metadata": {"a": 1}},
    {"event_name": "invited-friend", "email": "pi@example.org"},
]


class Canned:
    """A transport of a caller's own."""

    async def send(self, request: Request) -> Response:
        """The same answer to whatever is asked."""
        assert_type(request.method, str)
        assert_type(request.target, str)
        assert_type(request.body, bytes | None)
        assert_type(request.timeout, Timeout)
        return Response(202, Headers([("x-request-id", request.headers[0][1])]), b"")

    async def close(self) -> None:
        """Nothing is open."""


async def made() -> AsyncClient:
    """All parameters of a client."""
    AsyncClient()
    transport: AsyncTransport = Canned()
    async with AsyncClient(
        "token",
        base_url="https://api.intercom.io",
        version="2.14",
        timeout=(3, 10.5),
        max_retries=5,
        headers={"X-Team": "growth"},
        transport=transport,
        ca_file="/etc/ssl/own.pem",
        proxy="http://proxy.example:3128",
    ) as client:
        assert_type(client, AsyncClient)
        await client.close()
    return AsyncClient("token", base_url="https://api.intercom.io", timeout=Timeout(3.0, 10.0))


async def events(client: AsyncClient) -> None:
    """Events and their counts, and what every call takes."""
    receipt = await client.events.create(
        "placed-order",
        user_id="314159",
        created_at=NOW,
        metadata={
            "text": "a",
            "whole": 1,
            "float": 1.5,
            "bool": True,
            "none": None,
            "ordered_date": NOW,
            "price": Money(34999, "eur"),
            "article": RichLink("https://example.org/1", "one"),
            "plain": {"amount": 1, "currency": "eur"},
        },
        timeout=5,
        max_retries=0,
        headers={"X-Trace": "1"},
        version="2.14",
    )
    assert_type(receipt, EventReceipt)
    assert_type(receipt.event_id, str | None)
    await client.events.create("did", id="6b00fddd7289f972420b4d98", timeout=(1.5, 5))
    await client.events.create("did", email="pi@example.org", created_at=1671028894.5)
    assert_type(await client.events.create_many(EVENTS, timeout=30), ManyReceipt)
    await client.events.create_many({"event_name": "did", "user_id": number} for number in range(3))
    listed = client.events.list(user_id=314159, per_page=50, since=NOW, before="1671028894000")
    assert_type(listed, AsyncPages[EventPage, Event])
    async for event in listed:
        assert_type(event, Event)
        assert_type(event.created, datetime)
    client.events.list(email="pi@example.org")
    client.events.list(id="6b00fddd7289f972420b4d98", before=NOW)
    async for page in listed.pages():
        assert_type(page, EventPage)
        assert_type(page.events, tuple[Event, ...])
    assert_type((await listed.page()).since, str | None)
    counted = await client.events.summaries(email="pi@example.org", max_retries=1)
    assert_type(counted, tuple[EventSummary, ...])
    assert_type(counted[0].first, datetime | None)
    await client.events.import_summaries(HISTORY, user_id="314159", version="2.14")
    await client.events.import_summaries(HISTORY, id="6b00fddd7289f972420b4d98")
    await client.events.import_summaries(HISTORY, email="pi@example.org")
    await client.events.summaries(user_id="314159")
    await client.events.summaries(id="6b00fddd7289f972420b4d98")


async def contacts(client: AsyncClient) -> None:
    """People."""
    created = await client.contacts.create(
        role="user",
        external_id="314159",
        email="pi@example.org",
        name="Pi",
        phone="+4912345",
        avatar="https://example.org/pi.png",
        owner_id=1,
        signed_up_at=NOW,
        last_seen_at=1671028894,
        unsubscribed_from_emails=False,
        custom_attributes={"plan": "gold", "seats": 3, "beta": None},
        timeout=5,
    )
    assert_type(created, Contact)
    assert_type(await client.contacts.upsert(external_id=314159, name="Pi", max_retries=1), Contact)
    assert_type(await client.contacts.get(created.id, version="2.14"), Contact)
    assert_type(await client.contacts.find(external_id="314159"), Contact)
    assert_type(await client.contacts.find(email="pi@example.org"), Contact)
    assert_type(await client.contacts.update(created.id, name=None, timeout=5), Contact)
    assert_type(await client.contacts.archive(created.id), ContactState)
    assert_type(await client.contacts.unarchive(created.id), ContactState)
    assert_type(await client.contacts.block(created.id), ContactState)
    assert_type(await client.contacts.delete(created.id, headers={"X-Trace": "1"}), ContactState)
    assert_type(await client.contacts.merge(lead_id="a", user_id="b"), Contact)
    listed = client.contacts.list(per_page=50, starting_after="cursor")
    assert_type(listed, AsyncPages[ContactPage, Contact])
    assert_type([contact.id async for contact in listed], list[str])
    found = client.contacts.search(
        {"field": "role", "operator": "=", "value": "user"},
        sort={"field": "created_at", "order": "descending"},
        per_page=50,
        starting_after="cursor",
        timeout=5,
    )
    assert_type(await found.page(), ContactPage)
    assert_type((await found.page()).total_count, int | None)


async def others(client: AsyncClient) -> None:
    """Tags, one person, the service."""
    tags = await client.tags.list(timeout=5)
    assert_type(tags, tuple[Tag, ...])
    assert_type(await client.tags.create("vip"), Tag)
    assert_type(await client.tags.of_contact("contact-id"), tuple[Tag, ...])
    assert_type(await client.tags.attach("contact-id", tags[0].id), Tag)
    assert_type(await client.tags.detach("contact-id", "tag-id", max_retries=0), Tag)
    user = client.users.find(user_id="314159")
    receipt = await user.track_event(
        "invited-friend", created_at=NOW, metadata={"price": Money(1, "eur")}, timeout=5
    )
    assert_type(receipt, EventReceipt)
    assert_type(user.events(per_page=10, since=NOW, before=NOW), AsyncPages[EventPage, Event])
    assert_type(await user.summaries(), tuple[EventSummary, ...])
    await user.import_summaries(HISTORY)
    assert_type(await user.contact(version="2.14"), Contact)
    client.users.find(email="pi@example.org")
    client.users.find(id="6b00fddd7289f972420b4d98")
    me = await client.me(timeout=5)
    assert_type(me, Me)
    assert_type(me.app, App | None)
    answer = await client.request("GET", "/counts", query={"type": "user"}, max_retries=0)
    assert_type(answer, RawResponse[object])
    await client.request("POST", "/tags", json={"name": "vip"})


async def raw_answers(client: AsyncClient) -> None:
    """The answer as it came, beside what was read from it."""
    raw = client.with_raw_response
    answer = await raw.events.create("placed-order", user_id="314159", metadata={"a": 1}, timeout=5)
    assert_type(answer, RawResponse[EventReceipt])
    assert_type(answer.status, int)
    assert_type(answer.headers, Headers)
    assert_type(answer.headers["Pastense"], str)
    assert_type(answer.body, bytes)
    assert_type(answer.parsed, EventReceipt)
    assert_type(await raw.events.create_many(EVENTS), RawResponse[ManyReceipt])
    assert_type(await raw.events.list(user_id="314159"), RawResponse[EventPage])
    assert_type(await raw.events.summaries(user_id="314159"), RawResponse[tuple[EventSummary, ...]])
    assert_type(await raw.events.import_summaries(HISTORY, user_id="314159"), RawResponse[None])
    assert_type(await raw.contacts.create(external_id="314159"), RawResponse[Contact])
    assert_type(await raw.contacts.upsert(external_id="314159"), RawResponse[Contact])
    assert_type(await raw.contacts.get("a"), RawResponse[Contact])
    assert_type(await raw.contacts.find(external_id="314159"), RawResponse[Contact])
    assert_type(await raw.contacts.update("a", name="Pi"), RawResponse[Contact])
    assert_type(await raw.contacts.delete("a"), RawResponse[ContactState])
    assert_type(await raw.contacts.archive("a"), RawResponse[ContactState])
    assert_type(await raw.contacts.unarchive("a"), RawResponse[ContactState])
    assert_type(await raw.contacts.block("a"), RawResponse[ContactState])
    assert_type(await raw.contacts.merge(lead_id="a", user_id="b"), RawResponse[Contact])
    assert_type(await raw.contacts.list(per_page=50), RawResponse[ContactPage])
    assert_type(
        await raw.contacts.search({"operator": "AND", "value": []}), RawResponse[ContactPage]
    )
    assert_type(await raw.tags.list(), RawResponse[tuple[Tag, ...]])
    assert_type(await raw.tags.create("vip"), RawResponse[Tag])
    assert_type(await raw.tags.of_contact("a"), RawResponse[tuple[Tag, ...]])
    assert_type(await raw.tags.attach("a", "b"), RawResponse[Tag])
    assert_type(await raw.tags.detach("a", "b"), RawResponse[Tag])
    raw_user = raw.users.find(user_id="314159")
    assert_type(await raw_user.track_event("did"), RawResponse[EventReceipt])
    assert_type(await raw_user.events(per_page=5), RawResponse[EventPage])
    assert_type(await raw_user.summaries(), RawResponse[tuple[EventSummary, ...]])
    assert_type(await raw_user.import_summaries(HISTORY), RawResponse[None])
    assert_type(await raw_user.contact(), RawResponse[Contact])
    assert_type(await raw.me(), RawResponse[Me])
    assert_type(await raw.request("GET", "/me"), RawResponse[object])
