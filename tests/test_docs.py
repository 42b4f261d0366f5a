"""What the docs promise, read from the code: settings, errors, calls, commands, examples.

Each checker returns the faults that it finds, and a control shows that it finds a planted one.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import pastense
from pastense.cli.main import cli
from pastense.errors import STATUS_BY_CODE
from pastense.settings import DESCRIPTIONS, PREFIX, Settings, value_of
from pastense.web.app import OPERATIONS, ROUTES
from tests.support.server import RunningServer, clean_environment, running_server

ROOT = Path(__file__).resolve().parent.parent
README_URL = "http://127.0.0.1:8080"
HAS_CURL = shutil.which("curl") is not None
pytestmark = pytest.mark.xdist_group("docs")  # one worker, so one server


def read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def changed(text: str, old: str, new: str) -> str:
    """The text with one planted fault; it must have been possible to plant it."""
    assert old in text
    return text.replace(old, new, 1)


def table_rows(text: str, columns: int) -> list[list[str]]:
    """The cells of all table rows of that width, without heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return [row for row in rows if len(row) == columns and not row[0].startswith("-")]


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def sections(text: str, mark: str) -> dict[str, str]:
    """The text below each heading that begins with `mark`, up to the next heading."""
    parts = re.split(r"^(#+ .*)$", text, flags=re.MULTILINE)
    found = zip(parts[1::2], parts[2::2], strict=True)
    return {head.removeprefix(mark): body for head, body in found if head.startswith(mark)}


# --- settings ------------------------------------------------------------------------------


def shown_default(name: str) -> str:
    value = value_of(Settings(), name)
    if value in ("", ()):
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def settings_problems(text: str) -> list[str]:
    """Each setting has one row with its variable, its flag and its default, and no other has."""
    flags = {option for p in cli.commands["serve"].params for option in p.opts}
    rows = {row[0].strip("`"): row for row in table_rows(text, 6) if row[0] != "setting"}
    problems = [f"{name} is not documented" for name in DESCRIPTIONS if name not in rows]
    for name, (_, variable, flag, default, _, meaning) in rows.items():
        if name not in DESCRIPTIONS:
            problems.append(f"{name} is no setting")
            continue
        expected_flag = f"`--{name}`" if f"--{name}" in flags else "-"
        expected = (f"`{PREFIX}{name.upper()}`", expected_flag, shown_default(name))
        if (variable, flag, default) != expected or not meaning:
            problems.append(f"{name}: {(variable, flag, default)}, expected {expected}")
    return problems


def test_every_setting_is_documented_with_its_default():
    assert settings_problems(read("docs/settings.md")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("| `1048576` |", "| `1048577` |"),
        ("| `--port` |", "| - |"),
        ("| `read_threads` |", "| `reader_threads` |"),
    ],
)
def test_a_wrong_setting_is_found(old, new):
    assert settings_problems(changed(read("docs/settings.md"), old, new))


# --- errors --------------------------------------------------------------------------------


def error_problems(text: str) -> list[str]:
    """Each code has one row with its status, and no other code has one."""
    rows = [row for row in table_rows(text, 5) if row[0] != "status"]
    documented = [(row[1].strip("`"), int(row[0])) for row in rows]
    problems = [f"{pair} is not documented" for pair in STATUS_BY_CODE.items() - set(documented)]
    problems += [f"{pair} is no error" for pair in set(documented) - STATUS_BY_CODE.items()]
    if len(documented) != len(set(documented)):
        problems.append("an error is documented twice")
    return problems + [f"{row[1]}: an empty cell" for row in rows if not all(row)]


def test_every_error_is_documented_with_its_status():
    assert error_problems(read("docs/errors.md")) == []


@pytest.mark.parametrize(("old", "new"), [("| 409 |", "| 408 |"), ("`uri_too_long`", "`uri`")])
def test_a_wrong_error_is_found(old, new):
    assert error_problems(changed(read("docs/errors.md"), old, new))


# --- calls ---------------------------------------------------------------------------------


def operation_problems(text: str) -> list[str]:
    """Each call has a heading with its method and path, and its scope below; no other has."""
    documented = {head.strip("`"): body for head, body in sections(text, "### ").items()}
    scopes = {f"{o.method} {o.path.replace(':path', '')}": o.scope for o in OPERATIONS}
    assert len(scopes) == len(ROUTES)
    problems = [f"{call} is not documented" for call in scopes if call not in documented]
    for call, body in documented.items():
        scope = scopes.get(call, "unknown")
        said = {None: "No token.", "": "Any valid token."}.get(scope, f"Scope `{scope}`.")
        if not body.strip().startswith(said):
            problems.append(f"{call}: {said}")
    return problems


def test_every_call_is_documented_with_its_scope():
    assert operation_problems(read("docs/http-api.md")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("### `GET /me`", "### `GET /you`"),
        ("### `GET /healthz`\n\nNo token.", "### `GET /healthz`\n\nScope `admin`."),
    ],
)
def test_a_wrong_call_is_found(old, new):
    assert operation_problems(changed(read("docs/http-api.md"), old, new))


# --- commands ------------------------------------------------------------------------------


def commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its whole name."""
    for word, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


def command_problems(text: str) -> list[str]:
    """Each command has a heading, and below it its options and arguments and no others."""
    found = dict(commands(cli, "pastense"))
    documented = {head.strip("`"): body for head, body in sections(text, "### ").items()}
    problems = [f"{name} is not documented" for name in found if name not in documented]
    for name, body in documented.items():
        if name not in found:
            problems.append(f"{name} is no command")
            continue
        parameters = found[name].params
        options = {opt for p in parameters if isinstance(p, click.Option) for opt in p.opts}
        said = set(re.findall(r"`(--[a-z-]+)`", body))
        problems += [f"{name}: {option}" for option in options ^ said]
        words = [p for p in parameters if isinstance(p, click.Argument)]
        arguments = [p.metavar or p.name.upper() for p in words]
        problems += [f"{name}: {a}" for a in arguments if f"{name} {a}" not in body]
    return problems


def test_every_command_and_option_is_documented():
    assert command_problems(read("docs/operating.md")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("### `pastense check`", "### `pastense recheck`"),
        ("| `--expires` |", "| `--expiry` |"),
        ("token revoke NUMBER`", "token revoke`"),
    ],
)
def test_a_wrong_command_is_found(old, new):
    assert command_problems(changed(read("docs/operating.md"), old, new))


# --- dependencies --------------------------------------------------------------------------


def dependency_problems(text: str, pyproject: str) -> list[str]:
    """Each dependency has a row with its reason, and nothing else has."""
    project = tomllib.loads(pyproject)
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    wanted = {re.split(r"[<>=!~ \[;]", line)[0] for group in groups for line in group}
    documented = {
        row[0].strip("`"): row[1]
        for row in table_rows(sections(text, "## ")["Dependencies"], 2)
        if row[0] != "package"
    }
    wrong = wanted ^ documented.keys()
    return [*wrong, *(name for name, reason in documented.items() if len(reason.split()) < 3)]


def test_every_dependency_has_its_reason():
    assert dependency_problems(read("docs/architecture.md"), read("pyproject.toml")) == []


def test_a_dependency_without_a_reason_is_found():
    pyproject = changed(read("pyproject.toml"), '"click>=8.1"', '"click>=8.1", "flask>=3"')
    assert dependency_problems(read("docs/architecture.md"), pyproject) == ["flask"]


# --- links ---------------------------------------------------------------------------------


def markdown_files() -> list[Path]:
    folders = [ROOT / name for name in ("docs", "bench", "tests")]
    below = [path for folder in folders for path in folder.rglob("*.md")]
    return [*ROOT.glob("*.md"), *(path for path in below if "node_modules" not in path.parts)]


def anchors(text: str) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def link_problems(path: Path, text: str) -> list[str]:
    """Each relative link leads to a file, and its anchor to a heading there."""
    problems = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists():
            problems.append(f"{path.name}: {link}")
        elif anchor and anchor not in anchors(text if target == path else target.read_text()):
            problems.append(f"{path.name}: no heading for {link}")
    return problems


def test_every_relative_link_leads_somewhere():
    assert len(markdown_files()) > 10
    assert [p for path in markdown_files() for p in link_problems(path, path.read_text())] == []


@pytest.mark.parametrize("link", ["docs/nothing.md", "docs/start.md#nothing", "#nothing"])
def test_a_link_to_nothing_is_found(link):
    assert link_problems(ROOT / "README.md", f"[words]({link})")


def reference_problems(source: str, decisions: str) -> list[str]:
    """Each section of the decisions that a comment names is there."""
    named = re.findall(r'decisions\.md,?\s+((?:"[^"]+"(?:\s+and\s+)?)+)', source)
    known = sections(decisions, "## ")
    titles = [" ".join(title.split()) for some in named for title in re.findall('"([^"]+)"', some)]
    assert titles
    return [title for title in titles if title not in known]


def test_the_sections_that_the_code_names_are_there():
    files = (ROOT / "src").rglob("*.py")
    source = "\n".join(path.read_text("utf-8") for path in files)
    assert reference_problems(source, read("docs/decisions.md")) == []


def test_a_section_that_is_not_there_is_found():
    source = '"""Source: decisions.md, "Tokens" and "Nothing"."""'
    assert reference_problems(source, read("docs/decisions.md")) == ["Nothing"]


# --- changelog and tour --------------------------------------------------------------------


def version_problems(changelog: str) -> list[str]:
    """The newest entry is of this version and has a date."""
    newest = re.search(r"^## \[(.+?)\] - \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE)
    said = newest[1] if newest else "nothing"
    same = said == pastense.__version__
    return [] if same else [f"the changelog says {said}, not {pastense.__version__}"]


def test_the_changelog_is_of_this_version():
    assert version_problems(read("CHANGELOG.md")) == []


def test_another_version_is_found():
    assert version_problems(changed(read("CHANGELOG.md"), pastense.__version__, "9.9.9"))


def tour_problems(contributing: str) -> list[str]:
    """The tour has ten bullets, and every path in it is there, in the clone or the package."""
    tour = sections(contributing, "## ")["A tour of the code"]
    bullets = [line for line in tour.splitlines() if line.startswith("- ")]
    problems = [] if len(bullets) == 10 else [f"{len(bullets)} bullets"]
    names = re.findall(r"`([\w/]+(?:/|\.\w+))`", tour)
    roots = (ROOT, ROOT / "src/pastense")
    return problems + [n for n in names if not any((root / n).exists() for root in roots)]


def test_the_tour_has_ten_bullets():
    assert tour_problems(read("CONTRIBUTING.md")) == []


@pytest.mark.parametrize(("old", "new"), [("\n- `", "\n`"), ("web/app.py", "web/apps.py")])
def test_a_wrong_tour_is_found(old, new):
    assert tour_problems(changed(read("CONTRIBUTING.md"), old, new))


# --- examples ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[RunningServer]:
    path = tmp_path_factory.mktemp("docs") / "pastense.db"
    with running_server(f"sqlite:{path}") as running:
        yield running


@pytest.fixture(scope="module")
def token(server) -> str:
    return server.token()


def example_problems(blocks: list[str], server: RunningServer, token: str) -> list[str]:
    """The examples run one after the other, and print what their comments say."""
    program = "\n".join(blocks).replace(README_URL, server.base_url)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=clean_environment({"PASTENSE_TOKEN": token}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    expected = [line for block in blocks for line in re.findall(r"^# (.*)$", block, re.MULTILINE)]
    if done.returncode == 0 and done.stdout.splitlines() == expected:
        return []
    return [done.stdout + done.stderr[-2_000:]]


def test_the_python_examples_run(server, token):
    examples = code_blocks(read("README.md"), "python")
    further = code_blocks(read("docs/start.md"), "python")
    assert (len(examples), len(further)) == (2, 2)
    assert example_problems([*examples, *further], server, token) == []


def test_an_example_that_prints_something_else_is_found(server, token):
    example = code_blocks(read("README.md"), "python")[0]
    wrong = changed(example.replace("314159", "other"), "asked-for-demo 1", "asked-for-demo 2")
    assert example_problems([wrong], server, token)


def curl_lines() -> list[str]:
    lines = [line for block in code_blocks(read("README.md"), "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("curl ")]


def curl_problems(line: str, server: RunningServer, token: str) -> list[str]:
    """The line, as a shell would run it, is answered 2xx."""
    line = line.replace(README_URL, server.base_url).replace("$PASTENSE_TOKEN", token)
    words = shlex.split(line.replace("$(date +%s)", str(int(time.time()))))
    command = [*words, "--write-out", "\n%{http_code}", "--max-time", "10"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    status = done.stdout.rpartition("\n")[2]
    return [] if done.returncode == 0 and status.startswith("2") else [done.stdout + done.stderr]


@pytest.mark.skipif(not HAS_CURL, reason="the README's curl lines need curl")
def test_the_curl_lines_are_answered_2xx(server, token):
    lines = curl_lines()
    assert len(lines) == 4
    assert [p for line in lines for p in curl_problems(line, server, token)] == []


@pytest.mark.skipif(not HAS_CURL, reason="the README's curl lines need curl")
def test_a_curl_line_that_is_refused_is_found(server):
    assert curl_problems(curl_lines()[0], server, "no-token")
