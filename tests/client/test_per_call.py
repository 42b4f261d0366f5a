"""What one call may say for itself, and what a client says for all of its calls."""

from __future__ import annotations

import pytest

import pastense
from pastense import Timeout
from pastense.errors import ApiError, TimedOut, VersionInvalid
from tests.support.scripted_server import answer, scripted_server

ME = answer(200, b'{"id":"1"}')
FAILS = answer(500)
CALLS = {
    "events.create": lambda c, **o: c.events.create("did", user_id="u", **o),
    "events.create_many": lambda c, **o: c.events.create_many(
        [{"event_name": "did", "user_id": "u"}], **o
    ),
    "events.list": lambda c, **o: c.events.list(user_id="u", **o).page(),
    "events.summaries": lambda c, **o: c.events.summaries(user_id="u", **o),
    "events.import_summaries": lambda c, **o: c.events.import_summaries(
        [pastense.ImportedSummary("did", 1, 2, 3)], user_id="u", **o
    ),
    "contacts.create": lambda c, **o: c.contacts.create(role="lead", **o),
    "contacts.upsert": lambda c, **o: c.contacts.upsert(external_id="u", **o),
    "contacts.get": lambda c, **o: c.contacts.get("c1", **o),
    "contacts.find": lambda c, **o: c.contacts.find(email="a@example.org", **o),
    "contacts.update": lambda c, **o: c.contacts.update("c1", name="Ada", **o),
    "contacts.delete": lambda c, **o: c.contacts.delete("c1", **o),
    "contacts.archive": lambda c, **o: c.contacts.archive("c1", **o),
    "contacts.merge": lambda c, **o: c.contacts.merge(lead_id="a", user_id="b", **o),
    "contacts.list": lambda c, **o: c.contacts.list(**o).page(),
    "contacts.search": lambda c, **o: c.contacts.search({}, **o).page(),
    "tags.attach": lambda c, **o: c.tags.attach("c1", "7", **o),
    "tags.list": lambda c, **o: c.tags.list(**o),
    "track_event": lambda c, **o: c.users.find(user_id="u").track_event("did", **o),
    "user.events": lambda c, **o: c.users.find(user_id="u").events(**o).page(),
    "user.contact": lambda c, **o: c.users.find(user_id="u").contact(**o),
    "me": lambda c, **o: c.me(**o),
    "request": lambda c, **o: c.request("GET", "/any", **o),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_call_takes_the_same_options(open_client, pauses, name):
    with scripted_server(FAILS) as server, open_client(base_url=server.base_url) as client:
        with pytest.raises(ApiError):
            CALLS[name](client, headers={"X-Of": "me"}, version="2.11", max_retries=1, timeout=7)
        with pytest.raises(TypeError, match="'time_out'"):
            CALLS[name](client, time_out=7)
    assert len(server.requests) == 2
    assert len(pauses) == 1
    for request in server.requests:
        assert request.headers["x-of"] == "me"
        assert request.headers["intercom-version"] == "2.11"


def test_a_client_says_things_for_all_of_its_calls(open_client):
    with scripted_server(ME) as server:
        given = {"version": "2.14", "headers": {"X-All": "a", "user-agent": "mine/1"}}
        with open_client("secret", base_url=server.base_url, **given) as client:
            client.me()
            client.me(version="Unstable", headers={"x-all": "b"})
            client.me()
    first, second, third = [request.headers for request in server.requests]
    assert first["authorization"] == "Bearer secret"
    assert (first["intercom-version"], first["x-all"]) == ("2.14", "a")
    assert first["user-agent"] == "mine/1"
    assert (second["intercom-version"], second["x-all"]) == ("Unstable", "b")
    assert (third["intercom-version"], third["x-all"]) == ("2.14", "a")


def test_where_nothing_is_said_the_token_decides_the_version(open_client):
    with scripted_server(ME) as server, open_client(base_url=server.base_url) as client:
        client.me()
    headers = server.requests[0].headers
    assert "intercom-version" not in headers
    assert headers["accept"] == "application/json"
    assert headers["user-agent"] == f"pastense-python/{pastense.__version__}"
    assert "content-type" not in headers


def test_a_version_that_there_is_not_is_refused_by_the_server(client):
    assert client.me(version="Unstable").id
    with pytest.raises(VersionInvalid):
        client.me(version="9.9")


@pytest.mark.parametrize("timeout", [0.05, (5, 0.05), Timeout(5, 0.05)])
def test_a_call_waits_no_longer_than_it_says(open_client, pauses, timeout):
    with scripted_server(ME, lambda exchange: server.hang(exchange)) as server:
        with open_client(base_url=server.base_url) as client:
            client.me()
            with pytest.raises(TimedOut):
                client.me(timeout=timeout, max_retries=1)
            server.released.set()
    assert len(server.requests) == 3
    assert len(pauses) == 1


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"timeout": 0}, ValueError, "more than 0"),
        ({"timeout": float("inf")}, ValueError, "more than 0"),
        ({"timeout": (1, 2, 3)}, TypeError, "a pair"),
        ({"timeout": Timeout(-1, 1)}, ValueError, "more than 0"),
        ({"timeout": "5"}, TypeError, "a pair"),
        ({"max_retries": -1}, ValueError, "from 0 on"),
        ({"max_retries": 1.5}, ValueError, "from 0 on"),
        ({"version": "2.14\r\nX: y"}, ValueError, "version must be"),
        ({"version": 2.14}, TypeError, "version must be a text"),
        ({"headers": {"X": "a\nb"}}, ValueError, "X must be"),
        ({"headers": {"X: Y": "a"}}, ValueError, "cannot name a header"),
        ({"headers": {"": "a"}}, ValueError, "cannot name a header"),
        ({"headers": {"Content-Length": "9"}}, ValueError, "leave it out"),
        ({"headers": {"host": "elsewhere"}}, ValueError, "leave it out"),
    ],
)
def test_options_are_checked_before_a_request(open_client, given, error, said):
    with scripted_server(ME) as server, open_client(base_url=server.base_url) as client:
        with pytest.raises(error, match=said):
            client.me(**given)
        with pytest.raises(error, match=said), open_client(base_url=server.base_url, **given):
            pass
    assert server.requests == []
