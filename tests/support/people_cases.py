"""Bring generated cases about tags and data attributes to where they meet something."""

from __future__ import annotations

import itertools
from typing import Any, Protocol

_COUNT = itertools.count(1)


class People(Protocol):
    """The server that the cases are sent to."""

    def send(self, path: str, body: dict) -> Any: ...


def aim(case: Any, people: People) -> None:
    """Let a case name a tag that there is, which the contact in the path carries, or a data
    attribute that there is."""
    given = case.path_parameters
    if "data_attribute_id" in given:
        given["data_attribute_id"] = _attribute(people)
    if "tag_id" in given:
        given["tag_id"] = _tag(people)
        if "contact_id" in given:
            people.send(f"/contacts/{given['contact_id']}/tags", {"id": given["tag_id"]})
    if case.operation.label == "POST /contacts/{contact_id}/tags" and isinstance(case.body, dict):
        case.body["id"] = _tag(people)


def declare_first(people: People) -> None:
    """The data attribute that the description's examples change: it has the number 1."""
    assert _attribute(people) == 1


def mend_options(body: dict) -> None:
    """What no schema can say: each option stands once."""
    options = body.get("options")
    if isinstance(options, list):
        for number, option in enumerate(options):
            option["value"] = f"{number}{option['value']}"[:255]


def mend_name(body: dict) -> None:
    """What no schema can say: a name is declared once, and no other case writes it."""
    body["name"] = f"no {next(_COUNT)} {body['name']}"[:255]


def _tag(people: People) -> str:
    return people.send("/tags", {"name": f"tag {next(_COUNT)}"}).json()["id"]


def _attribute(people: People) -> int:
    body = {"name": f"declared {next(_COUNT)}", "model": "contact", "data_type": "string"}
    return people.send("/data_attributes", body).json()["id"]
