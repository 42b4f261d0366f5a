"""python-intercom 5.0.1, asynchronous: many calls at once on one client."""

from __future__ import annotations

import asyncio

from intercom import AsyncIntercom, CreateDataEventRequestWithUserId


def run(server, token, scenario):
    """Run one scenario with a client as a newcomer opens it, and close its connections."""

    async def with_client():
        client = AsyncIntercom(token=token, base_url=server.base_url)
        try:
            return await scenario(client)
        finally:
            await client._client_wrapper.httpx_client.httpx_client.aclose()

    return asyncio.run(with_client())


def test_events_sent_at_once_are_each_there_once(server, token, unique, an_hour_ago, facts):
    external_id = unique("burst")

    async def scenario(client):
        await client.contacts.create(request={"external_id": external_id})
        sends = [
            client.events.with_raw_response.create(
                request=CreateDataEventRequestWithUserId(
                    user_id=external_id,
                    event_name=f"burst-{number % 4}",
                    created_at=an_hour_ago + number % 20,
                )
            )
            for number in range(60)  # each of 20 (name, second) pairs comes three times
        ]
        answers = await asyncio.gather(*sends)
        listed = await client.events.list(type="user", user_id=external_id, per_page=150)
        summary = await client.events.list(type="user", user_id=external_id, summary=True)
        return answers, listed, summary

    answers, listed, summary = run(server, token, scenario)

    assert {answer._response.status_code for answer in answers} == {202}
    assert {answer._response.content for answer in answers} == {b""}
    assert len(listed.events) == 20
    ids = [event.id for event in listed.events]
    assert set(ids) == {answer.headers["pastense-event-id"] for answer in answers}
    assert {facts.second_of(event.id) - event.created_at for event in listed.events} == {0}
    assert {(item.name, item.count) for item in summary.events} == {
        (f"burst-{number}", 5) for number in range(4)
    }


def test_a_page_chain_stays_whole_while_events_arrive(server, token, unique, an_hour_ago, facts):
    external_id = unique("stream")

    def event(number: int):
        return CreateDataEventRequestWithUserId(
            user_id=external_id, event_name="streamed", created_at=an_hour_ago + number
        )

    async def scenario(client):
        await client.contacts.create(request={"external_id": external_id})
        await asyncio.gather(*(client.events.create(request=event(n)) for n in range(10)))
        seen, extra, number = [], {}, 10
        while extra is not None:
            page, _ = await asyncio.gather(
                client.events.list(
                    type="user",
                    user_id=external_id,
                    per_page=4,
                    request_options={"additional_query_parameters": extra},
                ),
                client.events.create(request=event(number)),
            )
            number += 1
            seen += [item.created_at - an_hour_ago for item in page.events]
            following = page.pages["next"]
            extra = facts.page_parameters(following, server) if following else None
        return seen

    seen = run(server, token, scenario)

    assert seen == sorted(set(seen), reverse=True)
    assert seen[-10:] == list(range(9, -1, -1))


def test_the_async_pager_can_be_iterated(server, token, unique):
    name = unique("iterated")

    async def scenario(client):
        for _ in range(3):
            await client.contacts.create(request={"role": "lead", "name": name})
        total = (await client.contacts.list(per_page=1)).response.total_count
        pager = await client.contacts.list(per_page=max(1, total // 3))
        return [contact.name async for contact in pager]

    assert run(server, token, scenario).count(name) == 3
