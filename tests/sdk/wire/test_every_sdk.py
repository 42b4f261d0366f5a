"""What several SDKs send alike, replayed byte by byte (docs/wire.md "What breaks SDKs")."""

from __future__ import annotations

import pytest
from tests.support.sdk_wire import JSON, RUBY


@pytest.mark.parametrize("name", ["ruby 4", "python 3", "php 4"])
def test_delete_with_a_body_of_an_empty_object(wire, user, name):
    answer = wire.send("DELETE", f"/contacts/{user['id']}", JSON | wire.bearer, {})

    assert answer.status == 200
    assert answer.json() == {
        "type": "contact",
        "id": user["id"],
        "external_id": user["external_id"],
        "deleted": True,
    }
    assert wire.send("GET", f"/contacts/{user['id']}", wire.bearer).status == 404


@pytest.mark.parametrize("body", [None, b"", {}], ids=["no body", "zero bytes", "empty object"])
@pytest.mark.parametrize("path", ["/events", "/events/summaries"])
def test_fern_clients_send_nothing_or_an_empty_object(wire, path, body):
    answer = wire.send("POST", path, JSON | wire.bearer, body)

    assert answer.status == 400
    [error] = answer.json()["errors"]
    assert error["code"] == "parameter_not_found"
    if path == "/events":
        assert error["message"] == "missing data parameter"


@pytest.mark.parametrize("accept", ["application/json", "*/*", RUBY["Accept"], "text/html", None])
def test_any_accept_header_is_answered_in_json(wire, accept):
    headers = wire.bearer if accept is None else wire.bearer | {"Accept": accept}
    answer = wire.send("GET", "/me", headers)

    assert answer.status == 200
    assert answer.json()["type"] == "admin"


@pytest.mark.parametrize(
    "credentials",
    [None, ("pst_of_nobody", ""), ("pi3243fa", "pst_of_nobody"), ("", "")],
    ids=["none", "python 3", "ruby 2", "empty"],
)
def test_wrong_credentials_in_either_basic_form(wire, credentials, an_hour_ago, facts):
    event = {"event_name": "x", "created_at": an_hour_ago, "user_id": "anyone"}
    headers = JSON | wire.basic(*credentials) if credentials else JSON
    answer = wire.send("POST", "/events", headers, event)

    assert answer.status == 401
    facts.check_error(answer.json(), "unauthorized", "Access Token Invalid")
