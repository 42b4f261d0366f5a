"""What an answer means for each event that was sent."""

from __future__ import annotations

import socket

import msgspec
import pytest

from pastense.client.messages import Headers, Response
from pastense.client.tracking.verdicts import judge, never_arrived
from pastense.errors import ConnectionFailed, NotFound, ParameterInvalid


def answer(status, errors=(), **headers):
    body = msgspec.json.encode({"type": "error.list", "errors": list(errors)}) if errors else b""
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(status, Headers(pairs), body)


def refusal(code, field=None):
    return {"code": code, "message": "no", "field": field}


def test_a_list_that_was_taken_counts_what_was_there_before():
    verdict = judge(
        answer(202, Pastense="1", Pastense_Stored="7", Pastense_Duplicates="3"), 10, True
    )
    assert (verdict.kind, verdict.stored, verdict.duplicates) == ("done", 7, 3)


def test_an_event_that_was_taken_is_stored():
    verdict = judge(answer(202), 1, False)
    assert (verdict.kind, verdict.stored, verdict.duplicates) == ("done", 1, 0)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("is_list", [True, False])
def test_trouble_of_the_server_is_tried_again(status, is_list):
    assert judge(answer(status), 1, is_list).kind == "again"


@pytest.mark.parametrize("status", [301, 302, 401, 403, 407])
def test_trouble_with_the_token_or_the_address_keeps_the_events(status):
    assert judge(answer(status), 5, True).kind == "blocked"


def test_an_unknown_version_keeps_the_events():
    assert judge(answer(400, [refusal("intercom_version_invalid")]), 5, True).kind == "blocked"


def test_the_refused_items_of_a_list_are_found_by_their_place():
    errors = [refusal("not_found", "data[1].user_id"), refusal("parameter_invalid", "data[3].x")]
    verdict = judge(answer(422, errors, Pastense_Stored="1", Pastense_Duplicates="1"), 4, True)
    assert (verdict.kind, verdict.stored, verdict.duplicates) == ("done", 1, 1)
    assert set(verdict.unknown) == {1}
    assert set(verdict.refused) == {3}
    assert isinstance(verdict.unknown[1], NotFound)
    assert isinstance(verdict.refused[3], ParameterInvalid)
    assert verdict.refused[3].status == 400


@pytest.mark.parametrize(
    ("errors", "stored"),
    [
        ([refusal("not_found", "data[1]")], "1"),  # One of three is not accounted for.
        ([refusal("not_found", "data[3]")], "2"),  # There is no such place.
        ([refusal("not_found", "email")], "2"),  # No place at all.
        ([refusal("not_found")], "2"),
    ],
)
def test_an_answer_that_does_not_add_up_settles_nothing(errors, stored):
    assert judge(answer(422, errors, Pastense_Stored=stored), 3, True).kind == "split"


@pytest.mark.parametrize("status", [400, 404, 413, 415, 422])
def test_a_list_that_is_refused_whole_is_halved(status):
    assert judge(answer(status), 2, True).kind == "split"


def test_one_event_is_unknown_or_refused():
    assert set(judge(answer(404, [refusal("not_found")]), 1, False).unknown) == {0}
    assert set(judge(answer(404), 1, True).unknown) == {0}
    for status in (400, 409, 413, 415, 422):
        assert set(judge(answer(status), 1, True).refused) == {0}


@pytest.mark.parametrize(
    ("status", "unclear"),
    [(500, True), (502, True), (504, True), (503, False), (408, False), (429, False), (401, False)],
)
def test_whether_the_events_may_be_there_all_the_same(status, unclear):
    assert judge(answer(status), 3, True).unclear is unclear


@pytest.mark.parametrize("is_list", [True, False])
def test_a_success_with_a_page_is_none(is_list):
    page = Response(200, Headers((("content-type", "text/html"),)), b"<html>")
    verdict = judge(page, 1, is_list)
    assert (verdict.kind, verdict.unclear) == ("again", True)


def test_a_list_is_taken_by_a_server_of_ours_only():
    assert judge(answer(202), 3, True).kind == "again"
    assert judge(answer(202, Pastense="1.0"), 3, True).kind == "done"


@pytest.mark.parametrize(
    ("cause", "never"),
    [
        (ConnectionRefusedError(), True),
        (socket.gaierror(), True),
        (ConnectionResetError(), False),
        (TimeoutError(), False),
        (None, False),
    ],
)
def test_a_request_that_had_no_connection_never_arrived(cause, never):
    error = ConnectionFailed("no")
    error.__cause__ = cause
    assert never_arrived(error) is never
