"""What a refusal becomes: the class by status and code, with field, request id and headers."""

from __future__ import annotations

import asyncio
import json
import pickle

import pytest

from pastense import AsyncClient, errors
from pastense.errors import ApiError, BadRequest, ManyRefused, ServerError, UnreadableAnswer
from tests.support.scripted_server import answer, scripted_server

CODES = sorted(errors.STATUS_BY_CODE.items())


def refusal(code: str, **more: object) -> bytes:
    item = {"code": code, "message": "Words", **more}
    body = {"type": "error.list", "request_id": "r-1", "errors": [item]}
    return json.dumps(body).encode()


def raised(open_client, answered: bytes) -> ApiError:
    with scripted_server(answered) as server:
        with open_client(base_url=server.base_url, max_retries=0) as client:
            with pytest.raises(ApiError) as caught:
                client.me()
    return caught.value


@pytest.mark.parametrize(("code", "status"), CODES)
def test_every_code_has_its_class(open_client, code, status):
    error = raised(open_client, answer(status, refusal(code, field="metadata.price")))
    [expected] = [c for c in ApiError.__subclasses__() if c.code == code and c is not ManyRefused]
    assert type(error) is expected
    assert (error.status, error.code, error.message) == (status, code, "Words")
    assert (error.field, error.request_id, str(error)) == ("metadata.price", "r-1", "Words")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, "BadRequest"),
        (401, "Unauthorized"),
        (402, "BadRequest"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (405, "MethodNotAllowed"),
        (408, "RequestTimeout"),
        (409, "Conflict"),
        (410, "BadRequest"),
        (413, "PayloadTooLarge"),
        (415, "MediaTypeNotSupported"),
        (422, "DataInvalid"),
        (429, "RateLimited"),
        (500, "ServerError"),
        (502, "ServerError"),
        (503, "Unavailable"),
        (504, "ServerError"),
    ],
)
def test_a_code_that_nobody_knows_leaves_the_status(open_client, status, expected):
    error = raised(open_client, answer(status, refusal("never_heard_of")))
    assert (type(error).__name__, error.status) == (expected, status)
    assert error.code == "never_heard_of"


def test_a_page_of_a_proxy_is_shown_from_its_beginning(open_client):
    page = b"<html>" + b"x" * 5_000
    error = raised(open_client, answer(502, page, X_Request_Id="r-2"))
    assert (type(error), error.status, error.request_id) == (ServerError, 502, "r-2")
    assert str(error).startswith("HTTP 502 Words: <html>xx")
    assert len(str(error)) < 300


def test_an_empty_answer_is_said_by_its_status(open_client):
    assert str(raised(open_client, answer(500))) == "HTTP 500 Words"


def test_a_redirect_is_not_followed_and_says_where_it_leads(open_client):
    error = raised(open_client, answer(301, b"", Location="https://elsewhere.invalid/me"))
    assert (type(error), error.status) == (BadRequest, 301)
    assert "https://elsewhere.invalid/me" in str(error)
    assert "base_url" in str(error)


def test_headers_of_a_refusal_can_be_read(open_client):
    error = raised(open_client, answer(429, refusal("rate_limit_exceeded"), Retry_After="7"))
    assert (b"retry-after", b"7") in error.headers


def test_several_refusals_in_one_answer_are_all_there(open_client):
    items = [
        {"code": "parameter_invalid", "message": "Bad", "field": "data[3].created_at"},
        {"code": "not_found", "message": "User Not Found", "field": "data[7]"},
    ]
    error = raised(open_client, answer(422, json.dumps({"errors": items}).encode()))
    assert isinstance(error, ManyRefused)
    assert error.indices == [3, 7]
    assert [refused.code for refused in error.refusals] == ["parameter_invalid", "not_found"]
    assert str(error) == "2 refused; the first: data[3].created_at: Bad"


def test_a_wrong_token_is_that_however_often_it_is_said(open_client):
    items = [{"code": "unauthorized"}, {"code": "token_revoked"}]
    error = raised(open_client, answer(401, json.dumps({"errors": items}).encode()))
    assert isinstance(error, errors.Unauthorized)
    assert len(error.refusals) == 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"id":7}', b"[" * 100_000])
def test_a_success_that_is_none_is_said(open_client, body):
    with scripted_server(answer(200, body)) as server:
        with open_client(base_url=server.base_url) as client:
            with pytest.raises(UnreadableAnswer, match="HTTP 200") as caught:
                client.me()
    assert (caught.value.status, caught.value.body) == (200, body)


@pytest.mark.parametrize("page", [b"<html>log in", b"\n <!doctype html>"])
def test_a_login_page_is_not_taken_for_a_recorded_event(open_client, page):
    event = {"event_name": "did", "user_id": "u"}
    for call in (
        lambda client: client.events.create(**event),
        lambda client: client.events.create_many([event]),
        lambda client: client.users.find(user_id="u").track_event("did"),
    ):
        with scripted_server(answer(200, page)) as server:
            with open_client(base_url=server.base_url) as client:
                with pytest.raises(UnreadableAnswer):
                    call(client)


def test_a_blank_or_talkative_success_is_one(open_client):
    with scripted_server(answer(202, b" "), answer(200, b"OK"), answer(200, b"{}")) as server:
        with open_client(base_url=server.base_url) as client:
            for _ in range(3):
                client.events.create("did", user_id="u")
    assert len(server.requests) == 3


def test_null_where_nothing_should_stand_loses_nothing_else(open_client):
    event = {"event_name": "did", "created_at": 7, "metadata": None, "new": [1]}
    body = {"events": [event], "pages": None}
    with scripted_server(answer(200, json.dumps(body).encode())) as server:
        with open_client(base_url=server.base_url) as client:
            [read] = client.events.list(user_id="u")
    assert (read.event_name, read.created_at, read.metadata) == ("did", 7, {})


def test_an_error_can_be_sent_to_another_process(open_client, client, person):
    many = [{"event_name": "", "user_id": person}, {"event_name": "did", "user_id": "nobody"}] * 2
    for provoke in (
        lambda: client.contacts.get("nobody"),
        lambda: client.events.create("", user_id=person),
        lambda: client.events.create_many(many),
    ):
        with pytest.raises(ApiError) as caught:
            provoke()
        error = caught.value
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy)) == (type(error), str(error))
        assert vars(copy) == vars(error)
        assert copy.request_id


def test_a_cancelled_call_stays_cancelled():
    async def cancelled(base_url: str) -> None:
        async with AsyncClient("t", base_url=base_url) as client:
            task = asyncio.ensure_future(client.me())
            while not server.requests:
                await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with scripted_server(lambda exchange: server.hang(exchange)) as server:
        asyncio.run(cancelled(server.base_url))
    assert len(server.requests) == 1
