"""The plugin in a project of its own: loaded by the package's installation, light, and optional."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = """
import http.client, json, os, sys
import pytest

def send(sandbox, name):
    connection = http.client.HTTPConnection(sandbox.base_url.removeprefix("http://"))
    event = {"event_name": name, "user_id": "u1", "created_at": sandbox.clock.now()}
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    connection.request("POST", "/events", json.dumps(event), headers)
    status = connection.getresponse().status
    connection.close()
    return status

def test_nothing_heavy_is_loaded():
    assert "pastense.testing.plugin" in sys.modules
    assert not {"uvicorn", "starlette", "pastense.web", "sqlite3"} & set(sys.modules)

@pytest.mark.parametrize("number", range(4))
def test_each_has_an_empty_one(intercom_sandbox, number):
    assert intercom_sandbox.settings == {"profile": "like-intercom"}
    assert intercom_sandbox.events == []
    intercom_sandbox.add_contact("u1")
    assert send(intercom_sandbox, "did") == 202
    intercom_sandbox.assert_tracked("did")

@pytest.mark.intercom_sandbox(profile="open", event_names_max=1)
def test_the_marker(intercom_sandbox):
    intercom_sandbox.add_contact("u1")
    assert [send(intercom_sandbox, name) for name in "ab"] == [202, 422]

def test_that_fails(intercom_sandbox):
    intercom_sandbox.assert_tracked("never-sent")
"""
INI = "[pytest]\naddopts = --strict-markers\nintercom_sandbox_profile = {profile}\n"


ALONE = ("-p", "pastense.testing.plugin")
"""The plugin by its name, where no other is loaded: those of this project take a second."""


def run(
    folder: Path, *options: str, profile: str = "like-intercom", autoload: bool = False
) -> tuple[int, str]:
    """pytest in a project of its own; its exit code and what it said."""
    (folder / "test_project.py").write_text(PROJECT)
    (folder / "pytest.ini").write_text(INI.format(profile=profile))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    environment = {n: v for n, v in os.environ.items() if not n.startswith("PYTEST_")}
    if not autoload:
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_project_has_the_fixture_without_an_import(tmp_path):
    others = ("-p", "no:schemathesis", "-p", "no:anyio")
    code, said = run(tmp_path, *others, autoload=True)
    assert (code, "1 failed, 6 passed" in said) == (1, True), said
    assert "expected 'never-sent', once; found 0 (0 events are stored)" in said
    assert "sandbox.py" not in said, "the traceback ends in the test"


def test_each_worker_of_xdist_has_its_own(tmp_path):
    code, said = run(tmp_path, *ALONE, "-p", "xdist", "-n", "2", "-k", "empty or marker")
    assert (code, "5 passed" in said) == (0, True), said


def test_it_can_be_left_out(tmp_path):
    options = ("-p", "no:pastense", "-p", "no:schemathesis", "-k", "empty", "-o", "addopts=")
    code, said = run(tmp_path, *options, autoload=True)
    assert (code, "fixture 'intercom_sandbox' not found" in said) == (1, True), said


def test_a_wrong_profile_is_said(tmp_path):
    code, said = run(tmp_path, *ALONE, "-k", "marker", profile="none")
    assert code == 1
    assert "intercom_sandbox_profile: profile must be open or like-intercom, not 'none'" in said
