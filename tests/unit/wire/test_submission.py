"""The two forms of `POST /events` (docs/wire.md "Submitting an event" and "The list form")."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.errors import ApiError
from pastense.identity import lead_user_id
from pastense.model import Refused
from pastense.wire.submission import (
    find_identifier,
    identifier_problem,
    identifier_text,
    named_contact,
    parse_submission,
)
from tests.unit.support import attempt, refusal

EVENT = {"event_name": "did", "created_at": 5, "user_id": "u1"}


def parse(body: object, list_items_max: int = 3):
    """A submission from a Python value, or from bytes as they are."""
    return parse_submission(
        body if isinstance(body, bytes) else json.dumps(body).encode(), list_items_max
    )


def test_a_single_event_is_one_draft_that_names_its_own_user():
    submission = parse(EVENT | {"type": "event"})
    assert submission.is_list is False
    (draft,) = submission.drafts
    assert draft.fields == draft.user == EVENT | {"type": "event"}
    assert (draft.prefix, draft.problem) == ("", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "event_name"),
        ({}, "event_name"),
        ({"user_id": "u1"}, "event_name"),
        ({"event_name": "did"}, "created_at"),
        ({"created_at": 5}, "event_name"),
        (EVENT | {"event_name": None}, "event_name"),
        (EVENT | {"created_at": None}, "created_at"),
        ({"data": {}}, "event_name"),
        ({"data": None}, "event_name"),
    ],
)
def test_neither_an_event_nor_a_list_misses_data(body, field):
    assert refusal(parse, body) == (400, "parameter_not_found", field)
    with pytest.raises(ApiError, match=r"^missing data parameter$"):
        parse(body)


def test_a_list_has_a_draft_for_each_item_with_its_place():
    submission = parse({"type": "event.list", "data": [EVENT, EVENT | {"event_name": "else"}]})
    assert submission.is_list is True
    assert [draft.prefix for draft in submission.drafts] == ["data[0].", "data[1]."]
    assert [draft.fields["event_name"] for draft in submission.drafts] == ["did", "else"]


def test_an_item_without_a_user_takes_the_default_one():
    nameless = {"event_name": "did", "created_at": 5}
    items = [
        nameless,
        nameless | {"user": {"email": "b@x.de"}},
        nameless | {"user_id": "own"},
        nameless | {"user": {"user_id": "inner"}, "id": "outer"},
    ]
    drafts = parse({"user": {"user_id": "25"}, "data": items}, 9).drafts
    found = [find_identifier(draft.user) for draft in drafts]
    assert found == [
        ("user_id", "25"),
        ("email", "b@x.de"),
        ("user_id", "own"),
        ("id", "outer"),
    ]


def test_the_default_user_may_stand_at_the_top():
    (draft,) = parse({"user_id": "25", "data": [{"event_name": "did", "created_at": 5}]}).drafts
    assert find_identifier(draft.user) == ("user_id", "25")


@pytest.mark.parametrize("user", ["bob", 5, ["bob"], True])
def test_a_default_user_that_is_no_object_is_refused(user):
    assert refusal(parse, {"user": user, "data": [EVENT]}) == (400, "parameter_invalid", "user")


def test_created_stands_for_created_at_in_a_list_where_that_is_absent():
    items = [
        {"event_name": "did", "created": 7},
        {"event_name": "did", "created": 7, "created_at": 8},
    ]
    drafts = parse({"data": items}).drafts
    assert [draft.fields["created_at"] for draft in drafts] == [7, 8]


@pytest.mark.parametrize("count", [0, 4])
def test_a_list_has_one_item_up_to_the_limit(count):
    assert refusal(parse, {"data": [EVENT] * count}) == (400, "parameter_invalid", "data")
    assert len(parse({"data": [EVENT] * 3}).drafts) == 3


def test_an_event_beside_a_list_is_refused():
    assert refusal(parse, EVENT | {"data": [EVENT]}) == (400, "parameter_invalid", "event_name")


@pytest.mark.parametrize("item", [None, 1, "did", [], [EVENT], True])
def test_an_item_that_is_no_object_has_a_problem_and_its_neighbours_have_none(item):
    drafts = parse({"data": [EVENT, item, EVENT]}).drafts
    message = "Each item of data must be an object"
    assert [draft.problem for draft in drafts] == [
        None,
        Refused("parameter_invalid", message, "data[1]"),
        None,
    ]


@pytest.mark.parametrize("poison", [r'"\u0000"', r'"\ud800"', "9223372036854775808", "1e999"])
def test_a_forbidden_value_spoils_its_item_alone(poison):
    event = json.dumps(EVENT)
    bad = event[:-1] + f',"metadata":{{"k":{poison}}}}}'
    drafts = parse(f'{{"data":[{event},{bad},{event}]}}'.encode()).drafts
    assert [draft.problem and draft.problem.field for draft in drafts] == [
        None,
        "data[1].metadata.k",
        None,
    ]
    assert drafts[1].problem.code == "parameter_invalid"


def test_a_forbidden_value_beside_the_items_spoils_the_request():
    body = rb'{"user":{"user_id":"\u0000"},"data":[{"event_name":"did","created_at":5}]}'
    assert refusal(parse, body) == (400, "parameter_invalid", "user.user_id")


def test_a_forbidden_value_in_a_single_event_is_named():
    body = rb'{"event_name":"a\u0000","created_at":5,"user_id":"u1"}'
    assert refusal(parse, body) == (400, "parameter_invalid", "event_name")


@given(st.sets(st.sampled_from(["id", "intercom_user_id", "user_id", "email"]), min_size=1))
def test_id_wins_over_user_id_wins_over_email(given_names):
    order = ["id", "intercom_user_id", "user_id", "email"]
    strongest = next(name for name in order if name in given_names)
    fields = {name: f"value of {name}" for name in sorted(given_names)} | {"other": 1}
    assert find_identifier(fields) == (strongest, f"value of {strongest}")


def test_a_null_identifier_was_not_given():
    assert find_identifier({"id": None, "email": "a@b.de"}) == ("email", "a@b.de")
    assert find_identifier({"id": None}) is None
    assert find_identifier({}) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("u1", "u1"),
        (" u1 ", " u1 "),
        ("", ""),
        (123, "123"),
        (-5, "-5"),
        (1.5, "1.5"),
        (True, None),
        (None, None),
        ([], None),
        ({}, None),
    ],
)
def test_numbers_are_taken_as_their_decimal_text(value, text):
    assert identifier_text(value) == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("u", None),
        ("u" * 255, None),
        ("", "user_id must have 1 to 255 characters"),
        ("u" * 256, "user_id must have 1 to 255 characters"),
        (None, "user_id must be a string or a number"),
    ],
)
def test_what_is_wrong_with_an_identifier(text, problem):
    assert identifier_problem("user_id", text) == problem


@given(
    st.binary(max_size=80)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["data", "user", "event_name", "created_at", "id"]), inner
            )
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_body_is_a_submission_or_an_api_error(body):
    submission, error = attempt(parse, body)
    if error is None:
        assert len(submission.drafts) == 1 or submission.is_list
        assert all(
            draft.problem or draft.fields or submission.is_list for draft in submission.drafts
        )
    else:
        assert error.status == 400


GENERATED = lead_user_id("6b00fddd7289f972420b4d98")


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("id", "x", ("id", "x")),
        ("intercom_user_id", "x", ("id", "x")),
        ("user_id", "x", ("user_id", "x")),
        ("email", "a@b.c", ("email", "a@b.c")),
        ("user_id", GENERATED, ("id", "6b00fddd7289f972420b4d98")),
        ("id", GENERATED, ("id", GENERATED)),
        ("email", GENERATED, ("email", GENERATED)),
        ("user_id", GENERATED.upper(), ("user_id", GENERATED.upper())),
    ],
)
def test_what_an_identifier_names(name, text, named):
    assert named_contact(name, text) == named
