"""What each model takes from a caller, and what it refuses."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pastense.client.values import Money, RichLink
from pastense.compat import models
from pastense.compat.models import (
    CreateDataEventRequest,
    CreateDataEventSummariesRequest,
    DataEvent,
    DataEventList,
    DataEventSummary,
    DataEventSummaryItem,
    Error,
    ErrorItem,
    EventSummaries,
    IntercomVersion,
)
from pastense.versions import KNOWN_VERSIONS

EVENT = {"event_name": "a", "created_at": 1671028894, "user_id": "1"}


@pytest.mark.parametrize("version", sorted(KNOWN_VERSIONS))
def test_every_version_is_a_text(version):
    made = IntercomVersion(version)
    assert isinstance(made, str)
    assert (made, type(made)) == (version, IntercomVersion)
    assert pickle.loads(pickle.dumps(made)) == copy.copy(made) == version


@pytest.mark.parametrize("version", ["2.99", "unstable", "", "2", "2.14 ", "latest"])
def test_an_unknown_version_is_refused(version):
    with pytest.raises(ValueError, match=r"there are 1\.0, .*2\.9, 2\.10, .*, Preview, Unstable$"):
        IntercomVersion(version)


@pytest.mark.parametrize("version", [2.14, None, b"2.14"])
def test_a_version_is_a_text(version):
    with pytest.raises(TypeError, match=r"must be a text such as '2\.14'"):
        IntercomVersion(version)


@pytest.mark.parametrize("identifier", ["id", "user_id", "email"])
def test_an_event_needs_a_name_a_time_and_an_identifier(identifier):
    whole = {"event_name": "a", "created_at": 1, identifier: "1"}
    assert CreateDataEventRequest(**whole) == whole
    for name in whole:
        with pytest.raises(ValueError, match=f"needs .*{name}"):
            CreateDataEventRequest(**{k: v for k, v in whole.items() if k != name})


def test_metadata_of_every_type():
    metadata = {
        "text": "a",
        "number": 1.5,
        "whole": Decimal("3"),
        "exact": Decimal("1.5"),
        "paid_date": 1671028894,
        "link": "https://example.org",
        "rich": RichLink("https://example.org", "a"),
        "price": Money(1, "eur"),
        "yes": True,
        "none": None,
    }
    kept = CreateDataEventRequest(**EVENT, metadata=metadata).metadata
    rich = {"url": "https://example.org", "value": "a"}
    changed = {"whole": 3, "exact": 1.5, "rich": rich, "price": {"amount": 1, "currency": "eur"}}
    assert kept == metadata | changed
    assert list(kept) == list(metadata)
    assert type(kept["whole"]) is int


BAD_EVENTS = [
    ("event_name", 1, TypeError, "event_name must be a text"),
    ("event_name", None, TypeError, "event_name must be a text"),
    ("created_at", "1671028894", TypeError, "created_at must be a whole number"),
    ("created_at", 1.5, TypeError, "created_at must be a whole number"),
    ("created_at", True, TypeError, "created_at must be a whole number"),
    ("created_at", datetime.now(UTC), TypeError, "created_at must be a whole number"),
    ("created_at", 2**63, ValueError, "within 64 bits"),
    ("created_at", Decimal("1.5"), TypeError, "created_at must be a whole number"),
    ("created_at", Decimal("NaN"), TypeError, "created_at must be a whole number"),
    ("user_id", 1, TypeError, "user_id must be a text"),
    ("id", 1, TypeError, "id must be a text"),
    ("email", ["a"], TypeError, "email must be a text"),
    ("metadata", [], TypeError, "metadata must be a dict"),
    ("metadata", {1: 2}, TypeError, "a key of metadata must be a text"),
    ("metadata", {"a": object()}, TypeError, "metadata.a must be text, a number"),
    ("metadata", {"a": {"b": [b""]}}, TypeError, r"metadata.a.b\[0\] must be"),
    ("metadata", {"a": float("nan")}, ValueError, "metadata.a must be a finite number"),
    ("metadata", {"a_date": datetime.now(UTC)}, TypeError, "metadata.a_date must be whole sec"),
]


@pytest.mark.parametrize(("field", "value", "error", "words"), BAD_EVENTS)
def test_a_field_of_the_wrong_kind_is_named(field, value, error, words):
    with pytest.raises(error, match=words):
        CreateDataEventRequest(**{**EVENT, field: value})


def test_history_of_one_name_and_of_several():
    one = {"event_name": "a", "count": 1, "first": 1, "last": 2}
    request = CreateDataEventSummariesRequest(user_id="1", event_summaries=one)
    assert isinstance(request.event_summaries, EventSummaries)
    assert request.event_summaries.count == request["event_summaries"]["count"] == 1
    several = CreateDataEventSummariesRequest(user_id="1", event_summaries=[one, one])
    assert several.event_summaries == [one, one]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"user_id": 1}, "user_id must be a text"),
        ({"event_summaries": "a"}, "event_summaries must be a list"),
        ({"event_summaries": [1]}, "event_summaries must be a dict"),
        ({"event_summaries": {"count": "1"}}, "count must be a whole number"),
        ({"event_summaries": {"name": "a"}}, "EventSummaries has no field 'name'"),
        ({"id": "1"}, "id"),
    ],
)
def test_bad_history_is_refused(given, words):
    with pytest.raises(TypeError, match=words):
        CreateDataEventSummariesRequest(**given)


def test_answers_can_be_built_for_tests_of_a_caller():
    item = DataEventSummaryItem(name="a", first="2022", last="2022", count=1, description=None)
    summary = DataEventSummary(type="event.summary", user_id=None, events=[item, dict(item)])
    assert [each.name for each in summary.events] == ["a", "a"]
    event = DataEvent(type="event", event_name="a", created_at=1, metadata={})
    page = DataEventList(type="event.list", events=[event], pages={"next": None})
    assert page.events[0].created_at == 1
    error = Error(type="error.list", errors=[ErrorItem(code="a", field=None)], request_id="1")
    assert error.errors[0].code == "a"


@pytest.mark.parametrize(
    ("model", "given", "error", "words"),
    [
        (DataEventSummary, {"type": "event.list"}, ValueError, "type must be event.summary"),
        (DataEventSummary, {"events": {"name": "a"}}, TypeError, "events must be a list"),
        (DataEventSummary, {"events": [{"nam": "a"}]}, TypeError, "no field 'nam'"),
        (DataEventList, {"type": 1}, TypeError, "type must be a text"),
        (DataEventList, {"events": [{"event_name": "a"}]}, TypeError, "needs created_at"),
        (DataEventList, {"pages": "a"}, TypeError, "pages must be a dict"),
        (DataEvent, {"event_name": "a", "created_at": 1, "type": "b"}, ValueError, "type must be"),
        (DataEventSummaryItem, {"count": "1"}, TypeError, "count must be a whole number"),
        (Error, {"type": "error.list"}, TypeError, "needs errors"),
        (Error, {"type": "error.list", "errors": "a"}, TypeError, "errors must be a list"),
        (ErrorItem, {"code": 1}, TypeError, "code must be a text"),
        (ErrorItem, {"code": "a", "message": 1}, TypeError, "message must be a text"),
    ],
)
def test_bad_answers_cannot_be_built(model, given, error, words):
    with pytest.raises(error, match=words):
        model(**given)


def test_every_annotated_field_has_its_check():
    kinds = [kind for kind in vars(models).values() if isinstance(kind, type)]
    for kind in (kind for kind in kinds if getattr(kind, "_checks", None)):
        own = [name for name in kind.__annotations__ if not name.startswith("_")]
        assert sorted(own) == sorted(kind._checks), kind.__name__
