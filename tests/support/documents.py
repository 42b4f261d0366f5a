"""The Python on the pages of docs/: its code blocks, and a way to run them as a reader would."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from pastense.testing import Sandbox
from tests.support.server import clean_environment

DOCS = Path(__file__).parents[2] / "docs"
PROGRAM_TIMEOUT_S = 30
EXAMPLE_URL = "http://127.0.0.1:8080"


def page(name: str) -> str:
    """The text of a page."""
    return (DOCS / name).read_text("utf-8")


def python_blocks(text: str) -> list[str]:
    """The Python code blocks of a page, in their order."""
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def block_with(text: str, mark: str) -> str:
    """The one Python code block that has this in it."""
    [block] = [block for block in python_blocks(text) if mark in block]
    return block


def changed(text: str, old: str, new: str) -> str:
    """The text with one planted fault; it must have been possible to plant it."""
    assert old in text
    return text.replace(old, new, 1)


def run_program(
    program: str, folder: Path, sandbox: Sandbox, *options: str
) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with the sandbox as its server: in the environment, and in place
    of the address and the token that pages show."""
    program = program.replace(EXAMPLE_URL, sandbox.base_url).replace("YOUR_TOKEN", sandbox.token)
    (folder / "program.py").write_text(program, "utf-8")
    given = {"PASTENSE_URL": sandbox.base_url, "PASTENSE_TOKEN": sandbox.token}
    return subprocess.run(
        [sys.executable, *options, "program.py"],
        cwd=folder,
        env=clean_environment(given | {"NO_PROXY": "127.0.0.1"}),
        capture_output=True,
        text=True,
        timeout=PROGRAM_TIMEOUT_S,
        check=False,
    )
