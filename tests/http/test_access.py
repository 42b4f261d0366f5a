"""Tokens, scopes, versions and single headers: judged before a body is read."""

from __future__ import annotations

import base64
import re
import time
from collections import defaultdict

import pytest

from pastense.service.administration.access import revoke_token
from pastense.versions import KNOWN_VERSIONS
from pastense.web.app import OPERATIONS
from tests.support.inprocess import NOW, InProcess

ME = "/me"


def basic(user: str, password: str) -> dict[str, str]:
    """A Basic Authorization header."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize("form", ["Bearer {0}", "bearer {0}", "BEARER  {0} "])
def test_bearer(shared: InProcess, form: str) -> None:
    headers = {"Authorization": form.format(shared.secret)}
    assert shared.call("GET", ME, headers=headers).status == 200


def test_both_basic_forms(shared: InProcess) -> None:
    assert shared.call("GET", ME, headers=basic(shared.secret, "")).status == 200
    assert shared.call("GET", ME, headers=basic("any-app", shared.secret)).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer pst_unknown",
        "Token x",
        "Basic",
        "Basic ***",
        "Basic " + base64.b64encode(b"no-colon").decode(),
        "Basic " + base64.b64encode(b":").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:").decode(),
        "Bearer \xff\xfe",
    ],
)
def test_no_access(shared: InProcess, authorization: str) -> None:
    reply = shared.call("GET", ME, headers={"Authorization": authorization})
    assert reply.error == (401, "unauthorized", None)
    assert reply.json["errors"][0]["message"] == "Access Token Invalid"
    assert "type" not in reply.json["errors"][0], "older SDKs would take it for the code"


def test_a_wrong_password_is_not_saved_by_a_right_user(shared: InProcess) -> None:
    assert shared.call("GET", ME, headers=basic(shared.secret, "wrong")).status == 401


SCOPED = {
    "events:read": ("GET", "/events?type=user&user_id=u1"),
    "events:write": ("POST", "/events"),
    "contacts:read": ("GET", "/contacts"),
    "contacts:write": ("POST", "/contacts"),
    "admin": ("GET", "/pastense/v1/counters"),
}


@pytest.mark.parametrize("scope", SCOPED)
def test_a_missing_scope_is_named(shared: InProcess, scope: str) -> None:
    method, path = SCOPED[scope]
    others = shared.make_token(*(other for other in SCOPED if other != scope))
    reply = shared.call(method, path, {} if method == "POST" else None, token=others)
    assert reply.error == (403, "forbidden", None)
    assert f"({scope})" in reply.json["errors"][0]["message"]
    only = shared.make_token(scope)
    assert shared.call(method, path, {} if method == "POST" else None, token=only).status != 403


def test_expiry_follows_the_clock(server: InProcess) -> None:
    token = server.make_token(expires_at=NOW + 60)
    assert server.call("GET", ME, token=token).status == 200
    server.clock.move(60)
    assert server.call("GET", ME, token=token).error == (401, "unauthorized", None)


def test_a_revocation_holds_within_a_second(server: InProcess) -> None:
    token = server.make_token()
    assert server.call("GET", ME, token=token).status == 200
    assert revoke_token(server.store.admin, server.store.admin.tokens()[-1], NOW)
    deadline = time.monotonic() + 1.0
    while server.call("GET", ME, token=token).status == 200:
        assert time.monotonic() < deadline, "the revoked token still works after a second"
        time.sleep(0.02)


def test_a_new_token_works_at_once_though_it_was_tried_before(server: InProcess) -> None:
    assert server.call("GET", ME, token="pst_wrong").status == 401
    assert server.call("GET", ME, token=server.make_token()).status == 200


@pytest.mark.parametrize("version", sorted(KNOWN_VERSIONS))
def test_known_versions_are_used_and_said(shared: InProcess, version: str) -> None:
    reply = shared.call("GET", ME, headers={"Intercom-Version": version})
    assert (reply.status, reply.headers["intercom-version"]) == (200, version)


@pytest.mark.parametrize("version", ["", "2", "2.18", "1.5", "unstable", "9.9", "2.14;x", "\xff"])
def test_other_versions_are_refused(shared: InProcess, version: str) -> None:
    connection_headers = {"Intercom-Version": version or " "}
    reply = shared.call("GET", ME, headers=connection_headers)
    assert reply.error == (400, "intercom_version_invalid", "Intercom-Version")


def test_without_a_version_the_token_decides(shared: InProcess) -> None:
    token = shared.make_token(version="1.4")
    reply = shared.call("GET", ME, token=token, headers={"User-Agent": "python-intercom/5.0.1"})
    assert reply.headers["intercom-version"] == "1.4"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer x"),
        ("Content-Type", "application/json"),
        ("Content-Encoding", "identity"),
        ("Intercom-Version", "2.14"),
        ("Host", "localhost"),
        ("X-Forwarded-Host", "events.example.org"),
        ("X-Forwarded-Proto", "https"),
    ],
)
def test_doubled_headers_are_refused(shared: InProcess, name: str, value: str) -> None:
    request = f"GET /me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{name}: {value}\r\n"
    request += "" if name == "Host" else f"{name}: {value}\r\n"
    answer = shared.raw(request.encode() + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert f'"field":"{name}"'.encode() in answer


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "json"])
def test_other_media_types_are_415(shared: InProcess, media_type: str) -> None:
    reply = shared.call("POST", "/events", b"{}", {"Content-Type": media_type})
    assert reply.error == (415, "media_type_not_supported", "Content-Type")


@pytest.mark.parametrize(
    "media_type",
    ["", "application/json", "Application/JSON; charset=utf-8", "application/vnd.intercom.3+json"],
)
def test_json_media_types_and_none_are_read(shared: InProcess, media_type: str) -> None:
    reply = shared.call("POST", "/events", b"{}", {"Content-Type": media_type})
    assert reply.error == (400, "parameter_not_found", "event_name")


def test_compressed_bodies_are_415(shared: InProcess) -> None:
    reply = shared.call("POST", "/events", b"\x1f\x8b", {"Content-Encoding": "gzip"})
    assert reply.error == (415, "media_type_not_supported", "Content-Encoding")


@pytest.mark.parametrize("accept", ["", "text/html", "*/*", "application/vnd.intercom.3+json"])
def test_accept_is_never_a_reason_to_refuse(shared: InProcess, accept: str) -> None:
    reply = shared.call("GET", ME, headers={"Accept": accept})
    assert reply.headers["content-type"] == "application/json; charset=utf-8"


def test_every_answer_has_an_id_of_its_own(shared: InProcess) -> None:
    paths = ["/me", "/healthz", "/readyz", "/nothing", "/openapi.json", "/contacts/x"]
    replies = [shared.call("GET", path) for path in paths for _ in range(2)]
    assert len({reply.headers["x-request-id"] for reply in replies}) == len(replies)
    assert all(reply.headers["pastense"] for reply in replies)


def test_unknown_paths_and_methods(shared: InProcess) -> None:
    assert shared.call("GET", "/nothing").error == (404, "not_found", None)
    reply = shared.call("PATCH", "/events")
    assert reply.error == (405, "method_not_allowed", None)
    assert reply.headers["allow"] == "GET, HEAD, POST"
    assert shared.call("GET", "/contacts/search").headers["allow"] == "POST"
    assert shared.call("OPTIONS", "/me").status == 405
    assert shared.call("GET", "/contacts/%ff").error == (400, "bad_request", "path")
    assert shared.call("GET", "/contacts/%00").error == (400, "bad_request", "path")


def test_every_path_knows_its_methods(shared: InProcess) -> None:
    """What a path does not have is 405 with what it has, and HEAD is GET without the body."""
    methods = defaultdict(set)
    for operation in OPERATIONS:
        path = re.sub(r"\{[^}]*\}", "x", operation.path)
        methods[path] |= {operation.method, *(["HEAD"] if operation.method == "GET" else [])}
    for path, known in methods.items():
        for method in {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} - known:
            reply = shared.call(method, path)
            assert reply.status == 405, (method, path)
            assert reply.headers["allow"] == ", ".join(sorted(known)), (method, path)
        if "HEAD" in known:
            head, get = shared.call("HEAD", path), shared.call("GET", path)
            assert (head.status, head.body) == (get.status, b""), path
            assert head.headers.keys() == get.headers.keys(), path


def test_health_needs_no_token(shared: InProcess) -> None:
    for path in ("/healthz", "/readyz", "/openapi.json"):
        assert shared.call("GET", path, headers={"Authorization": ""}).status == 200
