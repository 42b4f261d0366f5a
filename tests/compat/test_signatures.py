"""The documented names, parameters, defaults and fields are all there; what disappears is found.

The fields come from the API reference's own schemas (tests/data/), the signatures are a table.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from pastense import compat
from pastense.compat import unset

JSON = "application/json"
ACCEPT = ("application/json",)
REQUIRED = inspect.Parameter.empty
OF_ALL = {
    "header_params": {},
    "accept_content_types": ACCEPT,
    "stream": False,
    "timeout": None,
    "skip_deserialization": False,
}
OF_POSTS = {"body": unset, "content_type": JSON, **OF_ALL}
DOCUMENTED = {
    "Intercom": {"api_key": REQUIRED, "host": "https://api.intercom.io"},
    "DataEventsApi.create_data_event": OF_POSTS,
    "DataEventsApi.data_event_summaries": OF_POSTS,
    "DataEventsApi.lis_data_events": {"query_params": REQUIRED, **OF_ALL},
    "CreateDataEventRequest": dict.fromkeys(
        ("event_name", "created_at", "user_id", "id", "email", "metadata"), unset
    ),
    "CreateDataEventSummariesRequest": {"user_id": unset, "event_summaries": unset},
    "IntercomVersion": {"value": REQUIRED},
    "ApiException": {"status": REQUIRED, "reason": "", "api_response": None},
    "AsyncRawDataEventsClient": {"client_options": REQUIRED},
    "AsyncRawDataEventsClient.create_data_event": {"request": REQUIRED, "request_options": None},
    "AsyncRawDataEventsClient.data_event_summaries": {"request": None, "request_options": None},
    "AsyncRawDataEventsClient.lis_data_events": {"request": REQUIRED, "request_options": None},
    "ClientOptions": {
        "base_url": REQUIRED,
        "token": REQUIRED,
        "version": "2.14",
        "max_retries": 2,
        "timeout_s": 60,
    },
    "RequestOptions": dict.fromkeys(
        ("token", "timeout_s", "version", "headers", "max_retries"), None
    ),
    "LisDataEventsRequest": {"filter": REQUIRED, "type": "user", "summary": None},
    "IntercomHttpResponse": {"status": REQUIRED, "headers": REQUIRED, "body": REQUIRED},
    "ApiResponse": {"response": REQUIRED, "body": unset, "headers": unset},
    "ApiResponseWithoutDeserialization": {"response": REQUIRED, "body": unset, "headers": unset},
    "createdataevent": {"fields": REQUIRED},
}
SCHEMAS = {
    "create_data_event_request": "CreateDataEventRequest",
    "create_data_event_summaries_request": "CreateDataEventSummariesRequest",
    "data_event_summary": "DataEventSummary",
    "data_event_summary_item": "DataEventSummaryItem",
    "error": "Error",
}


def missing(documented: dict, namespace: object) -> list[str]:
    """Documented names and parameters that are not there, or have another default."""
    found = []
    for name, parameters in documented.items():
        thing = namespace
        for part in name.split("."):
            thing = getattr(thing, part, None)
        if thing is None:
            found.append(name)
            continue
        there = inspect.signature(thing).parameters
        for parameter, default in parameters.items():
            given = there.get(parameter)
            if given is None or given.default != default:
                found.append(f"{name}({parameter})")
    return found


def test_every_documented_name_and_parameter_is_there():
    assert missing(DOCUMENTED, compat) == []


def test_the_documented_calls_take_keywords_in_their_order():
    for name in ("create_data_event", "data_event_summaries", "lis_data_events"):
        documented = list(DOCUMENTED[f"DataEventsApi.{name}"])
        there = inspect.signature(getattr(compat.DataEventsApi, name)).parameters
        assert set(there) == {"self", *documented}
        assert list(there)[1] == documented[0]
        keywords = (inspect.Parameter.POSITIONAL_OR_KEYWORD,)
        assert {parameter.kind for parameter in there.values()} <= {*keywords}


class Fewer:
    """A surface on which something has disappeared."""

    class Intercom:
        def __init__(self, api_key: str, host: str = "https://elsewhere.example") -> None: ...

    class DataEventsApi:
        def lis_data_events(self, query_params: object) -> None: ...


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Intercom", ["Intercom(host)"]),
        ("createdataevent", ["createdataevent"]),
        ("DataEventsApi.create_data_event", ["DataEventsApi.create_data_event"]),
        (
            "DataEventsApi.lis_data_events",
            [f"DataEventsApi.lis_data_events({name})" for name in OF_ALL],
        ),
    ],
)
def test_what_disappeared_is_found(name, found):
    assert missing({name: DOCUMENTED[name]}, Fewer) == found


def schema_faults(schemas: dict, models: object) -> list[str]:
    """Fields of the reference that a model does not know, or that it requires and should not."""
    found = []
    for schema, name in SCHEMAS.items():
        checks = getattr(models, name)._checks
        found += [f"{name}.{field}" for field in schemas[schema]["properties"].keys() - checks]
    required = set(getattr(models, "Error")._required)  # noqa: B009
    return found + [f"Error.{f}" for f in required ^ set(schemas["error"]["required"])]


@pytest.mark.parametrize("version", ["2.14", "unstable"])
def test_the_models_have_the_fields_of_the_reference(version):
    path = Path(__file__).parents[1] / "data" / f"reference-{version}.json"
    reference = json.loads(path.read_text("utf-8"))
    schemas = reference["schemas"]
    assert schema_faults(schemas, compat) == []
    for known in schemas["intercom_version"]["enum"]:
        assert compat.IntercomVersion(known) == known
    schemas["error"]["properties"]["new"] = {}
    schemas["error"]["required"] = ["type"]
    assert schema_faults(schemas, compat) == ["Error.new", "Error.errors"]
