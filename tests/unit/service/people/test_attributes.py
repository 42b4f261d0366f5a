"""Declaring custom attributes (docs/wire.md and decisions.md, "Data attributes")."""

from __future__ import annotations

import pytest

from pastense.errors import ApiError
from pastense.limits import DATA_ATTRIBUTES_MAX
from pastense.model import AuditEntry, DataAttribute
from pastense.service.people import attributes as service
from pastense.store.base import TooManyDeclared
from tests.unit.support import NOW, refusal

ENTRY = AuditEntry(1, NOW, "test", "data attribute changed")
LIST = [{"value": "1-10"}, {"value": "11-20"}]


def declare(store, workspace, **fields: object) -> DataAttribute:
    body = {"name": "a", "model": "contact", "data_type": "string"} | fields
    return service.declare(store, workspace, body, 7, ENTRY)


@pytest.mark.parametrize("data_type", ["string", "integer", "float", "boolean", "date", "datetime"])
def test_every_type_is_declared(store, workspace, data_type):
    made = declare(store, workspace, data_type=data_type, description="d")
    assert (made.name, made.data_type, made.description) == ("a", data_type, "d")
    assert (made.created_at, made.created_by, made.options) == (NOW, 7, None)
    assert service.list_attributes(store, workspace, False) == [made]


def test_a_list_is_a_string_with_options(store, workspace):
    made = declare(store, workspace, data_type="options", options=LIST, messenger_writable=True)
    assert (made.data_type, made.options) == ("string", ("1-10", "11-20"))
    assert made.messenger_writable
    plain = declare(store, workspace, name="b", options=LIST)
    assert plain.options == made.options


@pytest.mark.parametrize(
    "name", ["The One Ring", "paid_subscriber", "x-y", "US$ spent", "größe", "5"]
)
def test_names_that_may_be_declared(store, workspace, name):
    assert declare(store, workspace, name=name).name == name


BAD = [
    ({"name": None}, "parameter_not_found", "name"),
    ({"name": ""}, "parameter_invalid", "name"),
    ({"name": 5}, "parameter_invalid", "name"),
    ({"name": "!nv@l!d n@me"}, "parameter_invalid", "name"),
    ({"name": "a.b"}, "parameter_invalid", "name"),
    ({"name": "a\n"}, "parameter_invalid", "name"),
    ({"name": "x" * 256}, "parameter_invalid", "name"),
    ({"model": None}, "parameter_not_found", "model"),
    ({"model": "company"}, "parameter_invalid", "model"),
    ({"model": ["contact"]}, "parameter_invalid", "model"),
    ({"data_type": None}, "parameter_not_found", "data_type"),
    ({"data_type": "mithril"}, "parameter_invalid", "data_type"),
    ({"data_type": ["string"]}, "parameter_invalid", "data_type"),
    ({"data_type": "options"}, "parameter_invalid", "options"),
    ({"data_type": "options", "options": {"value": "1-10"}}, "parameter_invalid", "options"),
    ({"data_type": "options", "options": LIST[:1]}, "parameter_invalid", "options"),
    ({"data_type": "options", "options": LIST * 2}, "parameter_invalid", "options"),
    ({"data_type": "options", "options": LIST * 126}, "parameter_invalid", "options"),
    ({"data_type": "options", "options": ["a", "b"]}, "parameter_invalid", "options[0]"),
    (
        {"data_type": "options", "options": [LIST[0], {"value": ""}]},
        "parameter_invalid",
        "options[1]",
    ),
    ({"data_type": "integer", "options": LIST}, "parameter_invalid", "data_type"),
    ({"description": 5}, "parameter_invalid", "description"),
    ({"description": "x" * 2_001}, "parameter_invalid", "description"),
    ({"messenger_writable": "yes"}, "parameter_invalid", "messenger_writable"),
]


@pytest.mark.parametrize(("fields", "code", "field"), BAD, ids=lambda it: str(it)[:40])
def test_a_bad_declaration_is_refused(store, workspace, fields, code, field):
    assert refusal(declare, store, workspace, **fields) == (400, code, field)
    assert service.list_attributes(store, workspace, True) == []


def test_a_name_is_declared_once(store, workspace):
    made = declare(store, workspace)
    words = "^You already have 'a' in your people data. To save this as new people data, use a "
    with pytest.raises(ApiError, match=words + r"different name\.$") as caught:
        declare(store, workspace, data_type="integer")
    assert (caught.value.status, caught.value.refusals[0].field) == (400, "name")
    service.change(store, workspace, made.number, {"archived": True}, ENTRY)
    with pytest.raises(ApiError, match=f"unarchive data attribute {made.number}"):
        declare(store, workspace)
    assert declare(store, workspace, name="A").name == "A", "case counts"


def test_too_many_have_a_code_of_their_own(store, workspace, monkeypatch):
    def refuse(*_: object) -> None:
        raise TooManyDeclared

    monkeypatch.setattr(store.attributes, "create", refuse)
    with pytest.raises(ApiError, match=str(DATA_ATTRIBUTES_MAX)) as caught:
        declare(store, workspace)
    assert (caught.value.status, caught.value.code) == (400, "custom_data_limit_reached")


def test_a_change_keeps_what_is_not_given(store, workspace):
    made = declare(store, workspace, description="d", options=LIST)
    later = AuditEntry(1, NOW + 5, "test", "data attribute changed")
    same = service.change(store, workspace, made.number, {"archived": None, "options": None}, later)
    assert same == made, "a null changes nothing"
    change = {"description": None, "messenger_writable": True}
    changed = service.change(store, workspace, made.number, change, later)
    assert (changed.description, changed.messenger_writable) == (None, True)
    assert (changed.options, changed.updated_at, changed.created_at) == (made.options, NOW + 5, NOW)
    more = [*LIST, {"value": "21+"}]
    changed = service.change(store, workspace, made.number, {"options": more}, later)
    assert changed.options == ("1-10", "11-20", "21+")


def test_the_audit_log_says_what_was_done(store, workspace):
    number = declare(store, workspace).number
    for change in (
        {"archived": True},
        {"archived": True},
        {"archived": False},
        {"description": "d"},
    ):
        service.change(store, workspace, number, change, ENTRY)
    acts = [(entry.act, entry.detail) for entry in store.audit.page(1, None, 10)]
    done = ("changed", "unarchived", "archived", "changed")
    assert acts == [(f"data attribute {word}", {"name": "a"}) for word in done]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"archived": "yes"}, "archived"),
        ({"archived": 1}, "archived"),
        ({"messenger_writable": 0}, "messenger_writable"),
        ({"description": []}, "description"),
        ({"options": {"value": "1-10"}}, "options"),
        ({"options": []}, "options"),
        ({"options": [LIST[0], 5]}, "options[1]"),
    ],
)
def test_a_bad_change_is_refused(store, workspace, change, field):
    made = declare(store, workspace)
    found = refusal(service.change, store, workspace, made.number, change, ENTRY)
    assert found == (400, "parameter_invalid", field)
    assert service.list_attributes(store, workspace, True) == [made]


def test_what_is_not_there_is_not_changed(store, workspace):
    for number in (0, 1, 2**62):
        found = refusal(service.change, store, workspace, number, {"archived": True}, ENTRY)
        assert found == (404, "field_not_found", None)


def test_only_strings_have_options(store, workspace):
    made = declare(store, workspace, data_type="integer")
    found = refusal(service.change, store, workspace, made.number, {"options": LIST}, ENTRY)
    assert found == (422, "data_invalid", "options")


def test_archived_attributes_are_listed_when_asked_for(store, workspace):
    made = declare(store, workspace)
    gone = service.change(store, workspace, made.number, {"archived": True}, ENTRY)
    assert service.list_attributes(store, workspace, False) == []
    assert service.list_attributes(store, workspace, True) == [gone]
