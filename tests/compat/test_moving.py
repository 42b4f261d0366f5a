"""Each snippet of docs/moving.md runs, one after the other, against a real server."""

from __future__ import annotations

import inspect
import re

import pytest

from pastense import compat
from pastense.errors import NotFound
from tests.support.documents import page, python_blocks

TEXT = page("moving.md")
SNIPPETS = python_blocks(TEXT)


@pytest.fixture
def run(server, base_url, monkeypatch, capsys):
    """Runs snippets as they are printed, but for the server and its token; gives their output."""
    monkeypatch.setenv("PASTENSE_URL", base_url)
    monkeypatch.setenv("PASTENSE_TOKEN", server.secret)

    def inside(snippets: list[str], token: str | None = None) -> str:
        names: dict[str, object] = {}
        for snippet in snippets:
            program = snippet.replace("https://events.example.com", base_url)
            program = program.replace("YOUR_TOKEN", token or server.secret)
            exec(compile(program, "moving.md", "exec"), names)
        return capsys.readouterr().out

    return inside


def test_the_snippets_run_and_print_what_they_should(server, run):
    assert len(SNIPPETS) == 4
    server.call("POST", "/contacts", {"role": "user", "external_id": "314159"})
    printed = run(SNIPPETS)
    assert "asked-for-demo 7 2022-12-14T14:41:34.000Z" in printed
    assert "200 [" in printed
    summary = server.call("GET", "/events?type=user&user_id=314159&summary=true").json
    counts = {item["name"]: item["count"] for item in summary["events"]}
    assert counts == {"invited-friend": 3, "asked-for-demo": 7}


def test_the_snippets_say_what_was_refused(run):
    assert run(SNIPPETS[:1], token="no-token").startswith("401 Error(")
    assert "the token is not known: Error(" in run(SNIPPETS[2:3], token="no-token")


def test_a_snippet_that_does_not_run_is_found(run):
    with pytest.raises(TypeError):
        run([SNIPPETS[0].replace("event_name=", "name=")])
    with pytest.raises(NotFound):
        run([SNIPPETS[3].replace("314159", "nobody")])


def documented_parameters(text: str) -> dict[str, str]:
    """Parameter and default of each row of the table of parameters."""
    rows = re.findall(r"^\| `(\w+)` \|(.*?)\| ", text, re.MULTILINE)
    return {name: default.strip("` ") for name, default in rows}


def shown(default: object) -> str:
    if default is inspect.Parameter.empty:
        return ""
    if default is compat.unset:
        return "left out"
    return f'"{default}"' if isinstance(default, str) else str(default).replace("'", '"')


def test_the_table_of_parameters_is_that_of_the_code():
    there = {}
    for call in ("create_data_event", "lis_data_events"):
        parameters = inspect.signature(getattr(compat.DataEventsApi, call)).parameters
        there |= {name: shown(each.default) for name, each in parameters.items() if name != "self"}
    assert documented_parameters(TEXT) == there
    changed = TEXT.replace("| `stream` | `False` |", "| `streamed` | `False` |")
    assert documented_parameters(changed) != there


def test_every_name_of_the_surface_is_on_the_page():
    silent = {"HTTPResponse", "OpenApiException", "DataEvent", "DataEventSummaryItem"}
    silent |= {"ApiResponse", "DataEventsApi", "Unset"}
    words = set(re.findall(r"\w+", TEXT))
    assert set(compat.__all__) - words - silent == set()
