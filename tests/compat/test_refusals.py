"""Refusals and failures as the generated surface raises them, with all that they carry."""

from __future__ import annotations

import copy
import pickle
import socket
import time

import pytest

from pastense import compat
from pastense.compat import ApiException, Error, Intercom, unset
from pastense.errors import (
    ApiError,
    ConnectionFailed,
    DataInvalid,
    NoAnswer,
    NotFound,
    ParameterInvalid,
    RateLimited,
    ServerError,
    TimedOut,
    Unauthorized,
    Unavailable,
)
from tests.compat.canned import NO_ANSWER, SILENCE, a_refusal, an_answer

QUERY = {"filter": {"user_id": "314159"}, "type": "user"}
EVENT = {"event_name": "a", "created_at": 1671028894, "user_id": "314159"}
CALLS = [
    ("create_data_event", {"body": EVENT}),
    ("data_event_summaries", {"body": {}}),
    ("lis_data_events", {"query_params": QUERY}),
]
REFUSALS = [
    (400, "parameter_invalid", ParameterInvalid),
    (401, "unauthorized", Unauthorized),
    (404, "not_found", NotFound),
    (422, "data_invalid", DataInvalid),
    (429, "rate_limit_exceeded", RateLimited),
    (500, "server_error", ServerError),
    (503, "service_unavailable", Unavailable),
]


def refused(fake, call="create_data_event", **given):
    with Intercom("token", fake.base_url) as client, pytest.raises(ApiException) as caught:
        getattr(client.DataEventsApi, call)(**given)
    return caught.value


@pytest.mark.parametrize(("call", "given"), CALLS)
@pytest.mark.parametrize(("status", "code", "cause"), REFUSALS)
def test_a_refusal_is_an_api_exception_with_all_it_carries(fake, call, given, status, code, cause):
    fake.answer(a_refusal(status, code, "Words", "A Reason", Retry_After="1"))
    error = refused(fake, call, **given)
    assert (error.status, error.reason) == (status, "A Reason")
    assert isinstance(error.body, Error)
    assert error.body.type == "error.list"
    assert error.body.request_id == "request-1"
    [item] = error.body.errors
    assert (item.code, item.message, item["field"]) == (code, "Words", None)
    assert error.headers["retry-after"] == "1"
    assert error.api_response.response.status == status
    assert error.api_response.body is unset
    assert type(error.__cause__) is cause
    assert error.__cause__.request_id == "request-1"
    assert str(status) in str(error)
    assert "Words" in str(error)
    assert len(fake.sent) == 1, "a call is one request, whatever comes of it"


def test_a_real_401(server, base_url):
    with Intercom("no-token", base_url) as client, pytest.raises(ApiException) as caught:
        client.DataEventsApi.create_data_event(body=EVENT)
    assert (caught.value.status, caught.value.reason) == (401, "Unauthorized")
    assert caught.value.body.errors[0].message == "Access Token Invalid"
    assert caught.value.body.request_id == caught.value.headers["X-Request-Id"]


def test_a_real_404_and_400(server, intercom):
    api = intercom.DataEventsApi
    with pytest.raises(ApiException) as caught:
        api.create_data_event(body=EVENT | {"user_id": "nobody"})
    assert (caught.value.status, caught.value.body.errors[0].code) == (404, "not_found")
    with pytest.raises(ApiException) as caught:
        api.create_data_event(body=EVENT | {"created_at": 1671028894000, "user_id": "u1"})
    assert (caught.value.status, caught.value.body.errors[0].field) == (400, "created_at")
    with pytest.raises(ApiException) as caught:
        api.lis_data_events({"filter": {"user_id": "u1"}, "type": "lead"})
    assert (caught.value.status, caught.value.body.errors[0].field) == (400, "type")


def test_a_list_of_which_items_are_refused(server, intercom):
    items = [{"event_name": "a", "created_at": created} for created in (-1, 1671028894, -2)]
    body = {"type": "event.list", "user": {"user_id": "u1"}, "data": items}
    with pytest.raises(ApiException) as caught:
        intercom.DataEventsApi.create_data_event(body=body)
    fields = [item.field for item in caught.value.body.errors]
    assert fields == ["data[0].created_at", "data[2].created_at"]


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b"", None),
        (b"<h1>Bad gateway</h1>", "<h1>Bad gateway</h1>"),
        (b"\xff", "\ufffd"),
        ({"message": "no"}, {"message": "no"}),
        ([1], [1]),
    ],
)
def test_the_body_of_another_refusal_is_what_it_is(fake, content, body):
    fake.answer(an_answer(502, content, "Bad Gateway"))
    error = refused(fake)
    assert error.body == body
    assert not isinstance(error.body, Error)
    assert isinstance(error.__cause__, ApiError)


@pytest.mark.parametrize("given", [{"skip_deserialization": True}, {"stream": True}])
def test_a_refusal_is_raised_however_the_answer_was_wanted(fake, given):
    fake.answer(a_refusal(404, "not_found", "Words"))
    error = refused(fake, "lis_data_events", query_params=QUERY, **given)
    assert error.body.errors[0].code == "not_found"


@pytest.mark.parametrize("status", [301, 304])
def test_a_redirect_is_not_followed(fake, status):
    fake.answer(an_answer(status, headers={"Location": f"{fake.base_url}/elsewhere"}))
    error = refused(fake, "lis_data_events", query_params=QUERY)
    assert error.status == status
    assert len(fake.sent) == 1


@pytest.mark.parametrize("content", [b"{", b"[1]", b"", b"text"])
def test_a_success_that_cannot_be_read(fake, content):
    fake.answer(an_answer(200, content))
    with Intercom("token", fake.base_url) as client:
        with pytest.raises(ValueError, match="could not be read"):
            client.DataEventsApi.lis_data_events(QUERY)
        skipped = client.DataEventsApi.lis_data_events(QUERY, skip_deserialization=True)
        assert skipped.response.data == content


@pytest.mark.parametrize(("call", "given"), CALLS)
def test_no_answer_is_our_own_error(fake, call, given):
    fake.answer(NO_ANSWER)
    with Intercom("token", fake.base_url) as client, pytest.raises(ConnectionFailed) as caught:
        getattr(client.DataEventsApi, call)(**given)
    assert isinstance(caught.value, NoAnswer)
    assert not isinstance(caught.value, compat.OpenApiException)
    assert len(fake.sent) == 1


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Intercom("token", f"http://127.0.0.1:{port}") as client, pytest.raises(ConnectionFailed):
        client.DataEventsApi.create_data_event()


@pytest.mark.parametrize("timeout", [0.1, (5, 0.1)], ids=["number", "pair"])
@pytest.mark.parametrize(("call", "given"), CALLS)
def test_the_timeout_holds(fake, call, given, timeout):
    fake.answer(SILENCE)
    started = time.monotonic()
    with Intercom("token", fake.base_url) as client, pytest.raises(TimedOut):
        getattr(client.DataEventsApi, call)(**given, timeout=timeout)
    assert time.monotonic() - started < 4


def test_the_first_of_a_pair_is_for_connecting():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        started = time.monotonic()
        with Intercom("token", url) as client, pytest.raises(TimedOut, match="No connection"):
            client.DataEventsApi.create_data_event(timeout=(0.1, 30))
        assert time.monotonic() - started < 4
        for each in waiting:
            each.close()


def test_exceptions_survive_copying(fake):
    fake.answer(a_refusal(404, "not_found", "Words"))
    error = refused(fake)
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (other.status, other.reason, other.body) == (404, "Refused", error.body)


def test_an_exception_that_a_caller_makes():
    error = ApiException(status=418, reason="Teapot")
    assert (error.body, error.headers, error.api_response) == (None, None, None)
    assert str(error) == "HTTP 418 Teapot"
