"""Subscriptions over HTTP: written, read, refused, recorded."""

from __future__ import annotations

import re

import pytest

from pastense.limits import SUBSCRIPTIONS_MAX
from tests.support.inprocess import NOW, InProcess

SCOPES = ("admin", "events:write", "events:read", "contacts:write", "contacts:read")
GOOD = {
    "service_type": "web",
    "topics": ["event.created"],
    "url": "https://8.8.8.8/hooks/1",
    "metadata": {"event_names": ["invited-friend"]},
}


@pytest.fixture(scope="module")
def strict(shared: InProcess) -> tuple[InProcess, str]:
    """A server as it is by default, and a token for all."""
    return shared, shared.make_token(*SCOPES)


def test_a_subscription_is_created_with_the_shape_of_the_reference(strict) -> None:
    server, token = strict
    reply = server.call("POST", "/subscriptions", GOOD, token=token)
    made = reply.json
    secret = made.pop("hub_secret")
    assert len(secret) >= 32
    address = f"http://127.0.0.1:{server.port}/subscriptions/{made['id']}"
    assert reply.status == 200
    assert re.fullmatch(r"nsub_[0-9a-f]{24}", made["id"])
    assert made == {
        "type": "notification_subscription",
        "id": made["id"],
        "created_at": NOW,
        "updated_at": NOW,
        "service_type": "web",
        "app_id": server.store.admin.workspaces()[0].id,
        "url": GOOD["url"],
        "self": address,
        "topics": ["event.created"],
        "active": True,
        "metadata": {"event_names": ["invited-friend"]},
        "mode": "point",
        "links": {"errors": f"{address}/error", "retry": f"{address}/error/retry"},
        "notes": [],
    }
    shown = server.call("GET", f"/subscriptions/{made['id']}", token=token).json
    assert shown == made | {"hub_secret": None}
    listed = server.call("GET", "/subscriptions", token=token)
    assert shown in listed.json["items"]
    assert listed.json["subscriptions"] == listed.json["items"]
    assert listed.json["type"] == "notification_subscription.list"
    assert secret.encode() not in listed.body


def test_a_change_replaces_all_names_and_leaves_what_is_null_alone(strict) -> None:
    server, token = strict
    path = "/subscriptions/" + server.call("POST", "/subscriptions", GOOD, token=token).json["id"]
    for method in ("PUT", "POST"):
        names = {"metadata": {"event_names": [" b ", "c", "b"]}}
        changed = server.call(method, path, names, token=token).json
        assert changed["metadata"] == {"event_names": ["b", "c"]}
        assert (changed["url"], changed["active"], changed["hub_secret"]) == (
            GOOD["url"],
            True,
            None,
        )
        # A client that sends back what it read changes nothing.
        again = server.call(method, path, changed, token=token)
        assert (again.status, again.json) == (200, changed)
        server.call(method, path, GOOD, token=token)
    off = server.call("PUT", path, {"active": False}, token=token).json
    assert off["active"] is False
    secret = "a secret of my own"
    assert (
        server.call("PUT", path, {"hub_secret": secret}, token=token).json["hub_secret"] == secret
    )
    assert server.call("GET", path, token=token).json["hub_secret"] is None


def test_a_deleted_subscription_is_gone(strict) -> None:
    server, token = strict
    made = server.call("POST", "/subscriptions", GOOD, token=token).json
    path = f"/subscriptions/{made['id']}"
    deleted = server.call("DELETE", path, token=token)
    assert (deleted.status, deleted.json["id"]) == (200, made["id"])
    for method, rest in [
        *(("GET", ""), ("PUT", ""), ("POST", ""), ("DELETE", "")),
        *(("POST", "/ping"), ("GET", "/error"), ("POST", "/error/retry")),
    ]:
        reply = server.call(method, path + rest, {}, token=token)
        assert reply.error == (404, "not_found", "subscription_id"), (method, rest)


def test_administrative_acts_are_recorded_without_secrets_and_paths(strict) -> None:
    server, token = strict
    secret, url = "a secret to be found", "https://8.8.4.4/a-path-to-be-found?token=to-be-found"
    body = GOOD | {"hub_secret": secret, "url": url}
    path = "/subscriptions/" + server.call("POST", "/subscriptions", body, token=token).json["id"]
    server.call("PUT", path, {"hub_secret": secret + "2", "active": False}, token=token)
    server.call("DELETE", path, token=token)
    entries = server.store.audit.page(1, None, 3)
    assert [entry.act for entry in entries] == [
        "subscription deleted",
        "subscription changed",
        "subscription created",
    ]
    created = {"host": "8.8.4.4", "event_names": ["invited-friend"], "secret_changed": True}
    assert entries[2].detail.items() >= created.items()
    assert "to-be-found" not in str(entries)
    assert secret not in str(entries)


BAD = {
    "nothing": ({}, "parameter_not_found", "topics"),
    "no topics": ({"topics": None}, "parameter_not_found", "topics"),
    "another topic": ({"topics": ["user.created"]}, "parameter_invalid", "topics"),
    "two topics": ({"topics": ["event.created", "ping"]}, "parameter_invalid", "topics"),
    "a topic as text": ({"topics": "event.created"}, "parameter_invalid", "topics"),
    "service": ({"service_type": "email"}, "parameter_invalid", "service_type"),
    "service list": ({"service_type": ["web"]}, "parameter_invalid", "service_type"),
    "no url": ({"url": None}, "parameter_not_found", "url"),
    "url is a number": ({"url": 5}, "parameter_invalid", "url"),
    "url is an object": ({"url": {}}, "parameter_invalid", "url"),
    "url of another scheme": ({"url": "ftp://example.org"}, "parameter_invalid", "url"),
    "url with a password": ({"url": "https://a:b@8.8.8.8/"}, "parameter_invalid", "url"),
    "url with a NUL": ({"url": "https://8.8.8.8/\x00"}, "parameter_invalid", "url"),
    "long url": ({"url": "https://8.8.8.8/" + "a" * 2_000}, "parameter_invalid", "url"),
    "no metadata": ({"metadata": None}, "parameter_not_found", "metadata.event_names"),
    "metadata is a list": ({"metadata": []}, "parameter_invalid", "metadata"),
    "no names": ({"metadata": {}}, "parameter_not_found", "metadata.event_names"),
    "names are text": (
        {"metadata": {"event_names": "did"}},
        "parameter_invalid",
        "metadata.event_names",
    ),
    "empty names": ({"metadata": {"event_names": []}}, "parameter_invalid", "metadata.event_names"),
    "too many names": (
        {"metadata": {"event_names": [f"n{i}" for i in range(1_001)]}},
        "parameter_invalid",
        "metadata.event_names",
    ),
    "a wildcard": (
        {"metadata": {"event_names": ["a", "*"]}},
        "parameter_invalid",
        "metadata.event_names[1]",
    ),
    "a name that is none": (
        {"metadata": {"event_names": [None]}},
        "parameter_invalid",
        "metadata.event_names[0]",
    ),
    "a long name": (
        {"metadata": {"event_names": ["x" * 256]}},
        "parameter_invalid",
        "metadata.event_names[0]",
    ),
    "a blank name": (
        {"metadata": {"event_names": ["  "]}},
        "parameter_invalid",
        "metadata.event_names[0]",
    ),
    "a control character": (
        {"metadata": {"event_names": ["a\nb"]}},
        "parameter_invalid",
        "metadata.event_names[0]",
    ),
    "short secret": ({"hub_secret": "x" * 15}, "parameter_invalid", "hub_secret"),
    "long secret": ({"hub_secret": "x" * 256}, "parameter_invalid", "hub_secret"),
    "secret is a number": ({"hub_secret": 5}, "parameter_invalid", "hub_secret"),
    "active is text": ({"active": "yes"}, "parameter_invalid", "active"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_refused_subscription(strict, name: str) -> None:
    server, token = strict
    given, code, field = BAD[name]
    body = GOOD | given if given else {}
    assert server.call("POST", "/subscriptions", body, token=token).error == (400, code, field)
    if code == "parameter_invalid":
        path = (
            "/subscriptions/" + server.call("POST", "/subscriptions", GOOD, token=token).json["id"]
        )
        assert server.call("PUT", path, body, token=token).error == (400, code, field)
        server.call("DELETE", path, token=token)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "localhost.", "2130706433", "0x7f.1", "0.0.0.0", "[::1]"),
        *("[::ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]", "10.1.2.3", "169.254.169.254"),
        *("[fe80::1]", "224.0.0.1", "100.64.0.1", "no-such-host.invalid"),
    ],
)
def test_a_private_target_is_refused_however_it_is_spelled(strict, host: str) -> None:
    server, token = strict
    reply = server.call("POST", "/subscriptions", GOOD | {"url": f"http://{host}/"}, token=token)
    assert reply.error == (400, "parameter_invalid", "url")
    assert "public address" in reply.json["errors"][0]["message"] or "not known" in str(reply.json)


def test_bad_pages_of_the_dead(strict) -> None:
    server, token = strict
    path = "/subscriptions/" + server.call("POST", "/subscriptions", GOOD, token=token).json["id"]
    for query, field in [
        *(("per_page=0", "per_page"), ("per_page=151", "per_page"), ("per_page=x", "per_page")),
        *(("starting_after=x", "starting_after"), ("starting_after=1.2", "starting_after")),
        ("starting_after=1.2.9999999999999999999", "starting_after"),
    ]:
        reply = server.call("GET", f"{path}/error?{query}", token=token)
        assert reply.error == (400, "parameter_invalid", field)


def test_it_takes_the_scope_admin(strict) -> None:
    server, _ = strict
    token = server.make_token(*SCOPES[1:])
    path = "/subscriptions/nsub_1"
    for method, where in [
        *(("GET", "/subscriptions"), ("POST", "/subscriptions"), ("GET", path), ("PUT", path)),
        *(("POST", path), ("DELETE", path), ("POST", f"{path}/ping"), ("GET", f"{path}/error")),
        ("POST", f"{path}/error/retry"),
    ]:
        reply = server.call(method, where, {}, token=token)
        assert reply.error == (403, "forbidden", None), where


def test_there_are_so_many_subscriptions_and_no_more(server: InProcess) -> None:
    token = server.make_token(*SCOPES)
    replies = [server.call("POST", "/subscriptions", GOOD, token=token) for _ in range(101)]
    assert [reply.status for reply in replies] == [200] * SUBSCRIPTIONS_MAX + [400]
    assert replies[-1].error == (400, "parameter_invalid", "url")


def test_counters_begin_at_zero(strict) -> None:
    server, token = strict
    counters = server.call("GET", "/pastense/v1/counters", token=token).json["counters"]
    assert counters["webhooks_delivered"] == 0
    assert list(counters) == sorted(counters)
