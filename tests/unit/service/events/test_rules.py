"""The rules of one submitted event (decisions.md, "Submitting an event")."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.limits import Limits
from pastense.model import NewEvent, Refused
from pastense.service.events.rules import created_at_problem, judge, whole_seconds
from pastense.wire.submission import Draft, parse_submission
from tests.unit.support import DAY_S, NOW

GOOD = {"event_name": "did", "created_at": NOW, "user_id": "u1"}
CONTROL = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]


def judged(limits: Limits = Limits(), **fields: object) -> NewEvent | Refused:  # noqa: B008 (frozen)
    """What becomes of the good event with some fields changed."""
    event = GOOD | fields
    return judge(Draft(event, event), 1, NOW, limits)


def fault(**fields: object) -> tuple[str, str | None]:
    """(code, field) of the refusal that the changed event meets."""
    refused = judged(**fields)
    assert isinstance(refused, Refused), refused
    return refused.code, refused.field


def test_a_good_event_passes_with_everything_in_its_place():
    event = judge(Draft(GOOD, GOOD, "data[3]."), 9, NOW, Limits())
    assert event == NewEvent(9, "user_id", "u1", "did", NOW, "{}", (), "data[3].", "user_id", ())


def test_a_draft_that_could_not_be_read_keeps_its_refusal():
    problem = Refused("parameter_invalid", "words", "data[0]")
    assert judge(Draft({}, {}, "data[0].", problem), 1, NOW, Limits()) == problem


def test_a_refusal_names_its_place_in_a_list():
    draft = Draft(GOOD | {"created_at": -1}, GOOD, "data[3].")
    refused = judge(draft, 1, NOW, Limits())
    assert (refused.code, refused.field) == ("parameter_invalid", "data[3].created_at")


@pytest.mark.parametrize("user", ["bob", 5, ["bob"], True])
def test_an_items_user_that_is_no_object_never_becomes_the_default_one(user):
    """An event of one person must not be recorded for another (compare the top-level `user`)."""
    item = {"event_name": "did", "created_at": 5, "user": user}
    body = json.dumps({"user": {"user_id": "25"}, "data": [item]}).encode()
    refused = judge(parse_submission(body, 9).drafts[0], 1, NOW, Limits())
    assert isinstance(refused, Refused), refused
    assert (refused.code, refused.field) == ("parameter_invalid", "data[0].user")


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=300))
def test_names_have_1_to_255_characters_after_trimming(name):
    trimmed = name.strip()
    result = judged(event_name=f" \t{name}\n")
    if 1 <= len(trimmed) <= 255:
        assert result.name == trimmed
    else:
        assert (result.code, result.field) == ("parameter_invalid", "event_name")


@pytest.mark.parametrize("length", [1, 255])
def test_names_at_their_bounds(length):
    assert judged(event_name="n" * length).name == "n" * length
    assert fault(event_name="n" * 256) == ("parameter_invalid", "event_name")


@pytest.mark.parametrize("control", CONTROL, ids=lambda control: hex(ord(control)))
def test_no_control_character_may_stand_inside_a_name(control):
    assert fault(event_name=f"a{control}b") == ("parameter_invalid", "event_name")


@pytest.mark.parametrize("name", ["loop started", "PAGE_VIEW", "Eventful 1", "a:b", "été", "😀"])
def test_names_that_people_use_are_kept_as_sent(name):
    assert judged(event_name=name).name == name


@pytest.mark.parametrize("name", ["", " ", "\t\n", "\u2003", 5, True, ["did"], {}, 1.5])
def test_what_is_no_name_is_refused(name):
    assert fault(event_name=name) == ("parameter_invalid", "event_name")


@pytest.mark.parametrize("name", ["event_name", "created_at"])
def test_a_missing_name_or_time_misses_data(name):
    refused = judged(**{name: None})
    assert refused == Refused("parameter_not_found", "missing data parameter", name)


@given(st.integers(-(2**70), 2**70))
def test_created_at_lies_from_1970_to_a_day_ahead(seconds):
    if 0 <= seconds <= NOW + DAY_S:
        assert judged(created_at=seconds).created_at == seconds
    else:
        assert fault(created_at=seconds) == ("parameter_invalid", "created_at")


@given(st.floats(0, NOW + DAY_S))
def test_a_float_is_truncated(seconds):
    assert judged(created_at=seconds).created_at == int(seconds)


@given(st.integers(0, NOW + DAY_S), st.sampled_from(["{}", " {} ", "+{}", "0{}"]))
def test_digits_in_a_string_are_read(seconds, form):
    assert judged(created_at=form.format(seconds)).created_at == seconds


@pytest.mark.parametrize(
    ("created_at", "words"),
    [
        (-1, "before 1970"),
        (-0.5, "before 1970"),
        ("-1", "before 1970"),
        (-1e300, "before 1970"),
        (10**11, "milliseconds"),
        (10**11 + 0.5, "milliseconds"),
        (NOW * 1000, "milliseconds"),
        (str(NOW * 1000), "milliseconds"),
        (1e300, "milliseconds"),
        (NOW + DAY_S + 1, "86400 s ahead"),
        (10**11 - 1, "86400 s ahead"),
        ("now", "whole Unix seconds"),
        ("", "whole Unix seconds"),
        ("1.5", "whole Unix seconds"),
        ("1e3", "whole Unix seconds"),
        ("٣", "whole Unix seconds"),
        ("1_000", "whole Unix seconds"),
        ("9" * 5_000, "whole Unix seconds"),
        (True, "whole Unix seconds"),
        ([1], "whole Unix seconds"),
        ({}, "whole Unix seconds"),
    ],
    ids=lambda it: str(it)[:20],
)
def test_a_bad_time_says_which_way_it_is_bad(created_at, words):
    refused = judged(created_at=created_at)
    assert (refused.code, refused.field) == ("parameter_invalid", "created_at")
    assert words in refused.message


def test_how_far_ahead_is_a_setting():
    ahead = NOW + 61
    assert judged(Limits(created_at_ahead_max_s=61), created_at=ahead).created_at == ahead
    refused = judged(Limits(created_at_ahead_max_s=60), created_at=ahead)
    assert refused.field == "created_at"


@given(
    st.dictionaries(
        st.sampled_from(["id", "intercom_user_id", "user_id", "email"]),
        st.text("abc@.", min_size=1, max_size=20),
        min_size=1,
    )
)
def test_id_wins_over_user_id_wins_over_email(identifiers):
    result = judged(**({"user_id": None} | identifiers))
    order = {"id": "id", "intercom_user_id": "id", "user_id": "user_id", "email": "email"}
    strongest = next(name for name in order if name in identifiers)
    found = (result.kind, result.value, result.identifier_field)
    assert found == (order[strongest], identifiers[strongest], strongest)


def test_a_weaker_identifier_is_not_even_looked_at():
    assert judged(id="i", user_id="", email=["x"]).value == "i"


def test_no_identifier_at_all():
    refused = judged(user_id=None)
    words = "missing user identifier: send id, user_id or email"
    assert refused == Refused("parameter_not_found", words, "user_id")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("user_id", ""),
        ("user_id", "u" * 256),
        ("user_id", True),
        ("user_id", ["u"]),
        ("id", "i" * 256),
        ("id", {}),
        ("intercom_user_id", ""),
        ("email", ""),
        ("email", "e" * 255),
        ("email", False),
    ],
    ids=lambda it: str(it)[:20],
)
def test_a_bad_identifier_is_named_as_it_was_sent(name, value):
    assert fault(**({"user_id": None} | {name: value})) == ("parameter_invalid", name)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("user_id", "u" * 255, "u" * 255),
        ("user_id", " u ", " u "),
        ("user_id", 1276, "1276"),
        ("id", 123, "123"),
        ("email", "E" * 250 + "@b.c", "E" * 250 + "@b.c"),
    ],
    ids=lambda it: str(it)[:20],
)
def test_identifiers_are_kept_as_sent(name, value, text):
    assert judged(**({"user_id": None} | {name: value})).value == text


def test_metadata_is_kept_as_one_text_with_its_types():
    metadata = {
        "stripe_invoice": "inv_3434343434",
        "order_date": 1_392_036_272,
        "price": {"currency": "usd", "amount": 2_999},
        "order": {"value": "3434", "url": "https://example.org/3434"},
        "note": "é\u2028😀",
        "paid": True,
        "weight": 1.0,
        "gone": None,
    }
    event = judged(metadata=metadata)
    assert event.metadata == json.dumps(metadata, ensure_ascii=False, separators=(",", ":"))
    assert event.keys == (
        ("stripe_invoice", "string"),
        ("order_date", "date"),
        ("price", "monetary_amount"),
        ("order", "rich_link"),
        ("note", "string"),
        ("paid", "boolean"),
        ("weight", "number"),
        ("gone", "null"),
    )


@pytest.mark.parametrize("metadata", [None, {}])
def test_no_metadata_is_an_empty_object(metadata):
    assert judged(metadata=metadata).metadata == "{}"


@pytest.mark.parametrize("metadata", [[], [1], "text", 5, True, ""])
def test_metadata_is_an_object(metadata):
    assert fault(metadata=metadata) == ("parameter_invalid", "metadata")


@pytest.mark.parametrize(
    "value",
    [[], ["a"], {}, {"a": 1}, {"a": {"b": 1}}, "x" * 2_001, 2**63],
    ids=lambda it: str(it)[:20],
)
def test_a_bad_value_is_named_by_its_key(value):
    refused = judged(metadata={"good": 1, "bad": value})
    assert refused == Refused("parameter_invalid", "Invalid metadata", "metadata.bad")


def test_a_long_key_is_cut_in_the_refusal():
    assert fault(metadata={"k" * 5_000: 1}) == ("parameter_invalid", "metadata." + "k" * 255)


@given(st.dictionaries(st.text("abcdef", max_size=4), st.integers(0, 9), max_size=20))
def test_the_first_ten_keys_are_kept_and_the_rest_is_counted(metadata):
    result = judged(metadata=metadata)
    kept = list(metadata.items())[:10]
    assert list(json.loads(result.metadata).items()) == kept
    assert [key for key, _ in result.keys] == [key for key, _ in kept]
    assert result.keys_ignored == tuple(list(metadata)[10:])


def test_what_is_beyond_the_quota_is_not_judged():
    metadata = {f"k{number}": number for number in range(10)} | {"bad": [[]]}
    assert judged(metadata=metadata).keys[-1] == ("k9", "number")
    assert judged(Limits(metadata_keys_max=0), metadata=metadata).metadata == "{}"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (5, 5),
        (5.9, 5),
        (-5, -5),
        (-0.1, -1),
        ("5", 5),
        (" 5\n", 5),
        ("+5", 5),
        ("-5", -5),
        ("5.0", None),
        ("", None),
        (None, None),
        (False, None),
        ([], None),
    ],
)
def test_whole_seconds(value, seconds):
    assert whole_seconds(value) == seconds


@pytest.mark.parametrize(
    ("seconds", "problem"),
    [
        (0, None),
        (150, None),
        (-1, "must not be before 1970: send Unix seconds, UTC"),
        (151, "is more than 50 s ahead of the server's clock (100)"),
        (10**11, "looks like milliseconds: send whole Unix seconds, UTC"),
    ],
)
def test_created_at_problem(seconds, problem):
    assert created_at_problem(seconds, 100, 50) == problem
