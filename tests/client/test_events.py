"""Events through both clients, against a running server."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from pastense import ImportedSummary, Money, RichLink
from pastense.errors import Conflict, ManyRefused, NotFound, ParameterInvalid, Unauthorized
from tests.support.inprocess import NOW
from tests.support.scripted_server import ACCEPTED, answer, scripted_server


def test_an_event_is_recorded_with_all_kinds_of_metadata(client, person):
    sent = {
        "plan": "pro",
        "seats": 5,
        "share": 0.5,
        "trial": True,
        "coupon": None,
        "price": Money(34999, "eur"),
        "order": RichLink("https://example.org/1", "1"),
        "order_date": datetime(2026, 11, 21, tzinfo=UTC),
    }
    receipt = client.events.create("placed-order", user_id=person, created_at=NOW, metadata=sent)
    [event] = client.events.list(user_id=person)
    assert (event.id, event.event_name, event.created_at) == (receipt.event_id, "placed-order", NOW)
    assert event.created == datetime.fromtimestamp(NOW, UTC)
    assert event.user_id == person
    assert list(event.metadata) == list(sent)
    assert event.metadata["price"] == {"amount": 34999, "currency": "eur"}
    assert event.metadata["order"] == {"url": "https://example.org/1", "value": "1"}
    assert event.metadata["order_date"] == 1795219200
    assert receipt.request_id


def test_a_repeat_is_a_duplicate(client, person):
    receipts = [client.events.create("did", user_id=person, created_at=NOW) for _ in range(2)]
    assert receipts[0].event_id == receipts[1].event_id
    assert len(list(client.events.list(user_id=person))) == 1


def test_keys_that_were_not_stored_are_counted(client, person):
    many = {f"k{n}": n for n in range(12)}
    receipt = client.events.create("did", user_id=person, metadata=many)
    assert receipt.ignored_keys == 2


def test_a_server_that_says_nothing_gives_an_empty_receipt(open_client):
    with scripted_server() as server, open_client(base_url=server.base_url) as client:
        receipt = client.events.create("did", user_id=1)
    assert (receipt.event_id, receipt.ignored_keys, receipt.request_id) == (None, None, None)
    assert json.loads(server.requests[0].body)["user_id"] == "1"


def test_errors_have_code_field_and_request_id(client, person):
    with pytest.raises(NotFound) as unknown:
        client.events.create("did", user_id="nobody")
    assert (unknown.value.code, unknown.value.status) == ("not_found", 404)
    assert unknown.value.request_id
    with pytest.raises(ParameterInvalid) as invalid:
        client.events.create(" ", user_id=person)
    assert invalid.value.field == "event_name"


def test_a_wrong_token_is_said(open_client, server):
    with open_client("wrong", base_url=f"http://127.0.0.1:{server.port}") as client:
        with pytest.raises(Unauthorized) as refused:
            client.me()
        assert "wrong" not in str(refused.value)


def test_pages_are_followed(client, person):
    for n in range(5):
        client.events.create("did", user_id=person, created_at=NOW + n)
    pages = list(client.events.list(user_id=person, per_page=2).pages())
    assert [[e.created_at - NOW for e in page.events] for page in pages] == [[4, 3], [2, 1], [0]]
    assert pages[-1].next is None
    listing = client.events.list(user_id=person, per_page=2)
    assert [event.created_at - NOW for event in listing] == [4, 3, 2, 1, 0]
    assert [event.created_at - NOW for event in listing] == [4, 3, 2, 1, 0]
    assert [e.created_at - NOW for e in listing.page().events] == [4, 3]


def test_lists_have_bounds_and_can_be_polled(client, person):
    for n in range(3):
        client.events.create("did", user_id=person, created_at=NOW + n)
    middle = datetime.fromtimestamp(NOW + 1, UTC)
    page = client.events.list(user_id=person, since=middle).page()
    assert [event.created_at - NOW for event in page.events] == [2, 1]
    older = client.events.list(user_id=person, before=middle)
    assert [event.created_at - NOW for event in older] == [0]
    assert list(client.events.list(user_id=person, since=page.since)) == []
    client.events.create("did", user_id=person, created_at=NOW + 3)
    assert [e.created_at - NOW for e in client.events.list(user_id=person, since=page.since)] == [3]


def page_of(next_url: str) -> bytes:
    return json.dumps({"type": "event.list", "events": [], "pages": {"next": next_url}}).encode()


def test_of_the_next_address_only_the_query_is_taken(open_client):
    leading = page_of("https://elsewhere.invalid/other?before=7&type=user&user_id=u")
    last = page_of("")
    with scripted_server(answer(200, leading), answer(200, last)) as server:
        with open_client(base_url=f"{server.base_url}/prefix") as client:
            assert list(client.events.list(user_id="u")) == []
    lines = [request.line.split()[1] for request in server.requests]
    assert lines == [
        "/prefix/events?type=user&user_id=u",
        "/prefix/events?before=7&type=user&user_id=u",
    ]


def test_summaries_are_read_and_imported(client, person):
    client.events.create("did", user_id=person, created_at=NOW)
    client.events.import_summaries(
        [
            ImportedSummary("did", 3, NOW - 100, datetime.fromtimestamp(NOW - 50, UTC)),
            ImportedSummary("else", 1, NOW - 100, NOW - 100),
        ],
        user_id=person,
    )
    first, second = client.events.summaries(user_id=person)
    assert (first.name, first.count) == ("did", 4)
    assert first.first == datetime.fromtimestamp(NOW - 100, UTC)
    assert first.last == datetime.fromtimestamp(NOW, UTC)
    assert (second.name, second.count) == ("else", 1)


def test_a_single_summary_is_sent_as_the_reference_draws_it(open_client):
    with scripted_server(answer(200)) as server, open_client(base_url=server.base_url) as client:
        client.events.import_summaries([ImportedSummary("did", 1, 2, 3)], user_id="u")
        with pytest.raises(ValueError, match="at least one"):
            client.events.import_summaries([], user_id="u")
    [request] = server.requests
    assert json.loads(request.body) == {
        "user_id": "u",
        "event_summaries": {"event_name": "did", "count": 1, "first": 2, "last": 3},
    }


@pytest.mark.parametrize(
    "given",
    [ImportedSummary("did", 1, 2, 3), [{"event_name": "did"}], ["did"], ImportedSummary],
)
def test_summaries_are_a_list_of_imported_summaries(open_client, given):
    with scripted_server() as server, open_client(base_url=server.base_url) as client:
        with pytest.raises(TypeError):
            client.events.import_summaries(given, user_id="u")
    assert server.requests == []


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({}, ValueError, "Say whose"),
        ({"user_id": True}, TypeError, "user_id must be"),
        ({"user_id": "u", "created_at": datetime(2026, 1, 1)}, ValueError, "no time zone"),  # noqa: DTZ001
        ({"user_id": "u", "created_at": "now"}, TypeError, "A time is"),
        ({"user_id": "u", "metadata": [1]}, TypeError, "metadata is a dict"),
        ({"user_id": "u", "metadata": {"a": float("nan")}}, ValueError, "metadata.a"),
        ({"user_id": "u", "metadata": {"a": b"x"}}, TypeError, "metadata.a"),
    ],
)
def test_what_could_never_be_right_is_not_sent(open_client, given, error, said):
    with scripted_server() as server, open_client(base_url=server.base_url) as client:
        with pytest.raises(error, match=said):
            client.events.create("did", **given)
        with pytest.raises(TypeError, match="event_name must be"):
            client.events.create(None, user_id="u")
    assert server.requests == []


def test_created_at_is_now_where_it_is_left_out(open_client):
    with scripted_server() as server, open_client(base_url=server.base_url) as client:
        before = int(time.time())
        client.events.create("did", user_id="u")
    assert before <= json.loads(server.requests[0].body)["created_at"] <= int(time.time())


def test_many_events_go_as_lists_to_a_pastense(client, person):
    many = [{"event_name": f"did-{n}", "user_id": person, "created_at": NOW} for n in range(1_001)]
    receipt = client.events.create_many(many)
    assert (receipt.sent, receipt.stored, receipt.duplicates) == (1_001, 1_001, 0)
    again = client.events.create_many(many)
    assert (again.sent, again.stored, again.duplicates) == (1_001, 0, 1_001)


def test_large_events_are_spread_over_lists_that_a_server_takes(client, person):
    large = {f"k{n}": "x" * 2_000 for n in range(10)}
    many = [{"event_name": f"l{n}", "user_id": person, "metadata": large} for n in range(120)]
    assert client.events.create_many(many).stored == 120


def test_refused_ones_do_not_hold_up_the_others(client, person):
    good = [{"event_name": f"did-{n}", "user_id": person} for n in range(1_200)]
    many = [*good[:3], {"event_name": "", "user_id": person}, *good[3:]]
    many.append({"event_name": "did", "user_id": "nobody"})
    with pytest.raises(ManyRefused) as refused:
        client.events.create_many(many)
    assert refused.value.indices == [3, 1_201]
    assert [r.code for r in refused.value.refusals] == ["parameter_invalid", "not_found"]
    assert len(client.events.summaries(user_id=person)) == 1_200


def test_an_event_that_is_too_large_does_not_hold_up_the_others(client, person):
    good = [{"event_name": f"did-{n}", "user_id": person} for n in range(4)]
    large = {"event_name": "large", "user_id": person, "metadata": {"text": "x" * 1_100_000}}
    with pytest.raises(ManyRefused) as refused:
        client.events.create_many([*good[:2], large, *good[2:]])
    assert refused.value.indices == [2]
    assert [r.code for r in refused.value.refusals] == ["payload_too_large"]
    assert (refused.value.code, refused.value.status) == ("payload_too_large", 422)
    assert refused.value.request_id
    assert len(client.events.summaries(user_id=person)) == 4


def test_many_events_go_singly_to_any_other_server(open_client):
    missing = answer(404, b'{"errors":[{"code":"not_found","message":"User Not Found"}]}')
    me = answer(200, b'{"type":"admin","id":"1"}')
    with scripted_server(me, ACCEPTED, missing, ACCEPTED) as server:
        with open_client(base_url=server.base_url) as client:
            many = [{"event_name": f"did-{n}", "user_id": "u"} for n in range(4)]
            with pytest.raises(ManyRefused) as refused:
                client.events.create_many(many)
    assert refused.value.indices == [1]
    assert [request.line.split()[1] for request in server.requests] == ["/me", *["/events"] * 4]


def test_a_server_that_fails_ends_many_events_at_once(open_client):
    me = answer(200, b'{"type":"admin","id":"1"}')
    with scripted_server(me, ACCEPTED, answer(401)) as server:
        with open_client(base_url=server.base_url) as client, pytest.raises(Unauthorized):
            client.events.create_many([{"event_name": "did", "user_id": "u"}] * 4)
    assert len(server.requests) == 3


def test_few_events_need_no_question(open_client):
    with scripted_server() as server, open_client(base_url=server.base_url) as client:
        receipt = client.events.create_many([{"event_name": "did", "user_id": "u"}] * 2)
        with pytest.raises(ValueError, match=r"events\[1\]: Say whose"):
            client.events.create_many([{"event_name": "a", "user_id": "u"}, {"event_name": "b"}])
        with pytest.raises(TypeError, match=r"events\[0\].*'name'"):
            client.events.create_many([{"name": "a", "user_id": "u"}])
        with pytest.raises(ValueError, match="at least one"):
            client.events.create_many([])
    assert (receipt.sent, receipt.stored) == (2, None)
    assert len(server.requests) == 2


def test_a_user_is_named_once(client, person):
    user = client.users.find(user_id=person)
    receipt = user.track_event("invited-friend", created_at=NOW, metadata={"seats": 3})
    [event] = user.events()
    assert (event.id, event.metadata) == (receipt.event_id, {"seats": 3})
    user.import_summaries([ImportedSummary("invited-friend", 2, 1, 2)])
    [summary] = user.summaries()
    assert summary.count == 3
    contact = user.contact()
    assert contact.external_id == person
    by_id = client.users.find(id=contact.id)
    assert by_id.contact() == contact
    assert [e.id for e in by_id.events()] == [receipt.event_id]


def test_an_email_that_two_users_have_is_a_conflict(open_client):
    two = b'{"data":[{"id":"1"},{"id":"2"}],"total_count":2}'
    with scripted_server(answer(200, two)) as server:
        with open_client(base_url=server.base_url) as client, pytest.raises(Conflict):
            client.users.find(email="a@example.org").contact()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Say whose"),
        ({"user_id": "a", "email": "b"}, "in one way"),
    ],
)
def test_a_user_is_named_in_one_way(client, given, said):
    with pytest.raises(ValueError, match=said):
        client.users.find(**given)
    with pytest.raises(ValueError, match=said):
        client.events.list(**given)
