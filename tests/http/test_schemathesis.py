"""Schemathesis: what the description allows is served, what it forbids is refused, nothing else."""

from __future__ import annotations

import os
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure

from pastense.search import FIELD_TYPES
from pastense.web.openapi import description
from tests.support.server import running_server

EXAMPLES = int(os.environ.get("PASTENSE_TEST_SCHEMATHESIS_EXAMPLES", "25"))
SCOPES = ("events:read", "events:write", "contacts:read", "contacts:write", "admin")
IDENTIFIERS = ("id", "intercom_user_id", "user_id", "email")
LONG_AGO = 1671028894
# A list whose contacts are unknown is valid and answered 422; `check_list_refusals` looks closer.
ACCEPTED = ["2xx", "401", "403", "404", "409"]
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"deterministic": True, "max-examples": EXAMPLES},
        "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
        "operations": [
            {
                "include-name": "POST /events",
                "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, 422]}},
            }
        ],
    }
)
SCHEMA = schemathesis.openapi.from_dict(description(), config=CONFIG)


@dataclass
class People:
    """The contacts of the store under test, and the statuses that each operation answered."""

    http: httpx.Client
    headers: dict[str, str]
    user: dict[str, str] = field(default_factory=dict)
    cursor: str = ""
    answered: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def create(self, **fields: object) -> dict:
        """A new contact."""
        answer = self.http.post("/contacts", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def seed(self) -> None:
        """A user and a lead with events, and the cursor of a page that has a next one."""
        user = self.create(external_id="314159", email="ada@example.org", name="Ada")
        lead = self.create(role="lead", name="Lead")
        self.user = dict(zip(IDENTIFIERS, [user["id"], user["id"], "314159", user["email"]]))
        for contact in (user, lead):
            for second in range(20):
                event = {"event_name": f"seeded-{second % 3}", "created_at": LONG_AGO + second}
                sent = self.http.post("/events", json=event | {"id": contact["id"]})
                assert sent.status_code == 202
        page = self.http.get("/contacts", params={"per_page": 1}).json()
        self.cursor = page["pages"]["next"]["starting_after"]


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> Iterator[People]:
    """A server process of this module's own with people in it."""
    path = tmp_path_factory.mktemp("schemathesis") / "pastense.db"
    with running_server(f"sqlite:{path}") as server:
        token = server.token(*(word for scope in SCOPES for word in ("--scope", scope)))
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=server.base_url, headers=headers) as http:
            people = People(http, headers)
            people.seed()
            yield people
    for label, statuses in people.answered.items():
        assert any(200 <= status < 300 for status in statuses), f"{label} never succeeded"
    assert not server.errors


def is_chosen(case, out_of: int = 2) -> bool:
    """True for one case in `out_of`, always the same ones."""
    return zlib.crc32(repr((case.body, case.query, case.path_parameters)).encode()) % out_of == 0


def is_plain_identifier(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 254 and "\x00" not in value


def name_the_user(body: dict, people: People, positive: bool) -> None:
    """Let a body that names somebody name the user, so that it gets past the look-up.

    In a case that is meant to be refused only an identifier that is not at fault is replaced,
    and only one that stands alone: beside a stronger one, the others are not looked at.
    """
    given = [name for name in IDENTIFIERS if body.get(name) is not None]
    if positive or (len(given) == 1 and is_plain_identifier(body[given[0]])):
        for name in given:
            body[name] = people.user[name]
    for value in (body.get("user"), *(body["data"] if isinstance(body.get("data"), list) else ())):
        if isinstance(value, dict):
            name_the_user(value, people, positive)


def seconds_of(value: object) -> float:
    """The seconds in any spelling that is allowed."""
    return float(value) if isinstance(value, str | int | float) else 0.0


def mend_times(body: dict) -> None:
    """What no schema can say: times lie in the past, and `first` is not after `last`."""
    for name in ("created_at", "created", "first", "last"):
        if name in body and seconds_of(body[name]) > time.time():
            body[name] = LONG_AGO
    if seconds_of(body.get("first")) > seconds_of(body.get("last")):
        body["first"] = body["last"]
    for name in ("data", "event_summaries"):
        inner = body.get(name)
        for item in inner if isinstance(inner, list) else [inner]:
            if isinstance(item, dict):
                mend_times(item)


def mend_names(body: dict) -> None:
    """What no schema can say: each name stands once in an import."""
    items = body.get("event_summaries")
    if isinstance(items, list):
        body["event_summaries"] = list({item["event_name"].strip(): item for item in items}.values())


def mend_cursor(body: dict, people: People) -> None:
    """A cursor is opaque: only one that was answered is valid, for the same kind of order."""
    paging, sort = body.get("pagination"), body.get("sort")
    if isinstance(paging, dict) and isinstance(paging.get("starting_after"), str):
        by_text = FIELD_TYPES[(sort or {}).get("field", "created_at")] == "string"
        paging["starting_after"] = None if by_text else people.cursor


def spell_filter(query: dict, case) -> None:
    """Send the filter in one of its three spellings."""
    given = {name: query[name] for name in IDENTIFIERS if name in query}
    spelling = zlib.crc32(repr(given).encode()) % 3
    if spelling and given:
        for name, value in given.items():
            del query[name]
            query[f"filter[{name}]"] = value


def prepare(case, people: People) -> None:
    """Bring a generated case to where it meets something."""
    positive = case.meta.generation.mode.is_positive
    if "contact_id" in case.path_parameters and is_chosen(case):
        case.path_parameters["contact_id"] = people.create(role="lead")["id"]
    if isinstance(case.body, dict) and case.path.startswith("/events") and is_chosen(case):
        name_the_user(case.body, people, positive)
    if case.operation.label == "GET /events" and is_chosen(case):
        name_the_user(case.query, people, positive)
    if positive and isinstance(case.body, dict):
        mend_times(case.body)
        mend_names(case.body)
        mend_cursor(case.body, people)
    if positive and "starting_after" in case.query:
        case.query["starting_after"] = people.cursor


def check_list_refusals(ctx, response, case) -> None:
    """A valid list is refused in part only for contacts that are not there."""
    if response.status_code == 422 and case.meta.generation.mode.is_positive:
        codes = {error["code"] for error in response.json()["errors"]}
        if codes - {"not_found", "conflict"}:
            raise Failure(operation=case.operation.label, title="Refused", message=str(codes))


@SCHEMA.parametrize()
def test_every_operation(case, people):
    prepare(case, people)
    url = str(people.http.base_url)
    answer = case.call(base_url=url, headers=people.headers)
    if os.environ.get("ST_STATS"):
        STATS[case.operation.label, str(case.meta.generation.mode), case.meta.phase.name.name, answer.status_code] += 1
    people.answered[case.operation.label].add(answer.status_code)
    case.validate_response(
        answer,
        headers=people.headers,
        additional_checks=[check_list_refusals],
        transport_kwargs={"base_url": url, "headers": people.headers},
    )

import collections
STATS = collections.Counter()
def test_stats():
    for k, n in sorted(STATS.items()): print(*k, n)
