"""Tags as callers see them (docs/wire.md and decisions.md, "Tags")."""

from __future__ import annotations

import pytest

from pastense.errors import ApiError
from pastense.identity import lead_user_id
from pastense.model import AuditEntry
from pastense.service.people import tags as service
from pastense.service.people.contacts import create_contact
from tests.unit.support import NOW, refusal, share_emails

ENTRY = AuditEntry(1, NOW, "test", "tag made")
NOBODY = "000000000000000000000000"


def save(store, workspace, **body: object):
    return service.save_tag(store, workspace, body, 7, ENTRY, 3)


def carried(store, workspace, contact) -> list[str]:
    found = service.tags_of_contact(store, workspace, contact.id)
    return [applied.tag.name for applied in found]


@pytest.fixture
def user(store, workspace):
    body = {"external_id": "u1", "email": "a@b.de"}
    return create_contact(store, workspace, body, NOW)


def test_a_tag_is_made_once_whatever_its_case(store, workspace):
    made = save(store, workspace, name=" Vip ")
    assert (made.name, service.get_tag(store, workspace, str(made.number))) == ("Vip", made)
    assert save(store, workspace, name="VIP") == made
    assert store.tags.all(workspace) == [made]


def test_users_are_tagged_and_untagged_by_any_identifier(store, workspace, user):
    lead = create_contact(store, workspace, {"role": "lead"}, NOW)
    for named in ({"id": user.id}, {"user_id": "u1"}, {"email": "A@B.de"}):
        save(store, workspace, name="vip", users=[named])
        assert carried(store, workspace, user) == ["vip"]
        save(store, workspace, name="vip", users=[named | {"untag": True}])
        assert carried(store, workspace, user) == []
    save(store, workspace, name="vip", users=[{"user_id": lead_user_id(lead.id)}])
    assert carried(store, workspace, lead) == ["vip"]


def test_a_call_is_applied_whole_or_not_at_all(store, workspace, user):
    users = [{"id": user.id}, {"user_id": "nobody"}]
    found = refusal(save, store, workspace, name="vip", users=users)
    assert found == (404, "not_found", "users[1].user_id")
    assert carried(store, workspace, user) == []
    assert store.tags.all(workspace) == []


def test_a_shared_email_names_nobody_alone(store, workspace, user, tmp_path):
    create_contact(store, workspace, {"external_id": "u2"}, NOW)
    share_emails(tmp_path / "pastense.db")
    found = refusal(save, store, workspace, name="vip", users=[{"email": "a@b.de"}])
    assert found == (409, "conflict", "users[0].email")


BAD = [
    ({}, "name"),
    ({"test": "invalid"}, "name"),
    ({"name": ""}, "name"),
    ({"name": "  "}, "name"),
    ({"name": 5}, "name"),
    ({"name": "x" * 256}, "name"),
    ({"name": "a\tb"}, "name"),
    ({"name": "a", "companies": [{"company_id": "6"}]}, "companies"),
    ({"name": "a", "contacts": []}, "contacts"),
    ({"name": "a", "users": {}}, "users"),
    ({"name": "a", "users": [{"id": "x"}] * 4}, "users"),
    ({"name": "a", "users": [5]}, "users[0]"),
    ({"name": "a", "users": [{"id": None}]}, "users[0]"),
    ({"name": "a", "users": [{"id": []}]}, "users[0].id"),
    ({"name": "a", "users": [{"email": ""}]}, "users[0].email"),
    ({"name": "a", "users": [{"id": "x", "untag": "yes"}]}, "users[0].untag"),
    ({"name": "a", "id": "1", "users": []}, "users"),
]


@pytest.mark.parametrize(("body", "field"), BAD, ids=lambda it: str(it)[:40])
def test_a_bad_call_is_refused_in_intercoms_words(store, workspace, body, field):
    with pytest.raises(ApiError, match=r"^invalid tag parameters: ") as caught:
        save(store, workspace, **body)
    (only,) = caught.value.refusals
    assert (caught.value.status, only.code, only.field) == (400, "parameter_invalid", field)
    assert store.tags.all(workspace) == []


def test_a_tag_gets_another_name(store, workspace):
    first, second = save(store, workspace, name="a"), save(store, workspace, name="b")
    renamed = save(store, workspace, name="A", id=str(first.number))
    assert (renamed.number, renamed.name) == (first.number, "A")
    found = refusal(save, store, workspace, name="B", id=first.number)
    assert found == (409, "conflict", "name")
    found = refusal(save, store, workspace, name="c", id=second.number + 1)
    assert found == (404, "not_found", "id")
    assert [tag.name for tag in store.tags.all(workspace)] == ["A", "b"]


UNKNOWN = ["0", "99", "-1", "1.0", "01", "x", "", "9" * 19, "9" * 40, "²"]


@pytest.mark.parametrize("tag_id", UNKNOWN)
def test_an_unknown_tag_is_not_found(store, workspace, user, tag_id):
    save(store, workspace, name="a", users=[{"id": user.id}])
    for call in (
        lambda: service.get_tag(store, workspace, tag_id),
        lambda: service.delete_tag(store, workspace, tag_id, ENTRY),
        lambda: service.attach_tag(store, workspace, user.id, {"id": tag_id}, 7, NOW),
        lambda: service.detach_tag(store, workspace, user.id, tag_id),
    ):
        with pytest.raises(ApiError, match=r"^Resource Not Found$") as caught:
            call()
        assert caught.value.status == 404
    assert carried(store, workspace, user) == ["a"]


def test_an_unknown_contact_is_not_found(store, workspace):
    tag = save(store, workspace, name="a")
    visitor = store.contacts.create(workspace, {"role": "visitor"}, NOW)
    for contact_id in (NOBODY, "", visitor.id):
        for call in (
            lambda one: service.tags_of_contact(store, workspace, one),
            lambda one: service.attach_tag(store, workspace, one, {"id": tag.number}, 7, NOW),
            lambda one: service.detach_tag(store, workspace, one, str(tag.number)),
            lambda one: save(store, workspace, name="a", users=[{"id": one or NOBODY}]),
        ):
            with pytest.raises(ApiError, match=r"^User Not Found$") as caught:
                call(contact_id)
            assert caught.value.status == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "parameter_not_found"),
        ({"id": []}, "parameter_invalid"),
        ({"id": True}, "parameter_invalid"),
    ],
)
def test_an_attachment_needs_the_id_of_a_tag(store, workspace, user, body, code):
    found = refusal(service.attach_tag, store, workspace, user.id, body, 7, NOW)
    assert found == (400, code, "id")


def test_attaching_twice_keeps_the_first(store, workspace, user):
    tag = save(store, workspace, name="a")
    first = service.attach_tag(store, workspace, user.id, {"id": tag.number}, 7, NOW)
    again = service.attach_tag(store, workspace, user.id, {"id": str(tag.number)}, 8, NOW + 5)
    assert (first, first.applied_at, first.applied_by) == (again, NOW, 7)
    assert service.detach_tag(store, workspace, user.id, str(tag.number)) == first
    found = refusal(service.detach_tag, store, workspace, user.id, str(tag.number))
    assert found == (404, "not_found", None)


def test_the_limits_are_refused_with_what_to_do(store, workspace, user, monkeypatch):
    monkeypatch.setattr("pastense.store.relational.people.tags.CONTACT_TAGS_COUNT_MAX", 1)
    monkeypatch.setattr("pastense.store.relational.people.tags.TAG_NAMES_MAX", 2)
    save(store, workspace, name="a", users=[{"id": user.id}])
    other = save(store, workspace, name="b")
    save(store, workspace, name="a", users=[{"id": user.id}])
    found = refusal(save, store, workspace, name="b", users=[{"user_id": "u1"}])
    assert found == (400, "parameter_invalid", "users[0].user_id")
    body = {"id": other.number}
    found = refusal(service.attach_tag, store, workspace, user.id, body, 7, NOW)
    assert found == (400, "parameter_invalid", "id")
    assert refusal(save, store, workspace, name="c") == (400, "parameter_invalid", "name")
    assert carried(store, workspace, user) == ["a"]
