"""What is sent and what comes back, as plain values."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.client.messages import Headers, Request, Response, Timeout

PAIRS = st.lists(st.tuples(st.from_regex(r"[A-Za-z-]{1,8}", fullmatch=True), st.text(max_size=5)))


@given(PAIRS)
def test_names_of_headers_compare_without_regard_to_case(pairs):
    headers = Headers(pairs)
    assert set(headers) == {name.lower() for name, _ in pairs}
    assert len(headers) == len(set(headers))
    for name, _ in pairs:
        assert name.upper() in headers
        assert headers[name.upper()] == headers[name.lower()] == headers.get(name)
        assert headers[name] == ", ".join(v for n, v in pairs if n.lower() == name.lower())


def test_headers_are_a_mapping():
    headers = Headers([("A", "1"), ("b", "2"), ("a", "3")])
    assert dict(headers) == {"a": "1, 3", "b": "2"}
    assert headers == Headers({"a": "1, 3", "B": "2"})
    assert headers.get("c", "none") == "none"
    assert 7 not in headers
    assert Headers() == {}
    assert repr(headers) == "Headers({'a': '1, 3', 'b': '2'})"
    with pytest.raises(KeyError):
        headers["c"]


def test_a_request_does_not_show_what_may_be_secret():
    request = Request("GET", "/events?user_id=ada", (("Authorization", "x"),), b"{}", Timeout())
    assert repr(request) == "Request('GET')"


@pytest.mark.parametrize(
    ("body", "value"), [(b"", None), (b" \n", None), (b"null", None), (b'{"a":[1]}', {"a": [1]})]
)
def test_an_answer_is_json_or_nothing(body, value):
    assert Response(200, Headers(), body).json() == value


@pytest.mark.parametrize("body", [b"<html>", b"{", b'"\xff"', b"[" * 100_000])
def test_what_is_no_json_is_said(body):
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        Response(200, Headers(), body).json()


def test_values_do_not_change():
    with pytest.raises(AttributeError):
        Timeout().connect_s = 1
    with pytest.raises(AttributeError):
        Response(200, Headers(), b"").status = 500
