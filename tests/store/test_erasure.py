"""After a deletion the store's files hold nothing of the person, byte by byte."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from pastense.clock import ManualClock
from pastense.model import AuditEntry, ImportedSummary, NewEvent, WritePolicy
from pastense.store.base import StoreError
from pastense.store.opening import open_store
from tests.store.conftest import NOW

MARKS = {
    "external_id": "external-zq81",
    "email": "Mail-zq82@Example.org",
    "name": "Name Zq83",
    "phone": "phone-zq84",
    "avatar": "https://example.org/zq85",
    "custom_attributes": {"attribute-zq86": "value-zq87"},
}
METADATA = '{"key":"metadata-zq88"}'
LEAD = "lead-zq89"
EVENTS = 3_000


def traces(folder: Path, words: list[str]) -> list[str]:
    """Which of the words stand anywhere in the files of the store, whatever their case."""
    content = b"".join(path.read_bytes() for path in sorted(folder.iterdir())).lower()
    return [word for word in words if word.lower().encode() in content]


@pytest.fixture
def words() -> list[str]:
    return ["zq8" + str(number) for number in range(1, 10)]


def write(store, contact_id: str, number: int) -> None:
    """Many events with a person's metadata, so that pages split and overflow."""
    group = [
        NewEvent(1, "id", contact_id, f"name {n % 7}", NOW - n, METADATA, (), "", "id")
        for n in range(number)
    ]
    store.events.write(group, WritePolicy(NOW))


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple]:
    """A person with everything, merged from a lead, between others who stay."""
    store, _ = open_store(f"sqlite:{tmp_path}/pastense.db", ManualClock(NOW), 5.0)
    workspace = store.admin.workspaces()[0]
    others = [store.contacts.create(workspace, {"role": "user"}, NOW) for _ in range(20)]
    person = store.contacts.create(workspace, {"role": "user", **MARKS}, NOW)
    lead = store.contacts.create(workspace, {"role": "lead", "external_id": LEAD}, NOW)
    for contact in (others[0], person, lead, others[1]):
        write(store, contact.id, EVENTS)
    store.contacts.update(workspace, person.id, {"name": "Name Zq83 again"}, NOW)
    item = ImportedSummary("name 1", 3, 1, 2)
    store.events.import_summaries(1, "id", person.id, [item], WritePolicy(NOW))
    store.leaving.merge(workspace, lead.id, person.id, NOW)
    yield store, workspace, person, lead
    store.close()


def delete(store, workspace, contact) -> None:
    entry = AuditEntry(workspace.number, NOW, "test", "contact deleted")
    assert store.leaving.delete(workspace, contact.id, entry)
    while store.leaving.erase_step():
        pass


def scrub(store) -> None:
    while store.leaving.scrub_step():
        pass
    assert not store.leaving.remains().scrub


def checkpoint(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


def test_nothing_of_a_deleted_person_stays_in_the_files(filled, tmp_path, words):
    store, workspace, person, lead = filled
    words += [person.id, lead.id]
    words.remove("zq88")  # The others' events hold the same metadata.
    assert traces(tmp_path, words) == words, "the search must find what is there"
    delete(store, workspace, person)
    scrub(store)
    checkpoint(tmp_path / "pastense.db")
    assert traces(tmp_path, words) == []


def test_nothing_of_their_metadata_stays_either(filled, tmp_path):
    store, workspace, person, _ = filled
    delete(store, workspace, person)
    contacts = store.contacts.find(workspace, "id", person.id)
    assert contacts == []
    for number in (1, 2):
        row = sqlite3.connect(tmp_path / "pastense.db")
        with closing(row) as connection:
            (contact,) = connection.execute(
                "SELECT id FROM contacts WHERE number = ?", (number,)
            ).fetchone()
        other = store.contacts.find(workspace, "id", contact)[0]
        delete(store, workspace, other)
    scrub(store)
    checkpoint(tmp_path / "pastense.db")
    assert traces(tmp_path, ["zq88"]) == []


def test_the_control_that_must_fail(filled, tmp_path, words, monkeypatch):
    """Without overwriting, the search does find what was deleted: it can see such traces."""
    store, workspace, person, _ = filled
    store._database._writer.execute("PRAGMA secure_delete = OFF")
    delete(store, workspace, person)
    checkpoint(tmp_path / "pastense.db")
    assert traces(tmp_path, words)


CROWD = 500
"""People whose events arrive in turns, so that pages are split again and again."""


def crowd(store, workspace, events: int) -> list:
    """People with marks of their own, and many events that arrive mixed."""
    people = [
        store.contacts.create(workspace, {"role": "user", "external_id": f"ext-{n:04d}"}, NOW)
        for n in range(CROWD)
    ]
    chance = random.Random(1)
    for start in range(0, events, 1_000):
        group = []
        for at in range(start, start + 1_000):
            number = chance.randrange(CROWD)
            text = f'{{"t":"<mark{number:04d}>{"x" * 150}"}}'
            group.append(NewEvent(1, "id", people[number].id, "did", at * 97, text, (), "", "id"))
        store.events.write(group, WritePolicy(NOW))
    return people


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[tuple]:
    store, _ = open_store(f"sqlite:{tmp_path}/pastense.db", ManualClock(NOW), 5.0)
    workspace = store.admin.workspaces()[0]
    yield store, workspace
    store.close()


def test_nothing_stays_behind_in_pages_that_were_split(crowded, tmp_path):
    """SQLite leaves copies of rows in the gaps of pages; the pass over the pages finds them."""
    store, workspace = crowded
    people = crowd(store, workspace, 30_000)
    gone = range(0, CROWD, 5)
    for number in gone:
        delete(store, workspace, people[number])
    words = [f"{stem}{number:04d}" for number in gone for stem in ("<mark", "ext-")]
    words += [people[number].id for number in gone]
    checkpoint(tmp_path / "pastense.db")
    assert traces(tmp_path, words), "the control: without the pass there are copies"
    assert store.leaving.remains().scrub
    scrub(store)
    checkpoint(tmp_path / "pastense.db")
    assert traces(tmp_path, words) == []
    assert list(store.events.recount(lambda done, total: None)) == []


def test_pages_are_scrubbed_beside_readers_and_writers_of_two_processes(crowded, tmp_path):
    """Nothing is lost or damaged while others read and write, and nothing comes back."""
    store, workspace = crowded
    people = crowd(store, workspace, 3_000)
    path = tmp_path / "pastense.db"
    beside = subprocess.Popen([sys.executable, "-c", BESIDE, str(path)], stdout=subprocess.PIPE)
    written = 0
    while beside.poll() is None:
        if len(people) > 1:
            delete(store, workspace, people.pop())
        write(store, people[0].id, 3)
        written += 1
        with suppress(StoreError):
            while store.leaving.scrub_step():
                pass
    assert beside.returncode == 0
    stored = int(beside.communicate()[0])
    while store.leaving.remains().scrub:
        store.leaving.scrub_step()
    assert written > 3
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = connection.execute("SELECT count(*) FROM beside").fetchone()
    assert found == (stored,)
    assert list(store.events.recount(lambda done, total: None)) == []


BESIDE = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
connection.execute("CREATE TABLE beside (n INTEGER PRIMARY KEY, text)")
end, n = time.monotonic() + 1.5, 0
while time.monotonic() < end:
    n += 1
    connection.execute("INSERT INTO beside VALUES (?, ?)", (n, "x" * (n % 3000)))
    connection.execute("SELECT count(*), sum(length(metadata)) FROM events").fetchone()
print(n)
"""
