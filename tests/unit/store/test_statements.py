"""Statements by their names, and their words in a database."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

import pastense
from pastense.store.queries import Queries
from pastense.store.statements import Statement, Statements, Texts

PACKAGE = "pastense.store.sqlite.sql"
PACKAGES = (PACKAGE, "pastense.store.postgresql.sql")
SQLITE_ALONE = {"scratch.sql"}
"""The sandbox is always a SQLite store."""
ROOMS = Path(pastense.__file__).parent / "store" / "relational"


def test_a_name_is_looked_up_when_it_is_run():
    statement = Statements("tags.sql")["rename"]
    assert Texts(PACKAGE).text(statement) == Queries(PACKAGE, "tags.sql")["rename"]


def test_pieces_are_put_together():
    pieces = "SELECT " + Statements("contacts.sql")["columns"] + " FROM x " + Statement("WHERE 1")
    text = Texts(PACKAGE).text(pieces)
    columns = Queries(PACKAGE, "contacts.sql")["columns"]
    assert text == f"SELECT {columns} FROM x WHERE 1"


def test_words_are_spelled_as_the_database_wants_them():
    texts = Texts(PACKAGE, str.upper)
    assert texts.text("select 1") == "SELECT 1"
    whole = texts.text(Statements("tags.sql")["rename"])
    assert whole == whole.upper()


def test_a_name_that_there_is_not_is_an_error():
    with pytest.raises(KeyError):
        Texts(PACKAGE).text(Statements("tags.sql")["nothing"])


CITUS_ALONE = {
    *(("contacts.sql", name) for name in ("identifiers", "add_identifier", "drop_identifier")),
    *(("events.sql", name) for name in ("small_events", "small_summaries", "small_counts")),
}
"""What is only done where the tables lie on several nodes."""


def names_in_rooms() -> set[tuple[str, str]]:
    """(file, name) of all statements that the rooms name in plain words."""
    found = set()
    for path in ROOMS.rglob("*.py"):
        source = path.read_text("utf-8")
        files_here = dict(re.findall(r'(\w+)(?:: Final)? = Statements\("([a-z_]+\.sql)"\)', source))
        for constant, name in re.findall(r'\b(\w+)\["([a-z_]+)"\]', source):
            if constant in files_here:
                found.add((files_here[constant], name))
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_every_database_has_words_for_every_name_in_the_rooms(package):
    names = names_in_rooms() - CITUS_ALONE
    assert len(names) >= 100
    texts = Texts(package)
    missing = [(file, name) for file, name in sorted(names) if name not in texts.file(file).names()]
    assert missing == []


def names_of(package: str) -> set[tuple[str, str]]:
    """(file, name) of all statements that a database has words for."""
    names = [entry.name for entry in files(package).iterdir() if entry.name.endswith(".sql")]
    chosen = set(names) - SQLITE_ALONE
    return {(name, one) for name in chosen for one in Queries(package, name).names()}


def test_the_databases_have_words_for_the_same_names():
    """But for the one thing that a database does in one statement or in steps."""
    in_steps, at_once = ("events.sql", "insert_events"), ("events.sql", "append_events")
    assert names_of(PACKAGES[0]) - {in_steps} == names_of(PACKAGES[1]) - {at_once}


def test_citus_has_words_of_its_own_for_known_names_only():
    known = names_of(PACKAGES[1])
    own = names_of("pastense.store.postgresql.citus.sql")
    assert own - known == CITUS_ALONE
    same = [name for name in sorted(own & known) if words("citus.", *name) == words("", *name)]
    assert same == [], "what is the same is written once"


def words(folder: str, filename: str, name: str) -> str:
    return Queries(f"pastense.store.postgresql.{folder}sql", filename)[name]
