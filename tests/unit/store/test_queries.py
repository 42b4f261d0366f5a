"""Named statements in .sql files."""

from __future__ import annotations

import pytest

from pastense.store.queries import Queries


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of the test's own; returns how to put a file into it."""
    folder = tmp_path / "planted_queries"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "planted_queries", raising=False)

    def put(text: str) -> Queries:
        (folder / "some.sql").write_text(text, "utf-8")
        return Queries("planted_queries", "some.sql")

    return put


def test_statements_are_found_by_name(package):
    queries = package("-- A title.\n\n-- name: one\nSELECT 1\n\n-- name: two\nSELECT 2,\n  'é'\n")
    assert queries.names() == ["one", "two"]
    assert queries["one"] == "SELECT 1"
    assert queries["two"] == "SELECT 2,\n  'é'"


def test_an_unknown_name_is_a_key_error(package):
    queries = package("-- name: one\nSELECT 1\n")
    with pytest.raises(KeyError, match="two"):
        queries["two"]


def test_a_file_without_statements_has_no_names(package):
    assert package("-- Nothing here yet.\n").names() == []


@pytest.mark.parametrize("filename", ["admin.sql", "contacts.sql", "events.sql"])
def test_our_own_files_hold_a_text_under_each_name(filename):
    queries = Queries("pastense.store.sqlite.sql", filename)
    assert len(queries.names()) >= 5
    assert all(queries[name] for name in queries.names())
    assert not any("-- name:" in queries[name] for name in queries.names())
