"""mypy --strict and pyright agree with every public call, and see what is wrong.

The files beside this one hold the calls; nobody runs them. Each checker reads all of them in one
run, together with wrong.py, whose marked lines it has to refuse.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from tests.support.public_calls import calls_of, public
from tests.support.sdk_install import node_package

import pastense
from pastense import AsyncClient, Client, Tracker, compat, testing
from pastense.testing import Sandbox, SandboxClock

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CALLS = sorted(HERE.glob("*_calls.py"))
WRONG = HERE / "wrong.py"
PYRIGHT = "1.1.414"
CHECK_TIMEOUT_S = 120
NOT_FOR_CALLERS = {"tracker.begin_anew", "sandbox.clock.reset"}
"""Public for other modules of ours, and of no use to anybody else."""
pytestmark = pytest.mark.xdist_group("typing")  # one worker, so that each checker runs once

Found = dict[str, set[int]]
"""The lines that a checker refuses, by file name."""


def checked(command: list[str]) -> str:
    """What a checker says; it must have come to an end of its own."""
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=CHECK_TIMEOUT_S, check=False
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def mypy() -> Found:
    """mypy, with the project's settings (strict) and its cache, which `make test` has filled."""
    files = [str(path) for path in (*CALLS, WRONG)]
    said = checked([sys.executable, "-m", "mypy", "--strict", "--show-absolute-path", *files])
    found: Found = {path.name: set() for path in (*CALLS, WRONG)}
    faults = re.findall(r"^.*/(\w+\.py):(\d+): error: ", said, re.MULTILINE)
    assert said.count(": error: ") == len(faults), said
    for name, line in faults:
        found.setdefault(name, set()).add(int(line))
    return found


@pytest.fixture(scope="module")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """pyright in strict mode; the files are read in a folder of their own, as those of a project
    that has Pastense installed."""
    node, installed = node_package("pyright", PYRIGHT)
    folder = tmp_path_factory.mktemp("pyright")
    for path in (*CALLS, WRONG):
        (folder / path.name).write_text(path.read_text("utf-8"), "utf-8")
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    program = installed / "node_modules" / "pyright" / "index.js"
    options = ["--project", str(folder), "--pythonpath", sys.executable, "--outputjson"]
    said = json.loads(checked([node, str(program), *options]))
    assert said["summary"]["filesAnalyzed"] == len(CALLS) + 1
    found: Found = {path.name: set() for path in (*CALLS, WRONG)}
    for fault in said["generalDiagnostics"]:
        found[Path(fault["file"]).name].add(fault["range"]["start"]["line"] + 1)
    return found


@pytest.fixture(params=["mypy", "pyright"])
def found(request: pytest.FixtureRequest) -> Found:
    return request.getfixturevalue(request.param)


def test_every_call_has_the_types_that_it_should(found: Found):
    assert len(CALLS) == 4
    assert {name: lines for name, lines in found.items() if lines and name != WRONG.name} == {}


def test_what_is_wrong_is_refused(found: Found):
    lines = enumerate(WRONG.read_text("utf-8").splitlines(), start=1)
    marked = {number for number, line in lines if line.endswith("# wrong")}
    assert len(marked) > 30
    assert found[WRONG.name] == marked


def test_what_is_built_says_that_it_has_types(tmp_path: Path):
    """The wheel and the source archive, built as an installer builds them."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(tmp_path)]
    checked(command)
    [wheel] = tmp_path.glob("*.whl")
    [archive] = tmp_path.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as opened, tarfile.open(archive) as source:
        in_wheel, in_archive = set(opened.namelist()), set(source.getnames())
    prefix = archive.name.removesuffix(".tar.gz")
    package = Path(pastense.__file__).parent
    files = [path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    names = {f"pastense/{path.relative_to(package).as_posix()}" for path in files}
    assert "pastense/py.typed" in names
    assert names - in_wheel == set()
    assert {f"{prefix}/src/{name}" for name in names} - in_archive == set()


# --- every call is there -------------------------------------------------------------------


def members(name: str, kind: type) -> set[str]:
    """What a class has beside its parents, as code writes it on a variable of that name."""
    return {f"{name}.{each}" for each in public(kind)}


def expected() -> dict[str, set[str]]:
    """What each file has to name: calls, and all names that a package makes public."""
    given = {"token": "token", "base_url": "https://api.example.com"}
    sandbox = members("sandbox", Sandbox) | {"sandbox.base_url", "sandbox.token", "sandbox.clock"}
    clock = members("sandbox.clock", SandboxClock)
    api = members("api", compat.DataEventsApi)
    raw = members("client", compat.AsyncRawDataEventsClient)
    shared = set(pastense.__all__) - {"__version__"}
    of_tracker = {"DropReason", "Tracker", "TrackerStats"}
    of_async = {"AsyncClient", "AsyncPages", "AsyncTransport"}
    of_sync = {"Client", "SyncPages", "Transport"}
    return {
        "client_calls.py": {*calls_of("client", Client(**given)), *shared - of_async - of_tracker},
        "async_client_calls.py": {
            *calls_of("client", AsyncClient(**given)),
            *shared - of_sync - of_tracker,
        },
        "tracker_and_sandbox_calls.py": {
            *(members("tracker", Tracker) | sandbox | clock) - NOT_FOR_CALLERS,
            *of_tracker,
            *testing.__all__,
        },
        "compat_calls.py": {*api, *raw, *compat.__all__, "intercom.DataEventsApi"},
    }


def named(text: str) -> set[str]:
    """Every name and every dotted name of a file, the lines of imports not counted."""
    nodes = list(ast.walk(ast.parse(text)))
    return {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute | ast.Name)}


@pytest.mark.parametrize("name", [path.name for path in CALLS])
def test_every_public_call_is_named(name: str):
    text = (HERE / name).read_text("utf-8")
    wanted = expected()[name]
    assert wanted - named(text) == set()
    lost = next(each for each in sorted(wanted) if "." in each)
    assert wanted - named(text.replace(f"{lost}(", "other(").replace(lost, "other")) != set()


def test_every_parameter_of_every_call_is_given():
    """In the blocking client's file, which the other follows."""
    tree = ast.parse((HERE / "client_calls.py").read_text("utf-8"))
    given: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            keywords = {keyword.arg for keyword in node.keywords if keyword.arg}
            given.setdefault(ast.unparse(node.func), set()).update(keywords)
    client = Client("token", base_url="https://api.example.com")
    lacking = {}
    for room in ("events", "contacts", "tags"):
        for method in public(getattr(client, room)):
            signature = inspect.signature(getattr(getattr(client, room), method))
            keywords = {
                each.name
                for each in signature.parameters.values()
                if each.kind is inspect.Parameter.KEYWORD_ONLY
            }
            lacking[f"{room}.{method}"] = keywords - given[f"client.{room}.{method}"]
    assert {name: those for name, those in lacking.items() if those} == {}
