"""What a client is told, checked and put into headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.client.messages import Timeout
from pastense.client.options import (
    TIMEOUT_MAX_S,
    CallOptions,
    ClientOptions,
    all_headers,
    basic,
    read_call_options,
    read_client_options,
    read_timeout,
)

NAMES = st.from_regex(r"[A-Za-z0-9-]{1,20}", fullmatch=True).map(lambda name: f"X-{name}")
VALUES = st.from_regex(r"[!-~]([ -~]{0,30}[!-~])?", fullmatch=True)


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.dictionaries(NAMES, VALUES, max_size=4))
def test_each_header_is_said_once_and_the_call_wins(of_client, of_call):
    client = read_client_options("http://host", "t", headers=of_client)
    headers = all_headers(client, read_call_options(headers=of_call), has_body=True)
    said = {name.lower(): value for name, value in headers}
    assert len(said) == len(headers)
    expected: dict[str, str] = {}
    for name, value in (*of_client.items(), *of_call.items()):
        expected[name.lower()] = value
    assert {name: said[name] for name in expected} == expected
    assert said["authorization"] == "Bearer t"
    assert said["content-type"] == "application/json"


@given(st.text(max_size=30))
def test_no_header_can_break_out_of_its_line(value):
    try:
        options = read_call_options(headers={"X-Of": value}, token=value or None)
    except ValueError:
        return
    assert options.headers == (("X-Of", value),)
    assert all(" " <= character <= "~" for character in value)
    assert value == value.strip() != ""


@given(st.text(max_size=12))
def test_no_name_of_a_header_can_hold_more_than_a_name(name):
    try:
        read_call_options(headers={name: "v"})
    except ValueError:
        return
    assert name
    assert not set(name) & set(' ()<>@,;:\\"/[]?={}\t\r\n')
    assert name.isascii()


@given(st.text(max_size=30))
def test_whatever_base_url_is_given_it_is_one_or_is_refused(value):
    for text in (value, f"http://{value}", f"https://host/{value}"):
        try:
            options = read_client_options(text, "t")
        except ValueError:
            continue
        assert options.base_url == text.rstrip("/")
        assert " " not in text
        assert text.isprintable()


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.intercom.io",
        "ftp://host",
        "http://",
        "http://host:99999",
        "http://host:0",
        "http://host:x",
        "http://[::1",
        "http://host?x=1",
        "http://host#x",
        "http://user:secret@host",
        "http://host/a b",
        "http://host/é",
        "http://ho\nst",
    ],
)
def test_what_is_no_base_url_is_refused(base_url):
    with pytest.raises(ValueError, match="base_url must") as caught:
        read_client_options(base_url, "t")
    assert "secret" not in str(caught.value)
    with pytest.raises(TypeError, match="base_url must be a text"):
        read_client_options(None, "t")


@pytest.mark.parametrize(
    "base_url", ["http://host", "https://host:8080/a/%20b", "http://[::1]:80", "https://bücher.de"]
)
def test_what_is_one_is_kept_without_its_last_slash(base_url):
    assert read_client_options(f"{base_url}/", "t").base_url == base_url


@pytest.mark.parametrize(
    ("given", "timeout"),
    [
        (5, Timeout(5, 5)),
        (0.5, Timeout(0.5, 0.5)),
        ((1, 2.5), Timeout(1, 2.5)),
        (Timeout(3, 4), Timeout(3, 4)),
        (TIMEOUT_MAX_S, Timeout(TIMEOUT_MAX_S, TIMEOUT_MAX_S)),
    ],
)
def test_a_timeout_is_one_number_or_two(given, timeout):
    assert read_timeout(given) == timeout


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (float("nan"), ValueError),
        (float("inf"), ValueError),
        (1e9, ValueError),
        ((5, 0), ValueError),
        (Timeout(5, -1), ValueError),
        (True, TypeError),
        ("5", TypeError),
        ([1, 2], TypeError),
        ((1, 2, 3), TypeError),
        ((1, None), TypeError),
        ((), TypeError),
    ],
)
def test_what_is_no_timeout_is_refused(given, error):
    with pytest.raises(error, match="timeout must be"):
        read_timeout(given)


def test_what_is_left_out_has_sensible_values():
    options = read_client_options("http://host", "t")
    assert (options.timeout, options.max_retries) == (Timeout(10, 60), 2)
    assert options.version is None
    assert read_call_options() == CallOptions()


@pytest.mark.parametrize("given", [-1, 1.0, "1", True, None])
def test_retries_are_counted_in_whole_numbers(given):
    with pytest.raises(ValueError, match="max_retries must be"):
        read_client_options("http://host", "t", max_retries=given)


@pytest.mark.parametrize("token", ["", " ", "a b\n", "tøken", "t ", " t"])
def test_a_token_is_a_text_that_a_header_can_hold(token):
    with pytest.raises(ValueError, match="token must"):
        read_client_options("http://host", token)
    with pytest.raises(TypeError, match="token must be a text"):
        read_client_options("http://host", None)


def test_headers_that_hold_in_every_call_are_made_once():
    options = ClientOptions(base_url="http://host", token="t")
    assert options.plain_headers is options.plain_headers
    assert dict(options.json_headers) == {
        **dict(options.plain_headers),
        "Content-Type": "application/json",
    }


def test_options_do_not_show_what_may_be_secret():
    client = ClientOptions(base_url="http://h", token="secret", headers=(("X", "secret"),))
    call = CallOptions(token="secret", headers=(("X", "secret"),))
    assert "secret" not in f"{client!r} {call!r}"


def test_the_older_sdks_send_the_token_as_a_user_name():
    assert basic("token") == "Basic dG9rZW46"
