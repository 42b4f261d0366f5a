"""Who the token is, tags, and any other call, through both clients."""

from __future__ import annotations

import pytest

from pastense.errors import Forbidden, NotFound
from tests.support.scripted_server import answer, scripted_server


def test_the_token_is_known(client):
    me = client.me()
    assert me.id
    assert me.app is not None
    assert me.app.id_code


def test_tags_are_made_put_on_contacts_and_taken_off(client, person):
    contact = client.contacts.find(external_id=person)
    tag = client.tags.create(f"tag of {person}")
    assert client.tags.create(tag.name).id == tag.id
    assert tag in client.tags.list()
    applied = client.tags.attach(contact.id, tag.id)
    assert (applied.id, applied.name) == (tag.id, tag.name)
    assert [(t.id, t.name) for t in client.tags.of_contact(contact.id)] == [(tag.id, tag.name)]
    assert client.tags.detach(contact.id, tag.id).id == tag.id
    assert client.tags.of_contact(contact.id) == ()


def test_a_tag_may_be_named_by_a_number(open_client):
    with scripted_server(answer(200, b'{"id":"7"}')) as server:
        with open_client(base_url=server.base_url) as client:
            client.tags.attach("c1", 7)
            client.tags.detach("c1", 7)
    assert server.requests[0].body == b'{"id":"7"}'
    assert server.requests[1].line == "DELETE /contacts/c1/tags/7 HTTP/1.1"


@pytest.mark.parametrize("tag", ["", ".", ".."])
def test_a_tag_cannot_lead_to_something_else(open_client, tag):
    # DELETE /contacts/c1/tags/.. would delete the contact.
    with scripted_server() as server, open_client(base_url=server.base_url) as client:
        with pytest.raises(ValueError, match="tag_id cannot be"):
            client.tags.detach("c1", tag)
    assert server.requests == []


def test_any_other_call_can_be_made(client, person):
    answered = client.request("GET", "/contacts", query={"per_page": "1"})
    assert answered.status == 200
    assert answered.parsed["type"] == "list"
    assert answered.headers["pastense"]
    body = {"event_name": "did", "created_at": 1, "user_id": person}
    created = client.request("post", "/events", json=body)
    assert (created.status, created.body, created.parsed) == (202, b"", None)
    assert client.request("HEAD", "/me").parsed is None
    with pytest.raises(NotFound):
        client.request("GET", "/no/such/path")


def test_a_token_without_the_scope_is_refused(open_client, server):
    token = server.make_token("events:read")
    with open_client(token, base_url=f"http://127.0.0.1:{server.port}") as client:
        with pytest.raises(Forbidden, match="events:write"):
            client.events.create("did", user_id="u1")


@pytest.mark.parametrize(
    ("method", "path", "query", "said"),
    [
        ("FETCH", "/me", None, "method is one of"),
        ("GET", "me", None, "begins with a slash"),
        ("GET", "https://elsewhere.invalid/me", None, "begins with a slash"),
        ("GET", "/a b", None, "percent-encoded"),
        ("GET", "/a\r\nX: y", None, "percent-encoded"),
        ("GET", "/é", None, "percent-encoded"),
        ("GET", "/a#b", None, "percent-encoded"),
        ("GET", "/a?b=c", {"d": "e"}, "not in both"),
    ],
)
def test_a_call_that_cannot_be_is_not_sent(open_client, method, path, query, said):
    with scripted_server() as server, open_client(base_url=server.base_url) as client:
        with pytest.raises(ValueError, match=said):
            client.request(method, path, query=query)
    assert server.requests == []
