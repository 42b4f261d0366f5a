"""Summaries written by hand (decisions.md), on a real store."""

from __future__ import annotations

import pytest

from pastense.errors import ApiError
from pastense.limits import SUMMARY_COUNT_MAX, Limits
from pastense.model import Summary, WritePolicy
from pastense.service.events.summaries import import_summaries
from tests.unit.support import DAY_S, NOW, new_event, refusal, share_emails

GOOD = {"event_name": "did", "count": 3, "first": 100, "last": 200}


@pytest.fixture
def run(store, workspace):
    """Import a body for the user "u1"."""
    store.contacts.create(workspace, {"external_id": "u1", "email": "a@b.de"}, NOW)

    def call(summaries: object, policy: WritePolicy = WritePolicy(NOW), **person: object):  # noqa: B008 (frozen)
        body = {"user_id": "u1"} | person | {"event_summaries": summaries}
        return import_summaries(store, workspace, body, policy, Limits(list_items_max=3))

    return call


@pytest.fixture
def read(store, workspace):
    """What the user "u1" is known to have done."""
    return lambda: store.events.summaries(store.contacts.find(workspace, "user_id", "u1")[0])


@pytest.mark.parametrize(
    "person",
    [{}, {"user_id": None, "email": "A@b.de"}, {"email": "nobody@x.y"}],
)
def test_an_object_is_imported_for_the_strongest_identifier(run, read, person):
    run(GOOD, **person)
    assert read() == [Summary("did", 3, 100, 200)]


def test_a_list_is_imported_whole(run, read):
    run([GOOD, GOOD | {"event_name": "else", "count": 1, "last": 100}])
    assert read() == [Summary("did", 3, 100, 200), Summary("else", 1, 100, 100)]


def test_posting_again_replaces_and_never_adds(run, read):
    run(GOOD)
    run(GOOD)
    assert read() == [Summary("did", 3, 100, 200)]
    run(GOOD | {"count": 1, "first": 150, "last": 160})
    assert read() == [Summary("did", 1, 150, 160)]


def test_what_was_recorded_stands_beside_it(run, read, store):
    store.events.write([new_event("u1", created_at=50), new_event("u1")], WritePolicy(NOW))
    run(GOOD)
    assert read() == [Summary("did", 5, 50, NOW)]
    run(GOOD | {"first": 10, "last": NOW + 5})
    assert read() == [Summary("did", 5, 10, NOW + 5)]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"event_name": None}, "parameter_not_found", "event_name"),
        ({"event_name": " "}, "parameter_invalid", "event_name"),
        ({"event_name": 5}, "parameter_invalid", "event_name"),
        ({"count": None}, "parameter_not_found", "count"),
        ({"count": 0}, "parameter_invalid", "count"),
        ({"count": -1}, "parameter_invalid", "count"),
        ({"count": SUMMARY_COUNT_MAX + 1}, "parameter_invalid", "count"),
        ({"count": "many"}, "parameter_invalid", "count"),
        ({"count": 2.5}, "parameter_invalid", "count"),
        ({"count": True}, "parameter_invalid", "count"),
        ({"first": None}, "parameter_not_found", "first"),
        ({"last": None}, "parameter_not_found", "last"),
        ({"first": -1}, "parameter_invalid", "first"),
        ({"first": "soon"}, "parameter_invalid", "first"),
        ({"first": 201}, "parameter_invalid", "first"),
        ({"last": 10**11}, "parameter_invalid", "last"),
        ({"last": NOW + DAY_S + 1}, "parameter_invalid", "last"),
    ],
    ids=lambda it: str(it)[:30],
)
def test_a_fault_is_named_by_its_place(run, read, change, code, field):
    item = {name: value for name, value in (GOOD | change).items() if value is not None}
    assert refusal(run, item) == (400, code, f"event_summaries.{field}")
    assert refusal(run, [GOOD | {"event_name": "else"}, item]) == (
        400,
        code,
        f"event_summaries[1].{field}",
    )
    assert read() == [], "nothing of a refused call stays"


@pytest.mark.parametrize("count", [1, SUMMARY_COUNT_MAX, 2.0, "7"])
def test_counts_at_their_bounds(run, read, count):
    run(GOOD | {"count": count, "first": 0, "last": NOW + DAY_S})
    assert read() == [Summary("did", int(count), 0, NOW + DAY_S)]


@pytest.mark.parametrize(
    ("summaries", "code", "field"),
    [
        (None, "parameter_not_found", "event_summaries"),
        ([], "parameter_not_found", "event_summaries"),
        ({}, "parameter_not_found", "event_summaries.event_name"),
        ("did", "parameter_invalid", "event_summaries"),
        (5, "parameter_invalid", "event_summaries"),
        ([GOOD] * 4, "parameter_invalid", "event_summaries"),
        ([5], "parameter_invalid", "event_summaries[0]"),
        ([GOOD, None], "parameter_invalid", "event_summaries[1]"),
        ([GOOD, GOOD], "parameter_invalid", "event_summaries[1].event_name"),
        (
            [GOOD, GOOD | {"event_name": " did "}],
            "parameter_invalid",
            "event_summaries[1].event_name",
        ),
    ],
    ids=lambda it: str(it)[:30],
)
def test_summaries_are_an_object_or_a_short_list_without_doubles(run, summaries, code, field):
    assert refusal(run, summaries) == (400, code, field)


def test_every_fault_is_named(run):
    with pytest.raises(ApiError) as caught:
        run([GOOD | {"count": 0}, GOOD, GOOD | {"event_name": "else", "first": -1}])
    assert caught.value.status == 400
    assert [refused.field for refused in caught.value.refusals] == [
        "event_summaries[0].count",
        "event_summaries[2].first",
    ]


@pytest.mark.parametrize(
    ("person", "fault"),
    [
        ({"user_id": None}, (400, "parameter_not_found", "user_id")),
        ({"user_id": ""}, (400, "parameter_invalid", "user_id")),
        ({"user_id": "nobody"}, (404, "not_found", "user_id")),
        ({"intercom_user_id": "nobody"}, (404, "not_found", "intercom_user_id")),
        ({"user_id": None, "email": "nobody@x.y"}, (404, "not_found", "email")),
    ],
)
def test_the_contact_must_be_named_and_known(run, person, fault):
    assert refusal(run, GOOD, **person) == fault


def test_a_lead_is_addressed_by_its_id(run, store, workspace):
    lead = store.contacts.create(workspace, {"role": "lead", "email": "l@b.de"}, NOW)
    assert refusal(run, GOOD, user_id=None, email="l@b.de") == (404, "not_found", "email")
    run(GOOD, id=lead.id)
    assert store.events.summaries(lead) == [Summary("did", 3, 100, 200)]


def test_an_email_of_two_users_is_a_conflict(run, read, store, workspace, tmp_path):
    store.contacts.create(workspace, {"external_id": "u2", "email": "c@d.de"}, NOW)
    share_emails(tmp_path / "pastense.db")
    assert refusal(run, GOOD, user_id=None, email="a@b.de") == (409, "conflict", "email")
    assert read() == []


def test_a_name_beyond_the_active_limit_is_refused_whole(run, read):
    items = [GOOD, GOOD | {"event_name": "else"}]
    found = refusal(run, items, policy=WritePolicy(NOW, Limits(event_names_max=1)))
    assert found == (422, "422", "event_summaries")
    assert read() == []
