"""The asynchronous raw client against a real server, and what it raises."""

from __future__ import annotations

import asyncio
import copy
import pickle
import socket
import time

import pytest

from pastense.compat import (
    AsyncRawDataEventsClient,
    ClientOptions,
    CreateDataEventRequest,
    CreateDataEventSummariesRequest,
    DataEventList,
    DataEventSummary,
    Error,
    IntercomApiError,
    IntercomError,
    IntercomHttpResponse,
    LisDataEventsRequest,
    RequestOptions,
    UnauthorizedError,
)
from pastense.errors import ConnectionFailed, NotFound, TimedOut, Unauthorized
from tests.compat.canned import NO_ANSWER, SILENCE, a_refusal, an_answer

EVENT = {"event_name": "a", "created_at": 1671028894, "user_id": "314159"}
ASKED = LisDataEventsRequest(filter={"user_id": "314159"})
USES = [
    lambda client: client.create_data_event(EVENT),
    lambda client: client.data_event_summaries(),
    lambda client: client.lis_data_events(ASKED),
]
AT_ONCE = {"Retry-After": "0"}


def an_event(server, user, **more):
    return {"event_name": "did", "created_at": server.clock.now(), "user_id": user} | more


def failed(raw, use, kind, **options):
    with pytest.raises(kind) as caught:
        raw(use, **options)
    assert type(caught.value) is kind
    return caught.value


def test_the_three_calls(server, raw, user):
    history = {"event_name": "did", "count": 6, "first": 1671028894, "last": 1671028894}

    async def use(client):
        event = await client.create_data_event(CreateDataEventRequest(an_event(server, user)))
        body = CreateDataEventSummariesRequest(user_id=user, event_summaries=history)
        imported = await client.data_event_summaries(body)
        asked = {"filter": {"user_id": user}, "type": "user"}
        page = await client.lis_data_events(LisDataEventsRequest(**asked))
        counted = await client.lis_data_events(LisDataEventsRequest(**asked, summary=True))
        return event, imported, page, counted

    event, imported, page, counted = raw(use)
    assert (event.status, event.body) == (202, None)
    assert event.headers["pastense-event-id"] == page.body.events[0].id
    assert (imported.status, imported.body) == (200, None)
    assert isinstance(page, IntercomHttpResponse)
    assert isinstance(page.body, DataEventList)
    assert page.body.events[0].event_name == "did"
    assert isinstance(counted.body, DataEventSummary)
    assert (counted.body.events[0].name, counted.body.events[0].count) == ("did", 7)


def test_many_tasks_share_a_client(server, raw, user):
    seconds = range(server.clock.now() - 20, server.clock.now())

    async def use(client):
        events = [an_event(server, user, created_at=second) for second in seconds]
        return await asyncio.gather(*(client.create_data_event(event) for event in events))

    assert {answer.status for answer in raw(use)} == {202}
    assert len(server.listed(f"user_id={user}")) == 20


def test_a_client_serves_one_event_loop_after_the_other(server, base_url, user):
    client = AsyncRawDataEventsClient(ClientOptions(base_url=base_url, token=server.secret))

    async def once(second):
        answer = await client.create_data_event(an_event(server, user, created_at=second))
        await client.close()
        return answer.status

    assert [asyncio.run(once(second)) for second in (1_799_999_000, 1_799_999_001)] == [202, 202]


def test_a_token_of_the_call_is_used(server, raw, user):
    options = RequestOptions(token=server.secret)
    use = lambda client: client.create_data_event(an_event(server, user), options)  # noqa: E731
    assert raw(use, token="no-token").status == 202


def test_a_real_401(server, raw):
    error = failed(raw, USES[0], UnauthorizedError, token="no-token")
    assert isinstance(error, IntercomApiError)
    assert isinstance(error, IntercomError)
    assert error.status == 401
    assert isinstance(error.body, Error)
    assert error.body.errors[0].message == "Access Token Invalid"
    assert error.headers["x-request-id"] == error.body.request_id
    assert isinstance(error.__cause__, Unauthorized)
    assert "Access Token Invalid" in str(error)


def test_a_real_404(raw):
    error = failed(raw, USES[0], IntercomApiError)
    assert (error.status, error.body.errors[0].code) == (404, "not_found")
    assert isinstance(error.__cause__, NotFound)


def test_no_history_is_refused_by_the_server(raw):
    error = failed(raw, USES[1], IntercomApiError)
    assert (error.status, error.body.errors[0].code) == (400, "parameter_not_found")


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500, 503])
def test_every_status(fake, raw, use, status):
    fake.answer(a_refusal(status, "some_code", "Words", X_A="1"))
    kind = UnauthorizedError if status == 401 else IntercomApiError
    error = failed(raw, use, kind, url=fake.base_url, max_retries=0)
    assert (error.status, error.body.errors[0].code) == (status, "some_code")
    assert error.headers["x-a"] == "1"


@pytest.mark.parametrize(("content", "body"), [(b"", None), (b"no", "no"), ([1], [1])])
def test_the_body_of_another_refusal_is_what_it_is(fake, raw, content, body):
    fake.answer(an_answer(404, content))
    assert failed(raw, USES[0], IntercomApiError, url=fake.base_url).body == body


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(("answer", "cause"), [(NO_ANSWER, ConnectionFailed), (SILENCE, TimedOut)])
def test_the_network(fake, raw, use, answer, cause):
    fake.answer(answer)
    given = {"url": fake.base_url, "max_retries": 0, "timeout_s": 0.1}
    error = failed(raw, use, IntercomError, **given)
    assert isinstance(error.__cause__, cause)
    assert len(fake.sent) == 1


def test_nobody_listens(raw):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    failed(raw, USES[0], IntercomError, url=url, max_retries=0)


def test_an_answer_that_cannot_be_read(fake, raw):
    fake.answer(an_answer(200, b"<html>"))
    error = failed(raw, USES[2], IntercomError, url=fake.base_url)
    assert "could not be read" in str(error)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_it_tries_again_as_often_as_it_is_told(fake, raw, status):
    no = an_answer(status, headers=AT_ONCE)
    fake.answer(no, no, an_answer(202))
    assert raw(USES[0], url=fake.base_url).status == 202
    assert len(fake.sent) == 3, "two more attempts where nothing else is said"


def test_a_call_may_say_how_often(fake, raw):
    fake.answer(an_answer(503, headers=AT_ONCE))
    options = RequestOptions(max_retries=1)
    use = lambda client: client.create_data_event(EVENT, options)  # noqa: E731
    failed(raw, use, IntercomApiError, url=fake.base_url)
    assert len(fake.sent) == 2
    options = RequestOptions(max_retries=0)
    failed(raw, use, IntercomApiError, url=fake.base_url)
    assert len(fake.sent) == 3


def test_a_call_may_say_how_long(fake, raw):
    fake.answer(SILENCE)
    options = RequestOptions(timeout_s=0.1, max_retries=0)
    started = time.monotonic()
    use = lambda client: client.create_data_event(EVENT, options)  # noqa: E731
    failed(raw, use, IntercomError, url=fake.base_url)
    assert time.monotonic() - started < 4


BAD = [
    (ClientOptions, {"base_url": "api.intercom.io", "token": "t"}, ValueError),
    (ClientOptions, {"base_url": "http://localhost", "token": ""}, ValueError),
    (ClientOptions, {"base_url": "http://localhost", "token": "t", "timeout_s": 0}, ValueError),
    (ClientOptions, {"base_url": "http://localhost", "token": "t", "timeout_s": "1"}, TypeError),
    (ClientOptions, {"base_url": "http://localhost", "token": "t", "max_retries": -1}, ValueError),
    (ClientOptions, {"base_url": "http://localhost", "token": "t", "version": 2.14}, TypeError),
    (ClientOptions, {"base_url": "http://localhost"}, TypeError),
    (RequestOptions, {"max_retries": 1.5}, ValueError),
    (RequestOptions, {"timeout_s": -1}, ValueError),
    (RequestOptions, {"token": "a\nb"}, ValueError),
    (RequestOptions, {"headers": {"X-A": "a\r\nb"}}, ValueError),
    (RequestOptions, {"nothing": 1}, TypeError),
    (LisDataEventsRequest, {"filter": {}}, ValueError),
    (LisDataEventsRequest, {"filter": {"user_id": "1", "email": "a"}}, ValueError),
    (LisDataEventsRequest, {"filter": {"user_id": "1"}, "type": ""}, TypeError),
    (LisDataEventsRequest, {"filter": {"user_id": "1"}, "summary": "true"}, TypeError),
    (LisDataEventsRequest, {}, TypeError),
]


@pytest.mark.parametrize(("kind", "given", "error"), BAD, ids=repr)
def test_what_cannot_be_is_refused_when_it_is_built(kind, given, error):
    with pytest.raises(error):
        kind(**given)


@pytest.mark.parametrize("request_", [{1: 2}, object(), {"a": float("inf")}, {"a": b"b"}])
def test_what_json_cannot_hold_is_refused_before_a_request(fake, raw, request_):
    with pytest.raises((TypeError, ValueError), match="must be"):
        raw(lambda client: client.create_data_event(request_), url=fake.base_url)
    with pytest.raises((TypeError, ValueError), match="must be"):
        raw(lambda client: client.data_event_summaries(request_), url=fake.base_url)
    assert fake.sent == []


def test_a_token_is_not_shown():
    shown = repr(ClientOptions(base_url="http://localhost", token="secret"))
    assert "http://localhost" in shown
    assert "secret" not in shown + repr(RequestOptions(token="secret"))


def test_errors_survive_copying(fake, raw):
    fake.answer(a_refusal(401, "unauthorized", "Words"))
    error = failed(raw, USES[0], UnauthorizedError, url=fake.base_url)
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(other) is UnauthorizedError
        assert (other.status, other.body, str(other)) == (401, error.body, str(error))
