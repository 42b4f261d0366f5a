"""Schemathesis: what the description allows is served, what it forbids is refused, nothing else.

Each operation is tried with the cases of schemathesis' phases (examples, coverage, fuzzing), then
chains of calls along the description's links, all against a server process, with every default
check. PASTENSE_TEST_SCHEMATHESIS_EXAMPLES sets how many fuzzed cases each operation gets.
"""

from __future__ import annotations

import os
import time
import traceback
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.engine import events, from_schema

from pastense.search import FIELD_TYPES
from pastense.web.openapi import description
from tests.support.bulk_cases import aim_at_a_job, mend_closing
from tests.support.mended_bodies import (
    LONG_AGO,
    has_large_float,
    is_blank,
    mend_names,
    mend_times,
    tame,
)
from tests.support.older_cases import (
    OLDER_THINNED,
    aim_at_people,
    fit_version,
    mend_counts,
    names_one_person,
)
from tests.support.people_cases import aim, declare_first, mend_name, mend_options
from tests.support.server import running_server
from tests.support.webhook_cases import aim_at_webhooks, mend_webhooks

EXAMPLES = int(os.environ.get("PASTENSE_TEST_SCHEMATHESIS_EXAMPLES", "10"))
EXAMPLES_IN_SUITE_MAX = 25
SCOPES = ("events:read", "events:write", "contacts:read", "contacts:write", "admin")
IDENTIFIERS = ("id", "intercom_user_id", "user_id", "email")
DISTURBING = {"profile", "rate_limit_per_minute", "event_names_max", "create_unknown_contacts"}
"""Settings of a workspace that would change how other calls are answered."""
PHASES = ("examples", "coverage", "fuzzing", "stateful")
THINNED = {
    "POST /contacts/search": 8,
    "GET /pastense/v1/explain": 4,
    "PUT /pastense/v1/workspace": 3,
    "POST /bulk/events": 4,
    "POST /bulk/users": 4,
    "POST /bulk/contacts": 4,
    "POST /subscriptions": 4,
    "PUT /subscriptions/{subscription_id}": 4,
    "POST /subscriptions/{subscription_id}": 8,
    **OLDER_THINNED,
}
"""Calls whose coverage has a thousand cases: in the suite one in so many is sent."""
NEVER_FOUND = ("GET /segments/{segment_id}",)
"""Calls that never succeed: there is nothing of the kind yet."""
ACCEPTED = ["2xx", "401", "403", "404", "409"]
CONFIG = {
    # A loaded machine makes generation slow, which says nothing about the server.
    "suppress-health-check": ["too_slow"],
    "generation": {"deterministic": True, "max-examples": EXAMPLES, "database": "none"},
    "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
    "operations": [
        # A list whose contacts are unknown is valid and answered 422: `check_list_refusals`.
        {
            "include-name": "POST /events",
            "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "422"]}},
        },
        # What is enough for a lead of 1.x is not for a contact of 2.x: `check_missing_names`.
        {
            "include-name": "POST /contacts",
            "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "400"]}},
        },
        # An example is sent more than once, and a name is declared once: `check_declared_names`.
        {
            "include-name": "POST /data_attributes",
            "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "400"]}},
        },
    ],
}


@dataclass
class People:
    """The server under test, a session with it, and whom its store knows."""

    url: str
    token: str
    http: requests.Session
    user: dict[str, str] = field(default_factory=dict)
    lead_id: str = ""
    cursor: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def send(self, path: str, body: dict) -> requests.Response:
        answer = self.http.post(self.url + path, json=body, headers=self.headers)
        assert answer.ok, answer.text
        return answer

    def create(self, **fields: object) -> dict:
        """A new contact."""
        return self.send("/contacts", fields).json()

    def seed(self) -> None:
        """A user and a lead with events, and the cursor of a page that has a next one."""
        user = self.create(external_id="314159", email="ada@example.org", name="Ada")
        values = (user["id"], user["id"], "314159", "ada@example.org")
        self.user = dict(zip(IDENTIFIERS, values, strict=True))
        self.lead_id = self.create(role="lead", name="Lead")["id"]
        for contact_id in (user["id"], self.lead_id):
            for second in range(20):
                event = {"event_name": f"seeded-{second % 3}", "created_at": LONG_AGO + second}
                self.send("/events", event | {"id": contact_id})
        declare_first(self)
        page = self.http.get(f"{self.url}/contacts?per_page=1", headers=self.headers).json()
        self.cursor = page["pages"]["next"]["starting_after"]


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> Iterator[People]:
    """A server process of this module's own with people in it."""
    path = tmp_path_factory.mktemp("schemathesis") / "pastense.db"
    reachable = {"PASTENSE_WEBHOOK_PRIVATE_TARGETS": "true"}
    with running_server(f"sqlite:{path}", env=reachable) as server, requests.Session() as http:
        token = server.token(*(word for scope in SCOPES for word in ("--scope", scope)))
        people = People(server.base_url, token, http)
        people.seed()
        yield people
    told = [line for line in server.errors if " INFO " not in line]
    assert not told, "".join(told)


def is_chosen(case, out_of: int = 2) -> bool:
    """True for one case in `out_of`, always the same ones."""
    return zlib.crc32(repr((case.body, case.query, case.path_parameters)).encode()) % out_of == 0


def is_identifier(name: str, value: object) -> bool:
    """Whether an identifier is well-formed, so that a refusal cannot be about it."""
    if isinstance(value, str):
        return 1 <= len(value) <= (254 if name == "email" else 255) and "\x00" not in value
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63


def name_the_user(body: dict, people: People) -> None:
    """Let whatever names somebody name the user, so that it gets past the look-up.

    An identifier at fault is left alone and its neighbours are taken away: beside a stronger
    one it would not be looked at.
    """
    given = [name for name in IDENTIFIERS if body.get(name) is not None]
    faulty = [name for name in given if not is_identifier(name, body[name])]
    for name in given:
        if not faulty:
            body[name] = people.user[name]
        elif name not in faulty:
            del body[name]
    lists = (body[name] for name in ("data", "users") if isinstance(body.get(name), list))
    for value in (body.get("user"), *(item for some in lists for item in some)):
        if isinstance(value, dict):
            name_the_user(value, people)


def mend_cursor(body: dict, people: People) -> None:
    """A cursor is opaque: only one that was answered is valid, and for one kind of order."""
    paging, sort = body.get("pagination"), body.get("sort") or {}
    if isinstance(paging, dict) and isinstance(paging.get("starting_after"), str):
        by_text = FIELD_TYPES[sort.get("field", "created_at")] == "string"
        paging["starting_after"] = None if by_text else people.cursor


def mend(case, people: People) -> None:
    """Make a case that is meant to be accepted fulfil what the schema cannot say."""
    if case.method == "PUT" and isinstance(case.body, dict) and case.body.get("role") == "lead":
        case.body["role"] = "user"  # No user becomes a lead again.
    if isinstance(case.body, dict):
        case.body = tame(case.body)
        mend_times(case.body)
        mend_closing(case.body)
        mend_names(case.body)
        mend_cursor(case.body, people)
        mend_options(case.body)
        if case.operation.label == "POST /data_attributes":
            mend_name(case.body)
    case.query = tame(case.query)
    if "starting_after" in case.query:
        case.query["starting_after"] = people.cursor


def spell_filter(query: dict) -> None:
    """Write the filter in brackets, as half of the SDKs do."""
    for name in IDENTIFIERS:
        if name in query:
            query[f"filter[{name}]"] = query.pop(name)


def mend_administration(case, people: People) -> None:
    """Leave the server and the token as the other cases need them: no limit that refuses them,
    and only tokens made for it are revoked. What is to expire lies ahead."""
    if case.operation.label == "PUT /pastense/v1/workspace" and isinstance(case.body, dict):
        for name in DISTURBING & case.body.get("settings", {}).keys():
            case.body["settings"][name] = None
    if case.operation.label == "POST /pastense/v1/tokens" and isinstance(case.body, dict):
        is_ahead = (case.body.get("expires_at") or LONG_AGO) > time.time() + 60
        case.body["expires_at"] = case.body["expires_at"] if is_ahead else None
    if "token_id" in case.path_parameters:
        made = people.send("/pastense/v1/tokens", {}).json()["id"]
        case.path_parameters["token_id"] = made if is_chosen(case) else "999999999"


def prepare(case, people: People) -> None:
    """Bring a generated case to where it meets something."""
    positive = case.meta.generation.mode.is_positive
    chosen = not positive or is_chosen(case)
    if chosen and "contact_id" in case.path_parameters:
        is_read = case.method == "GET"
        victim = people.lead_id if is_read else people.create(role="lead")["id"]
        case.path_parameters["contact_id"] = victim
    if chosen and "event_name" in case.path_parameters:
        case.path_parameters["event_name"] = "seeded-0"
    if chosen:
        aim_at_webhooks(case, people)
    if positive and chosen:
        aim(case, people)
        aim_at_a_job(case, people)
        aim_at_people(case, people)
    names_people = case.path.startswith("/events") or case.operation.label == "POST /tags"
    if chosen and isinstance(case.body, dict) and names_people:
        name_the_user(case.body, people)
    if chosen and case.operation.label == "GET /events":
        name_the_user(case.query, people)
    fit_version(case, positive)
    if positive:
        mend_counts(case)
        mend_administration(case, people)
        mend_webhooks(case, people)
        mend(case, people)
        if case.operation.label == "GET /events" and is_chosen(case, 3):
            spell_filter(case.query)


@schemathesis.check
def check_list_refusals(ctx, response, case) -> None:
    """A valid list is refused in part only for contacts that are not there."""
    if response.status_code == 422 and case.meta.generation.mode.is_positive:
        codes = {error["code"] for error in response.json()["errors"]}
        if not codes <= {"not_found", "conflict"}:
            raise Failure(operation=case.operation.label, title="Refused", message=response.text)


@schemathesis.check
def check_missing_names(ctx, response, case) -> None:
    """A valid contact is refused only where 2.x was asked with a body for 1.x."""
    positive = case.meta.generation.mode.is_positive
    if positive and response.status_code == 400 and case.operation.label == "POST /contacts":
        [error] = response.json()["errors"]
        if error["code"] != "parameter_not_found":
            raise Failure(operation=case.operation.label, title="Refused", message=response.text)


@schemathesis.check
def check_declared_names(ctx, response, case) -> None:
    """A valid data attribute is refused only where its name is taken, or too many are there."""
    positive = case.meta.generation.mode.is_positive
    if positive and case.path.startswith("/data_attributes") and response.status_code == 400:
        [error] = response.json()["errors"]
        is_taken = "You already have" in error["message"]
        if not is_taken and error["code"] != "custom_data_limit_reached":
            raise Failure(operation=case.operation.label, title="Refused", message=response.text)


def load_schema(
    people: People, described: dict[str, object], phases: tuple[str, ...]
) -> schemathesis.BaseSchema:
    """A description as schemathesis reads it, to be run in these phases."""
    enabled = {phase: {"enabled": phase in phases} for phase in PHASES}
    # What a run learns from answers would make its next cases depend on random contact ids.
    for phase in ("examples", "coverage", "fuzzing"):
        enabled[phase]["extra-data-sources"] = {"responses": False}
    enabled["fuzzing"]["error-feedback"] = {"enabled": False}
    config = SchemathesisConfig.from_dict(CONFIG | {"phases": enabled})
    schema = schemathesis.openapi.from_dict(described, config=config)
    schema.config.update(base_url=people.url, headers=people.headers)

    @schema.hook
    def filter_case(context, case) -> bool:
        is_wrong = not case.meta.generation.mode.is_positive
        if is_wrong and any((has_large_float(case.body), is_blank(case.body))):
            return False
        if is_wrong and names_one_person(case):
            return False
        if EXAMPLES > EXAMPLES_IN_SUITE_MAX or case.meta.phase.name.name != "COVERAGE":
            return True
        return is_chosen(case, THINNED.get(case.operation.label, 1))

    @schema.hook
    def map_case(context, case) -> schemathesis.Case:
        prepare(case, people)
        return case

    return schema


class Report:
    """What a run found, with the request of each failure, and the statuses it was answered."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.statuses: dict[str, Counter] = defaultdict(Counter)

    def succeeded(self, label: str) -> bool:
        return any(200 <= status < 300 for status in self.statuses[label])

    def must_be_clean(self) -> None:
        if self.failures:
            pytest.fail("\n\n".join(self.failures), pytrace=False)

    def add(self, recorder) -> None:
        for case_id, interaction in recorder.interactions.items():
            label = recorder.cases[case_id].value.operation.label
            if interaction.response is not None:
                self.statuses[label][interaction.response.status_code] += 1
        for node in (node for nodes in recorder.checks.values() for node in nodes):
            if node.failure_info is not None:
                failure = node.failure_info.failure
                parts = (failure.title, failure.message, node.failure_info.code_sample)
                self.failures.append("\n".join(parts))


def run(schema: schemathesis.BaseSchema) -> Report:
    """Run all enabled phases."""
    report = Report()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            error = event.value if isinstance(event, events.NonFatalError) else event.exception
            report.failures.append("".join(traceback.format_exception(error)))
        elif isinstance(event, events.ScenarioFinished):
            report.add(event.recorder)
    return report


@pytest.mark.parametrize("path", list(description()["paths"]))
def test_each_call(path, people):
    described = description()
    described["paths"] = {path: described["paths"][path]}
    for call in described["paths"][path].values():
        for answer in call["responses"].values():
            answer.pop("links", None)  # They lead to other paths.
    report = run(load_schema(people, described, ("examples", "coverage", "fuzzing")))
    report.must_be_clean()
    for method in described["paths"][path]:
        label = f"{method.upper()} {path}"
        assert report.succeeded(label) is (label not in NEVER_FOUND), report.statuses


def test_chains_of_calls(people):
    described = description()
    targets = described["paths"]["/contacts"]["post"]["responses"]["200"]["links"]
    described["paths"] = {
        path: calls
        for path, calls in described["paths"].items()
        if path == "/contacts" or any(call["operationId"] in targets for call in calls.values())
    }
    report = run(load_schema(people, described, ("stateful",)))
    report.must_be_clean()
    assert report.succeeded("DELETE /contacts/{contact_id}"), report.statuses
