"""The Django and FastAPI examples of docs/python.md run in the frameworks themselves: what a
request to the application records is then in the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from pastense.testing import Sandbox
from tests.support.documents import block_with, changed, page, run_program

TEXT = page("python.md")
DJANGO = """
import os
from types import SimpleNamespace

import django
from django.conf import settings


def signed_in(get_response):
    def middleware(request):
        request.user = SimpleNamespace(pk=314159)
        return get_response(request)

    return middleware


settings.configure(
    ALLOWED_HOSTS=["testserver"],
    MIDDLEWARE=[f"{__name__}.signed_in"],
    PASTENSE_TOKEN=os.environ["PASTENSE_TOKEN"],
    PASTENSE_URL=os.environ["PASTENSE_URL"],
    ROOT_URLCONF="views",
)
django.setup()

from django.test import Client

browser = Client()
print(browser.post("/invite/Ada").status_code, browser.get("/invite/Ada").status_code)
import views

views.client.close()
"""
FASTAPI = """
from app import app
from fastapi.testclient import TestClient

with TestClient(app) as browser:
    answer = browser.post("/people/314159/invitations", params={"friend": "Ada"})
    print(answer.status_code, browser.post("/people/314159/invitations").status_code)
"""
EXAMPLES = {
    # The file of the example, what runs it, what that prints, the call that records.
    "django": ("views.py", DJANGO, "204 405\n", "client.events.create("),
    "fastapi": ("app.py", FASTAPI, "204 422\n", "await client.events.create("),
}


@pytest.fixture
def sandbox(intercom_sandbox: Sandbox) -> Sandbox:
    intercom_sandbox.add_contact("314159")
    return intercom_sandbox


def run(name: str, example: str, folder: Path, sandbox: Sandbox) -> tuple[str, str]:
    """Run an application; what it printed, and what it logged."""
    file, program, _, _ = EXAMPLES[name]
    (folder / file).write_text(example, "utf-8")
    done = run_program(program, folder, sandbox)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def example(name: str) -> str:
    return block_with(TEXT, f"# {EXAMPLES[name][0]}\n")


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_request_records_an_event(name: str, sandbox: Sandbox, tmp_path: Path):
    printed, _ = run(name, example(name), tmp_path, sandbox)
    assert printed == EXAMPLES[name][2]
    sandbox.assert_tracked("invited-friend", user_id="314159", metadata={"friend": "Ada"})


@pytest.mark.parametrize("name", EXAMPLES)
def test_without_its_line_nothing_is_recorded(name: str, sandbox: Sandbox, tmp_path: Path):
    without = changed(example(name), EXAMPLES[name][3], "dict(event_name=")
    printed, _ = run(name, without, tmp_path, sandbox)
    assert printed == EXAMPLES[name][2]
    with pytest.raises(AssertionError, match="found 0"):
        sandbox.assert_tracked("invited-friend", user_id="314159")


def test_a_view_of_django_answers_though_the_event_was_refused(sandbox: Sandbox, tmp_path: Path):
    sandbox.revoke_token()
    printed, logged = run("django", example("django"), tmp_path, sandbox)
    assert printed == EXAMPLES["django"][2]
    assert "The invitation was not recorded" in logged
    assert "pastense.errors.Unauthorized: Access Token Invalid" in logged
