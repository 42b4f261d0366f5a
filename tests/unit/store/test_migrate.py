"""Numbered migrations: what is lacking is applied, in order."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

import pytest

from pastense.store.base import StoreRefused
from pastense.store.migrate import Migration, Way, bare, load_migrations, missing, shown_name

FIRST, SECOND, THIRD = (Migration(n, f"step_{n}", ()) for n in (1, 2, 3))


def names(*numbers: int) -> dict[int, str]:
    """What was applied, as a store has noted it."""
    return {number: f"step_{number}" for number in numbers}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of the test's own; returns how to load the migrations that it is given."""
    folder = tmp_path / "planted_migrations" / "migrations"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "planted_migrations", raising=False)

    def load(scripts: dict[str, str] | None = None, **others: str) -> list[Migration]:
        for name, text in ((scripts or {}) | others).items():
            (folder / f"{name.removeprefix('n')}.sql").write_text(text, "utf-8")
        return load_migrations("planted_migrations")

    return load


def test_migrations_are_loaded_by_number(package):
    loaded = package(n0010_later="SELECT 3;", n0002_then="SELECT 2;", n0001_first="SELECT 1;")
    assert loaded == [
        Migration(1, "first", ("SELECT 1;",)),
        Migration(2, "then", ("SELECT 2;",)),
        Migration(10, "later", ("SELECT 3;",)),
    ]


def test_other_files_are_not_migrations(package):
    assert package(n0001_first="SELECT 1;", notes="SELECT 2;", n01_x="SELECT 3;") == [
        Migration(1, "first", ("SELECT 1;",))
    ]


def test_a_semicolon_inside_a_statement_does_not_end_it(package):
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM b;\n  DELETE FROM c;\nEND;"
    text = "INSERT INTO a VALUES ('x;\ny;');"
    (migration,) = package(n0001_first=f"-- Words; more.\n{trigger}\n\n{text}\n")
    assert migration.statements == (f"-- Words; more.\n{trigger}", text)


def test_a_last_statement_without_its_semicolon_is_not_lost(package):
    """A migration that is recorded as applied must have been applied whole."""
    (migration,) = package(n0001_first="CREATE TABLE a (x);\nCREATE TABLE b (x)\n")
    assert len(migration.statements) == 2
    assert migration.statements[1].startswith("CREATE TABLE b")


def test_what_is_missing_is_what_was_not_applied():
    assert missing([FIRST, SECOND, THIRD], {}, "x.db") == [FIRST, SECOND, THIRD]
    assert missing([FIRST, SECOND, THIRD], names(1, 3), "x.db") == [SECOND]
    assert missing([FIRST], names(1), "x.db") == []


def test_a_newer_store_is_refused_with_what_to_do():
    with pytest.raises(StoreRefused) as caught:
        missing([FIRST, SECOND], names(1, 2, 3), "x.db")
    assert str(caught.value) == (
        "x.db was written by a newer Pastense (migration 3; this program knows 2): "
        "install that version or newer"
    )


def test_a_process_that_goes_on_takes_what_older_ones_can_work_with():
    assert missing([FIRST, SECOND], names(1, 2, 3), "x.db", goes_on=True) == []
    assert missing([FIRST, SECOND], names(1, 3), "x.db", goes_on=True) == [SECOND]
    with pytest.raises(StoreRefused, match="migration 4; this program knows 2"):
        missing([FIRST, SECOND], names(1, 2, 3) | {4: "drop.post"}, "x.db", goes_on=True)


def test_a_file_says_by_its_name_when_it_is_applied_and_by_a_line_how(package):
    loaded = package(
        {"0002_drop.post": "DROP TABLE a;", "0003_fill.post": "-- Words.\n-- in steps\nDELETE;"},
        n0001_index="-- outside a transaction\n-- Words.\nSELECT 1;",
    )
    assert [(one.number, one.name, one.post, one.way) for one in loaded] == [
        (1, "index", False, Way.OUTSIDE),
        (2, "drop", True, Way.TRANSACTION),
        (3, "fill", True, Way.STEPS),
    ]
    assert [one.recorded for one in loaded] == ["index", "drop.post", "fill.post"]
    assert [one.words for one in loaded] == ["1 (index)", "2 (drop, post)", "3 (fill, post)"]


def test_a_line_within_words_says_nothing_and_two_say_too_much(package):
    assert package(n0001_a="-- not in steps\nSELECT 1;")[0].way is Way.TRANSACTION
    with pytest.raises(ValueError, match="one line that says"):
        package(n0001_a="-- in steps\n-- outside a transaction\nSELECT 1;")


def test_the_body_of_a_function_is_not_split(package):
    body = "CREATE FUNCTION f() RETURNS trigger AS $$\nBEGIN\n  a;\n  b;\nEND;\n$$ LANGUAGE x;"
    (migration,) = package(n0001_f=f"{body}\nSELECT 1;\n")
    assert migration.statements == (body, "SELECT 1;")


def test_a_statement_without_the_words_before_it():
    assert bare("-- Why.\n\n-- in steps\nSELECT 1; -- a\n-- b") == "SELECT 1; -- a\n-- b"
    assert bare("-- Nothing.") == ""


def test_recorded_names_are_shown_in_words():
    assert shown_name("drop_old_names.post") == "drop old names, post"
    assert shown_name("first_schema") == "first schema"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_our_own_migrations_are_numbered_without_a_gap(database):
    numbers = [migration.number for migration in load_migrations(f"pastense.store.{database}")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_our_own_migrations_run():
    migrations = load_migrations("pastense.store.sqlite")
    with closing(sqlite3.connect(":memory:")) as connection:
        for migration in migrations:
            for statement in migration.statements:
                connection.execute(statement)
        rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        tables = {row[0] for row in rows}
    wanted = {"workspaces", "contacts", "event_names", "events", "summaries", "tokens", "erasures"}
    assert wanted - tables == set()
