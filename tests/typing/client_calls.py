"""Every public call of `pastense.Client`, with what it gives, as the type checkers see it (they
read it; nobody runs it). `assert_type` is exact: where a type is lost (`Any`), it is a fault."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_type

from pastense import (
    App,
    Client,
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
    SyncPages,
    Tag,
    Timeout,
    Transport,
)
from pastense.errors import (
    ApiError,
    ConnectionFailed,
    ManyRefused,
    NoAnswer,
    NotFound,
    PastenseError,
    RateLimited,
    TimedOut,
    UnreadableAnswer,
)

NOW = datetime.now(UTC)
HISTORY = [ImportedSummary("asked-for-demo", 7, NOW, 1671028895)]
EVENTS: list[NewEvent] = [
    {"event_name": "invited-friend", "user_id": "314159", "created_at": NOW, "metadata": {"a": 1}},
    {"event_name": "invited-friend", "email": "pi@example.org"},
]


class Canned:
    """A transport of a caller's own."""

    def send(self, request: Request) -> Response:
        """The same answer to whatever is asked."""
        assert_type(request.method, str)
        assert_type(request.target, str)
        assert_type(request.body, bytes | None)
        assert_type(request.timeout, Timeout)
        return Response(202, Headers([("x-request-id", request.headers[0][1])]), b"")

    def close(self) -> None:
        """Nothing is open."""


def made() -> Client:
    """All parameters of a client."""
    Client()
    transport: Transport = Canned()
    with Client(
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
        assert_type(client, Client)
        client.close()
    return Client("token", base_url="https://api.intercom.io", timeout=Timeout(3.0, 10.0))


def events(client: Client) -> None:
    """Events and their counts, and what every call takes."""
    receipt = client.events.create(
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
    client.events.create("did", id="6b00fddd7289f972420b4d98", timeout=(1.5, 5))
    client.events.create("did", email="pi@example.org", created_at=1671028894.5)
    assert_type(client.events.create_many(EVENTS, timeout=30), ManyReceipt)
    client.events.create_many({"event_name": "did", "user_id": number} for number in range(3))
    listed = client.events.list(user_id=314159, per_page=50, since=NOW, before="1671028894000")
    assert_type(listed, SyncPages[EventPage, Event])
    for event in listed:
        assert_type(event, Event)
        assert_type(event.created, datetime)
    client.events.list(email="pi@example.org")
    client.events.list(id="6b00fddd7289f972420b4d98", before=NOW)
    for page in listed.pages():
        assert_type(page, EventPage)
        assert_type(page.events, tuple[Event, ...])
    assert_type(listed.page().since, str | None)
    counted = client.events.summaries(email="pi@example.org", max_retries=1)
    assert_type(counted, tuple[EventSummary, ...])
    assert_type(counted[0].first, datetime | None)
    client.events.import_summaries(HISTORY, user_id="314159", version="2.14")
    client.events.import_summaries(HISTORY, id="6b00fddd7289f972420b4d98")
    client.events.import_summaries(HISTORY, email="pi@example.org")
    client.events.summaries(user_id="314159")
    client.events.summaries(id="6b00fddd7289f972420b4d98")


def contacts(client: Client) -> None:
    """People."""
    created = client.contacts.create(
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
    assert_type(client.contacts.upsert(external_id=314159, name="Pi", max_retries=1), Contact)
    assert_type(client.contacts.get(created.id, version="2.14"), Contact)
    assert_type(client.contacts.find(external_id="314159"), Contact)
    assert_type(client.contacts.find(email="pi@example.org"), Contact)
    assert_type(client.contacts.update(created.id, name=None, timeout=5), Contact)
    assert_type(client.contacts.archive(created.id), ContactState)
    assert_type(client.contacts.unarchive(created.id), ContactState)
    assert_type(client.contacts.block(created.id), ContactState)
    assert_type(client.contacts.delete(created.id, headers={"X-Trace": "1"}), ContactState)
    assert_type(client.contacts.merge(lead_id="a", user_id="b"), Contact)
    listed = client.contacts.list(per_page=50, starting_after="cursor")
    assert_type(listed, SyncPages[ContactPage, Contact])
    assert_type([contact.id for contact in listed], list[str])
    found = client.contacts.search(
        {"field": "role", "operator": "=", "value": "user"},
        sort={"field": "created_at", "order": "descending"},
        per_page=50,
        starting_after="cursor",
        timeout=5,
    )
    assert_type(found.page(), ContactPage)
    assert_type(found.page().total_count, int | None)


def others(client: Client) -> None:
    """Tags, one person, the service."""
    tags = client.tags.list(timeout=5)
    assert_type(tags, tuple[Tag, ...])
    assert_type(client.tags.create("vip"), Tag)
    assert_type(client.tags.of_contact("contact-id"), tuple[Tag, ...])
    assert_type(client.tags.attach("contact-id", tags[0].id), Tag)
    assert_type(client.tags.detach("contact-id", "tag-id", max_retries=0), Tag)
    user = client.users.find(user_id="314159")
    receipt = user.track_event(
        "invited-friend", created_at=NOW, metadata={"price": Money(1, "eur")}, timeout=5
    )
    assert_type(receipt, EventReceipt)
    assert_type(user.events(per_page=10, since=NOW, before=NOW), SyncPages[EventPage, Event])
    assert_type(user.summaries(), tuple[EventSummary, ...])
    user.import_summaries(HISTORY)
    assert_type(user.contact(version="2.14"), Contact)
    client.users.find(email="pi@example.org")
    client.users.find(id="6b00fddd7289f972420b4d98")
    me = client.me(timeout=5)
    assert_type(me, Me)
    assert_type(me.app, App | None)
    answer = client.request("GET", "/counts", query={"type": "user"}, max_retries=0)
    assert_type(answer, RawResponse[object])
    client.request("POST", "/tags", json={"name": "vip"})


def raw_answers(client: Client) -> None:
    """The answer as it came, beside what was read from it."""
    raw = client.with_raw_response
    answer = raw.events.create("placed-order", user_id="314159", metadata={"a": 1}, timeout=5)
    assert_type(answer, RawResponse[EventReceipt])
    assert_type(answer.status, int)
    assert_type(answer.headers, Headers)
    assert_type(answer.headers["Pastense"], str)
    assert_type(answer.body, bytes)
    assert_type(answer.parsed, EventReceipt)
    assert_type(raw.events.create_many(EVENTS), RawResponse[ManyReceipt])
    assert_type(raw.events.list(user_id="314159"), RawResponse[EventPage])
    assert_type(raw.events.summaries(user_id="314159"), RawResponse[tuple[EventSummary, ...]])
    assert_type(raw.events.import_summaries(HISTORY, user_id="314159"), RawResponse[None])
    assert_type(raw.contacts.create(external_id="314159"), RawResponse[Contact])
    assert_type(raw.contacts.upsert(external_id="314159"), RawResponse[Contact])
    assert_type(raw.contacts.get("a"), RawResponse[Contact])
    assert_type(raw.contacts.find(external_id="314159"), RawResponse[Contact])
    assert_type(raw.contacts.update("a", name="Pi"), RawResponse[Contact])
    assert_type(raw.contacts.delete("a"), RawResponse[ContactState])
    assert_type(raw.contacts.archive("a"), RawResponse[ContactState])
    assert_type(raw.contacts.unarchive("a"), RawResponse[ContactState])
    assert_type(raw.contacts.block("a"), RawResponse[ContactState])
    assert_type(raw.contacts.merge(lead_id="a", user_id="b"), RawResponse[Contact])
    assert_type(raw.contacts.list(per_page=50), RawResponse[ContactPage])
    assert_type(raw.contacts.search({"operator": "AND", "value": []}), RawResponse[ContactPage])
    assert_type(raw.tags.list(), RawResponse[tuple[Tag, ...]])
    assert_type(raw.tags.create("vip"), RawResponse[Tag])
    assert_type(raw.tags.of_contact("a"), RawResponse[tuple[Tag, ...]])
    assert_type(raw.tags.attach("a", "b"), RawResponse[Tag])
    assert_type(raw.tags.detach("a", "b"), RawResponse[Tag])
    raw_user = raw.users.find(user_id="314159")
    assert_type(raw_user.track_event("did"), RawResponse[EventReceipt])
    assert_type(raw_user.events(per_page=5), RawResponse[EventPage])
    assert_type(raw_user.summaries(), RawResponse[tuple[EventSummary, ...]])
    assert_type(raw_user.import_summaries(HISTORY), RawResponse[None])
    assert_type(raw_user.contact(), RawResponse[Contact])
    assert_type(raw.me(), RawResponse[Me])
    assert_type(raw.request("GET", "/me"), RawResponse[object])


def refusals(client: Client) -> str | None:
    """What every call raises."""
    try:
        client.me()
    except ManyRefused as error:
        return f"{error.indices[0]} {error.refusals[0].code}"
    except (NotFound, RateLimited) as error:
        return error.field
    except ApiError as error:
        assert_type(error.status, int)
        assert_type(error.request_id, str | None)
        return f"{error.code} {error.message}"
    except (ConnectionFailed, TimedOut, NoAnswer) as error:
        return str(error)
    except UnreadableAnswer as error:
        return f"{error.status} {error.body!r}"
    except PastenseError:
        return None
    return ""
