"""The examples of docs/sandbox.md run, and the page names all that there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from pastense.testing import Sandbox, SandboxClock
from pastense.testing.faults import KINDS
from pastense.testing.served.application import CONTROL_PATHS

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"


def run_examples(folder: Path, text: str) -> tuple[int, str]:
    """All Python blocks as one test file; pytest's exit code and what it said."""
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    (folder / "test_example.py").write_text("\n".join(blocks))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [*command, "-p", "pastense.testing.plugin", "--strict-markers"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_examples_pass(tmp_path):
    code, said = run_examples(tmp_path, PAGE.read_text("utf-8"))
    assert (code, "4 passed" in said) == (0, True), said


def test_a_wrong_example_is_found(tmp_path):
    text = PAGE.read_text("utf-8").replace(
        'metadata={"friend": friend}', 'metadata={"friend": "x"}'
    )
    code, said = run_examples(tmp_path, text)
    assert (code, "expected 'Ada', got 'x'" in said) == (1, True), said


def names_not_said(text: str) -> list[str]:
    """Public names that the page does not have in code."""
    blocks = re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL)
    plain = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    whole = set(re.findall(r"\w+", " ".join([*blocks, *re.findall(r"`[^`]+`", plain)])))
    public = {name for name in dir(Sandbox) if not name.startswith("_")}
    public |= {name for name in dir(SandboxClock) if not name.startswith("_")} | set(KINDS)
    return sorted(
        public - whole - {"start", "close", "add_fault", "is_frozen", "reset", "settings"}
    )


def test_the_page_names_whatever_is_public():
    text = PAGE.read_text("utf-8")
    assert names_not_said(text) == []
    assert [path for path in CONTROL_PATHS if path not in text] == []
    assert names_not_said(text.replace("lose_answer", "loose_answer")) == ["lose_answer"]
