"""TLS and proxies: what the caller gives, what the environment says, what a proxy is told."""

from __future__ import annotations

import base64

import pytest

from pastense.errors import ConnectionFailed
from tests.support.certificates import make_certificate, needs_openssl, server_context
from tests.support.proxy import proxying
from tests.support.scripted_server import answer, scripted_server

ME = answer(200, b'{"type":"admin","id":"1"}')
ONCE = {"max_retries": 0}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def secure(certificate):
    with scripted_server(ME, tls=server_context(certificate)) as server:
        yield server


def named(server) -> str:
    return server.base_url.replace("127.0.0.1", "localhost")


@needs_openssl
def test_certificates_are_checked(open_client, secure, certificate, monkeypatch):
    with open_client(base_url=named(secure), **ONCE) as client:
        with pytest.raises(ConnectionFailed, match=r"No connection to localhost:.*certificate"):
            client.me()
    with open_client(base_url=named(secure), ca_file=str(certificate)) as client:
        assert client.me().id == client.me().id == "1"
    with open_client(base_url=secure.base_url, ca_file=str(certificate), **ONCE) as client:
        with pytest.raises(ConnectionFailed, match="certificate"):
            client.me()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with open_client(base_url=named(secure)) as client:
        assert client.me().id == "1"
    assert {request.connection for request in secure.requests} == {2, 4}


@needs_openssl
def test_tls_goes_through_a_tunnel(open_client, secure, certificate, monkeypatch):
    with proxying() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("//", "//me:p%40ss@"))
        with open_client(base_url=named(secure), ca_file=str(certificate)) as client:
            client.me()
            client.me()
        assert [line.split()[:2] for line in proxy.lines] == [
            ["CONNECT", f"localhost:{secure.port}"]
        ]
        told = {name.lower(): value for name, value in proxy.headers[0].items()}
        secret = told["proxy-authorization"].removeprefix("Basic ")
        assert base64.b64decode(secret) == b"me:p@ss"
        assert "authorization" not in told
    assert all("proxy-authorization" not in request.headers for request in secure.requests)


@needs_openssl
def test_a_proxy_that_opens_no_tunnel_is_said(open_client, secure):
    with proxying(refuses=b"407 Proxy Authentication Required") as proxy:
        with open_client(base_url=named(secure), proxy=proxy.url, **ONCE) as client:
            said = f"localhost:{secure.port} through the proxy 127.0.0.1:{proxy.port}: .*407"
            with pytest.raises(ConnectionFailed, match=said):
                client.me()


def test_plain_http_is_given_to_the_proxy_whole(open_client, monkeypatch):
    with scripted_server(ME) as server, proxying() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//me:pass@"))
        with open_client(base_url=server.base_url) as client:
            assert client.me().id == "1"
        assert proxy.lines == [f"GET {server.base_url}/me HTTP/1.1"]
        told = {name.lower(): value for name, value in proxy.headers[0].items()}
        assert base64.b64decode(told["proxy-authorization"].split()[1]) == b"me:pass"
        assert told["authorization"] == "Bearer token"


@pytest.mark.parametrize(
    ("environment", "given", "is_used"),
    [
        ({"HTTP_PROXY": "proxy"}, None, True),
        ({"ALL_PROXY": "proxy"}, None, True),
        ({"HTTPS_PROXY": "proxy"}, None, False),
        ({"HTTP_PROXY": "proxy", "NO_PROXY": "example.org,127.0.0.1"}, None, False),
        ({"HTTP_PROXY": "proxy", "NO_PROXY": "*"}, None, False),
        ({"HTTP_PROXY": "proxy", "NO_PROXY": "127.0.0.2"}, None, True),
        ({"HTTP_PROXY": "proxy", "REQUEST_METHOD": "GET"}, None, False),
        ({"HTTP_PROXY": "proxy"}, "", False),
        ({"NO_PROXY": "*"}, "proxy", True),
    ],
)
def test_which_proxy(open_client, monkeypatch, environment, given, is_used):
    with scripted_server(ME) as server, proxying() as proxy:
        for name, value in environment.items():
            monkeypatch.setenv(name, proxy.url if value == "proxy" else value)
        given = proxy.url if given == "proxy" else given
        with open_client(base_url=server.base_url, proxy=given) as client:
            client.me()
        assert bool(proxy.lines) is is_used
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "proxy", ["socks5://p:1", "https://p", "http://", "http://p:0", "http://user:hidden@p:99999"]
)
def test_a_proxy_that_is_none_is_refused_without_its_password(open_client, proxy):
    with pytest.raises(ValueError, match="proxy must be an HTTP proxy such as") as refused:
        with open_client(base_url="http://127.0.0.1:1", proxy=proxy):
            pass
    assert "hidden" not in str(refused.value)


def test_a_wrong_proxy_of_the_environment_is_named(open_client, monkeypatch):
    monkeypatch.setenv("https_proxy", "socks5://p:1")
    with pytest.raises(ValueError, match="HTTPS_PROXY must be an HTTP proxy"):
        with open_client(base_url="https://example.org"):
            pass


def test_authorities_that_are_no_file_are_refused(open_client, tmp_path):
    with pytest.raises(ValueError, match="ca_file must be a file of certificates"):
        with open_client(base_url="https://example.org", ca_file=str(tmp_path / "none")):
            pass


def test_a_host_beyond_ascii_is_written_as_one(open_client):
    with open_client(base_url="http://b\xfccher.invalid", **ONCE) as client:
        with pytest.raises(ConnectionFailed, match=r"xn--bcher-kva\.invalid"):
            client.me()
    with pytest.raises(ValueError, match="names a host that cannot be one"):
        with open_client(base_url="http://a..\xfc"):
            pass
