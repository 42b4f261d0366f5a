"""What the type checkers have to refuse: every line that ends in the word below, and no other
(they read it; nobody runs it)."""

from __future__ import annotations

from typing import assert_type

from pastense import (
    AsyncClient,
    Client,
    Contact,
    EventReceipt,
    Headers,
    Me,
    Money,
    RawResponse,
    Tracker,
)
from pastense.compat import Intercom, IntercomHttpResponse, LisDataEventsRequest
from pastense.testing import Sandbox


def of_the_client(client: Client) -> None:
    """Wrong parameters and wrong results of calls that block."""
    Client(base_url=1)  # wrong
    client.events.create()  # wrong
    client.events.create("did", user="1")  # wrong
    client.events.create("did", user_id=1.5)  # wrong
    client.events.create("did", user_id="1", metadata=[1])  # wrong
    client.events.create("did", user_id="1", timeout="5")  # wrong
    client.events.create("did", user_id="1", retries=5)  # wrong
    client.events.create_many([{"user_id": "1"}])  # wrong
    client.events.list(user_id="1", since=1671028894)  # wrong
    client.events.import_summaries([{"event_name": "did"}], user_id="1")  # wrong
    client.contacts.create(emial="pi@example.org")  # wrong
    client.contacts.update("a", name=1)  # wrong
    client.contacts.get(1)  # wrong
    client.users.find(user_id="1").track_event(1)  # wrong
    client.emit("did")  # wrong
    contact: Contact = client.events.create("did", user_id="1")  # wrong
    answer: RawResponse[Me] = client.with_raw_response.tags.list()  # wrong
    count: int = client.events.summaries(user_id="1")[0].name  # wrong
    client.me().name = "Pi"  # wrong
    Money("349.99", "eur")  # wrong
    print(contact, answer, count)


async def of_the_async_client(client: AsyncClient) -> None:
    """Calls that have to be awaited, and lists that are no lists."""
    receipt: EventReceipt = client.events.create("did", user_id="1")  # wrong
    tuple(client.events.list(user_id="1"))  # wrong
    await client.contacts.find(id="1")  # wrong
    with client:  # wrong
        print(receipt)


def of_the_others(tracker: Tracker, sandbox: Sandbox) -> None:
    """The tracker, the sandbox, the documented surfaces."""
    Tracker("token", when_full="wait")  # wrong
    tracker.track("did", userid="1")  # wrong
    tracker.stats().sent = 1  # wrong
    sandbox.assert_tracked(1)  # wrong
    sandbox.fail_next(5, 429)  # wrong
    assert_type(sandbox.events, list[Contact])  # wrong
    Intercom("token").DataEventsApi.lis_data_events(filter={"user_id": "1"})  # wrong
    Intercom(key="token")  # wrong
    LisDataEventsRequest({"user_id": "1"})  # wrong
    body: str = IntercomHttpResponse(202, Headers(), None).body  # wrong
    print(body)
