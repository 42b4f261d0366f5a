"""Rate limits over HTTP: what counts, what the headers say, when it is over."""

from __future__ import annotations

import time

import pytest

from pastense.service.administration.workspaces import create_workspace
from pastense.web.openapi import description
from tests.support.inprocess import NOW, InProcess, Reply, in_process

PER_MINUTE = 30
LIMIT = 5
NAMES = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """A server that lets five calls through in a window; each test begins a new one."""
    folder = tmp_path_factory.mktemp("limited")
    with in_process(folder, rate_limit_per_minute=PER_MINUTE) as running:
        running.every = running.make_token("events:write", "contacts:read", "contacts:write")
        yield running


@pytest.fixture
def server(limited: InProcess) -> InProcess:
    limited.clock.move(10)
    return limited


def rates(reply: Reply) -> tuple[int, ...]:
    """The three numbers, which must be whole."""
    return tuple(int(reply.headers[name]) for name in NAMES)


def test_without_a_limit_there_are_no_headers(shared: InProcess) -> None:
    for path in ("/me", "/nothing", "/contacts/none"):
        assert not set(NAMES) & shared.call("GET", path).headers.keys()


def test_a_window_is_used_up_and_ends(server: InProcess) -> None:
    server.clock.move(3)
    now = server.clock.now()
    for left in (4, 3, 2, 1, 0):
        reply = server.call("GET", "/me")
        assert (reply.status, rates(reply)) == (200, (LIMIT, left, now + 7))
    for _ in range(2):
        reply = server.call("GET", "/me")
        assert reply.error == (429, "rate_limit_exceeded", None)
        words = "Exceeded rate limit of 5 in 10_seconds"
        assert reply.json["errors"][0]["message"] == words
        assert reply.json["request_id"] == reply.headers["x-request-id"]
        assert rates(reply) == (LIMIT, 0, now + 7)
        assert reply.headers["retry-after"] == "7"
    server.clock.move(6)
    assert server.call("GET", "/me").headers["retry-after"] == "1"
    server.clock.move(1)
    assert rates(server.call("GET", "/me")) == (LIMIT, 4, now + 17)


def test_the_window_is_aligned_to_the_clock(server: InProcess) -> None:
    server.clock.move(9)
    assert NOW % 10 == 0
    _, _, reset = rates(server.call("GET", "/me"))
    assert (reset - server.clock.now(), reset % 10) == (1, 0)


def test_duplicates_and_refusals_count_and_carry_the_headers(server: InProcess) -> None:
    event = {"event_name": "did", "created_at": 5, "user_id": "u1"}
    replies = [
        server.call("POST", "/events", event, token=server.every),
        server.call("POST", "/events", event, token=server.every),
        server.call("POST", "/events", b"{", token=server.every),
        server.call("GET", "/contacts/none", token=server.every),
        server.call("GET", "/pastense/v1/counters", token=server.every),
        server.call("POST", "/events", event, token=server.every),
    ]
    assert [reply.status for reply in replies] == [202, 202, 400, 404, 403, 429]
    assert [rates(reply)[1] for reply in replies] == [4, 3, 2, 1, 0, 0]


def test_media_types_versions_and_sizes_count_too(server: InProcess) -> None:
    refused = [
        server.call("POST", "/events", b"x", {"Content-Type": "text/plain"}),
        server.call("GET", "/me", headers={"Intercom-Version": "9"}),
        server.call("POST", "/events", b" " * 1_100_000),
    ]
    assert [(reply.status, rates(reply)[1]) for reply in refused] == [(415, 4), (400, 3), (413, 2)]


def test_what_no_token_was_looked_at_for_counts_nothing(server: InProcess) -> None:
    calls = [
        ("GET", "/nothing", server.secret, 404),
        ("PATCH", "/me", server.secret, 405),
        ("GET", "/me", "pst_unknown", 401),
        ("GET", "/healthz", server.secret, 200),
        ("GET", "/openapi.json", server.secret, 200),
    ]
    for method, path, token, status in calls:
        reply = server.call(method, path, token=token)
        assert (reply.status, set(NAMES) & reply.headers.keys()) == (status, set())
    assert rates(server.call("GET", "/me"))[1] == LIMIT - 1


def test_what_is_refused_for_the_limit_is_not_done(server: InProcess) -> None:
    for _ in range(LIMIT):
        server.call("GET", "/me")
    fields = {"role": "user", "external_id": "late"}
    assert server.call("POST", "/contacts", fields).status == 429
    event = {"event_name": "late", "created_at": 5, "user_id": "u1"}
    assert server.call("POST", "/events", event).status == 429
    server.clock.move(10)
    path = "/contacts/find_by_external_id/late"
    assert server.call("GET", path).status == 404
    assert "late" not in {found["event_name"] for found in server.listed("user_id=u1")}


def test_tokens_share_a_workspace_and_workspaces_share_nothing(server: InProcess) -> None:
    other = create_workspace(server.store.workspaces, server.clock, "other")
    theirs = server.make_token(workspace=other)
    for _ in range(LIMIT):
        server.call("GET", "/me", token=server.every)
    assert server.call("GET", "/me").status == 429
    assert rates(server.call("GET", "/me", token=theirs))[1] == LIMIT - 1


def test_a_list_is_one_call(server: InProcess) -> None:
    data = [{"event_name": "many", "created_at": n, "user_id": "u1"} for n in range(50)]
    reply = server.call("POST", "/events", {"data": data})
    assert (reply.status, rates(reply)[1]) == (202, LIMIT - 1)


def test_a_workspace_that_sets_zero_is_free_of_it(server: InProcess) -> None:
    free = create_workspace(server.store.workspaces, server.clock, "free")
    admin = server.make_token("admin", workspace=free)
    change = {"settings": {"rate_limit_per_minute": 0}}
    reply = server.call("PUT", "/pastense/v1/workspace", change, token=admin)
    assert reply.status == 200
    deadline = time.monotonic() + 1.0
    while NAMES[0] in server.call("GET", "/me", token=admin).headers:
        assert time.monotonic() < deadline, "the limit still holds after a second"
        server.clock.move(10)
    for _ in range(2 * LIMIT):
        assert server.call("GET", "/me", token=admin).status == 200


def test_a_head_is_a_call_like_any_other(server: InProcess) -> None:
    reply = server.call("HEAD", "/me")
    assert (reply.status, rates(reply)[1]) == (200, LIMIT - 1)


def test_every_call_that_counts_is_described_with_its_429() -> None:
    calls = [call for path in description()["paths"].values() for call in path.values()]
    free = [call for call in calls if call.get("security") == []]
    assert 3 <= len(free) < len(calls)
    for call in calls:
        assert ("429" in call["responses"]) is (call not in free), call["operationId"]
