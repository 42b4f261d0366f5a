"""Rehearse submissions: each rule by its name, nothing stored, and all of it comes true."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pastense.service.events.rules import STEPS
from tests.support.explaining import ask, event, make_strict, rehearse
from tests.support.inprocess import NOW, InProcess, Reply

DAY_S = 86_400


@pytest.fixture(scope="module")
def strict(shared: InProcess) -> str:
    """A token of a workspace that creates contacts, prunes, and keeps only tracked keys."""
    return make_strict(shared)


def test_the_steps_are_those_of_the_rules(shared: InProcess) -> None:
    [whole] = rehearse(shared, event(metadata={"a": 1}))["events"]
    assert [step["name"] for step in whole["steps"]] == [step.__name__ for step in STEPS]
    assert all(step["passed"] for step in whole["steps"])
    derived = {key: value for step in whole["steps"] for key, value in step["derived"].items()}
    assert derived["name"] == "did it"
    assert derived["created_at"] == NOW
    assert (derived["kind"], derived["identifier_field"]) == ("user_id", "user_id")
    assert derived["keys"] == {"a": "number"}
    [cut] = rehearse(shared, event(created_at=NOW * 1000))["events"]
    names = [step["name"] for step in cut["steps"]]
    assert names == ["check_readable", "check_event_name", "check_created_at"]
    refusal = cut["steps"][-1]["refusal"]
    assert (refusal["code"], refusal["field"]) == ("parameter_invalid", "created_at")
    assert refusal == cut["outcome"]["refusal"]
    assert "milliseconds" in refusal["message"]


def tables(server: InProcess) -> list[str]:
    with closing(sqlite3.connect(server.store._database.path)) as connection:
        return list(connection.iterdump())


def test_nothing_is_stored_by_asking(server: InProcess) -> None:
    server.post_event()
    before = tables(server)
    rehearse(server, {"data": [event(event_name=f"name {n}") for n in range(1_000)]})
    ask(server, user_id="u1", event_name="another", created_at=NOW)
    assert tables(server) == before
    assert server.post_event(event_name="another").status == 202
    assert tables(server) != before


NAMES = st.sampled_from(["a", " a", "b", "", "x" * 256, "tab\tbed", None, 5])
TIMES = st.sampled_from([NOW, NOW + 0.5, str(NOW), NOW - 1, NOW - 40 * DAY_S, -1, NOW * 1000, None])
IDENTIFIERS = st.sampled_from(["u1", "known", "nobody", 7, "", True, None])
METADATA = st.sampled_from(
    [None, {}, {"a": 1}, {"b": 1}, {"a": [1]}, [], {f"k{n}": n for n in range(12)}]
)
ITEMS = st.fixed_dictionaries(
    {"event_name": NAMES, "created_at": TIMES},
    optional={
        "user_id": IDENTIFIERS,
        "email": IDENTIFIERS,
        "metadata": METADATA,
        "user": st.sampled_from([None, 5, {"user_id": "u1"}, {"email": "who@example.org"}]),
    },
)
LISTS = st.fixed_dictionaries(
    {"data": st.lists(ITEMS | st.sampled_from([None, 5]), min_size=0, max_size=6)},
    optional={"user": st.sampled_from([{"user_id": "u1"}, {"user_id": "new"}, 5])},
)


def outcome_of(reply: Reply) -> dict:
    """What an answer of POST /events says, in the words of a rehearsal."""
    errors = reply.json["errors"] if reply.body else []
    ignored = int(reply.headers.get("pastense-ignored-keys", 0))
    said = {"status": reply.status, "errors": errors, "keys_ignored": ignored}
    if "pastense-stored" in reply.headers:
        said["stored"] = int(reply.headers["pastense-stored"])
        said["duplicates"] = int(reply.headers["pastense-duplicates"])
    if "pastense-event-id" in reply.headers:
        said["event_id"] = reply.headers["pastense-event-id"]
    return said


def foretold(told: dict, said: dict) -> dict:
    """The same of a rehearsal."""
    outcomes = [one["outcome"] for one in told["events"]]
    known = {"status": told["status"], "errors": told["errors"]}
    known["keys_ignored"] = sum(one["keys_ignored"] for one in outcomes)
    if "stored" in said:
        known |= {"stored": told["stored"], "duplicates": told["duplicates"]}
    if "event_id" in said:
        # Who is only created by the submission has no id yet.
        known["event_id"] = outcomes[0]["event_id"] or said["event_id"]
    return known


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ITEMS | LISTS, st.booleans())
def test_a_rehearsal_comes_true(
    shared: InProcess, strict: str, body: dict, is_strict: bool
) -> None:
    token = strict if is_strict else None
    told = rehearse(shared, body, token)
    assert rehearse(shared, body, token)["errors"] == told["errors"]
    said = outcome_of(shared.call("POST", "/events", body, token=token))
    assert foretold(told, said) == said, json.dumps(body)
    again = rehearse(shared, body, token)
    assert again["stored"] == 0, "all of it is there now"
    assert again["errors"] == said["errors"]


def test_a_foretelling_that_is_out_of_date_is_found(shared: InProcess) -> None:
    """The control of the comparison above."""
    body = {"data": [event(event_name="outdated")]}
    told = rehearse(shared, body)
    shared.call("POST", "/events", body)
    said = outcome_of(shared.call("POST", "/events", body))
    assert foretold(told, said) != said
