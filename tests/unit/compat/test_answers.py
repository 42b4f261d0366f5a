"""How bodies are read: by what they call themselves, and leniently."""

from __future__ import annotations

import pytest

from pastense.client.messages import Headers, Response
from pastense.compat.answers import ApiResponse, HTTPResponse, error_body, listed
from pastense.compat.models import DataEventList, DataEventSummary, Error
from pastense.compat.values import unset


def response(body: bytes = b"abc") -> HTTPResponse:
    return HTTPResponse(Response(200, Headers([("X-A", "1")]), body, "OK"))


@pytest.mark.parametrize(
    ("content", "summary", "kind"),
    [
        (b'{"type":"event.summary"}', False, DataEventSummary),
        (b'{"type":"event.list"}', True, DataEventList),
        (b"{}", True, DataEventSummary),
        (b'{"type":"else"}', False, DataEventList),
    ],
)
def test_a_body_is_of_the_kind_that_it_calls_itself(content, summary, kind):
    assert type(listed(content, summary)) is kind


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"1", b"null"])
def test_a_body_that_is_no_object(content):
    with pytest.raises(ValueError):
        listed(content, summary=False)


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b"", None),
        (b" ", None),
        (b"no", "no"),
        (b"\xff", "\ufffd"),
        (b'{"errors":"a"}', {"errors": "a"}),
    ],
)
def test_the_body_of_a_refusal(content, body):
    assert error_body(content) == body


def test_an_error_list_is_an_error_whatever_is_in_it():
    error = error_body(b'{"type":"error.list","errors":[{"code":"a"},5],"new":1}')
    assert isinstance(error, Error)
    assert (error.errors[0].code, error.errors[1], error.new) == ("a", 5, 1)


def test_a_response_reads_as_a_file_and_at_once():
    made = response()
    assert (made.read(1), made.read(), made.read(), made.data) == (b"a", b"bc", b"", b"abc")
    assert made.getheader("x-a") == made.getheaders()["X-A"] == "1"
    assert made.getheader("x-b", "none") == "none"
    assert repr(made) == "<HTTPResponse 200 OK, 3 bytes>"
    assert response(b"").json() is None
    assert response(b"[1]").json() == [1]
    with pytest.raises(ValueError):
        made.json()


def test_an_answer_has_neither_body_nor_headers_unless_it_says_so():
    answer = ApiResponse(response())
    assert (answer.body, answer.headers) == (unset, unset)
