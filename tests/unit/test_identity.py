"""Contact ids, event ids and cursors (decisions.md, "Order, ids, cursors")."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.identity import (
    contact_id_of,
    event_id,
    event_ticks,
    format_cursor,
    lead_user_id,
    new_contact_id,
    new_workspace_id,
    parse_cursor,
)
from pastense.limits import CREATED_AT_END_S, SLOTS_MAX

UNIX_EPOCH_TICKS = 122_192_928_000_000_000
"""100-ns ticks from 1582-10-15 to 1970-01-01, as RFC 9562 counts them."""
seconds = st.integers(0, CREATED_AT_END_S - 1)
slots = st.integers(0, SLOTS_MAX - 1)
contact_ids = st.text("0123456789abcdef", min_size=24, max_size=24)
moments = st.tuples(seconds, slots)


def test_a_contact_id_is_24_hex_digits_of_which_8_are_its_second():
    made = new_contact_id(1_800_000_000)
    assert made[:8] == "6b49d200"
    assert len(made) == 24
    assert set(made) <= set("0123456789abcdef")


def test_contact_ids_of_one_second_differ():
    assert len({new_contact_id(1) for _ in range(1_000)}) == 1_000


def test_a_contact_id_outlives_the_32_bit_second():
    assert new_contact_id(2**32 + 5)[:8] == "00000005"
    assert len(new_contact_id(2**32 + 5)) == 24


def test_a_workspace_code_is_eight_letters_and_digits():
    codes = {new_workspace_id() for _ in range(100)}
    assert len(codes) == 100
    assert all(len(code) == 8 and code.isalnum() and code == code.lower() for code in codes)


def test_ticks_are_seconds_times_ten_million_plus_the_slot():
    assert event_ticks(1_389_913_941, 42) == 13_899_139_410_000_042


def test_an_event_id_never_changes():
    """Ids are not stored but computed anew: another result would rename every event."""
    first = event_id("530370b477ad7120001d0000", 1_513_931_185, 0)
    assert first == "cc77ce80-e6f1-11e7-b29e-376a62b05147"


@given(contact_ids, seconds, slots)
def test_an_event_id_is_a_version_1_uuid_of_its_time(contact, created_at, slot):
    parsed = uuid.UUID(event_id(contact, created_at, slot))
    assert str(parsed) == event_id(contact, created_at, slot)
    assert parsed.version == 1
    assert parsed.variant == uuid.RFC_4122
    assert parsed.time - UNIX_EPOCH_TICKS == created_at * 10_000_000 + slot
    assert parsed.node >> 40 & 1 == 1, "the multicast bit says: no hardware address"


@given(contact_ids, st.lists(moments, min_size=2, max_size=6, unique=True))
def test_event_ids_of_one_contact_differ_and_are_ordered_as_its_events(contact, events):
    ids = {moment: uuid.UUID(event_id(contact, *moment)) for moment in events}
    assert len(set(ids.values())) == len(events)
    assert sorted(events, key=lambda moment: ids[moment].time) == sorted(events)


@given(st.lists(contact_ids, min_size=2, max_size=6, unique=True), seconds, slots)
def test_event_ids_of_different_contacts_differ_in_the_same_tick(contacts, created_at, slot):
    assert len({event_id(contact, created_at, slot) for contact in contacts}) == len(contacts)


@given(seconds, slots)
def test_a_cursor_comes_back_exactly(created_at, slot):
    ticks = event_ticks(created_at, slot)
    assert parse_cursor(format_cursor(ticks)) == ticks


@given(moments, moments)
def test_cursors_compare_as_their_ticks(one, other):
    cursors = [parse_cursor(format_cursor(event_ticks(*moment))) for moment in (one, other)]
    assert (cursors[0] < cursors[1]) == (one < other)
    assert (cursors[0] == cursors[1]) == (one == other)


@pytest.mark.parametrize(
    ("ticks", "text"),
    [
        (0, "0"),
        (1, "0.0001"),
        (10_000, "1"),
        (13_899_139_410_000_042, "1389913941000.0042"),
        (13_899_139_410_000_000, "1389913941000"),
        (13_899_139_410_640_000, "1389913941064"),
        (13_899_139_410_000_500, "1389913941000.0500"),
    ],
)
def test_a_cursor_is_milliseconds_with_four_decimals_where_needed(ticks, text):
    assert format_cursor(ticks) == text
    assert parse_cursor(text) == ticks


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("1.5", 15_000),
        ("1.05", 10_500),
        ("1.0", 10_000),
        ("007", 70_000),
        ("9" * 15, 10**19 - 10**4),
    ],
)
def test_up_to_four_decimals_are_read(text, ticks):
    assert parse_cursor(text) == ticks


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1.", ".5", "1.00000", "1e3", "1,5", " 1", "1 ", "1\n", "abc", "٣", "9" * 16],
)
def test_anything_else_is_no_cursor(text):
    assert parse_cursor(text) is None


@given(st.text(max_size=20))
def test_no_text_breaks_the_cursor_reader(text):
    ticks = parse_cursor(text)
    assert ticks is None or parse_cursor(format_cursor(ticks)) == ticks


@given(contact_ids)
def test_a_generated_user_id_is_a_uuid_that_holds_the_contact_id(contact_id):
    user_id = lead_user_id(contact_id)
    parsed = uuid.UUID(user_id)
    assert (parsed.version, parsed.variant, str(parsed)) == (8, uuid.RFC_4122, user_id)
    assert contact_id_of(user_id) == contact_id


@given(contact_ids, contact_ids)
def test_two_contacts_have_two_generated_user_ids(one, other):
    assert (lead_user_id(one) == lead_user_id(other)) == (one == other)


@given(st.text(max_size=40) | st.uuids().map(str) | st.from_regex(r"[0-9a-f-]{36}", fullmatch=True))
def test_no_other_text_is_a_generated_user_id(text):
    found = contact_id_of(text)
    assert found is None or lead_user_id(found) == text


def test_a_generated_user_id_is_known_exactly():
    user_id = lead_user_id("6b00fddd7289f972420b4d98")
    assert user_id == "6b00fddd-7289-8a57-b7e5-f972420b4d98"
    others = (user_id.upper(), user_id + "\n", user_id[:-1] + "g", user_id.replace("-8a", "-4a"))
    assert [contact_id_of(text) for text in (*others, f"{user_id[:-1]}٣", "")] == [None] * 6
