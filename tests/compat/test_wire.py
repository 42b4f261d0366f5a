"""What the surfaces send, to the byte: request line, header names and values, body.

The forms are those of docs/wire.md: the filter flat (OpenAPI form, exploded), `summary=true`, no
body and no Content-Type where the body was left out.
"""

from __future__ import annotations

import asyncio

import pytest

import pastense
from pastense.compat import (
    AsyncRawDataEventsClient,
    ClientOptions,
    CreateDataEventRequest,
    CreateDataEventSummariesRequest,
    Intercom,
    IntercomVersion,
    LisDataEventsRequest,
    RequestOptions,
    createdataevent,
)
from tests.compat.canned import an_answer

EVENT = {"event_name": "a b", "created_at": 1671028894, "user_id": "ü1", "metadata": {"z": 1.5}}
EVENT_BYTES = (
    '{"event_name":"a b","created_at":1671028894,"user_id":"ü1","metadata":{"z":1.5}}'.encode()
)
HISTORY = {"event_name": "a", "count": 1, "first": 1671028894, "last": 1671028895}
HISTORY_BYTES = (
    b'{"user_id":"314159","event_summaries":'
    b'{"event_name":"a","count":1,"first":1671028894,"last":1671028895}}'
)
LIST = an_answer(200, {"type": "event.list", "events": [], "pages": {}})
JSON = "application/json"


def expected(fake, token="token", **more):
    """Name and value of every header that a request has."""
    shared = {
        "Host": fake.base_url.removeprefix("http://"),
        "Authorization": f"Bearer {token}",
        "Accept": JSON,
        "Accept-Encoding": "identity",
        "User-Agent": f"pastense-python/{pastense.__version__}",
    }
    return shared | {name.replace("_", "-"): value for name, value in more.items()}


def with_body(fake, body, **more):
    return expected(fake, Content_Type=JSON, Content_Length=str(len(body)), **more)


def headers(sent):
    found = dict(sent.headers)
    assert len(found) == len(sent.headers), "a header stands twice"
    return found


@pytest.fixture
def api(fake):
    with Intercom(api_key="token", host=fake.base_url) as client:
        yield client.DataEventsApi


@pytest.mark.parametrize("body", [EVENT, CreateDataEventRequest(**EVENT)], ids=["dict", "model"])
def test_an_event(fake, api, body):
    api.create_data_event(body=body)
    assert fake.last.line == "POST /events HTTP/1.1"
    assert headers(fake.last) == with_body(fake, EVENT_BYTES)
    assert fake.last.body == EVENT_BYTES


def test_history(fake, api):
    fake.answer(an_answer(200))
    body = CreateDataEventSummariesRequest(user_id="314159", event_summaries=HISTORY)
    api.data_event_summaries(body=body)
    assert fake.last.line == "POST /events/summaries HTTP/1.1"
    assert headers(fake.last) == with_body(fake, HISTORY_BYTES)
    assert fake.last.body == HISTORY_BYTES


@pytest.mark.parametrize("call", ["create_data_event", "data_event_summaries"])
def test_a_body_that_is_left_out_has_no_type_either(fake, api, call):
    getattr(api, call)()
    assert headers(fake.last) == expected(fake, Content_Length="0")
    assert fake.last.body == b""


def test_an_empty_dict_is_a_body(fake, api):
    api.create_data_event(body={})
    assert headers(fake.last) == with_body(fake, b"{}")
    assert fake.last.body == b"{}"


TARGETS = [
    ({"filter": {"user_id": "314159"}, "type": "user"}, "user_id=314159&type=user"),
    (
        {"filter": {"email": "a+b@example.org"}, "type": "user", "summary": True},
        "email=a%2Bb%40example.org&type=user&summary=true",
    ),
    (
        {"filter": {"intercom_user_id": "x/ü &"}, "type": "user", "summary": False},
        "intercom_user_id=x%2F%C3%BC%20%26&type=user&summary=false",
    ),
]


@pytest.mark.parametrize(("query", "target"), TARGETS)
def test_a_list(fake, api, query, target):
    fake.answer(LIST)
    api.lis_data_events(query_params=query)
    assert fake.last.line == f"GET /events?{target} HTTP/1.1"
    assert headers(fake.last) == expected(fake)
    assert fake.last.body == b""


@pytest.mark.parametrize("version", [IntercomVersion("Unstable"), "2.14"])
def test_the_version_is_a_header(fake, api, version):
    api.create_data_event(header_params={"Intercom-Version": version})
    assert fake.last.header("Intercom-Version") == version


def test_content_type_and_accept_are_as_they_are_given(fake, api):
    api.create_data_event(
        body={}, content_type=f"{JSON}; charset=utf-8", accept_content_types=(JSON, "a/b")
    )
    assert fake.last.header("Content-Type") == f"{JSON}; charset=utf-8"
    assert fake.last.header("Accept") == f"{JSON}, a/b"
    api.create_data_event(accept_content_types=())
    assert fake.last.header("Accept") == "*/*"


def test_a_path_in_the_host_stands_before_the_call(fake):
    with Intercom("token", f"{fake.base_url}/gateway/") as client:
        client.DataEventsApi.create_data_event(body={})
    assert fake.last.line == "POST /gateway/events HTTP/1.1"


# --- the raw client ------------------------------------------------------------------------


def raw(fake, use, **options):
    async def run():
        given = ClientOptions(base_url=fake.base_url, token="token", **options)
        async with AsyncRawDataEventsClient(given) as client:
            await use(client)

    asyncio.run(run())
    return fake.last


@pytest.mark.parametrize("body", [EVENT, CreateDataEventRequest(**EVENT)], ids=["dict", "model"])
def test_an_event_of_the_raw_client(fake, body):
    sent = raw(fake, lambda client: client.create_data_event(body))
    assert sent.line == "POST /events HTTP/1.1"
    assert headers(sent) == with_body(fake, EVENT_BYTES, Intercom_Version="2.14")
    assert sent.body == EVENT_BYTES


@pytest.mark.parametrize(
    ("request_", "body"), [([1, None], b"[1,null]"), ("text", b'"text"'), (None, b"null")]
)
def test_any_json_may_be_an_event_of_the_raw_client(fake, request_, body):
    assert raw(fake, lambda client: client.create_data_event(request_)).body == body


def test_history_of_the_raw_client(fake):
    body = CreateDataEventSummariesRequest(user_id="314159", event_summaries=HISTORY)
    sent = raw(fake, lambda client: client.data_event_summaries(body))
    assert sent.line == "POST /events/summaries HTTP/1.1"
    assert headers(sent) == with_body(fake, HISTORY_BYTES, Intercom_Version="2.14")
    assert sent.body == HISTORY_BYTES


def test_no_history_is_an_empty_object(fake):
    assert raw(fake, lambda client: client.data_event_summaries()).body == b"{}"


@pytest.mark.parametrize(("query", "target"), TARGETS)
def test_a_list_of_the_raw_client(fake, query, target):
    fake.answer(LIST)
    sent = raw(fake, lambda client: client.lis_data_events(LisDataEventsRequest(**query)))
    assert sent.line == f"GET /events?{target} HTTP/1.1"
    assert headers(sent) == expected(fake, Intercom_Version="2.14")


def test_request_options_win_over_the_clients(fake):
    options = RequestOptions(token="other", version="2.7", headers={"X-Trace": "1"})
    sent = raw(fake, lambda client: client.create_data_event({}, options))
    wanted = with_body(fake, b"{}", Intercom_Version="2.7", X_Trace="1", token="other")
    assert headers(sent) == wanted


def test_headers_of_the_request_win_over_all(fake):
    options = RequestOptions(version="2.7", headers={"intercom-version": "2.8"})
    sent = raw(fake, lambda client: client.create_data_event({}, options))
    assert sent.header("Intercom-Version") == "2.8"


def test_a_client_without_a_version_sends_none(fake):
    sent = raw(fake, lambda client: client.create_data_event({}), version=None)
    assert headers(sent) == with_body(fake, b"{}")


# --- the one call --------------------------------------------------------------------------


def test_the_one_call_parts_header_and_body(fake, monkeypatch):
    monkeypatch.setenv("PASTENSE_URL", fake.base_url)
    monkeypatch.setenv("PASTENSE_TOKEN", "token")
    createdataevent({"Intercom-Version": "2.14", **EVENT})
    assert fake.last.line == "POST /events HTTP/1.1"
    assert headers(fake.last) == with_body(fake, EVENT_BYTES, Intercom_Version="2.14")
    assert fake.last.body == EVENT_BYTES
    createdataevent(EVENT)
    assert headers(fake.last) == with_body(fake, EVENT_BYTES)


def test_a_control_sees_what_differs(fake, api):
    api.create_data_event(body=EVENT | {"user_id": "ü2"}, header_params={"Intercom-Version": "2.1"})
    assert headers(fake.last) != with_body(fake, EVENT_BYTES)
    assert fake.last.body != EVENT_BYTES
