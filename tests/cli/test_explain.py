"""`pastense explain`: findings in lines, rehearsals of files, beside a running server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pastense.cli.main import cli
from pastense.clock import ManualClock, SystemClock
from pastense.errors import ApiError
from pastense.model import WritePolicy
from pastense.service.administration.workspaces import create_workspace
from pastense.store.opening import open_store
from tests.support.server import run_pastense, running_server
from tests.unit.support import new_event

EVENT = {"event_name": " did ", "created_at": "1700000000", "user_id": "u1"}


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A store with one user."""
    address = f"sqlite:{tmp_path}/p.db"
    store, _ = open_store(address, SystemClock(), 1.0)
    store.contacts.create(store.admin.workspaces()[0], {"role": "user", "external_id": "u1"}, 5)
    store.close()
    return address


def explain(database: str, *options: str, stdin: str | bytes | None = None) -> Result:
    arguments = ["explain", "--database", database, *options]
    return CliRunner().invoke(cli, arguments, input=stdin, standalone_mode=False)


def lines(result: Result) -> list[str]:
    assert result.exception is None, result.exception
    assert result.exit_code == 0
    return result.stdout.splitlines()


def test_what_is_true_of_an_event(database: str) -> None:
    asked = ("--user-id", "u1", "--event-name", "did", "--created-at", "2023-11-14T22:13:20Z")
    told = lines(explain(database, *asked))
    codes = [line.partition(":")[0] for line in told]
    assert codes == ["contact_found", "name_unknown", "event_absent", "submission_stored"]
    assert "1700000000 (2023-11-14T22:13:20Z)" in told[2]
    contact_id = re.search(r"user ([0-9a-f]{24})", told[0])[1]
    assert lines(explain(database, "--id", contact_id))[0] == told[0]
    assert lines(explain(database, "--email", "a@b.c"))[0].startswith("contact_unknown: ")


def test_a_submission_from_a_file_and_from_standard_input(database: str, tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    path.write_text(json.dumps(EVENT))
    told = lines(explain(database, "--submission", str(path)))
    assert told[:3] == [
        "POST /events would answer 202: 1 stored, 0 duplicates, 0 refused",
        "the event: stored",
        "  check_readable: passed",
    ]
    assert (
        '    name_trimmed: White space at the ends of event_name is taken away: it is "did".'
        in told
    )
    assert lines(explain(database, "--submission", "-", stdin=json.dumps(EVENT))) == told
    listed = {"data": [EVENT, EVENT | {"created_at": -1}]}
    told = lines(explain(database, "--submission", "-", stdin=json.dumps(listed)))
    assert told[0] == "POST /events would answer 422: 1 stored, 0 duplicates, 1 refused"
    assert "data[1]: refused" in told
    assert "  check_created_at: refused, parameter_invalid data[1].created_at" in told


def test_a_submission_that_is_refused_as_a_whole(database: str) -> None:
    told = lines(explain(database, "--submission", "-", stdin="{}"))
    assert told == [
        "POST /events would answer 400: 0 stored, 0 duplicates, 1 refused",
        "  parameter_not_found event_name: missing data parameter",
    ]


def test_a_submission_cannot_write_to_the_terminal(database: str) -> None:
    body = json.dumps(EVENT | {"metadata": {"\x1b[2J\u202e": 1} | {f"k{n}": n for n in range(10)}})
    result = explain(database, "--submission", "-", stdin=body)
    assert "\x1b" not in result.stdout
    body = json.dumps(EVENT | {"metadata": {f"k{n}": n for n in range(10)} | {"\x1b[2J": 1}})
    told = "\n".join(lines(explain(database, "--submission", "-", stdin=body)))
    assert "ignored are \\x1b[2J." in told


def test_the_workspace_is_named_where_there_are_several(database: str) -> None:
    store, _ = open_store(database, SystemClock(), 1.0)
    first = store.admin.workspaces()[0]
    other = create_workspace(store.workspaces, SystemClock(), "other")
    store.close()
    found = lines(explain(database, "--user-id", "u1", "--workspace", first.id))
    assert found[0].startswith("contact_found")
    missing = lines(explain(database, "--user-id", "u1", "--workspace", other.id))
    assert missing[0].startswith("contact_unknown")
    assert "name the workspace" in str(explain(database, "--user-id", "u1").exception)


BAD = {
    (): "say who: --user-id, --id or --email",
    ("--event-name", "did"): "say who",
    ("--user-id", "u1", "--submission", "-"): "leave the other options out",
    ("--submission", "nowhere.json"): "cannot read nowhere.json: No such file",
    ("--submission", "."): "cannot read .: Is a directory",
    ("--user-id", ""): "user_id must have 1 to 255 characters",
    ("--email", "x" * 255): "email must have 1 to 254 characters",
    ("--user-id", "\udcff"): "unpaired surrogates",
    ("--user-id", "u1", "--event-name", "\udcff"): "unpaired surrogates",
    ("--user-id", "u1", "--created-at", "soon"): "an ISO 8601 time, such as 2026-05-01T09:30:00Z",
    ("--user-id", "u1", "--workspace", "nope"): "unknown workspace 'nope'",
}


@pytest.mark.parametrize("options", BAD, ids=lambda options: " ".join(options)[:30])
def test_bad_options(database: str, options: tuple[str, ...]) -> None:
    result = explain(database, *options)
    assert BAD[options] in str(result.exception), result.exception
    assert result.stdout == ""


@pytest.mark.parametrize("stdin", [b"[1]", b"{", b"\xff", b" " * (1024 * 1024 + 1)])
def test_what_is_no_submission(database: str, stdin: bytes) -> None:
    result = explain(database, "--submission", "-", stdin=stdin)
    assert isinstance(result.exception, ApiError)


def same(text: str) -> list[str]:
    """The lines of a text without the ids in it."""
    return re.sub(r"[0-9a-f]{24}", "ID", text).splitlines()


def test_the_examples_of_the_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[2] / "docs" / "explain.md").read_text("utf-8")
    why_404, why_no_metadata = re.findall(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    clock = ManualClock(1_795_227_200)
    monkeypatch.setattr("pastense.cli.explain.CLOCK", clock)
    address, body = f"sqlite:{tmp_path}/p.db", tmp_path / "body.json"
    store, _ = open_store(address, clock, 1.0)
    workspace = store.admin.workspaces()[0]
    store.contacts.create(workspace, {"role": "lead", "email": "ada@example.org"}, 5)
    store.contacts.create(workspace, {"role": "user", "external_id": "314159"}, 5)
    known = new_event("314159", name="placed-order", created_at=5, workspace=workspace.number)
    store.events.write([known], WritePolicy(clock.now()))
    store.close()
    asked = ("--email", "ada@example.org", "--event-name", "placed-order")
    told = lines(explain(address, *asked, "--created-at", "1795227101"))
    assert told == same(why_404)
    metadata = {f"k{n}": n for n in range(10)} | {"coupon": 1, "store": 2}
    event = {"event_name": "placed-order ", "created_at": "1795227101", "user_id": "314159"}
    body.write_text(json.dumps(event | {"metadata": metadata}))
    told = lines(explain(address, "--submission", str(body)))
    assert same("\n".join(told)) == same(why_no_metadata)
    assert same("\n".join(told)) != same(why_404), "the control"


def test_beside_a_running_server(database: str) -> None:
    with running_server(database) as server:
        where = ("--database", database)
        done = run_pastense("explain", "--user-id", "u1", *where)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("contact_found: The contact is the user ")
        failed = run_pastense("explain", "--user-id", "u1", "--created-at", "soon", *where)
        assert failed.returncode == 2
        assert failed.stderr.startswith("pastense: created_at must be")
        assert failed.stderr.count("\n") == 1
        assert server.process.poll() is None
