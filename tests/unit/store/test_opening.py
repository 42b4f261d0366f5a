"""Open the store that an address names, or say why not."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from pastense.store.base import StoreRefused
from pastense.store.opening import check_workers, open_store, sqlite_path


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("sqlite:./data/pastense.db", "data/pastense.db"),
        ("sqlite:/var/lib/pastense.db", "/var/lib/pastense.db"),
        ("sqlite:with space:and colon.db", "with space:and colon.db"),
    ],
)
def test_an_address_names_a_file(address, path):
    assert sqlite_path(address) == Path(path)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "unknown database ''"),
        ("pastense.db", "unknown database 'pastense.db'"),
        ("SQLITE:x", "unknown database 'SQLITE:x'"),
        ("mongodb://localhost/x", "unknown database 'mongodb://localhost/x'"),
        ("sqlite:", "needs the path of a file"),
        ("sqlite::memory:", "needs the path of a file"),
        ("sqlite:data/", "needs the path of a file"),
        ("sqlite:///data/x.db", "write sqlite:data/x.db or sqlite:/PATH, without //"),
        ("sqlite://", "write sqlite:PATH or"),
    ],
)
def test_another_address_is_refused_with_what_to_write(address, words):
    with pytest.raises(StoreRefused) as caught:
        sqlite_path(address)
    assert words in str(caught.value)


def test_the_known_schemes_are_listed():
    with pytest.raises(StoreRefused, match=r"known are: sqlite:PATH, postgresql://...$"):
        sqlite_path("oracle:x")


@pytest.mark.parametrize(
    "address",
    ["postgresql://user:secret@host/db", "postgres:user:secret@host/db", "user:secret@host"],
)
def test_a_password_is_not_repeated(address):
    with pytest.raises(StoreRefused) as caught:
        sqlite_path(address)
    assert "secret" not in str(caught.value)


def test_a_new_store_is_made_with_its_folder_for_its_owner_only(tmp_path, clock):
    path = tmp_path / "new" / "data" / "pastense.db"
    store, applied = open_store(f"sqlite:{path}", clock, 1.0)
    store.check_ready()
    assert [migration.number for migration in applied][:1] == [1]
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    (workspace,) = store.admin.workspaces()
    assert (workspace.number, workspace.name, workspace.created_at) == (1, "Pastense", clock.now())
    store.close()


def test_a_second_opening_applies_nothing_and_keeps_the_workspace(tmp_path, clock):
    first, _ = open_store(f"sqlite:{tmp_path}/a.db", clock, 1.0)
    beside, applied = open_store(f"sqlite:{tmp_path}/a.db", clock, 1.0)
    assert applied == []
    assert beside.admin.workspaces() == first.admin.workspaces()
    first.close()
    beside.close()
    first.close()


def test_a_database_of_another_program_is_left_alone(tmp_path, clock):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StoreRefused, match="is a database of another program; choose another"):
        open_store(f"sqlite:{path}", clock, 1.0)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("theirs",)]


def test_a_store_of_a_newer_version_is_refused(tmp_path, clock, store):
    path = tmp_path / "pastense.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO migrations VALUES (9999, 'later', 0)")
    with pytest.raises(StoreRefused, match=r"was written by a newer Pastense \(migration 9999"):
        open_store(f"sqlite:{path}", clock, 1.0)


def test_more_workers_than_the_store_serves_exactly_are_refused():
    check_workers("sqlite:x", 1)
    check_workers("postgresql://host/x", 8)
    with pytest.raises(StoreRefused, match=r"^--workers 2: .* use --workers 1, or a PostgreSQL"):
        check_workers("sqlite:x", 2)
