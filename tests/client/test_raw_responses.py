"""`with_raw_response`: what came beside what was read, of every call of both clients."""

from __future__ import annotations

import json

import pytest

from pastense import Contact, ImportedSummary, Me
from pastense.errors import NotFound
from tests.support.inprocess import NOW
from tests.support.scripted_server import answer, scripted_server

EVENTS = b'{"type":"event.list","events":[{"event_name":"did","created_at":7}],"pages":{}}'
SUMMARIES = b'{"events":[{"name":"did","count":1}]}'
CONTACT = b'{"type":"contact","id":"c1"}'
CONTACTS = b'{"data":[{"id":"c1"}],"total_count":1}'
TAG = b'{"id":"7","name":"vip"}'
TAGS = b'{"data":[{"id":"7","name":"vip"}]}'
SUMMARY = ImportedSummary("did", 1, 2, 3)
CALLS = {
    "events.create": (b"", lambda raw: raw.events.create("did", user_id="u")),
    "events.create_many": (
        b"",
        lambda raw: raw.events.create_many([{"event_name": "did", "user_id": "u"}]),
    ),
    "events.list": (EVENTS, lambda raw: raw.events.list(user_id="u")),
    "events.summaries": (SUMMARIES, lambda raw: raw.events.summaries(user_id="u")),
    "events.import_summaries": (
        b"",
        lambda raw: raw.events.import_summaries([SUMMARY], user_id="u"),
    ),
    "contacts.create": (CONTACT, lambda raw: raw.contacts.create(role="lead")),
    "contacts.upsert": (CONTACT, lambda raw: raw.contacts.upsert(external_id="u")),
    "contacts.get": (CONTACT, lambda raw: raw.contacts.get("c1")),
    "contacts.find": (CONTACT, lambda raw: raw.contacts.find(external_id="u")),
    "contacts.update": (CONTACT, lambda raw: raw.contacts.update("c1", name=None)),
    "contacts.delete": (CONTACT, lambda raw: raw.contacts.delete("c1")),
    "contacts.archive": (CONTACT, lambda raw: raw.contacts.archive("c1")),
    "contacts.unarchive": (CONTACT, lambda raw: raw.contacts.unarchive("c1")),
    "contacts.block": (CONTACT, lambda raw: raw.contacts.block("c1")),
    "contacts.merge": (CONTACT, lambda raw: raw.contacts.merge(lead_id="c2", user_id="c1")),
    "contacts.list": (CONTACTS, lambda raw: raw.contacts.list()),
    "contacts.search": (CONTACTS, lambda raw: raw.contacts.search({"field": "role"})),
    "tags.list": (TAGS, lambda raw: raw.tags.list()),
    "tags.create": (TAG, lambda raw: raw.tags.create("vip")),
    "tags.of_contact": (TAGS, lambda raw: raw.tags.of_contact("c1")),
    "tags.attach": (TAG, lambda raw: raw.tags.attach("c1", "7")),
    "tags.detach": (TAG, lambda raw: raw.tags.detach("c1", "7")),
    "users.find.track_event": (b"", lambda raw: raw.users.find(user_id="u").track_event("did")),
    "users.find.events": (EVENTS, lambda raw: raw.users.find(user_id="u").events()),
    "users.find.summaries": (SUMMARIES, lambda raw: raw.users.find(user_id="u").summaries()),
    "users.find.import_summaries": (
        b"",
        lambda raw: raw.users.find(user_id="u").import_summaries([SUMMARY]),
    ),
    "users.find.contact": (CONTACT, lambda raw: raw.users.find(id="c1").contact()),
    "me": (b'{"id":"1"}', lambda raw: raw.me()),
    "request": (b'{"any":[]}', lambda raw: raw.request("GET", "/any")),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_call_gives_the_answer_as_it_came(open_client, name):
    body, call = CALLS[name]
    with scripted_server(answer(200, body, X_Request_Id="r-1", Odd="é")) as server:
        with open_client(base_url=server.base_url) as client:
            answered = call(client.with_raw_response)
    assert (answered.status, answered.body) == (200, body)
    assert answered.headers["x-request-id"] == answered.headers["X-Request-Id"] == "r-1"
    assert answered.parsed is not None or not body


def test_what_was_read_is_what_the_call_gives(client, person):
    raw = client.with_raw_response
    assert raw.me().parsed == client.me()
    assert isinstance(raw.me().parsed, Me)
    found = raw.contacts.find(external_id=person)
    assert isinstance(found.parsed, Contact)
    assert found.parsed == client.contacts.find(external_id=person)
    assert json.loads(found.body)["id"] == found.parsed.id
    created = raw.users.find(user_id=person).track_event("did", created_at=NOW)
    assert (created.status, created.body) == (202, b"")
    assert created.headers["pastense-event-id"] == created.parsed.event_id
    page = raw.events.list(user_id=person, per_page=1)
    assert page.parsed == client.events.list(user_id=person, per_page=1).page()


def test_a_refusal_is_raised_all_the_same(client):
    with pytest.raises(NotFound):
        client.with_raw_response.contacts.get("nobody")
