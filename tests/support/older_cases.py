"""Bring generated cases of the older API to where they meet something."""

from __future__ import annotations

import itertools
from typing import Any, Protocol

import requests

from pastense.identity import lead_user_id
from pastense.versions import DEFAULT_VERSION, KNOWN_VERSIONS

_COUNT = itertools.count(1)
TWO_MEANINGS = ("/contacts", "/contacts/{contact_id}")
VERSION = "Intercom-Version"
OLDER_THINNED = {
    "GET /contacts": 6,
    "POST /contacts": 8,
    "DELETE /contacts": 6,
    "GET /contacts/scroll": 6,
    "POST /contacts/convert": 8,
    "PUT /contacts/{contact_id}": 4,
    "GET /users": 6,
    "POST /users": 8,
    "DELETE /users": 6,
    "GET /users/scroll": 6,
    "GET /users/{user_id}": 6,
    "PUT /users/{user_id}": 8,
    "DELETE /users/{user_id}": 6,
    "POST /user_delete_requests": 6,
    "GET /visitors": 6,
    "PUT /visitors": 8,
    "POST /visitors": 16,
    "POST /visitors/convert": 16,
    "GET /visitors/{visitor_id}": 6,
    "PUT /visitors/{visitor_id}": 16,
    "DELETE /visitors/{visitor_id}": 6,
    "POST /pastense/v1/visitors": 8,
    "GET /counts": 4,
}
"""Calls of which one case in so many is sent in the suite: they share their readers."""
OLDER_QUERY = frozenset(
    (
        *("user_id", "email", "phone", "page", "order", "sort", "created_since", "tag_id"),
        "segment_id",
    )
)
"""Parameters of GET /contacts that only 1.x looks at."""


class People(Protocol):
    """The server that the cases are sent to."""

    def send(self, path: str, body: dict) -> Any: ...

    def create(self, **fields: object) -> dict: ...


def aim_at_people(case: Any, people: People) -> None:
    """Let a case name a user, a lead or a visitor that there is."""
    label, given = case.operation.label, case.path_parameters
    if label.endswith("/users/{user_id}"):
        given["user_id"] = _user(people)["id"]
    if "visitor_id" in given:
        given["visitor_id"] = _visitor(people)["id"]
    makers = {"GET /visitors": _visitor, "DELETE /users": _user, "DELETE /contacts": _lead}
    if label in makers:
        case.query["user_id"] = makers[label](people)["user_id"]
    if isinstance(case.body, dict):
        _aim_body(label, case.body, people)


def _aim_body(label: str, body: dict, people: People) -> None:
    if label == "POST /contacts/merge":
        body["from"], body["into"] = _lead(people)["id"], _user(people)["id"]
    if label == "POST /user_delete_requests":
        body["intercom_user_id"] = _user(people)["id"]
    if label in ("PUT /visitors", "POST /visitors"):
        body["id"], body["user_id"] = _visitor(people)["id"], None
    if label == "POST /visitors/convert":
        body["visitor"] = {"id": _visitor(people)["id"]}
    if label == "POST /contacts/convert":
        body["contact"] = {"id": _lead(people)["id"]}
    if label in ("POST /visitors/convert", "POST /contacts/convert") and body.get("user"):
        body["user"]["id"] = None  # An unknown id is refused, an unknown user_id is a new user.


def fit_version(case: Any, positive: bool) -> None:
    """Where a path has two meanings, ask for the one that the case fits: what either allows is
    described, but not for which version. A version that is wrong on purpose stays."""
    version = _version(case)
    if case.operation.path not in TWO_MEANINGS or version not in KNOWN_VERSIONS:
        return
    if case.method == "DELETE":
        # What 1.x deletes is archived, and there for 2.x: no chain may go from one to the other.
        if case.meta.phase.name.name == "STATEFUL" and version.startswith("1."):
            case.headers[VERSION] = "2.14"
        return
    if isinstance(case.body, dict):
        case.headers[VERSION] = "1.4" if _is_for_older(case) else "2.14"
    elif OLDER_QUERY & case.query.keys() and not _has_wrong_flag(case):
        case.headers[VERSION] = "1.4"
    elif version.startswith("1.") and not positive:
        case.headers[VERSION] = "2.14"
    if case.headers.get(VERSION, "").startswith("1.") and "per_page" in case.query and positive:
        case.query["per_page"] = min(int(case.query["per_page"]), 60)


def names_one_person(case: Any) -> bool:
    """Whether a list is asked for one person, by a case that `fit_version` did not see yet. Then
    nothing else of the query is read, and what is wrong there is not refused."""
    names = {"GET /users": ("user_id", "email"), "GET /contacts": ("user_id",)}
    if _version(case) not in KNOWN_VERSIONS or _is_for_newer_list(case):
        return False
    return any(name in case.query for name in names.get(case.operation.label, ()))


def _version(case: Any) -> str:
    return str((case.headers or {}).get(VERSION, DEFAULT_VERSION))


def _is_for_newer_list(case: Any) -> bool:
    """`fit_version` lets 2.x answer such a case, which reads no `user_id`."""
    return case.operation.label == "GET /contacts" and _has_wrong_flag(case)


def _has_wrong_flag(case: Any) -> bool:
    """Only 2.x reads the flag, and so only 2.x refuses one that is none. Of null, and of lists of
    nothing, nothing is sent."""
    flag = case.query.get("include_merge_history")
    sent = requests.Request("GET", "http://localhost", params={"flag": flag}).prepare().url
    return "flag" in str(sent) and str(flag).lower() not in ("true", "false", "1", "0")


def _is_for_older(case: Any) -> bool:
    """Only 1.x takes an empty email, and adds somebody of whom nothing is known."""
    names = ("email", "external_id", "role")
    unknown = all(case.body.get(name) is None for name in names)
    return case.body.get("email") == "" or (case.method == "POST" and unknown)


def mend_counts(case: Any) -> None:
    """What no schema can say: a part needs a kind, and users are a part of companies only."""
    if case.operation.label == "GET /counts" and "count" in case.query:
        case.query["type"] = "company"


def _user(people: People) -> dict:
    return people.send("/users", {"user_id": f"older {next(_COUNT)}"}).json()


def _lead(people: People) -> dict:
    lead = people.create(role="lead")
    return lead | {"user_id": lead_user_id(lead["id"])}


def _visitor(people: People) -> dict:
    return people.send("/pastense/v1/visitors", {}).json()
