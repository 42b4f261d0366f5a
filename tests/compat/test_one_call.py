"""The one-call form against a real server."""

from __future__ import annotations

import pytest

from pastense.compat import IntercomVersion, createdataevent
from pastense.errors import ConnectionFailed, NotFound, Unauthorized
from tests.compat.canned import NO_ANSWER, an_answer

EVENT = {"event_name": "a", "created_at": 1671028894, "user_id": "314159"}


@pytest.fixture
def environment(server, base_url, monkeypatch):
    monkeypatch.setenv("PASTENSE_URL", base_url)
    monkeypatch.setenv("PASTENSE_TOKEN", server.secret)
    return monkeypatch


@pytest.mark.parametrize("version", ["2.14", "Unstable", IntercomVersion("Preview"), None])
def test_header_and_fields_together(server, environment, user, version):
    fields = {"event_name": "a", "created_at": server.clock.now(), "user_id": user}
    header = {} if version is None else {"Intercom-Version": version}
    assert createdataevent({**header, **fields, "metadata": {"b": 1}}) is None
    [event] = server.listed(f"user_id={user}")
    assert (event["event_name"], event["metadata"]) == ("a", {"b": 1})


@pytest.mark.parametrize("name", ["user_id", "id", "email"])
def test_each_identifier(server, environment, user, name):
    contact = server.call("GET", f"/contacts/find_by_external_id/{user}").json
    value = {"user_id": user, "id": contact["id"], "email": contact["email"]}[name]
    createdataevent({"event_name": "a", "created_at": server.clock.now(), name: value})
    assert len(server.listed(f"user_id={user}")) == 1


def test_what_is_given_is_left_alone(environment, user, server):
    fields = {"Intercom-Version": "2.14", **EVENT, "user_id": user}
    before = dict(fields)
    createdataevent(fields)
    assert fields == before


def test_a_refusal_is_an_error_of_ours(environment):
    with pytest.raises(NotFound, match="User Not Found"):
        createdataevent(EVENT)
    environment.setenv("PASTENSE_TOKEN", "no-token")
    with pytest.raises(Unauthorized):
        createdataevent(EVENT)


def test_it_tries_again_twice(fake, environment):
    environment.setenv("PASTENSE_URL", fake.base_url)
    no = an_answer(503, headers={"Retry-After": "0"})
    fake.answer(no, no, an_answer(202))
    createdataevent(EVENT)
    assert len(fake.sent) == 3


def test_no_answer(fake, environment):
    environment.setenv("PASTENSE_URL", fake.base_url)
    fake.answer(an_answer(503, headers={"Retry-After": "0"}), NO_ANSWER, NO_ANSWER)
    with pytest.raises(ConnectionFailed):
        createdataevent(EVENT)


@pytest.mark.parametrize("name", ["PASTENSE_URL", "PASTENSE_TOKEN"])
@pytest.mark.parametrize("value", [None, ""])
def test_the_environment_must_say_where_to(environment, name, value):
    if value is None:
        environment.delenv(name)
    else:
        environment.setenv(name, value)
    with pytest.raises(ValueError, match=f"Set {name} in the environment"):
        createdataevent(EVENT)


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ([], TypeError, "must be a dict"),
        ({}, ValueError, "event_name"),
        ({**EVENT, "other": 1}, TypeError, "no field 'other'"),
        ({**EVENT, "Intercom-Version": "9.9"}, ValueError, "no version '9.9'"),
        ({**EVENT, "Intercom-Version": 2.14}, TypeError, "a version must be a text"),
        ({**EVENT, "created_at": "now"}, TypeError, "created_at must be a whole number"),
    ],
)
def test_bad_fields_are_refused_before_a_request(fake, environment, fields, error, words):
    environment.setenv("PASTENSE_URL", fake.base_url)
    with pytest.raises(error, match=words):
        createdataevent(fields)
    assert fake.sent == []
