"""What may be sent about event names, and the words where there is none or no room."""

from __future__ import annotations

import pytest

from pastense.errors import ApiError
from pastense.model import AuditEntry
from pastense.service.administration import catalogue
from pastense.store.base import TooManyNames

ENTRY = AuditEntry(1, 5, "test", "test")


class EmptyCatalogue:
    """A catalogue without names, which is full all the same."""

    def find(self, workspace, name):
        return None

    describe = archive = lambda self, *given: None

    def unarchive(self, *given):
        raise TooManyNames


def refusal(call, *given) -> tuple[int, str, str | None]:
    with pytest.raises(ApiError) as refused:
        call(*given)
    first = refused.value.refusals[0]
    return refused.value.status, first.code, first.field


@pytest.mark.parametrize("text", ["", "x" * 2_000, None])
def test_descriptions_that_may_be_sent(text):
    assert catalogue.read_description({"description": text, "other": 1}) == text


@pytest.mark.parametrize("value", ["x" * 2_001, 5, True, [], {}])
def test_descriptions_that_may_not(value):
    expected = (400, "parameter_invalid", "description")
    assert refusal(catalogue.read_description, {"description": value}) == expected


def test_a_description_that_is_not_there_clears_nothing():
    expected = (400, "parameter_not_found", "description")
    assert refusal(catalogue.read_description, {}) == expected


@pytest.mark.parametrize(("value", "found"), [(None, 50), ("1", 1), ("150", 150), (" 7 ", 7)])
def test_names_per_page(value, found):
    assert catalogue.read_per_page(value) == found


@pytest.mark.parametrize("value", ["", "0", "151", "-1", "1.5", "ten", "9" * 5_000])
def test_pages_that_are_refused(value):
    assert refusal(catalogue.read_per_page, value) == (400, "parameter_invalid", "per_page")


def test_parts_of_names_have_a_length():
    assert catalogue.read_name_part(None, "q") == ""
    assert catalogue.read_name_part("é" * 255, "q") == "é" * 255
    assert refusal(catalogue.read_name_part, "é" * 256, "q") == (400, "parameter_invalid", "q")


def test_a_name_that_is_not_there_is_not_found():
    store, expected = EmptyCatalogue(), (404, "not_found", "event_name")
    assert refusal(catalogue.find_name, store, 1, "did") == expected
    assert refusal(catalogue.describe_name, store, 1, "did", None, ENTRY) == expected
    assert refusal(catalogue.archive_name, store, 1, "did", ENTRY) == expected


def test_no_room_is_said_in_intercoms_words():
    with pytest.raises(ApiError, match=r"^Cannot have more than 120 active event names$") as full:
        catalogue.unarchive_name(EmptyCatalogue(), 1, "did", 120, ENTRY)
    assert (full.value.status, full.value.refusals[0].code) == (422, "422")
