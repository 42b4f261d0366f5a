"""Install pinned SDKs and tools once beside the virtual environment, each in a folder of its own.

Without a package source, or without Node.js for those of Node.js, the tests that need one are
skipped and say what is missing.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

INSTALL_TIMEOUT_S = 120
SCENARIO_TIMEOUT_S = 60
SCENARIOS = Path(__file__).parents[1] / "sdk" / "scenarios"


def python_sdk(requirement: str) -> Path:
    """The folder that pip installed a distribution into, with all that it needs."""
    patience = ["--retries=1", "--timeout=15", "--no-input", "--disable-pip-version-check"]

    def install(folder: Path) -> str | None:
        command = [sys.executable, "-m", "pip", "install", "--target", str(folder), *patience]
        return _run([*command, requirement], folder, "ERROR: ")

    return _installed(requirement.replace("==", "-"), requirement, install)


def node_sdk(version: str) -> tuple[str, Path]:
    """The Node.js program, and the folder that npm installed that intercom-client into."""
    return node_package("intercom-client", version)


def node_package(name: str, version: str) -> tuple[str, Path]:
    """The Node.js program, and the folder that npm installed that package into."""
    programs = {program: shutil.which(program) for program in ("node", "npm")}
    missing = [program for program, path in programs.items() if path is None]
    if missing:
        pytest.skip(f"{name} needs Node.js: {' and '.join(missing)} not found")
    package = json.dumps({"private": True, "dependencies": {name: version}})
    options = ["--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline"]
    patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000"]

    def install(folder: Path) -> str | None:
        (folder / "package.json").write_text(package)
        return _run([str(programs["npm"]), "install", *options, *patience], folder, " code ")

    return str(programs["node"]), _installed(f"{name}-{version}", package, install)


def run_scenario(command: list[str], environment: dict[str, str]) -> dict:
    """Run a program that prints one JSON object of what its SDK answered."""
    done = subprocess.run(
        command,
        env=os.environ | {"NO_PROXY": "127.0.0.1"} | environment,
        capture_output=True,
        text=True,
        timeout=SCENARIO_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _installed(name: str, wanted: str, install: Callable[[Path], str | None]) -> Path:
    """The folder of that name, filled once for all pytest workers; skips the test where it
    cannot be filled."""
    folder = Path(sys.prefix) / "sdks" / name
    folder.mkdir(parents=True, exist_ok=True)
    done, failed = folder / "installed.txt", folder / "failed.json"
    # The other workers of a run must not wait for the same failure one after the other.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists() and done.read_text() == wanted:
            return folder
        note = json.loads(failed.read_text()) if failed.exists() else {}
        reason = note.get(run) or install(folder)
        if reason is None:
            done.write_text(wanted)
            return folder
        failed.write_text(json.dumps({run: reason}))
    pytest.skip(f"{name} could not be installed: {reason}")


def _run(command: list[str], folder: Path, mark: str) -> str | None:
    """Run an installer; returns what went wrong, or None. The line with `mark` says it."""
    try:
        result = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not done after {INSTALL_TIMEOUT_S} s"
    if result.returncode == 0:
        return None
    said = [line for line in result.stderr.splitlines() if mark in line]
    name = Path(command[0]).name
    return said[0].partition(" (")[0] if said else f"{name} ended with {result.returncode}"
