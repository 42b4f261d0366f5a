"""A whole store copied into another database of either kind: the same to the letter, whatever
interrupts it, and what is not the same is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from pastense.model import NewEvent, WritePolicy
from pastense.store.base import NameFilter, StoreError, StoreRefused
from pastense.store.copying.side import Side
from pastense.store.copying.tables import NOT_COPIED
from tests.store.copies import (
    CLOCK,
    WAIT_S,
    Interrupted,
    Place,
    compared,
    copy,
    filled,
    interrupt_at,
    place,
    postgresql_place,
    quiet,
    raw_rows,
    small_steps,
    sqlite_place,
    undone,
)
from tests.support.filled import NOW
from tests.support.postgresql import shared_server

KINDS = ("sqlite", "postgresql")
ALL_NAMES = NameFilter("", include_archived=True)
KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="module")
def templates(tmp_path_factory) -> Iterator[dict[str, str]]:
    """A filled store of each kind, which nobody opens again."""
    path = tmp_path_factory.mktemp("filled") / "template.db"
    server = shared_server()
    with sqlite_place(path) as one, server.database() as name:
        filled(one)
        filled(Place(server.address(name), lambda statement: server.execute(statement, name)))
        yield {"sqlite": str(path), "postgresql": name}


@pytest.fixture(params=KINDS)
def source(request, tmp_path, templates) -> Iterator[Place]:
    """A store of each kind with some of everything."""
    template = templates[request.param]
    if request.param == "sqlite":
        with sqlite_place(tmp_path / "source.db", Path(template)) as made:
            yield made
    else:
        with postgresql_place(template) as made:
            yield made


@pytest.fixture
def file_source(tmp_path, templates) -> Iterator[Place]:
    """A file alone, for what does not hang on the kind of database."""
    with sqlite_place(tmp_path / "source.db", Path(templates["sqlite"])) as made:
        yield made


@pytest.fixture(params=KINDS)
def destination(request, tmp_path) -> Iterator[Place]:
    """An empty place of each kind."""
    with place(request.param, tmp_path / "destination.db") as made:
        yield made


@pytest.fixture
def file(tmp_path) -> Iterator[Place]:
    """An empty place, of the kind that is quickly made."""
    with sqlite_place(tmp_path / "destination.db") as made:
        yield made


def test_the_filled_store_has_rows_of_everything(source):
    with closing(Side(source.address, CLOCK, WAIT_S, make=False)) as side:
        assert [name for name, count in side.counts().items() if not count] == []
    pruned = source.execute("SELECT count(*) FROM events WHERE metadata IS NULL")[0][0]
    assert 0 < pruned < source.execute("SELECT count(*) FROM events")[0][0]
    assert source.execute("SELECT sum(merging) FROM contacts")[0][0] == 1


def test_a_copy_is_the_same_to_the_letter(source, destination):
    shown = []
    found = copy(source, destination, lambda done, total: shown.append((done, total)))
    assert found.is_same, found
    assert raw_rows(destination) == raw_rows(source)
    assert sum(len(rows) for rows in raw_rows(source).values()) > 500
    assert shown == sorted(shown)
    assert shown[-1][0] == shown[-1][1] == sum(found.counts[0].values())
    assert compared(source, destination).is_same


def test_a_copy_goes_on_as_the_source_would(source, destination):
    """What was under way is finished, names count on, and no number is given twice."""
    copy(source, destination)
    seen = []
    for one in (source, destination):
        with closing(one.open()) as store:
            for step in (store.leaving.move_step, store.leaving.erase_step, store.tags.erase_step):
                while step():
                    pass
            assert list(store.events.recount(quiet)) == []
            workspaces = store.admin.workspaces()
            made = store.contacts.create(workspaces[0], {"role": "lead"}, NOW)
            names = [store.catalogue.names(w.number, ALL_NAMES, 100, None) for w in workspaces]
            seen.append((workspaces, names, made.number, store.leaving.remains().erasures))
    assert seen[0] == seen[1]
    assert len(seen[0][0]) == 2


def test_an_interrupted_copy_goes_on_where_it_was(source, destination, monkeypatch):
    small_steps(monkeypatch)
    last = sum(len(rows) for rows in raw_rows(source).values())
    begun = []
    for rows in (0, 3, 60, 300, last):
        with pytest.raises(Interrupted):
            copy(source, destination, interrupt_at(rows, begun))
        with pytest.raises(StoreRefused, match=r"not whole yet: the copy of .* is not finished"):
            destination.open()
    found = copy(source, destination, lambda done, total: begun.append(done))
    assert found.is_same, found
    assert raw_rows(destination) == raw_rows(source)
    assert begun == sorted(begun), "nothing was begun anew"
    assert len(set(begun)) > 50
    destination.open().close()


CHANGES = [
    ("UPDATE events SET metadata = metadata || ' ' WHERE contact = 3 AND slot = 0", "contact"),
    ("UPDATE events SET metadata = NULL WHERE contact = 3 AND slot = 1", "contact"),
    ("DELETE FROM events WHERE contact = 3 AND slot = 0", "contact"),
    ("UPDATE summaries SET imported_count = 1 WHERE contact = 3 AND slot = 2", "contact"),
    ("UPDATE contacts SET name = 'Somebody' WHERE number = 3", "contact"),
    ("DELETE FROM contact_tags WHERE contact = 3", "contact"),
    ("UPDATE tokens SET revoked_at = 1 WHERE number = 1", "The tokens differ."),
    ("UPDATE workspaces SET settings = '{}'", "The workspaces differ."),
    ("DELETE FROM moves", "The moves differ."),
    ("UPDATE secrets SET value = (SELECT hash FROM tokens LIMIT 1)", "The secrets differ."),
]


@pytest.fixture(scope="module")
def copied(tmp_path_factory, templates) -> Iterator[Callable[[str], tuple[Place, Place]]]:
    """A source and a finished copy of each kind, which are left as they are found."""
    folder = tmp_path_factory.mktemp("copied")
    with (
        sqlite_place(folder / "source.db", Path(templates["sqlite"])) as source,
        postgresql_place() as other,
        sqlite_place(folder / "destination.db") as one,
    ):
        for destination in (one, other):
            assert copy(source, destination).is_same
        yield lambda kind: (source, one if kind == "sqlite" else other)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("change", "problem"), CHANGES)
def test_a_row_that_was_changed_behind_its_back_is_found(copied, kind, change, problem):
    source, destination = copied(kind)
    with undone(destination, change):
        found = compared(source, destination)
    assert not found.is_same
    if problem == "contact":
        expected = source.execute("SELECT id FROM contacts WHERE number = 3")[0][0]
        assert (found.contacts, found.contacts_count, found.problems) == ([expected], 1, [])
    else:
        assert (found.contacts, found.problems) == ([], [problem])
    assert compared(source, destination).is_same


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_that_would_be_given_again_is_found(copied, kind):
    source, destination = copied(kind)
    back = {
        "sqlite": "UPDATE sqlite_sequence SET seq = seq {} 1 WHERE name = 'contacts'",
        "postgresql": "SELECT setval(s, nextval(s) {}) FROM "
        "pg_get_serial_sequence('contacts', 'number') AS s",
    }[kind]
    destination.execute(back.format("-" if kind == "sqlite" else "- 2"))
    found = compared(source, destination)
    assert found.problems == ["Numbers of contacts would be given again."]
    destination.execute(back.format("+" if kind == "sqlite" else ""))
    assert compared(source, destination).is_same


def test_nobody_writes_to_the_source_meanwhile_and_everybody_reads(source, file):
    tried = []
    with closing(source.open()) as store:
        workspace = store.admin.workspaces()[0]
        given = (workspace.number, "user_id", "u1", "did plain", 7, "{}", (), "", "user_id")
        event = NewEvent(*given)

        def show(done: int, total: int) -> None:
            if not tried:
                with pytest.raises(StoreError):
                    store.contacts.create(workspace, {"role": "lead"}, NOW)
                with pytest.raises(StoreError):
                    store.events.write([event], WritePolicy(NOW))
                tried.append(store.contacts.find(workspace, "user_id", "u1"))

        assert copy(source, file, show).is_same
        assert len(tried[0]) == 1
        assert not store.events.write([event], WritePolicy(NOW))[0].duplicate
        store.contacts.create(workspace, {"role": "lead"}, NOW)


def test_a_source_that_grew_between_two_runs_is_found_at_once(source, file):
    with pytest.raises(Interrupted):
        copy(source, file, interrupt_at(100))
    source.execute("INSERT INTO events (contact, created_at, slot) VALUES (1, 5, 0)")
    with pytest.raises(StoreRefused, match="was written to since its copy was begun: stop its"):
        copy(source, file)


def test_a_source_that_changed_between_two_runs_is_found_by_the_comparison(source, file):
    with pytest.raises(Interrupted):
        copy(source, file, interrupt_at(None))
    source.execute("UPDATE events SET metadata = '{}' WHERE contact = 2 AND slot = 1")
    found = copy(source, file)
    expected = source.execute("SELECT id FROM contacts WHERE number = 2")[0][0]
    assert (found.is_same, found.contacts) == (False, [expected])
    with pytest.raises(StoreRefused, match="not whole yet"):
        file.open()


def test_what_is_not_empty_is_not_copied_into(file_source, destination):
    with closing(destination.open()) as store:
        store.contacts.create(store.admin.workspaces()[0], {"role": "lead"}, NOW)
    before = raw_rows(destination)
    with pytest.raises(StoreRefused, match="is not empty: it has contacts"):
        copy(file_source, destination)
    assert raw_rows(destination) == before
    destination.open().close()


def test_an_unfinished_copy_of_another_store_is_left_alone(file_source, file, tmp_path):
    with pytest.raises(Interrupted):
        copy(file_source, file, interrupt_at(10))
    with sqlite_place(tmp_path / "another.db") as another:
        another.open().close()
        with pytest.raises(StoreRefused, match=r"copy of another store, sqlite:.*source"):
            copy(another, file)
    assert copy(file_source, file).is_same


def test_a_store_is_not_copied_into_itself(source):
    with pytest.raises(StoreRefused, match="--from and --to are the same store"):
        copy(source, source)


def test_another_copy_at_work_is_told_of(file_source, file):
    def show(done: int, total: int) -> None:
        if done == 0:
            file.execute("UPDATE copies SET state = state || ' '")

    with pytest.raises(StoreRefused, match="another `pastense copy` is at work"):
        copy(file_source, file, show)


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_that_is_not_there_is_not_made(kind, tmp_path, file):
    with place(kind, tmp_path / "nothing.db") as nothing:
        with pytest.raises(StoreRefused, match="there is no store"):
            copy(nothing, file)
        assert not (tmp_path / "nothing.db").exists()
        if kind == "postgresql":
            made = nothing.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            assert made == []


def test_a_text_that_the_destination_cannot_hold_is_named(file_source):
    file_source.execute("UPDATE tags SET name = 'a' || char(0) || 'b' WHERE number = 1")
    with postgresql_place() as destination:
        with pytest.raises(StoreRefused, match=r"does not take one of the tags from \(1,\) to"):
            copy(file_source, destination)
        file_source.execute("UPDATE tags SET name = 'a' WHERE number = 1")
        assert copy(file_source, destination).is_same


def test_counts_that_are_kept_in_parts_are_added_up(templates, file):
    with postgresql_place(templates["postgresql"]) as source:
        before = source.execute("SELECT sum(count) FROM name_counts WHERE slot = 0")[0][0]
        source.execute(
            "INSERT INTO name_counts (workspace, slot, part, count, first) VALUES "
            "(1, 0, 1001, -2, NULL), (1, 0, 1002, 5, 1)"
        )
        assert copy(source, file).is_same
        found = file.execute("SELECT sum(count), min(first) FROM event_names WHERE slot = 0")
        assert found == [(before + 3, 1)]


def test_tables_that_follow_from_others_are_filled_at_the_end(
    file_source, destination, monkeypatch
):
    made = {"scrub": "UPDATE scrub SET next_page = (SELECT count(*) FROM job_errors)"}
    derived = {"sqlite": made, "postgresql": made}
    monkeypatch.setattr("pastense.store.copying.steps.DERIVED", derived)
    assert copy(file_source, destination).is_same
    count = file_source.execute("SELECT count(*) FROM job_errors")
    assert destination.execute("SELECT next_page FROM scrub") == count


def test_leases_and_what_belongs_to_pages_stay_where_they_are(source, destination):
    source.execute("UPDATE scrub SET wanted = 1, next_page = 7")
    copy(source, destination)
    assert destination.execute("SELECT wanted, next_page FROM scrub") == [(0, 0)]
    assert destination.execute("SELECT * FROM leases") == []
    assert {"scrub", "leases", "copies"} <= set(NOT_COPIED)


def test_a_role_without_rights_of_its_own_can_copy(file_source):
    server = shared_server()
    with server.database() as name:
        server.execute("DO $$ BEGIN CREATE ROLE plain LOGIN; EXCEPTION WHEN OTHERS THEN END $$")
        server.execute(f"ALTER DATABASE {name} OWNER TO plain")
        address = server.address(name).replace("postgres@", "plain@")
        destination = Place(address, lambda statement: server.execute(statement, name))
        assert copy(file_source, destination).is_same
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT count(*) FROM events").fetchone()[0] > 0
