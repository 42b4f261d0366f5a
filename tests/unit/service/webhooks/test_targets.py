"""URLs taken apart, names looked up, every odd spelling of a private address refused."""

from __future__ import annotations

import re
import socket
import threading
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pastense.service.webhooks import targets
from pastense.service.webhooks.targets import (
    LOOKUP_THREADS_MAX,
    Target,
    TargetRefused,
    find_addresses,
    parse_target,
)
from pastense.web.openapi.schemas_webhooks import URL_PATTERN

GOOD = {
    "https://example.org": Target(True, "example.org", 443, "example.org", "/"),
    "http://example.org/": Target(False, "example.org", 80, "example.org", "/"),
    "HTTPS://Example.org/A?b=c&d=%20": Target(
        True, "Example.org", 443, "Example.org", "/A?b=c&d=%20"
    ),
    "http://example.org?x=/y": Target(False, "example.org", 80, "example.org", "/?x=/y"),
    "http://1.2.3.4:65535/a/b": Target(False, "1.2.3.4", 65_535, "1.2.3.4:65535", "/a/b"),
    "http://[2001:DB8::1]:81/": Target(False, "2001:DB8::1", 81, "[2001:DB8::1]:81", "/"),
    "http://a_b-c.example./": Target(False, "a_b-c.example.", 80, "a_b-c.example.", "/"),
}
BAD = {
    "": "begin with",
    "example.org": "begin with",
    "ftp://example.org": "begin with",
    "https:/example.org": "begin with",
    "https://": "begin with",
    "https:///path": "begin with",
    "https://user:word@example.org/": "user",
    "https://@example.org/": "user",
    "https://example.org@127.0.0.1/": "user",
    "https://example.org/#part": "fragment",
    "https://example.org/a b": "percent-encode",
    "https://example.org\\@127.0.0.1/": "percent-encode",
    "https://example.org/\r\nHost: x": "percent-encode",
    "https://exämple.org/": "xn--",
    "https://ⓔxample.org/": "xn--",
    "https://example.org:0/": "port",
    "https://example.org:65536/": "port",
    "https://example.org:/": "port",
    "https://example.org:80:80/": "port",
    "https://example.org:٣/": "percent-encode",
    "https://exa%6dple.org/": "host",
    "https://-example.org/": "host",
    "https://::1/": "host",
    "https://[::1/": "host",
    "https://[::1%25eth0]/": "host",
    "https://[fe80::1%eth0]/": "host",
    "https://[127.0.0.1]/": "host",
    "https://[::1]x/": "port",
    "https://[]/": "host",
    f"https://{'a' * 254}/": "host",
    f"https://example.org/{'a' * 2_000}": "characters",
}
LOOPBACK = [
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "017700000001", "0.0.0.0"),
    *("0", "localhost", "localhost.", "LOCALHOST", "[::1]", "[::]", "[::ffff:127.0.0.1]"),
    *("[0:0:0:0:0:ffff:7f00:1]", "[64:ff9b::127.0.0.1]", "169.254.169.254", "[fe80::1]"),
    *("10.0.0.1", "192.168.1.1", "[fd00::1]", "[2002:7f00:1::1]", "127.0.0.1."),
    *("0x7f.1", "0177.1", "127.0.1", "0x7F000001", "00000177.0x0.0.1", "[::ffff:7f00:1]"),
    *("[::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[fec0::1]", "[ff02::1]", "[::ffff:0:127.0.0.1]"),
    *("100.64.0.1", "192.0.0.192", "[::ffff:169.254.169.254]", "255.255.255.255", "0xa9fea9fe"),
    *("2852039166", "[fd00:ec2::254]", "metadata", "localhost6", "ip6-localhost", "[::ffff:a00:1]"),
]


@pytest.mark.parametrize("url", GOOD)
def test_a_good_url_is_taken_apart(url):
    assert parse_target(url) == GOOD[url]


@pytest.mark.parametrize("url", BAD)
def test_a_bad_url_is_refused_with_a_sentence(url):
    with pytest.raises(TargetRefused, match=BAD[url]):
        parse_target(url)


@pytest.mark.parametrize("host", LOOPBACK)
def test_no_spelling_of_a_private_address_gets_through(host):
    target = parse_target(f"http://{host}/")
    with pytest.raises(TargetRefused, match=r"not a public address|not known"):
        find_addresses(target, private=False, timeout_s=5)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "localhost"])
def test_private_addresses_are_allowed_for_development(host):
    found = find_addresses(parse_target(f"http://{host}/"), private=True, timeout_s=5)
    assert set(found) <= {"127.0.0.1", "::1"}
    assert found


def answering(monkeypatch, *addresses: str) -> None:
    """Let the name service know one host with these addresses."""

    def getaddrinfo(host, port, **_):
        assert (host, port) == ("hook.example", 80)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    monkeypatch.setattr(targets.socket, "getaddrinfo", getaddrinfo)


def test_a_name_that_leads_to_one_private_address_is_refused_whatever_else_it_leads_to(monkeypatch):
    answering(monkeypatch, "8.8.8.8", "10.0.0.7")
    with pytest.raises(TargetRefused, match=r"10\.0\.0\.7"):
        find_addresses(parse_target("http://hook.example"), private=False, timeout_s=5)


def test_addresses_come_in_order_and_once(monkeypatch):
    answering(monkeypatch, "8.8.8.8", "1.1.1.1", "8.8.8.8")
    found = find_addresses(parse_target("http://hook.example"), private=False, timeout_s=5)
    assert found == ["8.8.8.8", "1.1.1.1"]


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.example", "no-such-host.invalid"])
def test_a_name_that_leads_nowhere_is_refused(host):
    with pytest.raises(TargetRefused, match="not known"):
        find_addresses(parse_target(f"http://{host}/"), private=False, timeout_s=5)


def test_a_look_up_that_hangs_holds_nobody(monkeypatch):
    going_on = threading.Event()
    monkeypatch.setattr(targets.socket, "getaddrinfo", lambda *_, **__: going_on.wait(20) and [])
    target = parse_target("http://hook.example")
    begun = time.monotonic()
    try:
        for _ in range(LOOKUP_THREADS_MAX):
            with pytest.raises(TargetRefused, match="not known"):
                find_addresses(target, private=False, timeout_s=0.01)
        with pytest.raises(TargetRefused, match="too many"):
            find_addresses(target, private=False, timeout_s=0.01)
    finally:
        going_on.set()
    assert time.monotonic() - begun < 5
    end = time.monotonic() + 5
    while targets._lookups._value < LOOKUP_THREADS_MAX and time.monotonic() < end:
        time.sleep(0.01)
    assert targets._lookups._value == LOOKUP_THREADS_MAX, "each look-up gave its place back"


def attempt(url: str) -> str | None:
    """Why a URL is refused; None where it is not."""
    try:
        parse_target(url)
    except TargetRefused as refused:
        return str(refused)
    return None


@given(st.from_regex(r"[Hh]ttps?://[!-~]{0,20}", fullmatch=True) | st.text(max_size=30))
@example("http://a:65536")
@example("http://a:00080")
def test_the_described_pattern_allows_what_the_rules_allow(url):
    """But for what no pattern of a bearable length says: ports up to 65535, IPv6 addresses."""
    refused = attempt(url)
    fits = re.search(URL_PATTERN, url) is not None
    assert fits == (refused is None) or re.search("port|host", refused or "")


@pytest.mark.parametrize("url", GOOD)
def test_a_good_url_fits_the_described_pattern(url):
    assert re.search(URL_PATTERN, url)
