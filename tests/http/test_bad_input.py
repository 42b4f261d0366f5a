"""Bad input has a status, a code and a field; never a 500, a hang or something half-stored."""

from __future__ import annotations

import json

import pytest

from tests.support.inprocess import NOW, InProcess

GOOD = {"event_name": "did", "created_at": NOW, "user_id": "u1"}


def changed(**fields: object) -> bytes:
    """The good event with some fields changed."""
    return json.dumps(GOOD | fields).encode()


BODIES: dict[str, tuple[bytes, tuple[int, str, str | None]]] = {
    "broken JSON": (b'{"event_name":', (400, "bad_request", "body")),
    "no JSON": (b"event_name=did", (400, "bad_request", "body")),
    "trailing text": (changed() + b"x", (400, "bad_request", "body")),
    "NaN": (changed().replace(str(NOW).encode(), b"NaN"), (400, "bad_request", "body")),
    "byte order mark": (b"\xef\xbb\xbf" + changed(), (400, "bad_request", "body")),
    "raw control character": (b'{"event_name":"a\x01"}', (400, "bad_request", "body")),
    "invalid UTF-8": (b'{"event_name":"\xff"}', (400, "bad_request", "body")),
    "surrogate in UTF-8": (b'{"event_name":"\xed\xa0\x80"}', (400, "bad_request", "body")),
    "10,000-deep array": (b"[" * 10_000, (400, "bad_request", "body")),
    "10,000-deep closed array": (
        b'{"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        (400, "bad_request", "body"),
    ),
    "17-deep object": (b'{"a":' * 17 + b"1" + b"}" * 17, (400, "bad_request", "body")),
    "an array": (b"[]", (400, "parameter_invalid", "body")),
    "a string": (b'"did"', (400, "parameter_invalid", "body")),
    "null": (b"null", (400, "parameter_invalid", "body")),
    "empty": (b"", (400, "parameter_not_found", "event_name")),
    "white space": (b" \n", (400, "parameter_not_found", "event_name")),
    "empty object": (b"{}", (400, "parameter_not_found", "event_name")),
    "no name": (changed(event_name=None), (400, "parameter_not_found", "event_name")),
    "no time": (changed(created_at=None), (400, "parameter_not_found", "created_at")),
    "name is a number": (changed(event_name=5), (400, "parameter_invalid", "event_name")),
    "name is a list": (changed(event_name=["a"]), (400, "parameter_invalid", "event_name")),
    "name is empty": (changed(event_name=" \t"), (400, "parameter_invalid", "event_name")),
    "name is long": (changed(event_name="n" * 256), (400, "parameter_invalid", "event_name")),
    "name has a newline": (changed(event_name="a\nb"), (400, "parameter_invalid", "event_name")),
    "name has DEL": (changed(event_name="a\x7fb"), (400, "parameter_invalid", "event_name")),
    "name has NUL": (changed(event_name="a\x00b"), (400, "parameter_invalid", "event_name")),
    "name has a surrogate": (
        changed().replace(b'"did"', b'"\\udc00"'),
        (400, "parameter_invalid", "event_name"),
    ),
    "time in text": (changed(created_at="soon"), (400, "parameter_invalid", "created_at")),
    "time is true": (changed(created_at=True), (400, "parameter_invalid", "created_at")),
    "time is an object": (changed(created_at={}), (400, "parameter_invalid", "created_at")),
    "time before 1970": (changed(created_at=-1), (400, "parameter_invalid", "created_at")),
    "time in milliseconds": (
        changed(created_at=NOW * 1000),
        (400, "parameter_invalid", "created_at"),
    ),
    "time far ahead": (changed(created_at=NOW + 86_401), (400, "parameter_invalid", "created_at")),
    "time of 30 digits": (changed(created_at=10**30), (400, "parameter_invalid", "created_at")),
    "time of 5,000 digits": (
        changed().replace(str(NOW).encode(), b"9" * 5_000),
        (400, "parameter_invalid", "created_at"),
    ),
    "time of 1e400": (
        changed().replace(str(NOW).encode(), b"1e400"),
        (400, "parameter_invalid", "created_at"),
    ),
    "no identifier": (changed(user_id=None), (400, "parameter_not_found", "user_id")),
    "empty identifier": (changed(user_id=""), (400, "parameter_invalid", "user_id")),
    "long identifier": (changed(user_id="u" * 256), (400, "parameter_invalid", "user_id")),
    "identifier is true": (changed(user_id=True), (400, "parameter_invalid", "user_id")),
    "identifier is a list": (changed(user_id=["u1"]), (400, "parameter_invalid", "user_id")),
    "identifier has NUL": (changed(user_id="u\x00"), (400, "parameter_invalid", "user_id")),
    "id is an object": (changed(id={}), (400, "parameter_invalid", "id")),
    "long email": (
        changed(user_id=None, email="e" * 255),
        (400, "parameter_invalid", "email"),
    ),
    "unknown user": (changed(user_id="nobody"), (404, "not_found", "user_id")),
    "unknown id wins": (changed(id="5" * 24), (404, "not_found", "id")),
    "unknown email": (changed(user_id=None, email="a@b.c"), (404, "not_found", "email")),
    "metadata is a list": (changed(metadata=[]), (400, "parameter_invalid", "metadata")),
    "metadata is text": (changed(metadata="a"), (400, "parameter_invalid", "metadata")),
    "nested metadata": (
        changed(metadata={"a": {"b": {"c": 1}}}),
        (400, "parameter_invalid", "metadata.a"),
    ),
    "list in metadata": (changed(metadata={"a": [1]}), (400, "parameter_invalid", "metadata.a")),
    "empty object in metadata": (
        changed(metadata={"a": {}}),
        (400, "parameter_invalid", "metadata.a"),
    ),
    "long text in metadata": (
        changed(metadata={"ok": 1, "a": "t" * 2_001}),
        (400, "parameter_invalid", "metadata.a"),
    ),
    "huge number in metadata": (
        changed(metadata={"a": 2**63}),
        (400, "parameter_invalid", "metadata.a"),
    ),
    "NUL in metadata": (changed(metadata={"a": "\x00"}), (400, "parameter_invalid", "metadata.a")),
    "NUL in a key": (changed(metadata={"\x00": 1}), (400, "parameter_invalid", "metadata")),
    "NUL in an unknown key": (changed(extra="\x00"), (400, "parameter_invalid", "extra")),
    "rich link without http": (
        changed(metadata={"a": {"url": "ftp://x", "value": "v"}}),
        (400, "parameter_invalid", "metadata.a"),
    ),
    "rich link with more": (
        changed(metadata={"a": {"url": "http://x", "value": "v", "x": 1}}),
        (400, "parameter_invalid", "metadata.a"),
    ),
    "negative amount": (
        changed(metadata={"a": {"amount": -1, "currency": "eur"}}),
        (400, "parameter_invalid", "metadata.a"),
    ),
    "amount is a float": (
        changed(metadata={"a": {"amount": 1.5, "currency": "eur"}}),
        (400, "parameter_invalid", "metadata.a"),
    ),
    "currency of four": (
        changed(metadata={"a": {"amount": 1, "currency": "euro"}}),
        (400, "parameter_invalid", "metadata.a"),
    ),
    "empty list": (b'{"data":[]}', (400, "parameter_invalid", "data")),
    "list of 1,001": (
        json.dumps({"data": [GOOD] * 1_001}).encode(),
        (400, "parameter_invalid", "data"),
    ),
    "list beside an event": (
        json.dumps(GOOD | {"data": [GOOD]}).encode(),
        (400, "parameter_invalid", "event_name"),
    ),
    "data is no list": (b'{"data":{}}', (400, "parameter_not_found", "event_name")),
    "default user is text": (
        json.dumps({"user": "u1", "data": [GOOD]}).encode(),
        (400, "parameter_invalid", "user"),
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_refused_body(shared: InProcess, name: str) -> None:
    body, expected = BODIES[name]
    before = shared.listed()
    reply = shared.call("POST", "/events", body)
    assert reply.error == expected
    assert reply.json["errors"][0]["message"], "a refusal says what to do"
    assert reply.json["type"] == "error.list"
    assert reply.json["request_id"] == reply.headers["x-request-id"]
    assert shared.listed() == before, "nothing is half-stored"


def test_the_messages_of_created_at_say_which_bound(shared: InProcess) -> None:
    sentences = {
        -5: "before 1970",
        NOW * 1000: "milliseconds",
        NOW + 90_000: "ahead of the server's clock",
    }
    for created_at, words in sentences.items():
        message = shared.post_event(created_at=created_at).json["errors"][0]["message"]
        assert words in message


def test_doubled_keys_the_last_wins(server: InProcess) -> None:
    body = b'{"event_name":"first","event_name":"last","created_at":%d,"user_id":"u1"}' % NOW
    assert server.call("POST", "/events", body).status == 202
    assert [event["event_name"] for event in server.listed()] == ["last"]


def test_a_list_is_judged_item_by_item(server: InProcess) -> None:
    items = [
        GOOD | {"event_name": "a"},
        {"event_name": "b", "created": NOW},
        GOOD | {"event_name": "c", "metadata": {"x": []}},
        5,
        GOOD | {"event_name": "d\x00"},
        GOOD | {"event_name": "e", "user_id": "nobody"},
        GOOD | {"event_name": "a"},
        GOOD | {"created_at": 10**12},
        GOOD | {"event_name": None},
    ]
    reply = server.call("POST", "/events", {"data": items})
    assert reply.status == 422
    assert [(error["code"], error["field"]) for error in reply.json["errors"]] == [
        ("parameter_not_found", "data[1].user_id"),
        ("parameter_invalid", "data[2].metadata.x"),
        ("parameter_invalid", "data[3]"),
        ("parameter_invalid", "data[4].event_name"),
        ("not_found", "data[5].user_id"),
        ("parameter_invalid", "data[7].created_at"),
        ("parameter_not_found", "data[8].event_name"),
    ]
    assert reply.headers["pastense-stored"] == "1"
    assert reply.headers["pastense-duplicates"] == "1"
    assert [event["event_name"] for event in server.listed()] == ["a"]


def test_a_surrogate_in_one_item_refuses_only_that_item(server: InProcess) -> None:
    good = json.dumps(GOOD)
    body = f'{{"data":[{good},{good.replace("did", chr(92) + "ud800")}]}}'
    reply = server.call("POST", "/events", body.encode())
    assert (reply.status, reply.error[1:]) == (422, ("parameter_invalid", "data[1].event_name"))
    assert len(server.listed()) == 1


QUERIES = {
    "": (400, "parameter_invalid", "type"),
    "user_id=u1": (400, "parameter_invalid", "type"),
    "type=lead&user_id=u1": (400, "parameter_invalid", "type"),
    "type=user": (400, "parameter_not_found", "user_id"),
    "type=user&user_id=": (400, "parameter_invalid", "user_id"),
    "type=user&user_id=nobody": (404, "not_found", "user_id"),
    "type=user&user_id=nobody&summary=true": (404, "not_found", "user_id"),
    "type=user&user_id=u1&summary=yes": (400, "parameter_invalid", "summary"),
    "type=user&user_id=u1&per_page=0": (400, "parameter_invalid", "per_page"),
    "type=user&user_id=u1&per_page=151": (400, "parameter_invalid", "per_page"),
    "type=user&user_id=u1&per_page=ten": (400, "parameter_invalid", "per_page"),
    "type=user&user_id=u1&per_page=1.5": (400, "parameter_invalid", "per_page"),
    "type=user&user_id=u1&per_page=%F0%9F%98%80": (400, "parameter_invalid", "per_page"),
    "type=user&user_id=u1&per_page=" + "9" * 5000: (400, "parameter_invalid", "per_page"),
    "type=user&user_id=u1&per_page=5&per_page=6": (400, "parameter_invalid", "per_page"),
    "type=user&user_id=u1&before=-1": (400, "parameter_invalid", "before"),
    "type=user&user_id=u1&before=1.23456": (400, "parameter_invalid", "before"),
    "type=user&user_id=u1&since=x": (400, "parameter_invalid", "since"),
    "type=user&user_id=u1&since=": (400, "parameter_invalid", "since"),
    "type=user&filter=u1": (400, "parameter_invalid", "filter"),
    "type=user&filter=%5B%5D": (400, "parameter_invalid", "filter"),
    "type=user&user_id=%00": (400, "parameter_invalid", "user_id"),
    "type=user&user_id=%FF": (400, "bad_request", "query"),
    "type=user&user_id=u1" + "&x=1" * 200: (400, "bad_request", "query"),
    "type=user&user_id=" + "u" * 256: (400, "parameter_invalid", "user_id"),
    "type=user&user_id=" + "u" * 20_000: (414, "uri_too_long", None),
}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:60])
def test_refused_query(shared: InProcess, query: str) -> None:
    assert shared.call("GET", f"/events?{query}").error == QUERIES[query]


SUMMARIES = {
    "nothing": ({}, (400, "parameter_not_found", "event_summaries")),
    "no summaries": ({"user_id": "u1"}, (400, "parameter_not_found", "event_summaries")),
    "empty list": (
        {"user_id": "u1", "event_summaries": []},
        (400, "parameter_not_found", "event_summaries"),
    ),
    "text": (
        {"user_id": "u1", "event_summaries": "a"},
        (400, "parameter_invalid", "event_summaries"),
    ),
}
SUMMARY = {"event_name": "did", "count": 1, "first": 5, "last": 6}
SUMMARY_ITEMS = {
    "count 0": ({"count": 0}, "parameter_invalid", "count"),
    "count over": ({"count": 10**12 + 1}, "parameter_invalid", "count"),
    "count in text": ({"count": "many"}, "parameter_invalid", "count"),
    "no count": ({"count": None}, "parameter_not_found", "count"),
    "first after last": ({"first": 7}, "parameter_invalid", "first"),
    "no last": ({"last": None}, "parameter_not_found", "last"),
    "first in ms": ({"first": 10**11}, "parameter_invalid", "first"),
    "last ahead": ({"last": NOW + 90_000}, "parameter_invalid", "last"),
    "no name": ({"event_name": None}, "parameter_not_found", "event_name"),
}


@pytest.mark.parametrize("name", SUMMARIES)
def test_refused_summaries(shared: InProcess, name: str) -> None:
    body, expected = SUMMARIES[name]
    assert shared.call("POST", "/events/summaries", body).error == expected


@pytest.mark.parametrize("name", SUMMARY_ITEMS)
def test_refused_summary(shared: InProcess, name: str) -> None:
    fields, code, field = SUMMARY_ITEMS[name]
    item = SUMMARY | fields
    single = {"user_id": "u1", "event_summaries": item}
    listed = {"user_id": "u1", "event_summaries": [SUMMARY | {"event_name": "other"}, item]}
    prefix = "event_summaries"
    reply = shared.call("POST", "/events/summaries", single)
    assert reply.error == (400, code, f"{prefix}.{field}")
    reply = shared.call("POST", "/events/summaries", listed)
    assert reply.error == (400, code, f"{prefix}[1].{field}")
    summary = shared.call("GET", "/events?type=user&user_id=u1&summary=true").json
    assert "other" not in [item["name"] for item in summary["events"]], "all or nothing"


def test_one_name_twice_in_one_import(shared: InProcess) -> None:
    body = {"user_id": "u1", "event_summaries": [SUMMARY, SUMMARY]}
    reply = shared.call("POST", "/events/summaries", body)
    assert reply.error == (400, "parameter_invalid", "event_summaries[1].event_name")
