"""Contacts through both clients, against a running server."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import pytest

from pastense import Contact
from pastense.errors import Conflict, NotFound, UnreadableAnswer
from tests.support.inprocess import NOW
from tests.support.scripted_server import answer, scripted_server

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 (that is what it is for)


@pytest.fixture
def name() -> str:
    return f"c-{uuid.uuid4()}"


def test_a_contact_is_made_and_read(client, name):
    signed_up = datetime.fromtimestamp(NOW - 50, UTC)
    made = client.contacts.create(
        role="user",
        external_id=name,
        email=f"{name}@example.org",
        name="Ada",
        phone="+44 1",
        owner_id=7,
        signed_up_at=signed_up,
        last_seen_at=NOW - 10,
        unsubscribed_from_emails=True,
    )
    assert isinstance(made, Contact)
    assert client.contacts.get(made.id) == made
    assert client.contacts.find(external_id=name) == made
    assert client.contacts.find(email=made.email) == made
    assert (made.role, made.external_id, made.name, made.phone) == ("user", name, "Ada", "+44 1")
    assert (made.signed_up_at, made.last_seen_at) == (NOW - 50, NOW - 10)
    assert (made.owner_id, made.unsubscribed_from_emails) == (7, True)
    with pytest.raises(AttributeError):
        made.name = "Eve"


def test_a_number_names_a_contact_by_its_decimal_text(client):
    number = uuid.uuid4().int % 10**12
    made = client.contacts.create(external_id=number)
    assert made.external_id == str(number)
    assert client.contacts.find(external_id=number).id == made.id


def test_what_is_there_is_a_conflict_that_upsert_goes_on_from(client, name):
    made = client.contacts.create(external_id=name, email=f"{name}@example.org")
    with pytest.raises(Conflict) as conflict:
        client.contacts.create(external_id=name)
    assert made.id in conflict.value.message
    changed = client.contacts.upsert(external_id=name, name="Ada")
    assert (changed.id, changed.name, changed.email) == (made.id, "Ada", made.email)
    by_email = client.contacts.upsert(email=made.email, phone="1")
    assert (by_email.id, by_email.name, by_email.phone) == (made.id, "Ada", "1")
    fresh = client.contacts.upsert(external_id=f"{name}-2")
    assert fresh.id != made.id


def test_a_conflict_that_names_nobody_is_looked_up(open_client):
    conflict = answer(409, b'{"errors":[{"code":"conflict","message":"it is there already"}]}')
    contact = answer(200, b'{"id":"c1"}')
    found = answer(200, b'{"data":[{"id":"c2"}]}')
    with scripted_server(conflict, contact, contact, conflict, found, contact) as server:
        with open_client(base_url=server.base_url) as client:
            client.contacts.upsert(external_id="a/b", name="Ada")
            client.contacts.upsert(email="a@example.org")
    assert [request.line.rpartition(" ")[0] for request in server.requests] == [
        "POST /contacts",
        "GET /contacts/find_by_external_id/a%2Fb",
        "PUT /contacts/c1",
        "POST /contacts",
        "POST /contacts/search",
        "PUT /contacts/c2",
    ]


def test_fields_are_changed_and_cleared(client, name):
    born = datetime(1990, 1, 1, tzinfo=UTC)
    made = client.contacts.create(
        external_id=name, name="Ada", phone="1", custom_attributes={"plan": "pro", "born_at": born}
    )
    assert made.custom_attributes == {"plan": "pro", "born_at": 631152000}
    changed = client.contacts.update(made.id, name=None, custom_attributes={"plan": "free"})
    assert (changed.name, changed.phone) == (None, "1")
    assert changed.custom_attributes == {"plan": "free", "born_at": 631152000}


def test_fields_that_the_server_did_not_keep_are_said_in_the_log(open_client, caplog):
    partly = answer(200, b'{"id":"c1"}', Pastense_Ignored_Fields="shoe_size")
    with scripted_server(partly) as server, open_client(base_url=server.base_url) as client:
        client.contacts.update("c1", custom_attributes={"shoe_size": "secret"})
    [record] = [record for record in caplog.records if record.name == "pastense.client"]
    assert record.levelname == "WARNING"
    assert "shoe_size" in record.getMessage()
    assert "secret" not in record.getMessage()


def test_a_contact_is_archived_and_brought_back(client, person):
    contact = client.contacts.find(external_id=person)
    state = client.contacts.archive(contact.id)
    assert (state.id, state.external_id, state.archived) == (contact.id, person, True)
    with pytest.raises(NotFound):
        client.events.create("did", user_id=person)
    assert client.contacts.unarchive(contact.id).archived is False
    client.events.create("did", user_id=person)


def test_a_contact_is_blocked(client, person):
    contact = client.contacts.find(external_id=person)
    assert client.contacts.block(contact.id).blocked is True


def test_a_contact_is_deleted_with_its_events(client, person):
    contact = client.contacts.find(external_id=person)
    client.events.create("did", user_id=person)
    state = client.contacts.delete(contact.id)
    assert (state.id, state.deleted) == (contact.id, True)
    with pytest.raises(NotFound):
        client.contacts.get(contact.id)
    with pytest.raises(NotFound):
        client.events.summaries(user_id=person)


def test_a_lead_becomes_a_part_of_a_user(client, person):
    lead = client.contacts.create(role="lead", email=f"{person}@example.org")
    assert lead.role == "lead"
    client.events.create("did", id=lead.id, created_at=NOW)
    user = client.contacts.find(external_id=person)
    assert client.contacts.merge(lead_id=lead.id, user_id=user.id).id == user.id
    assert [event.event_name for event in client.events.list(user_id=person)] == ["did"]
    with pytest.raises(NotFound):
        client.contacts.get(lead.id)


def test_a_list_goes_over_its_pages(client):
    made = [client.contacts.create(role="lead").id for _ in range(5)]
    pages = client.contacts.list(per_page=2).pages()
    first = client.contacts.list(per_page=2).page()
    assert [contact.id for contact in first.contacts] == made[:2:-1]
    after = client.contacts.list(per_page=2, starting_after=first.starting_after).page()
    assert [contact.id for contact in after.contacts] == [made[2], made[1]]
    everybody = [contact.id for page in pages for contact in page.contacts]
    assert everybody == [contact.id for contact in client.contacts.list()]
    assert len(everybody) == first.total_count == len(set(everybody))


def test_a_search_goes_over_its_pages(client, name):
    ids = [client.contacts.create(role="lead", name=name, phone=str(n)).id for n in range(5)]
    query = {"field": "name", "operator": "=", "value": name}
    sort = {"field": "phone", "order": "descending"}
    pages = list(client.contacts.search(query, per_page=2, sort=sort).pages())
    assert [len(page.contacts) for page in pages] == [2, 2, 1]
    assert [page.starting_after is None for page in pages] == [False, False, True]
    assert sorted(contact.id for page in pages for contact in page.contacts) == sorted(ids)
    after = pages[0].starting_after
    found = client.contacts.search(query, per_page=2, sort=sort, starting_after=after)
    assert len(list(found)) == 3
    assert list(client.contacts.search({**query, "value": "nobody"})) == []


def test_who_is_not_there_is_not_found(client):
    for find in (
        lambda: client.contacts.get("6b00fddd7289f972420b4d98"),
        lambda: client.contacts.find(external_id="nobody"),
        lambda: client.contacts.find(email="nobody@example.org"),
        lambda: client.users.find(email="nobody@example.org").contact(),
    ):
        with pytest.raises(NotFound) as missing:
            find()
        assert missing.value.request_id


def test_an_id_stays_one_part_of_the_path(client):
    with pytest.raises(NotFound):
        client.contacts.get("../me")
    with pytest.raises(NotFound):
        client.contacts.find(external_id="a/b?c#d é")


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda contacts: contacts.create(), ValueError, "needs an external_id"),
        (lambda contacts: contacts.create(external_id=None, email=""), ValueError, "needs an"),
        (lambda contacts: contacts.create(rolle="user"), TypeError, "no parameter 'rolle'"),
        (lambda contacts: contacts.create(external_id=True), TypeError, "external_id"),
        (lambda contacts: contacts.create(external_id=b"x"), TypeError, "external_id"),
        (lambda contacts: contacts.create(role="user", name=b"x"), TypeError, "name must be"),
        (lambda contacts: contacts.upsert(name="Ada"), ValueError, "upsert needs"),
        (lambda contacts: contacts.update("c1"), ValueError, "at least one field"),
        (
            lambda contacts: contacts.update("c1", signed_up_at=NAIVE),
            ValueError,
            "zone",
        ),
        (lambda contacts: contacts.find(), ValueError, "external_id or an email"),
        (lambda contacts: contacts.find(external_id="a", email="b"), ValueError, "external_id or"),
        (lambda contacts: contacts.find(external_id=True), TypeError, "external_id"),
        (lambda contacts: contacts.find(external_id=".."), ValueError, "cannot be '..'"),
        (lambda contacts: contacts.get(""), ValueError, "contact_id cannot be ''"),
        (lambda contacts: contacts.get(".."), ValueError, "contact_id cannot be '..'"),
        (lambda contacts: contacts.delete(None), TypeError, "id is a text"),
    ],
)
def test_what_could_never_be_right_is_not_sent(open_client, call, error, said):
    with scripted_server() as server, open_client(base_url=server.base_url) as client:
        with pytest.raises(error, match=said):
            call(client.contacts)
    assert server.requests == []


def contact_page(following: object) -> bytes:
    return answer(200, json.dumps({"data": [{"id": "c1"}], "pages": {"next": following}}).encode())


def test_the_next_page_may_be_an_address(open_client):
    leading = contact_page("https://elsewhere.invalid/contacts?per_page=1&starting_after=X%3D")
    for last in (None, {"starting_after": ""}, {"page": 2}):
        with scripted_server(leading, contact_page(last)) as server:
            with open_client(base_url=server.base_url) as client:
                assert len(list(client.contacts.list())) == 2
        assert server.requests[1].line.split()[1] == "/contacts?starting_after=X%3D"


def test_a_next_page_that_cannot_be_followed_is_said(open_client):
    with scripted_server(contact_page("https://api.example/contacts?page=2")) as server:
        with open_client(base_url=server.base_url) as client, pytest.raises(UnreadableAnswer):
            list(client.contacts.list())
