"""Tell people why: every finding of an explanation by a situation that is real."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pastense.model import AuditEntry
from pastense.model.findings import FindingCode as Code
from tests.support.explaining import ask, codes, create, event, make_strict, post, rehearse
from tests.support.inprocess import NOW, InProcess

DAY_S = 86_400


@pytest.fixture(scope="module")
def strict(shared: InProcess) -> str:
    """A token of a workspace that creates contacts, prunes, and keeps only tracked keys."""
    return make_strict(shared)


def execute(server: InProcess, statement: str, *values: object) -> None:
    """Bring the store into a state that other calls lead to."""
    with closing(sqlite3.connect(server.store._database.path)) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


def found(server: InProcess, _: str) -> dict:
    return ask(server, user_id="u1")


def unknown(server: InProcess, _: str) -> dict:
    return ask(server, user_id="U1")


def archived(server: InProcess, _: str) -> dict:
    contact = create(server, external_id="archived")
    server.call("POST", f"/contacts/{contact['id']}/archive")
    told = ask(server, id=contact["id"], event_name="did", created_at=NOW)
    assert told["submission"]["refusal"]["code"] == "not_found"
    assert told["contact"]["archived"] is True
    return told


def blocked(server: InProcess, _: str) -> dict:
    contact = create(server, external_id="blocked")
    assert server.call("POST", f"/contacts/{contact['id']}/block").status == 200
    assert post(server, user_id="blocked").status == 202
    told = ask(server, user_id="blocked")
    assert told["contact"]["blocked"] is True
    return told


def merged(server: InProcess, _: str) -> dict:
    lead, user = create(server, role="lead"), create(server, external_id="merged")
    body = {"from": lead["id"], "into": user["id"]}
    assert server.call("POST", "/contacts/merge", body).status == 200
    told = ask(server, id=lead["id"], event_name="did", created_at=NOW)
    assert told["contact"]["id"] == user["id"]
    assert told["submission"]["contact_id"] == user["id"]
    return told


def deleted(server: InProcess, _: str) -> dict:
    contact = create(server, external_id="deleted", email="deleted@example.org")
    server.call("DELETE", f"/contacts/{contact['id']}")
    for asked in ({"user_id": "deleted"}, {"id": contact["id"]}):
        assert codes(ask(server, **asked)) == ["contact_deleted"]
    told = ask(server, email="Deleted@example.org")
    assert "on 2027-01-15" in told["findings"][0]["message"]
    return told


def ambiguous(server: InProcess, _: str) -> dict:
    for name in ("double1", "double2"):
        create(server, external_id=name)
    execute(
        server,
        "UPDATE contacts SET email = 'd@e.f', email_key = 'd@e.f' WHERE external_id LIKE 'double%'",
    )
    told = ask(server, email="d@e.f", event_name="did", created_at=NOW)
    assert told["submission"]["status"] == 409
    return told


def lead_by_email(server: InProcess, _: str) -> dict:
    create(server, role="lead", email="lead@example.org")
    return ask(server, email="lead@example.org")


def id_as_user_id(server: InProcess, _: str) -> dict:
    contact = create(server, external_id="mixed")
    assert "contact_named_otherwise" in codes(ask(server, id="mixed"))
    return ask(server, user_id=contact["id"])


def would_create(server: InProcess, strict: str) -> dict:
    told = ask(server, strict, user_id="fresh", event_name="did", created_at=NOW)
    assert told["submission"]["result"] == "stored"
    assert (told["submission"]["event_id"], told["submission"]["contact_id"]) == (None, None)
    assert told["contact"] is None
    return told


def number_as_id(server: InProcess, _: str) -> dict:
    return steps_as_findings(rehearse(server, event(user_id=3)))


def several_identifiers(server: InProcess, _: str) -> dict:
    told = steps_as_findings(rehearse(server, event(email="x@y.z")))
    [message] = [one["message"] for one in told["findings"]]
    assert message.startswith("user_id decides who is meant; email is not")
    asked = ask(server, email="x@y.z", user_id="u1", intercom_user_id="nobody")
    assert codes(asked) == ["contact_unknown", "identifier_not_consulted"]
    return asked


def name_known(server: InProcess, _: str) -> dict:
    post(server, event_name="known name", metadata={"plan": "pro"})
    told = ask(server, user_id="u1", event_name="known name")
    assert told["event_name"]["tracked_keys"] == ["plan"]
    return told


def name_unknown(server: InProcess, _: str) -> dict:
    return ask(server, user_id="u1", event_name="never seen")


def name_archived(server: InProcess, _: str) -> dict:
    post(server, event_name="old name")
    workspace, names = server.store.admin.workspaces()[0], server.store.catalogue
    names.archive(workspace.number, "old name", AuditEntry(workspace.number, NOW, "test", "act"))
    told = ask(server, user_id="u1", event_name="old name", created_at=NOW)
    assert told["event"]["listed"] is False
    assert "event_hidden" in codes(told)
    return told


def name_described(server: InProcess, _: str) -> dict:
    post(server, event_name="described")
    workspace, names = server.store.admin.workspaces()[0], server.store.catalogue
    entry = AuditEntry(workspace.number, NOW, "test", "act")
    names.describe(workspace.number, "described", "Wörds", entry)
    return ask(server, user_id="u1", event_name="described")


def name_trimmed(server: InProcess, _: str) -> dict:
    return steps_as_findings(rehearse(server, event(event_name=" did\n")))


def name_would_be_new(server: InProcess, _: str) -> dict:
    return rehearse(server, event(event_name="brand new"))["events"][0]


def time_as_text(server: InProcess, _: str) -> dict:
    return steps_as_findings(rehearse(server, event(created_at=str(NOW))))


def time_with_fraction(server: InProcess, _: str) -> dict:
    return steps_as_findings(rehearse(server, event(created_at=NOW + 0.75)))


def too_many_keys(server: InProcess, _: str) -> dict:
    metadata = {f"k{n}": n for n in range(12)}
    body = event(event_name="many keys", metadata=metadata)
    told = rehearse(server, body)
    assert told["events"][0]["outcome"]["keys_ignored"] == 2
    [message] = [one["message"] for one in steps_as_findings(told)["findings"]]
    assert message.endswith("ignored are k10, k11.")
    assert server.call("POST", "/events", body).headers["pastense-ignored-keys"] == "2"
    return ask(server, user_id="u1", event_name="many keys")


def untracked_key(server: InProcess, strict: str) -> dict:
    body = event(event_name="tracked", user_id="known", metadata={"a": 1, "b": 2})
    told = rehearse(server, body, strict)["events"][0]
    assert told["outcome"]["keys_ignored"] == 1
    assert server.call("POST", "/events", body, token=strict).status == 202
    stored = ask(server, strict, user_id="known", event_name="tracked", created_at=NOW)
    assert stored["event"]["metadata_keys"] == ["a"]
    return told


def event_stored(server: InProcess, _: str) -> dict:
    reply = post(server, event_name="stored", metadata={"a": 1, "b": None})
    told = ask(server, user_id="u1", event_name=" stored ", created_at="2027-01-15T08:00:00Z")
    event_id = reply.headers["pastense-event-id"]
    assert told["event"] == {
        "id": event_id,
        "created_at": NOW,
        "metadata_keys": ["a", "b"],
        "listed": True,
    }
    assert event_id in [one["id"] for one in server.listed()]
    assert told["submission"]["result"] == "duplicate"
    return told


def event_absent(server: InProcess, _: str) -> dict:
    told = ask(server, user_id="u1", event_name="stored", created_at=NOW - 1)
    assert told["event"] is None
    return told


def event_pruned(server: InProcess, _: str) -> dict:
    post(server, event_name="pruned", created_at=NOW - 9)
    execute(server, "UPDATE events SET metadata = NULL WHERE created_at = ?", NOW - 9)
    told = ask(server, user_id="u1", event_name="pruned", created_at=NOW - 9)
    assert (told["event"]["metadata_keys"], told["event"]["listed"]) == (None, False)
    assert told["submission"]["result"] == "duplicate"
    return told


def event_outside_window(server: InProcess, _: str) -> dict:
    inside, outside = NOW - 90 * DAY_S + 1, NOW - 90 * DAY_S
    for second in (inside, outside):
        post(server, event_name="aged", created_at=second)
    told = ask(server, user_id="u1", event_name="aged", created_at=inside)
    assert told["event"]["listed"] is True
    return ask(server, user_id="u1", event_name="aged", created_at=outside)


def event_not_named(server: InProcess, _: str) -> dict:
    return ask(server, user_id="u1", created_at=NOW)


def would_be_pruned(server: InProcess, strict: str) -> dict:
    body = event(user_id="known", created_at=NOW - 31 * DAY_S)
    told = rehearse(server, body, strict)["events"][0]
    assert server.call("POST", "/events", body, token=strict).status == 202
    asked = {"user_id": "known", "event_name": "did it", "created_at": NOW - 31 * DAY_S}
    stored = ask(server, strict, **asked)
    assert stored["event"]["metadata_keys"] is None
    assert "event_pruned" in codes(stored)
    return told


def twice_in_list(server: InProcess, _: str) -> dict:
    item = {"event_name": "twin", "created_at": NOW, "user_id": "u1"}
    told = rehearse(server, {"data": [item, item]})
    assert (told["stored"], told["duplicates"]) == (1, 1)
    assert told["events"][1]["findings"][-2]["message"].startswith("data[0] is the same event")
    return told["events"][1]


def steps_as_findings(told: dict) -> dict:
    """What the rules found of the first event."""
    steps = told["events"][0]["steps"]
    return {"findings": [finding for step in steps for finding in step["findings"]]}


SITUATIONS: dict[Code, Callable[[InProcess, str], dict]] = {
    Code.CONTACT_FOUND: found,
    Code.CONTACT_UNKNOWN: unknown,
    Code.CONTACT_ARCHIVED: archived,
    Code.CONTACT_BLOCKED: blocked,
    Code.CONTACT_MERGED: merged,
    Code.CONTACT_DELETED: deleted,
    Code.CONTACT_AMBIGUOUS: ambiguous,
    Code.CONTACT_IS_NO_USER: lead_by_email,
    Code.CONTACT_NAMED_OTHERWISE: id_as_user_id,
    Code.CONTACT_WOULD_BE_CREATED: would_create,
    Code.IDENTIFIER_IS_TEXT: number_as_id,
    Code.IDENTIFIER_NOT_CONSULTED: several_identifiers,
    Code.NAME_KNOWN: name_known,
    Code.NAME_UNKNOWN: name_unknown,
    Code.NAME_ARCHIVED: name_archived,
    Code.NAME_DESCRIBED: name_described,
    Code.NAME_TRIMMED: name_trimmed,
    Code.NAME_WOULD_BE_NEW: name_would_be_new,
    Code.TIME_READ_FROM_TEXT: time_as_text,
    Code.TIME_CUT: time_with_fraction,
    Code.KEYS_IGNORED: too_many_keys,
    Code.KEYS_NOT_TRACKED: untracked_key,
    Code.EVENT_STORED: event_stored,
    Code.EVENT_LISTED: event_stored,
    Code.EVENT_ABSENT: event_absent,
    Code.EVENT_PRUNED: event_pruned,
    Code.EVENT_OUTSIDE_WINDOW: event_outside_window,
    Code.EVENT_HIDDEN: name_archived,
    Code.EVENT_NOT_NAMED: event_not_named,
    Code.EVENT_WOULD_BE_PRUNED: would_be_pruned,
    Code.EVENT_TWICE_IN_LIST: twice_in_list,
    Code.SUBMISSION_STORED: event_absent,
    Code.SUBMISSION_DUPLICATE: event_stored,
    Code.SUBMISSION_REFUSED: archived,
}


def test_every_finding_has_its_situation() -> None:
    assert set(SITUATIONS) == set(Code)


@pytest.mark.parametrize("situation", sorted(set(SITUATIONS.values()), key=lambda s: s.__name__))
def test_a_situation_is_told_with_its_codes(
    shared: InProcess, strict: str, situation: Callable[[InProcess, str], dict]
) -> None:
    told = situation(shared, strict)
    expected = {code.value for code, where in SITUATIONS.items() if where is situation}
    assert expected <= set(codes(told)), told
    for finding in told["findings"]:
        assert finding["message"].endswith("."), finding
        assert finding.keys() == {"code", "message"}


def test_a_plain_event_says_no_more_than_that(server: InProcess) -> None:
    server.post_event()
    told = ask(server, user_id="u1", event_name="did", created_at=NOW)
    said = ["contact_found", "name_known", "event_stored", "event_listed", "submission_duplicate"]
    assert codes(told) == said
    assert told["at"] == NOW


def documented(text: str) -> list[str]:
    """The codes in the table of all findings."""
    rows = re.findall(r"^\| `(\w+)` \|", text.partition("## All findings")[2], re.MULTILINE)
    return sorted(rows)


def test_every_finding_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "explain.md").read_text("utf-8")
    assert documented(text) == sorted(code.value for code in Code)
    assert documented(text.replace("| `time_cut` |", "| `time_shot` |")) != documented(text)
