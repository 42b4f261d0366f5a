"""The examples of docs/tracker.md run, and its tables are those of the code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import get_args

import pytest

from pastense import TrackerStats
from pastense.client.tracking.items import DropKind
from pastense.client.tracking.tracker import Tracker

TEXT = (Path(__file__).parents[2] / "docs" / "tracker.md").read_text("utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
BEGIN, DROPPED, CELERY, END = range(4)


@pytest.fixture
def run(sandbox, tmp_path):
    """Runs snippets as they are printed, but for the server, the broker and the spool's folder;
    gives the names that they made."""
    sandbox.add_contact("314159")
    made = []

    def inside(*numbers: int, changed: tuple[str, str] = ("", "")) -> dict[str, object]:
        names: dict[str, object] = {}
        for number in numbers:
            program = SNIPPETS[number].replace(*changed)
            program = program.replace("https://events.example.com", sandbox.base_url)
            program = program.replace("YOUR_TOKEN", sandbox.token)
            program = program.replace("redis://localhost", "memory://")
            program = program.replace("/var/lib/shop/events", str(tmp_path / "spool"))
            exec(compile(program, "tracker.md", "exec"), names)
            made.append(names["tracker"])
        return names

    yield inside
    for tracker in made:
        tracker.close()


def test_the_first_lines_and_the_last(sandbox, run):
    assert len(SNIPPETS) == 4
    run(BEGIN, END)
    sandbox.assert_tracked("invited-friend", user_id="314159", metadata={"friend": "Ada"})


def test_what_is_dropped_is_told(sandbox, run, capsys):
    run(BEGIN, DROPPED)
    assert capsys.readouterr().out == "refused invited-friend\n{'refused': 1}\n"


def test_a_task_of_celery(sandbox, run):
    """At once, in this process; tests/tracker/test_celery.py has a real worker."""
    names = run(CELERY)
    names["app"].conf.task_always_eager = True
    names["place_order"].delay("314159", 7).get()
    sandbox.wait_for("placed-order", user_id="314159", metadata={"order": 7})


def test_a_wrong_example_is_found(sandbox, run):
    with pytest.raises(TypeError, match="user"):
        run(BEGIN, changed=("user_id=", "user="))


def rows(text: str, columns: int) -> dict[str, list[str]]:
    """The rows of all tables of so many columns, by what their first cell has in code."""
    pattern = r"^\| `\"?(\w+)\"?`" + r" \| ([^|\n]*)" * (columns - 1) + r" \|$"
    return {row[0]: list(row[1:]) for row in re.findall(pattern, text, re.MULTILINE)}


def settings_problems(text: str) -> list[str]:
    """Each parameter is in the table with its default, or named as one of the client's."""
    [clients] = re.findall(r"^(.*) are those of `Client`", text, re.MULTILINE)
    told = rows(text, 3)
    problems = []
    for name, parameter in inspect.signature(Tracker).parameters.items():
        if f"`{name}`" not in clients and told.get(name, [""])[0] != f"`{parameter.default}`":
            problems.append(name)
    return problems


def test_the_settings_are_those_of_the_code():
    assert settings_problems(TEXT) == []
    assert settings_problems(TEXT.replace("`3600.0`", "`60.0`")) == ["unknown_contact_retry_s"]
    assert settings_problems(TEXT.replace("`proxy` ", "")) == ["proxy"]


def test_the_reasons_are_those_of_the_code():
    assert set(rows(TEXT, 2)) == set(get_args(DropKind))


def test_the_counters_are_all_named():
    named = set(re.findall(r"`(\w+)`", TEXT))
    assert {*TrackerStats.__struct_fields__, "dropped_total"} - named == set()
