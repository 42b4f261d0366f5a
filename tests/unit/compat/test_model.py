"""A model is a mapping with attributes, checked where a caller builds it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping

import pytest

from pastense.compat.errors import OpenApiException
from pastense.compat.models import (
    CreateDataEventRequest,
    CreateDataEventSummariesRequest,
    DataEventList,
    DataEventSummary,
    DataEventSummaryItem,
    ErrorItem,
)
from pastense.compat.values import unset

EVENT = {"event_name": "a", "created_at": 1671028894, "user_id": "1"}


def test_a_model_is_a_mapping():
    model = CreateDataEventRequest(**EVENT)
    assert isinstance(model, Mapping)
    assert dict(model) == EVENT
    assert {**model} == EVENT
    assert (len(model), list(model)) == (3, list(EVENT))
    assert model["event_name"] == model.event_name == model.get("event_name") == "a"
    assert "email" not in model
    assert model.get("email") is None


def test_what_is_not_there_is_an_attribute_error_and_a_key_error():
    model = CreateDataEventRequest(**EVENT)
    assert not hasattr(model, "email")
    assert model.get_item_oapg("email") is unset
    assert model.get_item_oapg("user_id") == "1"
    with pytest.raises(AttributeError, match="CreateDataEventRequest has no 'email'"):
        model.email  # noqa: B018
    with pytest.raises(KeyError):
        model["email"]


def test_equality_is_that_of_the_fields():
    model = CreateDataEventRequest(**EVENT)
    assert model == CreateDataEventRequest(EVENT) == EVENT
    assert model != CreateDataEventRequest(EVENT | {"user_id": "2"})
    assert model != "model"
    with pytest.raises(TypeError, match="unhashable"):
        hash(model)


def test_it_shows_its_fields():
    shown = repr(CreateDataEventRequest(event_name="a", created_at=1, user_id="1"))
    assert shown == "CreateDataEventRequest(event_name='a', created_at=1, user_id='1')"


def test_it_does_not_change():
    metadata = {"a": [1]}
    model = CreateDataEventRequest(**EVENT, metadata=metadata)
    metadata["a"].append(2)
    metadata["b"] = 1
    assert model.metadata == {"a": [1]}
    with pytest.raises(AttributeError):
        model.event_name = "b"
    with pytest.raises(TypeError):
        model["event_name"] = "b"


def test_a_mapping_and_keywords_together():
    assert CreateDataEventRequest(EVENT, user_id="2").user_id == "2"
    assert CreateDataEventRequest(EVENT, user_id=unset) == EVENT
    assert CreateDataEventRequest({**EVENT, "email": unset}) == EVENT
    assert CreateDataEventRequest(CreateDataEventRequest(EVENT)) == EVENT
    with pytest.raises(TypeError, match="takes keywords or one mapping"):
        CreateDataEventRequest([1])


def test_an_unknown_field_is_named_with_those_that_are_known():
    with pytest.raises(TypeError, match="no field 'metdata'; it has event_name, created_at"):
        CreateDataEventRequest({**EVENT, "metdata": {}})
    with pytest.raises(TypeError, match="metdata"):
        CreateDataEventRequest(**EVENT, metdata={})
    with pytest.raises(OpenApiException, match="no field 'cound'"):
        DataEventSummaryItem(cound=1)


def test_what_is_required():
    with pytest.raises(TypeError, match="ErrorItem needs code"):
        ErrorItem(message="a")
    assert CreateDataEventSummariesRequest() == {}


def test_answers_are_read_as_they_are():
    data = {
        "type": "event.summary",
        "email": 1,
        "new": {"a": 1},
        "events": [{"name": "a", "count": "many"}, None, 5],
    }
    summary = DataEventSummary.from_answer(data)
    assert (summary.email, summary.new) == (1, {"a": 1})
    first, second, third = summary.events
    assert isinstance(first, DataEventSummaryItem)
    assert (first.count, second, third) == ("many", None, 5)
    plain = {"events": [{"name": "a"}], "pages": {}}
    assert DataEventSummary.from_answer(plain) == plain
    assert DataEventSummary.from_answer({"events": None}).events is None
    assert DataEventList.from_answer({"events": {"event_name": "a"}}).events.event_name == "a"
    assert not hasattr(DataEventSummary.from_answer({}), "events")


@pytest.mark.parametrize("name", ["_values", "_other", "__length_hint__"])
def test_private_names_are_no_fields(name):
    model = DataEventSummary.from_answer({"_other": 1, "__length_hint__": 2})
    assert model["_other"] == 1
    if name != "_values":
        assert not hasattr(model, name)


def test_copies_are_equal():
    body = CreateDataEventRequest(**EVENT, metadata={"a": {"amount": 1, "currency": "eur"}})
    for other in (copy.copy(body), copy.deepcopy(body), pickle.loads(pickle.dumps(body))):
        assert type(other) is CreateDataEventRequest
        assert other == body
