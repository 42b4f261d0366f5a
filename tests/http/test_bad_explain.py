"""Bad and odd input to what tells people why has a status, a code and a field."""

from __future__ import annotations

import pytest

from tests.support.explaining import PATH, ask, codes, event, make_strict, rehearse
from tests.support.inprocess import NOW, InProcess


@pytest.fixture(scope="module")
def strict(shared: InProcess) -> str:
    """A token of a workspace that creates contacts, prunes, and keeps only tracked keys."""
    return make_strict(shared)


WHOLE = {
    "nothing": ({}, 400, "parameter_not_found", "event_name"),
    "no time": ({"event_name": "x"}, 400, "parameter_not_found", "created_at"),
    "empty list": ({"data": []}, 400, "parameter_invalid", "data"),
    "long list": ({"data": [{}] * 1_001}, 400, "parameter_invalid", "data"),
    "both": ({"data": [{}], "event_name": "x"}, 400, "parameter_invalid", "event_name"),
    "user": ({"data": [{}], "user": 5}, 400, "parameter_invalid", "user"),
    "NUL": (event(user_id="a\0"), 400, "parameter_invalid", "user_id"),
    "large": (event(user_id=2**70), 400, "parameter_invalid", "user_id"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_refused_as_a_whole_is_told(shared: InProcess, name: str) -> None:
    body, *expected = WHOLE[name]
    told = rehearse(shared, body)
    [error] = told["errors"]
    assert [told["status"], error["code"], error["field"]] == expected
    assert told["events"] == []
    assert list(shared.call("POST", "/events", body).error) == expected


REFUSED = {
    "no JSON": (b"{", 400, "bad_request"),
    "a list": (b"[]", 400, "parameter_invalid"),
    "no UTF-8": (b'{"a":"\xff"}', 400, "bad_request"),
    "deep": (b'{"a":' * 20 + b"1" + b"}" * 20, 400, "bad_request"),
    "large": (b" " * (1024 * 1024 + 1), 413, "payload_too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_object_is_refused(shared: InProcess, name: str) -> None:
    body, status, code = REFUSED[name]
    assert shared.call("POST", PATH, body).error == (status, code, "body")


def test_another_media_type(shared: InProcess) -> None:
    reply = shared.call("POST", PATH, b"{}", {"Content-Type": "text/plain"})
    assert reply.error == (415, "media_type_not_supported", "Content-Type")


BAD_QUESTIONS = {
    "": (400, "parameter_not_found", "user_id"),
    "event_name=x": (400, "parameter_not_found", "user_id"),
    "user_id=": (400, "parameter_invalid", "user_id"),
    "user_id=" + "x" * 256: (400, "parameter_invalid", "user_id"),
    "email=" + "x" * 255: (400, "parameter_invalid", "email"),
    "user_id=%00": (400, "parameter_invalid", "user_id"),
    "user_id=%ff": (400, "bad_request", "query"),
    "user_id=u1&created_at=": (400, "parameter_invalid", "created_at"),
    "user_id=u1&created_at=soon": (400, "parameter_invalid", "created_at"),
    "user_id=u1&created_at=2027-02-30": (400, "parameter_invalid", "created_at"),
    "user_id=u1&created_at=99999999999999999999": (400, "parameter_invalid", "created_at"),
    "user_id=u1&event_name=a&event_name=b": (400, "parameter_invalid", "event_name"),
    "filter=x": (400, "parameter_invalid", "filter"),
}


@pytest.mark.parametrize("query", BAD_QUESTIONS, ids=lambda query: query[:40])
def test_bad_questions(shared: InProcess, query: str) -> None:
    assert shared.call("GET", f"{PATH}?{query}").error == BAD_QUESTIONS[query]


@pytest.mark.parametrize("second", ["-5", "9999999999999999999", str(NOW * 1000), str(NOW + 10**6)])
@pytest.mark.parametrize("name", ["", " ", "x" * 300, "a\tb", "😀"])
def test_questions_about_impossible_events_are_answered(
    shared: InProcess, name: str, second: str
) -> None:
    told = ask(shared, user_id="u1", event_name=name, created_at=second)
    assert told["event"] is None
    assert codes(told)[-2:] == ["event_absent", "submission_refused"]


@pytest.mark.parametrize("spelling", ["filter[user_id]=u1", 'filter={"user_id":"u1"}'])
def test_the_spellings_of_the_filter_are_read(shared: InProcess, spelling: str) -> None:
    name, _, value = spelling.partition("=")
    assert codes(ask(shared, **{name: value})) == ["contact_found"]


def test_scopes_and_workspaces(shared: InProcess, strict: str) -> None:
    reader, writer = shared.make_token("events:read"), shared.make_token("events:write")
    assert shared.call("GET", f"{PATH}?user_id=u1", token=reader).status == 200
    assert shared.call("POST", PATH, event(), token=writer).status == 200
    assert shared.call("POST", PATH, event(), token=reader).status == 403
    assert shared.call("GET", f"{PATH}?user_id=u1", token=writer).status == 403
    contact_id = ask(shared, user_id="u1")["contact"]["id"]
    theirs = ask(shared, strict, id=contact_id, event_name="did", created_at=NOW)
    assert theirs["contact"] is None
    assert theirs["submission"]["result"] == "refused"
