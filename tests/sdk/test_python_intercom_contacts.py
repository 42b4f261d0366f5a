"""python-intercom 5.0.1, sync, async and raw: users and leads made, found, changed and removed."""

from __future__ import annotations

import re

import pytest
from intercom import (
    CreateContactRequestWithEmail,
    CreateContactRequestWithExternalId,
    CreateContactRequestWithRole,
    CreateDataEventRequestWithId,
    MultipleFilterSearchRequest,
    SingleFilterSearchRequest,
    StartingAfterPaging,
)
from intercom.core.api_error import ApiError

NO_CONTACT = "65d6a5f0a1b2c3d4e5f60718"


def refusal(call, status: int) -> dict:
    """The error body of a call that has to be refused with this status."""
    with pytest.raises(ApiError) as caught:
        call()
    assert caught.value.status_code == status
    return caught.value.body


def test_a_user_by_external_id(sdk, unique):
    external_id = unique("user")
    made = sdk.contacts.create(
        request=CreateContactRequestWithExternalId(
            external_id=external_id,
            name="Ada",
            phone="+353871234567",
            signed_up_at=1671028894,
            custom_attributes={"plan": "team", "seats": 3, "beta": True},
        )
    )

    assert made.type == "contact"
    assert re.fullmatch("[0-9a-f]{24}", made.id)
    assert (made.role, made.external_id, made.name) == ("user", external_id, "Ada")
    assert (made.phone, made.signed_up_at) == ("+353871234567", 1671028894)
    assert made.custom_attributes == {"plan": "team", "seats": 3, "beta": True}
    assert made.email is None
    assert made.created_at == pytest.approx(made.updated_at, abs=1)
    assert made.workspace_id == sdk.admins.identify().app.id_code
    assert made.tags.type == "list"
    assert made.tags.data == []
    assert sdk.contacts.find(made.id).dict() == made.dict()
    assert sdk.contacts.show_contact_by_external_id(external_id).dict() == made.dict()


def test_a_user_by_email_alone(sdk, unique):
    email = f"{unique('mail')}@example.org"
    made = sdk.contacts.create(request=CreateContactRequestWithEmail(email=email))

    assert (made.role, made.email, made.external_id) == ("user", email, None)


def test_leads_may_share_an_email(sdk, unique):
    email = f"{unique('shared')}@example.org"
    leads = [
        sdk.contacts.create(request=CreateContactRequestWithRole(role="lead", email=email))
        for _ in range(2)
    ]

    assert [lead.role for lead in leads] == ["lead", "lead"]
    assert [lead.email for lead in leads] == [email, email]
    assert leads[0].id != leads[1].id


def test_a_contact_is_updated_in_part(sdk, user):
    changed = sdk.contacts.update(
        user.id, name="Grace", unsubscribed_from_emails=True, custom_attributes={"seats": 4}
    )

    assert (changed.name, changed.unsubscribed_from_emails) == ("Grace", True)
    assert changed.custom_attributes["seats"] == 4
    assert (changed.external_id, changed.email) == (user.external_id, user.email)
    assert sdk.contacts.find(user.id).dict() == changed.dict()


def test_a_lead_becomes_a_user_by_update(sdk, lead, unique):
    external_id = unique("grown")
    grown = sdk.contacts.update(lead.id, role="user", external_id=external_id)

    assert (grown.id, grown.role, grown.external_id) == (lead.id, "user", external_id)
    assert sdk.contacts.show_contact_by_external_id(external_id).id == lead.id


def test_a_second_contact_with_the_same_details_is_a_conflict(sdk, user, unique, facts):
    words = f"A contact matching those details already exists with id={user.id}"
    for request in (
        CreateContactRequestWithExternalId(external_id=user.external_id),
        CreateContactRequestWithEmail(email=user.email),
    ):
        body = refusal(lambda request=request: sdk.contacts.create(request=request), 409)
        facts.check_error(body, "conflict", words)
    other = sdk.contacts.create(
        request=CreateContactRequestWithExternalId(external_id=unique("other"))
    )
    body = refusal(lambda: sdk.contacts.update(other.id, external_id=user.external_id), 409)
    facts.check_error(body, "conflict", words)

    sdk.contacts.archive(user.id)
    again = CreateContactRequestWithExternalId(external_id=user.external_id)
    body = refusal(lambda: sdk.contacts.create(request=again), 409)
    facts.check_error(
        body,
        "conflict",
        f"An archived contact matching those details already exists with id={user.id}",
    )


def test_an_archived_contact_can_be_read_but_not_written(sdk, user, an_hour_ago, facts):
    def send(second: int):
        sdk.events.create(
            request=CreateDataEventRequestWithId(
                id=user.id, event_name="visited", created_at=second
            )
        )

    send(an_hour_ago)
    archived = sdk.contacts.archive(user.id)
    assert (archived.type, archived.id, archived.archived) == ("contact", user.id, True)
    assert archived.external_id == user.external_id

    facts.check_error(refusal(lambda: send(an_hour_ago + 1), 404), "not_found", "User Not Found")
    assert len(sdk.events.list(type="user", intercom_user_id=user.id).events) == 1
    [item] = sdk.events.list(type="user", intercom_user_id=user.id, summary=True).events
    assert item.count == 1

    back = sdk.contacts.unarchive(user.id)
    assert (back.type, back.id, back.archived) == ("contact", user.id, False)
    send(an_hour_ago + 2)
    listed = sdk.events.list(type="user", user_id=user.external_id)
    assert [event.created_at for event in listed.events] == [an_hour_ago + 2, an_hour_ago]


def test_a_deleted_contact_is_gone_and_its_identifiers_are_free(sdk, user, an_hour_ago, facts):
    sdk.events.create(
        request=CreateDataEventRequestWithId(
            id=user.id, event_name="visited", created_at=an_hour_ago
        )
    )
    deleted = sdk.contacts.delete(user.id)
    assert (deleted.type, deleted.id, deleted.deleted) == ("contact", user.id, True)
    assert deleted.external_id == user.external_id

    for call in (
        lambda: sdk.contacts.find(user.id),
        lambda: sdk.contacts.show_contact_by_external_id(user.external_id),
        lambda: sdk.contacts.delete(user.id),
        lambda: sdk.events.list(type="user", user_id=user.external_id),
        lambda: sdk.events.list(type="user", intercom_user_id=user.id, summary=True),
    ):
        facts.check_error(refusal(call, 404), "not_found", "User Not Found")

    reborn = sdk.contacts.create(
        request={"external_id": user.external_id, "email": user.email},
    )
    assert reborn.id != user.id
    assert sdk.events.list(type="user", user_id=user.external_id).events == []
    assert sdk.events.list(type="user", email=user.email, summary=True).events == []


def test_an_unknown_contact_is_not_found(sdk, unique, facts):
    for call in (
        lambda: sdk.contacts.find(NO_CONTACT),
        lambda: sdk.contacts.update(NO_CONTACT, name="nobody"),
        lambda: sdk.contacts.delete(NO_CONTACT),
        lambda: sdk.contacts.archive(NO_CONTACT),
        lambda: sdk.contacts.unarchive(NO_CONTACT),
        lambda: sdk.contacts.show_contact_by_external_id(unique("nobody")),
    ):
        facts.check_error(refusal(call, 404), "not_found", "User Not Found")


@pytest.mark.parametrize("form", ["sync", "async"])  # the raw forms hand out the same pager
def test_the_list_pager_meets_every_contact_once(sdk, unique):
    made = {
        sdk.contacts.create(request={"role": "lead", "name": unique("paged")}).id for _ in range(7)
    }
    total = sdk.contacts.list(per_page=1).response.total_count
    size = total // 3

    pager = sdk.contacts.list(per_page=size)
    assert pager.response.type == "list"
    assert pager.response.pages.type == "pages"
    assert (pager.response.pages.page, pager.response.pages.per_page) == (1, size)
    assert pager.response.pages.total_pages == -(-total // size)
    pages = sdk.pages(pager)

    assert len(pages) == -(-total // size) >= 3
    assert all(len(page) == size for page in pages[:-1])
    ids = [contact.id for page in pages for contact in page]
    assert len(ids) == len(set(ids)) == total
    assert made <= set(ids)


def named(name: str) -> SingleFilterSearchRequest:
    """The filter for one name."""
    return SingleFilterSearchRequest(field="name", operator="=", value=name)


def test_search_by_one_field(sdk, user, lead):
    for field, value, expected in (
        ("external_id", user.external_id, [user.id]),
        ("email", user.email, [user.id]),
        ("id", user.id, [user.id]),
        ("name", lead.name, [lead.id]),
        ("name", f"{lead.name}-no", []),
    ):
        found = sdk.contacts.search(
            query=SingleFilterSearchRequest(field=field, operator="=", value=value)
        )
        assert [contact.id for contact in found.items] == expected
        assert found.response.total_count == len(expected)
        assert found.has_next is False


def test_search_for_users_that_have_an_external_id(sdk, unique):
    # The query of Intercom's own SDK test before it sends events (docs/wire.md "Contact search").
    name = unique("sought")
    with_id = sdk.contacts.create(request={"external_id": unique("id"), "name": name})
    sdk.contacts.create(request={"email": f"{name}@example.org", "name": name})
    sdk.contacts.create(request={"role": "lead", "name": name})

    found = sdk.contacts.search(
        query=MultipleFilterSearchRequest(
            operator="AND",
            value=[
                SingleFilterSearchRequest(field="role", operator="=", value="user"),
                SingleFilterSearchRequest(field="external_id", operator="!=", value=None),
                named(name),
            ],
        )
    )

    assert [contact.id for contact in found.items] == [with_id.id]
    assert found.items[0].external_id == with_id.external_id


def test_search_in_pages(sdk, unique):
    # python-intercom's own search pager repeats its first call for ever: it passes the caller's
    # `pagination` on unchanged. A caller has to hand the cursor over, as here.
    name = unique("many")
    made = {sdk.contacts.create(request={"role": "lead", "name": name}).id for _ in range(5)}

    ids, cursor = [], None
    for expected in (2, 2, 1):
        found = sdk.contacts.search(
            query=named(name), pagination=StartingAfterPaging(per_page=2, starting_after=cursor)
        )
        assert len(found.items) == expected
        assert found.response.total_count == 5
        ids += [contact.id for contact in found.items]
        cursor = found.response.pages.next.starting_after if found.has_next else None

    assert cursor is None
    assert len(ids) == 5
    assert set(ids) == made
