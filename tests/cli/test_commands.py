"""The command line: each command, and each error as one clear line with exit code 2."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.server import clean_environment, run_pastense, running_server, start_server


def database(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path}/data/p.db"


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The error of a command that must have failed in one line."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.startswith("pastense: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_token_create_prints_the_token_alone_before_any_server_ran(tmp_path) -> None:
    done = run_pastense("token", "create", "--database", database(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"pst_[0-9a-f]{48}\n", done.stdout)
    folder = tmp_path / "data"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "p.db").stat().st_mode) == 0o600


def test_tokens_are_listed_and_revoked_but_never_shown_again(tmp_path) -> None:
    where = ("--database", database(tmp_path))
    options = (
        "--name",
        "ci",
        "--scope",
        "events:read,admin",
        "--version",
        "1.4",
        "--expires",
        "90d",
    )
    secret = run_pastense("token", "create", *options, *where).stdout.strip()
    run_pastense("token", "create", *where)
    listed = run_pastense("token", "list", *where).stdout
    assert secret not in listed
    first, second = listed.splitlines()[1:]
    assert re.match(r"\s+1  valid .* 1\.4 .*Z  ci \(events:read admin\)", first)
    scopes = "events:read events:write contacts:read contacts:write"
    assert second.endswith(f"never                 token ({scopes})"), "all but admin"
    assert run_pastense("token", "revoke", "1", *where).returncode == 0
    assert "revoked" in run_pastense("token", "list", *where).stdout
    assert "there is no token 9" in one_line(run_pastense("token", "revoke", "9", *where))
    raw = (tmp_path / "data" / "p.db").read_bytes()
    assert secret.encode() not in raw


BAD = {
    ("token", "create", "--scope", "events"): "unknown scope 'events'",
    ("token", "create", "--version", "3"): "unknown --version '3'",
    ("token", "create", "--expires", "soon"): "--expires 'soon'",
    ("token", "create", "--expires", "2001-01-01"): "is over already",
    ("token", "create", "--expires", "0d"): "is over already",
    ("token", "create", "--workspace", "nope"): "unknown workspace 'nope'",
    ("token", "create", "--name", "a\nb"): "--name",
    ("token", "revoke", "first"): "'first' is not a valid integer",
    ("token", "dance"): "No such command 'dance'",
    ("dance",): "No such command 'dance'",
    ("serve", "--port", "abc"): "--port='abc'",
    ("serve", "--port", "70000"): "--port='70000'",
    ("serve", "--workers", "2"): "--workers 2: the sqlite store has one writer",
    ("serve", "--workers", "0"): "--workers='0'",
    ("serve", "--host", "999.1.1.1"): "cannot listen on 999.1.1.1",
    ("serve", "--colour"): "No such option",
}


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_bad_arguments(tmp_path, arguments: tuple[str, ...]) -> None:
    environment = {"PASTENSE_DATABASE": database(tmp_path), "PASTENSE_PORT": "0"}
    assert BAD[arguments] in one_line(run_pastense(*arguments, env=environment))


ADDRESSES = {
    "mysql://root:hunter2@db/x": "known are: sqlite:PATH",
    "pastense.db": "known are: sqlite:PATH",
    "sqlite:": "needs the path of a file",
    "sqlite::memory:": "needs the path of a file",
    "sqlite:folder/": "needs the path of a file",
    "sqlite:///data/p.db": "write sqlite:data/p.db",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_bad_database_addresses(address: str) -> None:
    message = one_line(run_pastense("migrate", "--database", address))
    assert ADDRESSES[address] in message
    assert "hunter2" not in message


@pytest.mark.parametrize("command", ["serve", "check"])
def test_every_command_refuses_a_bad_address(command: str) -> None:
    message = one_line(run_pastense(command, "--database", "pastense.db"))
    assert "known are: sqlite:PATH" in message


def test_a_file_is_not_laid_out_over_nodes(tmp_path) -> None:
    message = one_line(run_pastense("migrate", "--distribute", "--database", database(tmp_path)))
    assert "--distribute needs a PostgreSQL database with the extension citus" in message


def test_a_path_that_cannot_be_written(tmp_path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x")
    message = one_line(run_pastense("serve", "--port", "0", "--database", f"sqlite:{blocked}/p.db"))
    assert "cannot open the store" in message
    assert "choose another path with --database" in message


def test_a_folder_that_nobody_may_make(tmp_path) -> None:
    message = one_line(run_pastense("migrate", "--database", "sqlite:/proc/pastense/p.db"))
    assert "cannot open the store /proc/pastense/p.db" in message


def test_a_file_that_is_no_store(tmp_path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("hello, " * 1_000)
    message = one_line(run_pastense("serve", "--port", "0", "--database", f"sqlite:{text}"))
    assert "is not a SQLite database" in message
    foreign = tmp_path / "other.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE shoes (size INTEGER)")
    connection.close()
    message = one_line(run_pastense("migrate", "--database", f"sqlite:{foreign}"))
    assert "is a database of another program" in message
    assert text.read_text() == "hello, " * 1_000


def test_a_store_of_a_newer_program(tmp_path) -> None:
    run_pastense("migrate", "--database", database(tmp_path))
    with sqlite3.connect(tmp_path / "data" / "p.db") as connection:
        connection.execute("INSERT INTO migrations VALUES (9999, 'future', 0)")
    connection.close()
    message = one_line(run_pastense("check", "--database", database(tmp_path)))
    assert "was written by a newer Pastense (migration 9999" in message


def test_a_taken_port(tmp_path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        message = one_line(run_pastense("serve", "--port", port, "--database", database(tmp_path)))
    assert f"port {port} on 127.0.0.1 is taken" in message


def test_migrate_twice(tmp_path) -> None:
    first = run_pastense("migrate", "--database", database(tmp_path))
    assert "Applied migration 1 (first schema) in " in first.stdout
    second = run_pastense("migrate", "--database", database(tmp_path))
    assert "Applied" not in second.stdout
    assert second.stdout.endswith("is up to date.\n")


def test_migrate_status_changes_nothing(tmp_path) -> None:
    address = database(tmp_path)
    shown = run_pastense("migrate", "--status", "--database", address)
    assert shown.stdout == f"{address} is not there; `pastense migrate` makes it.\n"
    assert not (tmp_path / "data").exists()
    run_pastense("migrate", "--database", address)
    first, *rows = run_pastense("migrate", "--status", "--database", address).stdout.splitlines()
    assert first.split() == ["NUMBER", "MIGRATION", "STATE"]
    assert rows[0].split()[:4] == ["1", "first", "schema", "applied"]
    with sqlite3.connect(tmp_path / "data" / "p.db") as connection:
        connection.execute("DELETE FROM migrations WHERE number > 1")
    connection.close()
    shown = run_pastense("migrate", "--status", "--database", address)
    assert shown.stdout.splitlines()[2].endswith("to be applied")


def test_many_processes_open_a_new_store_at_once(tmp_path) -> None:
    command = [
        sys.executable,
        "-m",
        "pastense",
        "token",
        "create",
        "--database",
        database(tmp_path),
    ]
    processes = [
        subprocess.Popen(
            command,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    answers = [process.communicate(timeout=60) for process in processes]
    assert all(process.returncode == 0 for process in processes), answers
    assert len({out for out, _ in answers}) == 6
    listed = run_pastense("token", "list", "--database", database(tmp_path)).stdout
    assert listed.count("valid") == 6


def test_check_names_what_disagrees(tmp_path) -> None:
    with running_server(database(tmp_path)) as server:
        post = Poster(server.base_url, server.token())
        contact = post("/contacts", {"external_id": "u1"})["id"]
        post("/events", {"event_name": "did it", "created_at": 5, "user_id": "u1"})
        beside = run_pastense("check", "--database", server.database)
        assert (beside.returncode, beside.stdout) == (0, "Every summary equals its events.\n")
    with sqlite3.connect(tmp_path / "data" / "p.db") as connection:
        connection.execute("UPDATE summaries SET count = 7")
    connection.close()
    done = run_pastense("check", "--database", database(tmp_path))
    assert done.returncode == 1
    assert f"{contact} 'did it': kept count=7 first=5 last=5, counted count=1" in done.stdout
    assert done.stdout.endswith("1 summaries disagree with their events.\n")


class Poster:
    """Posts JSON with the standard library and reads the answer."""

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = base_url
        self.token = token

    def __call__(self, path: str, body: dict) -> dict:
        request = urllib.request.Request(
            self.base_url + path,
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")


def test_settings_say_where_each_value_came_from() -> None:
    environment = {"PASTENSE_PORT": "9", "PASTENSE_LIST_WINDOW_DAYS": "7", "PASTENSE_HOST": "::1"}
    done = run_pastense("settings", "--host", "0.0.0.0", env=environment)
    assert done.returncode == 0
    rows = {line.split()[0]: line.split()[1:3] for line in done.stdout.splitlines()}
    assert rows["host"] == ["0.0.0.0", "flag"]
    assert rows["port"] == ["9", "environment"]
    assert rows["list_window_days"] == ["7", "environment"]
    assert rows["body_bytes_max"] == ["1048576", "default"]


def test_unknown_and_bad_environment_names(tmp_path) -> None:
    done = run_pastense("settings", env={"PASTENSE_PROT": "1", "PASTENSE_TOKEN": "pst_x"})
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "warning: PASTENSE_PROT is no setting" in done.stderr
    bad = run_pastense("settings", env={"PASTENSE_BODY_BYTES_MAX": "lots"})
    assert "PASTENSE_BODY_BYTES_MAX='lots'" in one_line(bad)
    bad = run_pastense("settings", env={"PASTENSE_QUEUE_EVENTS_MAX": "5"})
    assert "queue_events_max must be at least list_items_max" in one_line(bad)


def test_the_printed_lines_are_ready_to_paste(tmp_path) -> None:
    """First with the token that is shown once, then with $PASTENSE_TOKEN."""
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    with running_server(database(tmp_path)) as first:
        secret = next(line.split()[1] for line in first.printed if line.startswith("Token: "))
        paste(first.printed, {})
    with running_server(database(tmp_path)) as second:
        text = "".join(second.printed)
        assert secret not in text
        assert "pastense token create" in text
        paste(second.printed, {"PASTENSE_TOKEN": secret})


def paste(printed: list[str], environment: dict[str, str]) -> None:
    lines = [line for line in printed if line.startswith("curl ")]
    answers = []
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", line],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        answers.append(done.stdout.split()[1])
    assert answers == ["200", "202"]


def test_a_running_server_says_how_it_stopped(tmp_path) -> None:
    server = start_server(database(tmp_path))
    assert server.stop() == 0
    assert server.printed[0].startswith("Pastense ")
    assert "Stopped: everything that was answered 202 is on disk.\n" in server.printed


def test_version_and_help() -> None:
    assert re.fullmatch(r"pastense \d+\.\d+\.\d+\n", run_pastense("--version").stdout)
    for command in ((), ("serve",), ("token",), ("token", "create"), ("check",)):
        done = run_pastense(*command, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith("Usage: pastense")


def test_only_the_command_that_is_run_is_loaded():
    """A server is to answer soon after it was started."""
    program = (
        "import sys\nfrom pastense.cli.main import cli\ncli.commands['serve']\n"
        "print(*(name for name in sys.modules if name.startswith('pastense.')))"
    )
    command = [sys.executable, "-c", program]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "pastense.cli.serve" in loaded
    others = ("cli.sandbox", "cli.copy", "cli.explain", "testing", "client", "store.postgresql")
    assert [name for name in others if f"pastense.{name}" in loaded] == []
