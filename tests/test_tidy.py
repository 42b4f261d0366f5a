"""The style guide as a test: sizes, docstrings, names, rooms, and nothing of one machine.

Each checker takes a text and returns the faults it finds, so that the controls at the end can
show that it catches a planted one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.support.tested_elsewhere import TESTED_ELSEWHERE

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "pastense"
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
SHORT_FUNCTION_LINES_MAX = 10
SHORT_FUNCTIONS_SHARE_MIN = 0.6
UNIT = re.compile(
    r"(?:^|_)(?:bytes|characters|s|days|items|events|keys|names|connections|threads|attributes|integer"
    r"|minute|kept|depth|count|slots|page|filters|nesting|values|cached|shown|subscriptions)(?:_(?:max|min|default))?$",
    re.IGNORECASE,
)
ASYNC_ROOMS = ("web/", "client/", "compat/aio_raw.py", "testing/served/")
Function = ast.FunctionDef | ast.AsyncFunctionDef

SOURCES = sorted(SOURCE.rglob("*.py"))
PROGRAMS = sorted(
    path for room in ("src", "tests", "bench") for path in (ROOT / room).rglob("*.py")
)
STATEMENTS = sorted(SOURCE.rglob("*.sql"))


def rooms() -> Iterator[Path]:
    """Every text file of the project that is written by hand."""
    top = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".git")]
    aside = {"__pycache__", "node_modules", "results"}
    names = ("src", "tests", "bench", "docs", "scripts", "requirements", ".ci")
    deep = [path for name in names for path in (ROOT / name).rglob("*") if path.is_file()]
    for path in sorted(top + deep):
        if path.suffix != ".png" and not aside & set(path.parts):
            yield path


def title(path: Path) -> str:
    """A file's name in a message."""
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[Function]:
    """All functions and methods, also those inside others."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """The lines of a function from `def` to its end, its docstring not counted."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def size_faults(text: str) -> list[str]:
    """A file that is too long, and functions that are."""
    lines = len(text.splitlines())
    found = [f"{lines} lines"] if lines > FILE_LINES_MAX else []
    long = [node for node in functions(ast.parse(text)) if body_lines(node) > FUNCTION_LINES_MAX]
    return found + [f"{node.name} has {body_lines(node)} lines" for node in long]


def docstring_faults(text: str) -> list[str]:
    """What is public and says nothing of itself: the module, classes, functions, methods."""
    tree = ast.parse(text)
    found = [] if ast.get_docstring(tree) else ["the module"]
    return found + [".".join(names) for names in _silent(tree, ())]


def _silent(parent: ast.Module | ast.ClassDef, names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for node in parent.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None and not _has_sentence(node):
            yield (*names, node.name)
        if isinstance(node, ast.ClassDef):
            yield from _silent(node, (*names, node.name))


def _has_sentence(node: ast.AST) -> bool:
    """An error class says what it means in its `sentence`, which callers read too."""
    assigned = [n for n in getattr(node, "body", []) if isinstance(n, ast.Assign)]
    return any(isinstance(t, ast.Name) and t.id == "sentence" for n in assigned for t in n.targets)


def limit_faults(text: str) -> list[str]:
    """Limits whose name does not end in its unit, perhaps before max, min or default."""
    assigned = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.AnnAssign)]
    fields = {
        n.target.id: ast.unparse(n.annotation) for n in assigned if isinstance(n.target, ast.Name)
    }
    names = [name for name, kind in fields.items() if kind != "bool"]
    names += [
        target.id
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Subscript)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    return [name for name in names if not UNIT.search(name)]


def time_faults(text: str) -> list[str]:
    """Names of spans of time that do not say in which unit they are."""
    spoken = re.findall(
        r"\b\w*(?:timeout|delay|pause|interval|deadline)\w*\b *(?::[^=\n]+)?= *[0-9]", text, re.I
    )
    names = [re.match(r"\w+", found)[0] for found in spoken]
    return [name for name in names if not re.search(r"_(?:s|ms|days)$", name, re.I)]


def async_faults(text: str) -> list[str]:
    """Coroutines and what only they need: they belong to the edges (house.md, idea 4)."""
    kinds = ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith
    nodes = list(ast.walk(ast.parse(text)))
    found = [f"line {node.lineno}" for node in nodes if isinstance(node, kinds)]
    return found + [name for name in _imported(nodes) if name.split(".")[0] == "asyncio"]


def _imported(nodes: list[ast.AST]) -> list[str]:
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return plain + [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]


def print_faults(text: str) -> list[str]:
    """Calls of print: the program speaks through its log and its command line."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [
        f"line {call.lineno}"
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in ("print", "breakpoint")
    ]


SQL = re.compile(
    r"\bSELECT\b.+\bFROM\b|\bINSERT (?:OR \w+ )?INTO\b|\bUPDATE \w+ SET\b|\bDELETE FROM\b"
    r"|\b(?:CREATE|DROP|ALTER) (?:TABLE|INDEX|TRIGGER|VIEW)\b|\bPRAGMA \w|\bBEGIN IMMEDIATE\b",
    re.DOTALL,
)


def sql_faults(text: str) -> list[str]:
    """Strings that are SQL: stores alone speak it."""
    strings = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    return [
        f"line {node.lineno}: {node.value[:40]}"
        for node in strings
        if isinstance(node.value, str) and SQL.search(node.value)
    ]


def unused_statements(statements: str, programs: str) -> list[str]:
    """Names in a .sql file that no program takes; f"find_{kind}" takes every find_ name."""
    names = re.findall(r"^-- name: (\S+)$", statements, re.MULTILINE)
    taken = re.findall(r"f?\"([a-z_{}]+)\"", programs)
    patterns = [re.sub(r"\{\w+\}", r"\\w+", name) for name in taken]
    return [name for name in names if not any(re.fullmatch(p, name) for p in patterns)]


def export_faults(text: str) -> list[str]:
    """Names in `__all__` that are not sorted or stand twice."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names = ast.literal_eval(node.value)
            return [] if list(names) == sorted(set(names)) else ["__all__ is not sorted"]
    return []


# A letter in brackets keeps these patterns from finding themselves.
UNFINISHED = re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X)\b")
MACHINE_PATH = re.compile(r"/hom[e]/\w|/User[s]/\w|/roo[t]/|/wor[k]/|\b[A-Z]:\\User[s]")
REGISTRY = re.compile(
    r"pyp[i]\.org|pythonhoste[d]\.org|registry\.(?:npmj[s]|yarnpk[g])|--(?:extra-)?index-ur[l]\b"
)
LOCK_FILES = ("package-lock.json", "*.lock", "*.lockb", "pnpm-lock.*", "npm-shrinkwrap.json")


def matches(pattern: re.Pattern[str], text: str) -> list[str]:
    """What a pattern finds, by line."""
    lines = enumerate(text.splitlines(), start=1)
    return [
        f"line {number}: {found[0]}" for number, line in lines if (found := pattern.search(line))
    ]


def is_lock_file(name: str) -> bool:
    """Whether a file pins what is to be installed, addresses included."""
    return any(fnmatch(name, pattern) for pattern in LOCK_FILES)


def has_code(text: str) -> bool:
    """Whether there is anything to run: a function with more than a docstring and `...`."""
    return any(
        not isinstance(statement, ast.Expr)
        for function in functions(ast.parse(text))
        for statement in function.body
    )


def read(path: Path) -> str:
    """A file's text; in a picture the bytes that are none do not matter."""
    return path.read_text("utf-8", errors="replace")


def faults(paths, check) -> dict[str, list[str]]:
    """The faults of each file that has any."""
    found = {title(path): check(read(path)) for path in paths}
    return {name: those for name, those in found.items() if those}


def test_there_is_something_to_check():
    assert len(SOURCES) > 30
    assert len(STATEMENTS) > 3


def test_files_and_functions_keep_their_size():
    assert faults(PROGRAMS, size_faults) == {}


def test_most_functions_are_short():
    lengths = [body_lines(node) for path in SOURCES for node in functions(ast.parse(read(path)))]
    short = sum(length <= SHORT_FUNCTION_LINES_MAX for length in lengths)
    words = f"{short} of {len(lengths)} functions have at most {SHORT_FUNCTION_LINES_MAX} lines"
    assert short / len(lengths) >= SHORT_FUNCTIONS_SHARE_MIN, words


def test_whatever_is_public_says_what_it_is():
    assert faults(SOURCES, docstring_faults) == {}


def test_every_module_of_the_tests_says_what_it_is():
    others = [path for path in PROGRAMS if SOURCE not in path.parents and read(path)]
    silent = [title(path) for path in others if ast.get_docstring(ast.parse(read(path))) is None]
    assert silent == []


def test_limits_end_in_their_unit():
    assert limit_faults(read(SOURCE / "limits.py")) == []
    assert faults(SOURCES, time_faults) == {}


def test_only_the_edges_are_async():
    below = [p for p in SOURCES if not p.relative_to(SOURCE).as_posix().startswith(ASYNC_ROOMS)]
    assert faults(below, async_faults) == {}


def test_nothing_prints():
    assert faults(SOURCES, print_faults) == {}


def test_only_stores_speak_sql():
    others = [path for path in SOURCES if SOURCE / "store" not in path.parents]
    assert faults(others, sql_faults) == {}


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.name)
def test_every_statement_is_used(path):
    programs = "\n".join(read(source) for source in SOURCES if SOURCE / "store" in source.parents)
    assert unused_statements(read(path), programs) == []


def test_exports_are_sorted():
    assert faults(SOURCES, export_faults) == {}


def test_nothing_is_left_for_later():
    assert faults(PROGRAMS + STATEMENTS, lambda text: matches(UNFINISHED, text)) == {}


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY], ids=["paths", "registries"])
def test_nothing_belongs_to_one_machine_or_one_registry(pattern):
    assert faults(rooms(), lambda text: matches(pattern, text)) == {}


def test_there_are_no_lock_files():
    ignored = read(ROOT / ".gitignore").split()
    found = [
        title(path) for path in rooms() if is_lock_file(path.name) and path.name not in ignored
    ]
    assert found == []


def test_every_module_has_a_test_of_its_name_or_a_word_on_where_it_is_tested():
    missing = []
    for path in SOURCES:
        name = path.relative_to(SOURCE)
        elsewhere = [
            where
            for pattern, where in TESTED_ELSEWHERE.items()
            if fnmatch(name.as_posix(), pattern)
        ]
        unit = ROOT / "tests" / "unit" / name.parent / f"test_{name.name}"
        if has_code(read(path)) and not elsewhere and not unit.exists():
            missing.append(name.as_posix())
    assert missing == []


@pytest.mark.parametrize(("pattern", "where"), TESTED_ELSEWHERE.items())
def test_what_is_tested_elsewhere_is_there_and_has_no_unit_test(pattern, where):
    assert list(SOURCE.glob(pattern)), "no such module"
    tests = ROOT / where
    assert tests.is_file() or list(tests.glob("test_*.py")), "no such test"
    module = Path(pattern)
    assert not (ROOT / "tests" / "unit" / module.parent / f"test_{module.name}").exists()


PLANTED = [
    (size_faults, "x = 1\n" * 401, ["401 lines"]),
    (size_faults, "def f():\n" + "    x = 1\n" * 60, ["f has 61 lines"]),
    (size_faults, 'def f():\n    """\n' + "    x\n" * 70 + '    """\n    return 1\n', []),
    (docstring_faults, "x = 1", ["the module"]),
    (docstring_faults, '"""M."""\ndef f(): ...\ndef _g(): ...\n', ["f"]),
    (docstring_faults, '"""M."""\nclass C:\n    """C."""\n    def m(self): ...\n', ["C.m"]),
    (docstring_faults, '"""M."""\nclass E:\n    sentence = "s"\n', []),
    (limit_faults, "BODY_MAX = 1\nBODY_BYTES_MAX = 2\nWAIT_S = 3", ["BODY_MAX"]),
    (limit_faults, "class L:\n    idle_timeout: float = 1\n    on: bool = True", ["idle_timeout"]),
    (time_faults, "TIMEOUT = 5\nERASE_PAUSE_S = 1\ndelay_ms: int = 3", ["TIMEOUT"]),
    (async_faults, "import asyncio\nasync def f(): ...", ["line 2", "asyncio"]),
    (print_faults, "print(1)\nself.print(2)", ["line 1"]),
    (
        sql_faults,
        'q = "SELECT a\\nFROM b"\nw = "select a friend from here"',
        ["line 1: SELECT a\nFROM b"],
    ),
    (sql_faults, 'q = f"UPDATE t SET {x}"', ["line 1: UPDATE t SET "]),
    (export_faults, '__all__ = ["b", "a"]', ["__all__ is not sorted"]),
    (export_faults, '__all__ = ["A", "a", "b"]', []),
]


@pytest.mark.parametrize(("check", "text", "found"), PLANTED)
def test_a_planted_fault_is_caught(check, text, found):
    assert check(text) == found


def test_a_planted_statement_is_caught():
    statements = (
        "-- name: used\nSELECT 1\n\n-- name: find_id\nSELECT 2\n\n-- name: unused\nSELECT 3\n"
    )
    programs = 'a = _SQL["used"]\nrun_rows(self._connection, f"find_{kind}", rows)'
    assert unused_statements(statements, programs) == ["unused"]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (UNFINISHED, "# TO" + "DO: later"),
        (MACHINE_PATH, 'open("/ho' + 'me/me/x")'),
        (MACHINE_PATH, "C:" + "\\Users"),
        (REGISTRY, "pip install --index-" + "url https://x"),
        (REGISTRY, "https://files.python" + "hosted.org/x"),
    ],
)
def test_a_planted_word_is_caught(pattern, text):
    assert len(matches(pattern, f"fine\n{text}\nfine")) == 1
    assert matches(pattern, "a method to do /homework with an index") == []


@pytest.mark.parametrize(("text", "found"), [("x = 1", False), ("def f():\n    return 1", True)])
def test_code_is_what_can_run(text, found):
    assert has_code(text) is found
    assert has_code("class P:\n    def m(self):\n        'Words.'\n        ...") is False


def test_lock_files_are_known_by_name():
    names = ("uv.lock", "package-lock.json", "lock.py")
    assert [is_lock_file(name) for name in names] == [True, True, False]
