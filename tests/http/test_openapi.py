"""The description: routes against it, it against the reference, its patterns against the rules."""

from __future__ import annotations

import functools
import json
import operator
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from pastense.web.app import OPERATIONS, ROUTES
from pastense.web.openapi import description
from tests.support.server import running_server

DATA = Path(__file__).parent.parent / "data"
ANY_TYPE = frozenset(["null", "boolean", "integer", "number", "string", "array", "object"])
TYPE_NAMES = {type(None): "null", bool: "boolean", int: "integer", str: "string"}


def one_form(path: str) -> str:
    """A path without the names of its parameters, which differ between the sources."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def operations(document: dict) -> dict[tuple[str, str], dict]:
    """All calls of a description by (method, path)."""
    return {
        (method, one_form(path)): call
        for path, calls in document["paths"].items()
        for method, call in calls.items()
    }


class Source:
    """A description, ours or the reference's, that resolves its own references."""

    def __init__(self, document: dict) -> None:
        self.document = document

    def resolve(self, part: dict) -> dict:
        """The component that a reference means."""
        while "$ref" in part:
            _, kind, name = part["$ref"].rsplit("/", 2)
            part = self.document.get("components", self.document)[kind][name]
        return part

    def branches(self, schemas: list[dict]) -> Iterator[dict]:
        """The schemas and all they are composed of."""
        for schema in map(self.resolve, schemas):
            yield schema
            for word in ("allOf", "anyOf", "oneOf"):
                yield from self.branches(schema.get(word, []))

    def properties(self, schemas: list[dict]) -> dict[str, list[dict]]:
        found: dict[str, list[dict]] = {}
        for branch in self.branches(schemas):
            for name, schema in branch.get("properties", {}).items():
                found.setdefault(name, []).append(schema)
        return found

    def inner(self, schemas: list[dict], word: str) -> list[dict]:
        """What the branches say of their items or of their further properties."""
        found = [branch.get(word) for branch in self.branches(schemas)]
        return [schema for schema in found if isinstance(schema, dict)]

    def types(self, schemas: list[dict]) -> frozenset[str]:
        """The JSON types that one of the branches allows; all where none says a type."""
        found: set[str] = set()
        for branch in self.branches(schemas):
            said = branch.get("type", [])
            found |= {said} if isinstance(said, str) else set(said)
            values = branch.get("enum", [branch["const"]] if "const" in branch else [])
            found |= {TYPE_NAMES[type(value)] for value in values}
        return frozenset(found | ({"integer"} if "number" in found else set())) or ANY_TYPE

    def call_schemas(self, call: dict) -> dict[str, dict]:
        """The schemas of the body ("body") and of each success (its status)."""
        places = {"body": call.get("body") or self._content(call.get("requestBody", {}))}
        for status, answer in call["responses"].items():
            if status.startswith("2"):
                is_ours = "components" in self.document
                places[status] = self._content(answer) if is_ours else answer
        return {place: schema for place, schema in places.items() if schema}

    def _content(self, part: dict) -> dict:
        return self.resolve(part).get("content", {}).get("application/json", {}).get("schema", {})


class Comparison:
    """What the reference has and a description of ours lacks, each as a sentence."""

    def __init__(self, document: dict, reference: dict) -> None:
        self.ours, self.reference = Source(document), Source(reference)
        self.complaints: list[str] = []
        known = operations(reference)
        for key, call in operations(document).items():
            if key in known:
                self._compare_calls(" ".join(key), call, known[key])

    def _compare_calls(self, where: str, ours: dict, reference: dict) -> None:
        if ours["operationId"] != reference["operationId"]:
            self.complaints.append(f"{where}: operationId is not {reference['operationId']}")
        self._compare_parameters(where, ours, reference)
        successes = {status for status in reference["responses"] if status.startswith("2")}
        for status in (successes | {"401"}) - set(ours["responses"]):
            self.complaints.append(f"{where}: no {status}")
        described = self.ours.call_schemas(ours)
        for place, schema in self.reference.call_schemas(reference).items():
            if place in described:
                self._compare_schemas(f"{where} {place}", [described[place]], [schema])
            else:
                self.complaints.append(f"{where}: no schema for {place}")

    def _compare_parameters(self, where: str, ours: dict, reference: dict) -> None:
        parameters = map(self.ours.resolve, ours.get("parameters", []))
        described = {self._parameter_key(p): p["schema"] for p in parameters}
        for parameter in reference.get("parameters", []):
            key = self._parameter_key(parameter)
            if key in described:
                self._compare_schemas(f"{where} {key}", [described[key]], [parameter["schema"]])
            else:
                self.complaints.append(f"{where}: no parameter {key}")

    @staticmethod
    def _parameter_key(parameter: dict) -> tuple[str, str]:
        return ("" if parameter["in"] == "path" else parameter["name"], parameter["in"])

    def _compare_schemas(
        self, where: str, ours: list[dict], reference: list[dict], *above: list[dict]
    ) -> None:
        if reference in above:
            return  # Search groups hold groups: below this one there is nothing new.
        above = (*above, reference)
        self._compare_types(where, ours, reference)
        described = self.ours.properties(ours)
        for name, schemas in self.reference.properties(reference).items():
            if name in described:
                self._compare_schemas(f"{where}.{name}", described[name], schemas, *above)
            else:
                self.complaints.append(f"{where}.{name}: missing")
        for word in ("items", "additionalProperties"):
            inner = (self.ours.inner(ours, word), self.reference.inner(reference, word))
            if all(inner):
                self._compare_schemas(f"{where}.{word}", *inner, *above)

    def _compare_types(self, where: str, ours: list[dict], reference: list[dict]) -> None:
        wanted = self.reference.types(reference)
        nullable = any(branch.get("nullable") for branch in self.reference.branches(reference))
        # Whoever reads our answers need not meet a null, but whoever writes may send one.
        wanted |= {"null"} if nullable and " body" in where else set()
        missing = wanted - self.ours.types(ours)
        if missing and wanted != ANY_TYPE:
            self.complaints.append(f"{where}: does not accept {', '.join(sorted(missing))}")


@pytest.fixture(params=["2.14", "unstable"])
def reference(request) -> dict:
    return json.loads((DATA / f"reference-{request.param}.json").read_text())


def test_routes_and_description_agree():
    served = {(method.lower(), re.sub(r":\w+\}", "}", path)) for method, path in ROUTES}
    paths = description()["paths"]
    assert {(method, path) for path, calls in paths.items() for method in calls} == served


def test_security_is_described_as_it_is_enforced():
    calls = operations(description())
    for served in OPERATIONS:
        path = one_form(served.path)
        call = calls[served.method.lower(), path]
        assert (call.get("security") == []) is (served.scope is None), path
        assert ("401" in call["responses"]) is (served.scope is not None), path


def test_the_description_covers_the_reference(reference):
    assert Comparison(description(), reference).complaints == []


def test_the_comparison_meets_all_calls_that_both_have(reference):
    assert len(operations(description()).keys() & operations(reference).keys()) == 27


SCHEMAS = ("components", "schemas")
LIST = ("paths", "/events", "get")
SPOILED = [
    (
        (*SCHEMAS, "create_data_event_request", "properties", "metadata"),
        None,
        "body.metadata: missing",
    ),
    ((*SCHEMAS, "contact", "properties", "last_seen_at"), None, "{} 200.last_seen_at: missing"),
    ((*SCHEMAS, "event_time"), {"type": "string"}, "body.created_at: does not accept integer"),
    ((*LIST, "operationId"), "listDataEvents", "get /events: operationId is not lisDataEvents"),
    ((*LIST, "parameters"), [], "get /events: no parameter ('filter', 'query')"),
    ((*LIST, "responses", "401"), None, "get /events: no 401"),
]


@pytest.mark.parametrize(("place", "spoiled", "complaint"), SPOILED)
def test_the_comparison_catches_what_is_missing(place, spoiled, complaint, reference):
    document = description()
    *steps, last = place
    part = functools.reduce(operator.getitem, steps, document)
    assert part.pop(last)
    if spoiled is not None:
        part[last] = spoiled
    assert any(complaint in found for found in Comparison(document, reference).complaints)


def test_it_is_served_without_a_token(tmp_path):
    with running_server(f"sqlite:{tmp_path}/pastense.db") as server:
        answer = httpx.get(f"{server.base_url}/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json() == description()


def test_it_is_valid_openapi():
    validator = jsonschema_rs.validator_for(OPENAPI_31)
    validator.validate(description())
    broken = description()
    broken["paths"]["/events"]["post"]["parameters"] = [{"name": "nowhere"}]
    assert not validator.is_valid(broken)


def references(part: object) -> Iterator[str]:
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    if isinstance(part, dict) and isinstance(part.get("$ref"), str):
        yield part["$ref"]
    for value in inner:
        yield from references(value)


def test_every_component_is_used_and_every_reference_leads_somewhere():
    document = description()
    there = {
        f"#/components/{kind}/{name}"
        for kind, components in document["components"].items()
        for name in components
        if kind != "securitySchemes"
    }
    assert set(references(document)) == there


def test_every_call_has_an_id_the_shared_headers_and_error_lists():
    source = Source(description())
    calls = operations(source.document)
    assert len({call["operationId"] for call in calls.values()}) == len(calls)
    for call in calls.values():
        for status, part in call["responses"].items():
            answer = source.resolve(part)
            assert {"X-Request-Id", "Intercom-Version", "Pastense"} <= set(answer["headers"])
            if not status.startswith("2"):
                content = answer["content"]["application/json"]
                assert content["schema"] == {"$ref": "#/components/schemas/error"}
        if call.get("security") != []:
            names = [source.resolve(parameter)["name"] for parameter in call["parameters"]]
            assert names[0] == "Intercom-Version"


def test_every_copy_is_the_callers_own():
    changed = description()
    changed["paths"].clear()
    assert description() != changed
