"""Workspaces and the audit log on the command line, alone and beside a running server."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from pastense.cli.main import main
from tests.support.server import (
    RunningServer,
    clean_environment,
    run_pastense,
    running_server,
)


@pytest.fixture
def where(tmp_path: Path) -> tuple[str, str]:
    return ("--database", f"sqlite:{tmp_path}/p.db")


def run(*arguments: str, env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """One command in this process, from its words to its exit code: (code, output, errors)."""
    output, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(output), redirect_stderr(errors):
        patch.setattr(os, "environ", clean_environment(env))
        patch.setattr(sys, "argv", ["pastense", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
    return int(end.value.code or 0), output.getvalue(), errors.getvalue()


def done(*arguments: str, env: Mapping[str, str] | None = None) -> list[str]:
    """The lines of a command that must succeed."""
    code, output, errors = run(*arguments, env=env)
    assert (code, errors) == (0, ""), (arguments, output, errors)
    return output.splitlines()


def refused(*arguments: str, env: Mapping[str, str] | None = None) -> str:
    """The one line of a command that must fail."""
    code, output, errors = run(*arguments, env=env)
    assert (code, output) == (2, ""), (arguments, output, errors)
    assert errors.startswith("pastense: ")
    assert errors.count("\n") == 1, errors
    return errors


def acts(*where: str) -> list[dict]:
    """All recorded acts, the oldest first."""
    return [json.loads(line) for line in done("audit", "--json", *where)]


def test_workspaces_are_made_listed_and_renamed(where) -> None:
    [made] = done("workspace", "create", "Acme & Söhne", *where)
    assert re.fullmatch("[0-9a-f]{8}", made)
    head, first, second = done("workspace", "list", *where)
    assert head.split() == ["ID", "NAME", "OWN", "SETTINGS"]
    assert first.split()[1:] == ["Pastense", "-"]
    assert second == f"{made:<10}  {'Acme & Söhne':<30}  -"
    [line] = done("workspace", "rename", made, "Acme", *where)
    assert line == f"{made} is called Acme."
    assert f"{made} Acme" in done("workspace", "show", made, *where)


def test_settings_are_set_shown_and_taken_away(where) -> None:
    lines = done("workspace", "set", "profile=like-intercom", "list_window_days=30", *where)
    workspace = lines[0].split()[0]
    assert lines == [
        f"{workspace} profile is like-intercom.",
        f"{workspace} list_window_days is 30.",
    ]
    shown = done("workspace", "show", *where, env={"PASTENSE_RETENTION_DAYS": "9"})
    rows = {line.split()[0]: line.split()[1:3] for line in shown[1:]}
    assert rows["profile"] == ["like-intercom", "workspace"]
    assert rows["list_window_days"] == ["30", "workspace"]
    assert rows["event_names_max"] == ["120", "profile"]
    assert rows["tracked_keys_enforced"] == ["true", "profile"]
    assert rows["retention_days"] == ["9", "server"]
    listed = done("workspace", "list", *where)[1]
    assert listed.endswith("  profile=like-intercom list_window_days=30")
    assert done("workspace", "unset", workspace, "list_window_days", *where) == [
        f"{workspace} list_window_days is 90, set by the profile."
    ]
    assert done("workspace", "unset", "profile", *where) == [
        f"{workspace} profile is open, set by the server."
    ]
    assert done("workspace", "list", *where)[1].split()[-1] == "-"


def test_the_servers_profile_is_shown_as_its_source(where) -> None:
    environment = {"PASTENSE_PROFILE": "like-intercom", "PASTENSE_EVENT_NAMES_MAX": "7"}
    rows = {line.split()[0]: line.split()[1:3] for line in done("settings", env=environment)}
    assert rows["profile"] == ["like-intercom", "environment"]
    assert rows["event_names_max"] == ["7", "environment"]
    assert rows["rate_limit_per_minute"] == ["10000", "profile"]
    assert rows["retention_days"] == ["0", "default"]
    shown = done("workspace", "show", *where, env=environment)
    assert ["rate_limit_per_minute", "10000", "server"] in [line.split()[:3] for line in shown]
    message = refused("settings", env={"PASTENSE_PROFILE": "closed"})
    assert "PASTENSE_PROFILE='closed': expected open or like-intercom" in message


BAD = {
    ("workspace", "create", ""): "name must be text of 1 to 255 characters",
    ("workspace", "create", "a\nb"): "no control characters",
    ("workspace", "create"): "Missing argument 'NAME'; see `pastense workspace create --help`",
    ("workspace", "show", "nope"): "unknown workspace 'nope'; there are: ",
    ("workspace", "set", "nope", "profile=open"): "unknown workspace 'nope'",
    ("workspace", "set", "list_window_days"): "write NAME=VALUE",
    ("workspace", "set", "list_window_days=1", "x"): "write NAME=VALUE",
    ("workspace", "set", "list_window_days=x"): "a whole number from 0 to 1000000",
    ("workspace", "set", "list_window_days="): "a whole number from 0 to 1000000",
    ("workspace", "set", "create_unknown_contacts=maybe"): "must be true or false",
    ("workspace", "set", "profile=closed"): "profile must be open or like-intercom",
    ("workspace", "set", "port=1"): "port is no setting of a workspace; there are profile, ",
    ("workspace", "set", "profil=open"): "a workspace; did you mean profile? There are profile, ",
    ("workspace", "unset", "list-window-day"): "; did you mean list_window_days? There are ",
    ("workspace", "set", "RETENTION_DAYS=3"): "; did you mean retention_days? There are ",
    ("workspace", "unset", "port"): "port is no setting of a workspace",
    ("workspace", "rename", "two", "words", "here"): "in quotes",
    ("token", "create", "--workspace", "nope"): "unknown workspace 'nope'; there are: ",
    ("token", "create", "--scope", ""): "--scope names no scope; known: events:read, ",
    ("token", "create", "--scope", "events:read", "--scope", " , "): "--scope names no scope",
    ("audit", "--workspace", "nope"): "unknown workspace 'nope'; there are: ",
    ("audit", "--limit", "0"): "Invalid value for '--limit'",
}


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_bad_arguments(where, arguments: tuple[str, ...]) -> None:
    assert BAD[arguments] in refused(*arguments, *where)


def test_with_several_workspaces_one_must_be_named(where) -> None:
    [made] = done("workspace", "create", "Acme", *where)
    for arguments in (("show",), ("set", "retention_days=1"), ("unset", "retention_days")):
        message = refused("workspace", *arguments, *where)
        assert "name the workspace by its id: " in message
        assert f"{made} (Acme)" in message


def test_every_act_is_recorded(where) -> None:
    [made] = done("workspace", "create", "Acme", *where)
    [secret] = done("token", "create", "--name", "ci", "--workspace", made, *where)
    done("workspace", "set", made, "retention_days=3", *where)
    done("workspace", "unset", made, "retention_days", *where)
    done("workspace", "unset", made, "retention_days", *where)
    done("workspace", "rename", made, "Acme Ltd", *where)
    done("workspace", "rename", made, "Acme Ltd", *where)
    done("token", "revoke", "1", *where)
    done("token", "revoke", "1", *where)
    found = acts(*where)
    assert {(act["actor"], act["workspace"]) for act in found} == {("command line", made)}
    assert [(act["act"], act["detail"]) for act in found] == [
        ("workspace created", {"workspace": made, "name": "Acme"}),
        (
            "token created",
            {
                "token": 1,
                "name": "ci",
                "scopes": ["events:read", "events:write", "contacts:read", "contacts:write"],
                "version": "2.14",
                "expires_at": None,
            },
        ),
        ("workspace changed", {"settings": {"retention_days": 3}}),
        ("workspace changed", {"settings": {"retention_days": None}}),
        ("workspace changed", {"name": "Acme Ltd"}),
        ("token revoked", {"token": 1, "name": "ci"}),
    ]
    table = done("audit", "--limit", "2", *where)
    assert table[0].split() == ["TIME", "SPACE", "ACTOR", "ACT", "DETAIL"]
    assert [line.split("  ")[-1].strip() for line in table[1:]] == [
        '{"name":"Acme Ltd"}',
        '{"token":1,"name":"ci"}',
    ]
    assert secret not in "".join(table)
    first = done("workspace", "list", *where)[1].split()[0]
    assert acts("--workspace", first, *where) == []


def call(server: RunningServer, token: str, path: str, body: dict | None = None) -> int:
    """The status of a call."""
    request = urllib.request.Request(
        server.base_url + path,
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_a_running_server_follows_within_a_second(tmp_path) -> None:
    with running_server(f"sqlite:{tmp_path}/p.db") as server:
        where = ("--database", server.database)
        [made] = done("workspace", "create", "Acme", *where)
        token = server.token("--workspace", made)
        event = {"event_name": "did", "created_at": 5, "user_id": "stranger"}
        assert call(server, token, "/events", event) == 404
        change = ("workspace", "set", made, "create_unknown_contacts=true", *where)
        assert run_pastense(*change).returncode == 0, "a process of its own beside the server"
        deadline = time.monotonic() + 1.0
        while call(server, token, "/events", event) != 202:
            assert time.monotonic() < deadline, "the change does not hold after a second"
        first = acts(*where)[0]
        assert (first["act"], first["actor"]) == ("token created", "first start")
        others = server.token()
        assert call(server, others, "/events", event) == 404, "the first workspace is as it was"
