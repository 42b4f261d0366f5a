"""python-intercom 5.0.1, sync, async and raw: events sent, listed, paged and counted."""

from __future__ import annotations

import httpx
import pytest
from intercom import (
    CreateDataEventRequestWithEmail,
    CreateDataEventRequestWithId,
    CreateDataEventRequestWithUserId,
    Intercom,
    UnauthorizedError,
)
from intercom.core.api_error import ApiError
from intercom.events.types import CreateDataEventSummariesRequestEventSummaries as Summaries


def post(sdk, name: str, second: int, **rest):
    """Send one event by `user_id`, `email` or `id`; returns the HTTP answer to it."""
    kinds = {
        "user_id": CreateDataEventRequestWithUserId,
        "email": CreateDataEventRequestWithEmail,
        "id": CreateDataEventRequestWithId,
    }
    kind = next(kinds[key] for key in rest if key in kinds)
    result = sdk.events.create(request=kind(event_name=name, created_at=second, **rest))
    assert result is None
    answer = sdk.answer
    assert (answer.status_code, answer.content) == (202, b"")
    return answer


def summary_items(summary) -> list[dict]:
    """The rows of a summary as plain dictionaries, ordered by name."""
    return sorted((item.dict() for item in summary.events), key=lambda item: item["name"])


def test_identify_names_the_admin_and_the_workspace(sdk):
    me = sdk.admins.identify()

    assert me.type == "admin"
    assert me.id
    assert me.name == "token"  # what `pastense token create` calls a token without a name
    assert me.has_inbox_seat is False
    assert me.avatar.type == "avatar"
    assert me.app.type == "app"
    assert me.app.id_code
    assert me.app.timezone == "UTC"
    assert isinstance(me.app.created_at, int)
    assert sdk.answer.request.url.path == "/me"


def test_events_of_a_user_are_listed_once_newest_first(sdk, user, an_hour_ago, facts):
    sent = [
        post(sdk, "placed-order", an_hour_ago, user_id=user.external_id),
        post(sdk, "invited-friend", an_hour_ago + 10, email=user.email),
        post(sdk, "placed-order", an_hour_ago + 20, id=user.id),
    ]

    listed = sdk.events.list(type="user", user_id=user.external_id)

    assert listed.type == "event.list"
    assert [(event.event_name, event.created_at) for event in listed.events] == [
        ("placed-order", an_hour_ago + 20),
        ("invited-friend", an_hour_ago + 10),
        ("placed-order", an_hour_ago),
    ]
    ids = [event.id for event in listed.events]
    assert ids == [answer.headers["Pastense-Event-Id"] for answer in reversed(sent)]
    for event in listed.events:
        assert event.type == "event"
        assert facts.second_of(event.id) == event.created_at
        assert event.user_id == user.external_id
        assert event.email == user.email
        assert event.intercom_user_id == user.id
        assert event.metadata == {}
    for same in ({"email": user.email}, {"intercom_user_id": user.id}):
        assert [event.id for event in sdk.events.list(type="user", **same).events] == ids


def test_a_lead_is_addressed_by_its_id(sdk, lead, an_hour_ago, facts):
    post(sdk, "viewed-pricing", an_hour_ago, id=lead.id, metadata={"plan": "team"})
    post(sdk, "viewed-pricing", an_hour_ago + 1, id=lead.id)

    listed = sdk.events.list(type="user", intercom_user_id=lead.id)
    summary = sdk.events.list(type="user", intercom_user_id=lead.id, summary=True)

    assert [event.created_at for event in listed.events] == [an_hour_ago + 1, an_hour_ago]
    assert [event.metadata for event in listed.events] == [{}, {"plan": "team"}]
    assert {event.intercom_user_id for event in listed.events} == {lead.id}
    [item] = summary_items(summary)
    assert (item["name"], item["count"]) == ("viewed-pricing", 2)
    assert (item["first"], item["last"]) == (facts.iso(an_hour_ago), facts.iso(an_hour_ago + 1))
    assert summary.intercom_user_id == lead.id


def test_an_event_sent_twice_is_counted_once_and_the_first_copy_stays(sdk, user, an_hour_ago):
    first = post(sdk, "clicked", an_hour_ago, user_id=user.external_id, metadata={"copy": "first"})
    second = post(sdk, "clicked", an_hour_ago, email=user.email, metadata={"copy": "second"})

    [event] = sdk.events.list(type="user", user_id=user.external_id).events
    [item] = sdk.events.list(type="user", user_id=user.external_id, summary=True).events

    assert event.metadata == {"copy": "first"}
    assert item.count == 1
    assert first.headers["Pastense-Event-Id"] == second.headers["Pastense-Event-Id"] == event.id


def test_all_metadata_types_come_back_in_the_order_sent(sdk, user, an_hour_ago):
    metadata = {
        "order_date": an_hour_ago,
        "load": 3.67,
        "zone": "eu",
        "paid": True,
        "coupon": None,
        "article": "https://example.org/ab1de.html",
        "order_number": {"value": "3434-3434", "url": "https://example.org/orders/3434"},
        "price": {"currency": "usd", "amount": 2999},
    }
    # The typed request knows text values only; a dictionary is how a caller sends the rest.
    request = {
        "event_name": "placed-order",
        "created_at": an_hour_ago,
        "user_id": user.external_id,
    }
    sdk.events.create(
        request=request, request_options={"additional_body_parameters": {"metadata": metadata}}
    )

    [event] = sdk.events.list(type="user", user_id=user.external_id).events

    assert event.metadata == metadata
    assert list(event.metadata) == list(metadata)
    assert event.metadata["paid"] is True


def test_paging_back_with_the_parameters_of_next(sdk, user, an_hour_ago, facts, server):
    names = [f"step-{number % 3}" for number in range(7)]
    for number, name in enumerate(names):
        post(sdk, name, an_hour_ago + number // 2, user_id=user.external_id)

    pages, extra = [], {}
    while extra is not None:
        page = sdk.events.list(
            type="user",
            user_id=user.external_id,
            per_page=3,
            request_options={"additional_query_parameters": extra},
        )
        pages.append(page.events)
        following = page.pages["next"]
        extra = facts.page_parameters(following, server) if following else None
        if extra is not None:
            assert extra["intercom_user_id"] == user.id
            assert (extra["type"], extra["per_page"]) == ("user", "3")
            assert set(extra) == {"per_page", "before", "intercom_user_id", "type"}

    assert [len(page) for page in pages] == [3, 3, 1]
    read = [event for page in pages for event in page]
    assert len({event.id for event in read}) == 7
    assert sorted((e.event_name, e.created_at) for e in read) == sorted(
        (name, an_hour_ago + number // 2) for number, name in enumerate(names)
    )
    seconds = [event.created_at for event in read]
    assert seconds == sorted(seconds, reverse=True)
    whole = sdk.events.list(type="user", user_id=user.external_id)
    assert [event.id for event in whole.events] == [event.id for event in read]


def test_polling_with_the_parameters_of_since(sdk, user, an_hour_ago, facts, server):
    def poll(since: str):
        return sdk.events.list(
            type="user",
            user_id=user.external_id,
            request_options={"additional_query_parameters": facts.page_parameters(since, server)},
        )

    for number in range(3):
        post(sdk, "ticked", an_hour_ago + number, user_id=user.external_id)
    start = sdk.events.list(type="user", user_id=user.external_id)
    assert facts.page_parameters(start.pages["since"], server)["intercom_user_id"] == user.id

    quiet = poll(start.pages["since"])
    assert quiet.events == []
    assert quiet.pages["since"] is not None

    post(sdk, "ticked", an_hour_ago + 10, user_id=user.external_id)
    post(sdk, "tocked", an_hour_ago + 10, user_id=user.external_id)
    for since in (start.pages["since"], quiet.pages["since"]):
        news = poll(since)
        assert [(e.event_name, e.created_at) for e in news.events] == [
            ("tocked", an_hour_ago + 10),
            ("ticked", an_hour_ago + 10),
        ]
    assert poll(news.pages["since"]).events == []


def test_the_default_page_holds_fifteen(sdk, user, an_hour_ago):
    for number in range(16):
        post(sdk, "looked", an_hour_ago + number, user_id=user.external_id)

    page = sdk.events.list(type="user", user_id=user.external_id)

    assert len(page.events) == 15
    assert page.events[-1].created_at == an_hour_ago + 1
    assert page.pages["next"] is not None
    assert len(sdk.events.list(type="user", user_id=user.external_id, per_page=16).events) == 16


def test_the_summary_has_count_first_and_last_of_each_name(sdk, user, an_hour_ago, facts):
    for second in (5, 0, 9, 5):
        post(sdk, "clicked", an_hour_ago + second, user_id=user.external_id)
    post(sdk, "paid", an_hour_ago + 2, user_id=user.external_id)

    summary = sdk.events.list(type="user", email=user.email, summary=True)

    assert summary.type == "event.summary"
    assert (summary.user_id, summary.email) == (user.external_id, user.email)
    assert summary.intercom_user_id == user.id
    clicked, paid = summary_items(summary)
    assert (clicked["name"], clicked["count"]) == ("clicked", 3)
    assert clicked["first"] == facts.iso(an_hour_ago)
    assert clicked["last"] == facts.iso(an_hour_ago + 9)
    assert clicked["description"] is None
    assert (paid["name"], paid["count"]) == ("paid", 1)
    assert paid["first"] == paid["last"] == facts.iso(an_hour_ago + 2)
    plain = sdk.events.list(type="user", email=user.email, summary=False)
    assert plain.type == "event.list"


def test_summaries_written_add_history_to_what_was_recorded(sdk, user, an_hour_ago, facts):
    post(sdk, "invited-friend", an_hour_ago, user_id=user.external_id)
    history = Summaries(event_name="invited-friend", count=4, first=1671028894, last=1671115294)

    for _ in range(2):  # a repeated call replaces what it wrote, so a retry is harmless
        done = sdk.events.summaries(user_id=user.external_id, event_summaries=history)
        assert done is None
        assert sdk.answer.status_code == 200
        assert sdk.answer.content == b""

    [item] = summary_items(sdk.events.list(type="user", user_id=user.external_id, summary=True))
    assert item["count"] == 5
    assert item["first"] == "2022-12-14T14:41:34.000Z"
    assert item["last"] == facts.iso(an_hour_ago)
    assert len(sdk.events.list(type="user", user_id=user.external_id).events) == 1


def test_summaries_take_a_list_and_a_leads_id_as_extra_body(sdk, lead):
    rows = [
        {"event_name": "opened", "count": 3, "first": 1671028894, "last": 1671028900},
        {"event_name": "closed", "count": 1, "first": 1671028901, "last": 1671028901},
    ]
    sdk.events.summaries(
        request_options={"additional_body_parameters": {"id": lead.id, "event_summaries": rows}}
    )

    summary = sdk.events.list(type="user", intercom_user_id=lead.id, summary=True)

    assert [(item["name"], item["count"]) for item in summary_items(summary)] == [
        ("closed", 1),
        ("opened", 3),
    ]
    assert sdk.events.list(type="user", intercom_user_id=lead.id).events == []


def test_summaries_without_any_argument_get_a_clean_refusal(sdk):
    with pytest.raises(ApiError) as caught:
        sdk.events.summaries()

    assert sdk.answer.request.content == b""  # the SDK sends no body for `{}`
    assert caught.value.status_code == 400
    assert caught.value.body["errors"][0]["code"] == "parameter_not_found"


def test_an_unknown_user_is_not_found(sdk, unique, an_hour_ago, facts):
    request = CreateDataEventRequestWithUserId(
        event_name="lost", created_at=an_hour_ago, user_id=unique("nobody")
    )
    with pytest.raises(ApiError) as sending:
        sdk.events.create(request=request)
    with pytest.raises(ApiError) as listing:
        sdk.events.list(type="user", user_id=request.user_id)

    for caught in (sending, listing):
        assert caught.value.status_code == 404
        facts.check_error(caught.value.body, "not_found", "User Not Found")
        assert caught.value.body["request_id"] == caught.value.headers["x-request-id"]


def test_a_wrong_token_is_unauthorized(connect, form, an_hour_ago, facts):
    stranger = connect(form, token="pst_of_nobody")
    request = CreateDataEventRequestWithUserId(
        event_name="lost", created_at=an_hour_ago, user_id="anyone"
    )
    for call in (
        lambda: stranger.events.create(request=request),
        lambda: stranger.events.list(type="user", user_id="anyone"),
        lambda: stranger.events.summaries(user_id="anyone"),
        lambda: stranger.contacts.find("650000000000000000000000"),
    ):
        with pytest.raises(UnauthorizedError) as caught:
            call()
        facts.check_error(caught.value.body, "unauthorized", "Access Token Invalid")
    with pytest.raises(ApiError) as caught:  # this call has no typed 401 in the SDK
        stranger.admins.identify()
    assert caught.value.status_code == 401


def test_the_version_goes_by_header_and_is_echoed(connect, form, facts):
    sdk = connect(form, headers={"Intercom-Version": "2.11"})

    sdk.admins.identify()
    assert sdk.answer.headers["Intercom-Version"] == "2.11"
    for version in ("1.0", "2.7", "2.14", "2.17", "Unstable"):
        sdk.admins.identify(request_options={"additional_headers": {"Intercom-Version": version}})
        assert sdk.answer.headers["Intercom-Version"] == version
    # `Preview` and `Unstable` are two names of one version; either may come back.
    sdk.admins.identify(request_options={"additional_headers": {"Intercom-Version": "Preview"}})
    assert sdk.answer.headers["Intercom-Version"] in {"Preview", "Unstable"}
    with pytest.raises(ApiError) as caught:
        sdk.admins.identify(request_options={"additional_headers": {"Intercom-Version": "9.9"}})
    assert caught.value.status_code == 400
    assert caught.value.body["errors"][0]["code"] == "intercom_version_invalid"


class LostAnswer(httpx.HTTPTransport):
    """Delivers every request and loses the first answer, as a proxy that times out does."""

    def __init__(self) -> None:
        super().__init__()
        self.delivered: list[int] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        answer.read()
        self.delivered.append(answer.status_code)
        return lost(answer) if len(self.delivered) == 1 else answer


class LostAnswerLater(httpx.AsyncHTTPTransport):
    """The same for the asynchronous client."""

    def __init__(self) -> None:
        super().__init__()
        self.delivered: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        await answer.aread()
        self.delivered.append(answer.status_code)
        return lost(answer) if len(self.delivered) == 1 else answer


def lost(answer: httpx.Response) -> httpx.Response:
    """What the caller sees instead of the answer; the shortest wait the SDK can be told."""
    kept = {name: answer.headers[name] for name in ("x-request-id", "intercom-version", "pastense")}
    return httpx.Response(504, headers={**kept, "Retry-After": "1"})


@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_repeated_post_is_a_harmless_duplicate(connect, form, user, an_hour_ago):
    is_sync = form == "sync"
    transport = LostAnswer() if is_sync else LostAnswerLater()
    http = (httpx.Client if is_sync else httpx.AsyncClient)(transport=transport)
    retrying = connect(form, httpx_client=http)

    # The SDK's counter starts at 2, so three allowed retries mean one.
    retrying.events.create(
        request=CreateDataEventRequestWithUserId(
            event_name="paid", created_at=an_hour_ago, user_id=user.external_id
        ),
        request_options={"max_retries": 3},
    )

    assert transport.delivered == [202, 202]
    [event] = retrying.events.list(type="user", user_id=user.external_id).events
    [item] = retrying.events.list(type="user", user_id=user.external_id, summary=True).events
    assert (event.created_at, item.count) == (an_hour_ago, 1)


def test_a_newcomers_lines_work_as_they_stand(server, token, unique, an_hour_ago):
    client = Intercom(token=token, base_url=server.base_url)
    contact = client.contacts.create(request={"external_id": unique("newcomer")})
    client.events.create(
        request=CreateDataEventRequestWithUserId(
            user_id=contact.external_id, event_name="signed-up", created_at=an_hour_ago
        )
    )
    raw = client.events.with_raw_response.list(type="user", user_id=contact.external_id)
    assert [event.event_name for event in raw.data.events] == ["signed-up"]
    assert raw.headers["content-type"] == "application/json; charset=utf-8"
    client._client_wrapper.httpx_client.httpx_client.close()
