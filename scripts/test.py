"""Run every check and test; the last line says what held, how long it took, what was skipped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS = (
    ("ruff check", [BIN / "ruff", "check", "--quiet", "."]),
    ("ruff format", [BIN / "ruff", "format", "--check", "--quiet", "."]),
    ("mypy", [BIN / "mypy", "--no-error-summary"]),
    ("floors", [BIN / "lint-imports", "--no-logo"]),
)
TORTURE_ENVIRONMENT = {
    "PASTENSE_TEST_CRASH_CYCLES": "300",
    "PASTENSE_TEST_CROWD_ROUNDS": "5",
    "PASTENSE_TEST_FUZZ_INPUTS": "1500000",
    "PASTENSE_TEST_FUZZ_REQUESTS": "200000",
    "PASTENSE_TEST_INJECTION_PAYLOADS": "16",
    "PASTENSE_TEST_KILL_ROUNDS": "3",
    "PASTENSE_TEST_LEAVING_CYCLES": "100",
    "PASTENSE_TEST_MODEL_EXAMPLES": "500",
    "PASTENSE_TEST_POWER_CUTS": "10000",
    "PASTENSE_TEST_SCHEMATHESIS_EXAMPLES": "5000",
    "PASTENSE_TEST_SOAK_MINUTES": "30",
    "PASTENSE_TEST_TRACKER_EVENTS": "10000",
}


def main() -> int:
    """Checks first, then the tests; the exit code is 0 only when all of them held."""
    started = time.monotonic()
    if "--torture" not in sys.argv and not run_checks():
        return 1
    if "--lint-only" in sys.argv:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        summary = Path(folder) / "summary.json"
        code = run_tests(summary)
        print(last_line(code, summary, time.monotonic() - started), flush=True)
    return code


def run_checks() -> bool:
    """All checks that run nothing of the program; each failing one shows its output."""
    held = True
    for name, command in CHECKS:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        print(f"{name}: {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
        if done.returncode != 0:
            print(done.stdout + done.stderr, flush=True)
            held = False
    return held


def run_tests(summary: Path) -> int:
    """The test suite on all cores, or the long tests one after the other."""
    options = ["-n", str(max(2, os.cpu_count() or 2)), "--dist", "loadgroup", "-m", "not torture"]
    environment = os.environ | {"PASTENSE_TEST_SUMMARY": str(summary)}
    if "--torture" in sys.argv:
        options = ["-s", "-v"]
        environment = TORTURE_ENVIRONMENT | environment
    arguments = [argument for argument in sys.argv[1:] if argument != "--torture"]
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def last_line(code: int, summary: Path, seconds: float) -> str:
    """One line: green or not, how many, what was skipped and why."""
    state = "green" if code == 0 else "FAILED"
    if not summary.exists():
        return f"tests: {state} in {seconds:.0f} s"
    found = json.loads(summary.read_text("utf-8"))
    skipped = "; ".join(found["skipped"]) or "nothing"
    counts = f"{found['passed']} passed, {found['failed']} failed"
    return f"tests: {state}, {counts} in {seconds:.0f} s; skipped: {skipped}"


if __name__ == "__main__":
    sys.exit(main())
