"""The generated surface against a real server: every parameter of every call."""

from __future__ import annotations

import io

import pytest

from pastense import compat
from pastense.client.values import Money, RichLink
from pastense.compat import (
    ApiResponse,
    ApiResponseWithoutDeserialization,
    CreateDataEventRequest,
    CreateDataEventSummariesRequest,
    DataEvent,
    DataEventList,
    DataEventSummary,
    DataEventSummaryItem,
    Intercom,
    IntercomVersion,
    unset,
)

UNSTABLE = {"Intercom-Version": IntercomVersion("Unstable")}


def an_event(server, user, **more):
    return {
        "event_name": "invited-friend",
        "created_at": server.clock.now(),
        "user_id": user,
    } | more


def asked(user, **more):
    return {"filter": {"user_id": user}, "type": "user", **more}


def test_a_dict_is_an_event(server, intercom, user):
    answer = intercom.DataEventsApi.create_data_event(body=an_event(server, user))
    assert type(answer) is ApiResponse
    assert answer.response.status == 202
    assert answer.response.headers["Pastense-Event-Id"]
    assert answer.body is unset
    assert answer.headers is unset
    [event] = server.listed(f"user_id={user}")
    assert event["event_name"] == "invited-friend"


def test_a_model_is_an_event_and_keeps_the_order_of_its_metadata(server, intercom, user):
    metadata = {"z": 1, "a": "text", "price": {"amount": 34999, "currency": "eur"}, "ok": True}
    body = CreateDataEventRequest(**an_event(server, user, metadata=metadata))
    intercom.DataEventsApi.create_data_event(body=body, header_params=UNSTABLE)
    [event] = server.listed(f"user_id={user}")
    assert list(event["metadata"].items()) == list(metadata.items())


def test_amounts_and_links_of_ours_are_taken_too(server, intercom, user):
    link = RichLink("https://example.org/1", "one")
    body = an_event(server, user, metadata={"price": Money(34999, "eur"), "article": link})
    intercom.DataEventsApi.create_data_event(body=body)
    [event] = server.listed(f"user_id={user}")
    assert event["metadata"] == {
        "price": {"amount": 34999, "currency": "eur"},
        "article": {"url": "https://example.org/1", "value": "one"},
    }


@pytest.mark.parametrize("call", ["create_data_event", "data_event_summaries"])
def test_a_body_may_be_left_out_and_the_server_refuses(intercom, call):
    with pytest.raises(compat.ApiException) as caught:
        getattr(intercom.DataEventsApi, call)()
    assert caught.value.status == 400
    assert caught.value.body.errors[0].code == "parameter_not_found"


@pytest.mark.parametrize("identifier", ["user_id", "intercom_user_id", "email"])
def test_the_list_by_each_identifier(server, intercom, user, identifier):
    server.post_event(user_id=user, metadata={"a": 1})
    found = server.call("GET", f"/contacts/find_by_external_id/{user}").json
    given = {"user_id": user, "intercom_user_id": found["id"], "email": found["email"]}
    query = {"filter": {identifier: given[identifier]}, "type": "user"}
    answer = intercom.DataEventsApi.lis_data_events(query_params=query)
    assert answer.response.status == 200
    assert answer.headers is unset
    assert isinstance(answer.body, DataEventList)
    [event] = answer.body.events
    assert isinstance(event, DataEvent)
    assert (event.event_name, event.created_at) == ("did", server.clock.now())
    assert event.metadata == {"a": 1}
    assert event["user_id"] == user
    assert answer.body.pages["since"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("summary", [False, True])
def test_the_body_is_what_was_asked_for(server, intercom, user, summary):
    server.post_event(user_id=user)
    query = asked(user, summary=summary)
    body = intercom.DataEventsApi.lis_data_events(query, header_params=UNSTABLE).body
    assert isinstance(body, DataEventSummary if summary else DataEventList)
    if summary:
        [item] = body.events
        assert isinstance(item, DataEventSummaryItem)
        assert (item.name, item.count, item.first) == ("did", 1, item.last)
        assert item.first.endswith("Z")


def test_the_list_goes_in_pages(server, intercom, user):
    for number in range(3):
        server.post_event(user_id=user, created_at=server.clock.now() - number)
    body = intercom.DataEventsApi.lis_data_events(asked(user, per_page=2)).body
    assert len(body.events) == 2
    assert "per_page=2" in body.pages["next"]
    before = body.pages["next"].partition("before=")[2].partition("&")[0]
    rest = intercom.DataEventsApi.lis_data_events(asked(user, per_page=2, before=before)).body
    assert [event.created_at for event in rest.events] == [server.clock.now() - 2]


def test_history_is_imported_by_the_documented_model(intercom, user):
    body = CreateDataEventSummariesRequest(
        user_id=user,
        event_summaries=dict(  # noqa: C408 (as the documented snippet has it)
            event_name="invited-friend", count=7, first=1671028894, last=1671028895
        ),
    )
    answer = intercom.DataEventsApi.data_event_summaries(body=body, header_params=UNSTABLE)
    assert (answer.response.status, answer.body, answer.headers) == (200, unset, unset)
    [item] = intercom.DataEventsApi.lis_data_events(asked(user, summary=True)).body.events
    assert (item.name, item.count) == ("invited-friend", 7)


def test_history_is_imported_as_a_list(intercom, user):
    one = {"count": 1, "first": 1671028894, "last": 1671028894}
    names = ("a", "b")
    summaries = [{"event_name": name, **one} for name in names]
    body = CreateDataEventSummariesRequest(user_id=user, event_summaries=summaries)
    intercom.DataEventsApi.data_event_summaries(body)
    items = intercom.DataEventsApi.lis_data_events(asked(user, summary=True)).body.events
    assert sorted(item.name for item in items) == ["a", "b"]


def test_skip_deserialization_leaves_all_unset(server, intercom, user):
    api = intercom.DataEventsApi
    history = {"event_name": "a", "count": 1, "first": 1671028894, "last": 1671028894}
    imported = {"user_id": user, "event_summaries": history}
    answers = [
        api.create_data_event(an_event(server, user), skip_deserialization=True),
        api.data_event_summaries(imported, skip_deserialization=True),
        api.lis_data_events(asked(user), skip_deserialization=True),
    ]
    for answer in answers:
        assert type(answer) is ApiResponseWithoutDeserialization
        assert answer.body is unset
        assert answer.headers is unset
    assert [answer.response.status for answer in answers] == [202, 200, 200]
    assert answers[2].response.json()["type"] == "event.list"


def test_stream_gives_a_binary_file(server, intercom, user):
    server.post_event(user_id=user)
    answer = intercom.DataEventsApi.lis_data_events(asked(user), stream=True)
    assert isinstance(answer.body, io.IOBase)
    start = answer.body.read(10)
    assert isinstance(start, bytes)
    assert len(start) == 10
    assert start + answer.body.read() == answer.response.data
    assert b"event.list" in answer.response.data


def test_stream_without_a_body_is_unset_and_the_response_reads_as_a_file(server, intercom, user):
    answer = intercom.DataEventsApi.create_data_event(an_event(server, user), stream=True)
    assert answer.body is unset
    assert answer.response.read() == b""


def test_a_streamed_answer_can_be_skipped(server, intercom, user):
    query = asked(user)
    answer = intercom.DataEventsApi.lis_data_events(query, stream=True, skip_deserialization=True)
    assert answer.body is unset
    assert answer.response.read(1) + answer.response.read() == answer.response.data


def test_the_version_decides_how_the_server_answers(server, intercom, user):
    header = {"Intercom-Version": IntercomVersion("2.7")}
    answer = intercom.DataEventsApi.create_data_event(an_event(server, user), header)
    assert answer.response.getheader("intercom-version") == "2.7"
    assert answer.response.getheaders()["INTERCOM-VERSION"] == "2.7"
    assert answer.response.getheader("X-Nothing") is None
    assert answer.response.reason == "Accepted"


def test_a_client_works_again_after_it_was_closed(server, base_url, user):
    client = Intercom(server.secret, base_url)
    client.DataEventsApi.lis_data_events(asked(user))
    client.close()
    client.DataEventsApi.lis_data_events(asked(user))
    client.close()


def test_the_api_outlives_the_client_it_was_taken_from(server, base_url, user):
    api = Intercom(server.secret, base_url).DataEventsApi
    assert api.lis_data_events(asked(user)).response.status == 200


BAD_FILTERS = [
    None,
    {},
    {"user_id": "1", "email": "a@example.org"},
    {"id": "1"},
    {"user_id": ""},
    {"user_id": 1},
    {"user_id": None},
    "user_id",
    ["user_id"],
]


@pytest.mark.parametrize("bad", BAD_FILTERS, ids=repr)
def test_a_filter_that_is_none_is_refused_before_a_request(fake, bad):
    client = Intercom("token", fake.base_url)
    with pytest.raises(ValueError, match="exactly one of user_id, intercom_user_id and email"):
        client.DataEventsApi.lis_data_events({"filter": bad, "type": "user"})
    assert fake.sent == []


BAD_CALLS = [
    ("lis_data_events", {"query_params": {"type": "user"}}, ValueError, "filter must"),
    ("lis_data_events", {"query_params": {"filter": {"user_id": "1"}}}, TypeError, "type must"),
    ("lis_data_events", {"query_params": [1]}, TypeError, "query_params must be a dict"),
    ("lis_data_events", {"query_params": asked("1", page=1)}, TypeError, "page"),
    ("lis_data_events", {"query_params": asked("1", summary="yes")}, TypeError, "summary must"),
    ("create_data_event", {"body": None}, TypeError, "body must be a dict"),
    ("create_data_event", {"body": [1]}, TypeError, "body must be a dict"),
    ("create_data_event", {"body": {"a": {1}}}, TypeError, "body.a must be"),
    ("create_data_event", {"body": {"a": float("nan")}}, ValueError, "body.a must be a finite"),
    ("create_data_event", {"header_params": 1}, TypeError, "header_params must be a dict"),
    ("create_data_event", {"header_params": {"X-A": "1"}}, TypeError, "X-A"),
    (
        "create_data_event",
        {"header_params": {"Intercom-Version": "9.9"}},
        ValueError,
        "no version '9.9'",
    ),
    ("create_data_event", {"content_type": "text/plain"}, ValueError, "content_type must"),
    ("create_data_event", {"content_type": None}, TypeError, "content_type must"),
    ("create_data_event", {"accept_content_types": "a/b"}, TypeError, "must be a tuple"),
    ("create_data_event", {"accept_content_types": (1,)}, TypeError, "must be a text"),
    ("create_data_event", {"timeout": "1"}, TypeError, "timeout must"),
    ("create_data_event", {"timeout": 0}, ValueError, "timeout must"),
    ("data_event_summaries", {"timeout": (1, -1)}, ValueError, "timeout must"),
    ("data_event_summaries", {"body": 1}, TypeError, "body must be a dict"),
]


@pytest.mark.parametrize(("call", "given", "error", "words"), BAD_CALLS, ids=repr)
def test_bad_parameters_are_refused_before_a_request(fake, call, given, error, words):
    client = Intercom("token", fake.base_url)
    with pytest.raises(error, match=words):
        getattr(client.DataEventsApi, call)(**given)
    assert fake.sent == []


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"api_key": ""}, ValueError),
        ({"api_key": None}, TypeError),
        ({"api_key": "a\nb"}, ValueError),
        ({"api_key": "a", "host": "api.intercom.io"}, ValueError),
        ({}, TypeError),
    ],
)
def test_a_client_that_could_not_work_is_refused(given, error):
    with pytest.raises(error):
        Intercom(**given)
