"""What every store does with declared custom attributes, and how they bind what is written."""

from __future__ import annotations

import threading

import pytest

from pastense.limits import CUSTOM_ATTRIBUTES_MAX
from pastense.model import AuditEntry, DataAttribute, Workspace
from pastense.search import Filter, Sort
from pastense.store.base import (
    AttributeExists,
    AttributeRefused,
    TooManyAttributes,
    TooManyDeclared,
)
from tests.store.conftest import NOW, Bench

ENTRY = AuditEntry(1, NOW, "test", "data attribute changed")


def attribute(name: str, data_type: str = "string", **fields: object) -> DataAttribute:
    given = {"name": name, "data_type": data_type, "created_at": NOW, "updated_at": NOW}
    return DataAttribute(**(given | fields))


def declare(bench: Bench, name: str, data_type: str = "string", **fields: object) -> DataAttribute:
    made = attribute(name, data_type, **fields)
    return bench.store.attributes.create(bench.workspace, made, ENTRY)


def change(bench: Bench, number: int, **fields: object) -> DataAttribute | None:
    return bench.store.attributes.update(bench.workspace, number, fields, ENTRY)


@pytest.fixture
def elsewhere(bench: Bench) -> Workspace:
    """A second workspace in the same store."""
    made = Workspace(0, "elsewhere", "Elsewhere", NOW)
    return bench.store.workspaces.create(made, AuditEntry(None, NOW, "test", "made"))


def test_every_field_comes_back(bench: Bench) -> None:
    given = {"description": "d", "options": ("a", "é"), "messenger_writable": True, "created_by": 7}
    made = declare(bench, "x", **given)
    assert made.number > 0
    assert {name: getattr(made, name) for name in given} == given
    assert bench.reopen().attributes.find(bench.workspace, made.number) == made
    plain = declare(bench, "y", "integer")
    assert bench.store.attributes.all(bench.workspace) == [made, plain]


def test_a_name_is_taken_once_in_a_workspace(bench: Bench, elsewhere: Workspace) -> None:
    made = declare(bench, "x")
    with pytest.raises(AttributeExists) as taken:
        declare(bench, "x", "integer")
    assert taken.value.attribute == made
    other = bench.store.attributes.create(elsewhere, attribute("x", "integer"), ENTRY)
    assert bench.store.attributes.find(bench.workspace, other.number) is None
    assert bench.store.attributes.update(bench.workspace, other.number, {}, ENTRY) is None
    assert bench.store.attributes.all(elsewhere) == [other]
    assert bench.contact("u1", custom_attributes={"x": "text"}).custom_attributes == {"x": "text"}


def test_a_workspace_has_so_many(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pastense.store.relational.people.attributes.DATA_ATTRIBUTES_MAX", 1)
    made = declare(bench, "x")
    change(bench, made.number, archived=True)
    with pytest.raises(TooManyDeclared):
        declare(bench, "y")


def test_archiving_keeps_the_first_time(bench: Bench) -> None:
    number = declare(bench, "x").number
    archived = change(bench, number, archived=True)
    assert archived.archived_at == NOW
    later = AuditEntry(1, NOW + 5, "test", "data attribute archived")
    again = bench.store.attributes.update(bench.workspace, number, {"archived": True}, later)
    assert again == archived
    back = bench.store.attributes.update(bench.workspace, number, {"archived": False}, later)
    assert (back.archived_at, back.updated_at) == (None, NOW + 5)
    assert len(bench.store.audit.page(1, None, 10)) == 3, "what changed nothing is not an act"


def test_declared_types_bind_every_write(bench: Bench) -> None:
    before = bench.contact("before", custom_attributes={"age": "five"})
    declare(bench, "age", "integer")
    made = bench.contact("u1", custom_attributes={"age": "5", "free": "5"})
    assert made.custom_attributes == {"age": 5, "free": "5"}
    for write in (
        lambda: bench.contact("u2", custom_attributes={"age": "x"}),
        lambda: bench.store.contacts.update(
            bench.workspace, made.id, {"name": "n", "custom_attributes": {"age": True}}, NOW
        ),
    ):
        with pytest.raises(AttributeRefused) as refused:
            write()
        assert refused.value.name == "age"
        assert "integer" in refused.value.problem
    assert bench.store.contacts.find(bench.workspace, "user_id", "u2") == []
    assert bench.store.contacts.find(bench.workspace, "id", made.id) == [made], "unchanged"
    assert bench.store.contacts.find(bench.workspace, "id", before.id) == [before], "as it was"
    untouched = bench.store.contacts.update(bench.workspace, before.id, {"name": "n"}, NOW)
    assert untouched.custom_attributes == {"age": "five"}


def test_no_write_slips_past_a_declaration(bench: Bench) -> None:
    """Whatever the order of two threads, nobody is refused who came before the declaration, and
    nothing of another type is stored after it."""
    made = bench.contact("u1")
    declared, refused = threading.Event(), []

    def write() -> None:
        number = 0
        while len(refused) < 3:
            known, number = declared.is_set(), number + 1
            fields = {"custom_attributes": {"age": f"text {number}"}}
            try:
                bench.store.contacts.update(bench.workspace, made.id, fields, NOW)
                assert not known, "written after it was declared"
            except AttributeRefused:
                refused.append(number)

    thread = threading.Thread(target=write)
    thread.start()
    declare(bench, "age", "integer")
    declared.set()
    thread.join(10)
    assert len(refused) == 3
    (kept,) = bench.store.contacts.find(bench.workspace, "id", made.id)
    assert kept.custom_attributes.get("age") == (
        None if refused[0] == 1 else f"text {refused[0] - 1}"
    )


def test_an_archived_attribute_is_out_of_sight_and_comes_back(
    bench: Bench, elsewhere: Workspace
) -> None:
    kept = {"a.b": 0.1 + 0.2, "b": True, "c": "é", "d": -(2**63)}
    made = bench.contact("u1", custom_attributes={"x": 5, **kept})
    other = bench.store.contacts.create(elsewhere, {"custom_attributes": {"x": 5}}, NOW)
    number = declare(bench, "x", "integer").number
    change(bench, number, archived=True)
    (hidden,) = bench.store.contacts.find(bench.workspace, "id", made.id)
    assert repr(hidden.custom_attributes) == repr(kept)
    assert bench.store.contacts.find(elsewhere, "id", other.id) == [other]
    with pytest.raises(AttributeRefused):
        bench.contact("u2", custom_attributes={"x": 6})
    change(bench, number, archived=False)
    assert bench.store.contacts.find(bench.workspace, "id", made.id) == [made]
    change(bench, number, archived=True)
    bench.store.contacts.update(bench.workspace, made.id, {"custom_attributes": {"x": None}}, NOW)
    change(bench, number, archived=False)
    (cleared,) = bench.store.contacts.find(bench.workspace, "id", made.id)
    assert repr(cleared.custom_attributes) == repr(kept), "taken away out of sight"


def test_hidden_attributes_count_against_the_bound(bench: Bench) -> None:
    full = {f"a{n}": n for n in range(CUSTOM_ATTRIBUTES_MAX)}
    made = bench.contact("u1", custom_attributes=full)
    change(bench, declare(bench, "a0", "integer").number, archived=True)
    with pytest.raises(TooManyAttributes):
        bench.store.contacts.update(
            bench.workspace, made.id, {"custom_attributes": {"more": 1}}, NOW
        )


@pytest.mark.parametrize(
    ("operator", "value", "kind", "found"),
    [
        ("=", 86_400, "date", ["day"]),
        (">", 0, "date", ["day", "later"]),
        ("<", 86_400, "date", ["early"]),
        ("=", None, "date", ["none"]),
        ("=", "text", "string", ["text"]),
        (">=", 86_399, "integer", ["day", "early", "later"]),
    ],
)
def test_declared_attributes_are_searched_by_their_type(
    bench: Bench, operator: str, value: object, kind: str, found: list[str]
) -> None:
    values = {"early": 86_399, "day": 172_799, "later": 172_800, "text": "text", "none": None}
    for name, seen in values.items():
        bench.contact(name, custom_attributes={} if seen is None else {"seen": seen})
    query = Filter("custom_attributes.seen", operator, value, kind)
    page = bench.store.contacts.search(bench.workspace, query, Sort(), 10, None)
    assert sorted(contact.external_id for contact in page.contacts) == found
