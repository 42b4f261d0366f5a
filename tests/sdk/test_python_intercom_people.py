"""python-intercom 5.0.1, sync, async and raw: data attributes, tags, segments and blocking."""

from __future__ import annotations

import pytest
from intercom import (
    CreateDataAttributeRequestOne,
    CreateDataAttributeRequestOptions,
    CreateDataAttributeRequestOptionsOptionsItem,
    CreateOrUpdateTagRequest,
    SingleFilterSearchRequest,
    TagCompanyRequest,
    TagCompanyRequestCompaniesItem,
    TagMultipleUsersRequest,
    TagMultipleUsersRequestUsersItem,
    UpdateDataAttributeRequestOptions,
    UpdateDataAttributeRequestOptionsOptionsItem,
)
from intercom.core.api_error import ApiError

NO_CONTACT = "65d6a5f0a1b2c3d4e5f60718"


def refusal(call, status: int) -> dict:
    """The error body of a call that has to be refused with this status."""
    with pytest.raises(ApiError) as caught:
        call()
    assert caught.value.status_code == status
    body = caught.value.body
    return body if isinstance(body, dict) else body.dict()


def declare(sdk, name: str, data_type: str):
    """A declared attribute of contacts."""
    request = CreateDataAttributeRequestOne(data_type=data_type, name=name, model="contact")
    return sdk.data_attributes.create(request=request)


def test_an_attribute_is_declared_and_listed(sdk, unique):
    name = unique("declared")
    made = declare(sdk, name, "integer")

    assert (made.type, made.name, made.data_type) == ("data_attribute", name, "integer")
    assert made.full_name == f"custom_attributes.{name}"
    assert (made.model, made.custom, made.archived) == ("contact", True, False)
    assert made.admin_id == sdk.admins.identify().id
    listed = sdk.data_attributes.list(model="contact").data
    assert made.dict() in [one.dict() for one in listed]
    assert "email" in [one.name for one in listed if not one.custom]
    assert sdk.data_attributes.list(model="company").data == []


def test_a_list_of_options(sdk, unique):
    item = CreateDataAttributeRequestOptionsOptionsItem
    made = sdk.data_attributes.create(
        request=CreateDataAttributeRequestOptions(
            data_type="options",
            options=[item(value="1-10"), item(value="11-20")],
            name=unique("size"),
            model="contact",
        )
    )
    assert (made.data_type, made.options) == ("string", ["1-10", "11-20"])

    item = UpdateDataAttributeRequestOptionsOptionsItem
    request = UpdateDataAttributeRequestOptions(options=[item(value="few"), item(value="many")])
    changed = sdk.data_attributes.update(made.id, request=request)
    assert changed.options == ["few", "many"]


def test_an_attribute_is_archived(sdk, unique):
    made = declare(sdk, unique("gone"), "string")
    archived = sdk.data_attributes.update(made.id, request={"archived": True})

    assert archived.archived is True
    shown = [one.id for one in sdk.data_attributes.list(model="contact").data]
    assert made.id not in shown
    everything = sdk.data_attributes.list(model="contact", include_archived=True).data
    assert made.id in [one.id for one in everything]


def test_a_declared_type_binds_a_contact(sdk, unique, user):
    made = declare(sdk, unique("seats"), "integer")
    changed = sdk.contacts.update(user.id, custom_attributes={made.name: "4"})
    assert changed.custom_attributes == {made.name: 4}

    def refused():
        return sdk.contacts.update(user.id, custom_attributes={made.name: "four"})

    error = refusal(refused, 400)["errors"][0]
    assert (error["code"], error["field"]) == (
        "parameter_invalid",
        f"custom_attributes.{made.name}",
    )


def test_refused_declarations(sdk, unique):
    made = declare(sdk, unique("taken"), "string")
    error = refusal(lambda: declare(sdk, made.name, "integer"), 400)["errors"][0]
    assert error["code"] == "parameter_invalid"
    assert error["message"].startswith(f"You already have '{made.name}' in your people data.")
    call = sdk.data_attributes.update
    error = refusal(lambda: call(2**40, request={"archived": True}), 404)["errors"][0]
    assert error["code"] == "field_not_found"
    number = declare(sdk, unique("number"), "integer").id
    options = {"options": [{"value": "a"}, {"value": "b"}]}
    error = refusal(lambda: call(number, request=options), 422)["errors"][0]
    assert error["code"] == "data_invalid"


def test_a_tag_is_made_found_renamed_and_deleted(sdk, unique):
    name = unique("tag")
    made = sdk.tags.create(request=CreateOrUpdateTagRequest(name=name))

    assert (made.type, made.name) == ("tag", name)
    assert sdk.tags.find(made.id).dict() == made.dict()
    assert made.id in [tag.id for tag in sdk.tags.list().data]
    request = CreateOrUpdateTagRequest(name=f"{name} new", id=made.id)
    assert sdk.tags.create(request=request).name == f"{name} new"
    assert sdk.tags.delete(made.id) is None
    error = refusal(lambda: sdk.tags.find(made.id), 404)["errors"][0]
    assert (error["code"], error["message"]) == ("not_found", "Resource Not Found")


def test_a_contact_is_tagged_and_untagged(sdk, unique, lead):
    tag = sdk.tags.create(request=CreateOrUpdateTagRequest(name=unique("tag")))
    applied = sdk.tags.tag_contact(lead.id, tag_id=tag.id)

    assert (applied.id, applied.name, applied.applied_by.type) == (tag.id, tag.name, "admin")
    assert applied.applied_by.id == sdk.admins.identify().id
    assert isinstance(applied.applied_at, int)
    listed = sdk.contacts.list_attached_tags(lead.id)
    assert [one.dict() for one in listed.data] == [applied.dict()]
    shown = sdk.contacts.find(lead.id).tags
    assert ([one.id for one in shown.data], shown.total_count) == ([tag.id], 1)
    found = sdk.contacts.search(
        query=SingleFilterSearchRequest(field="tag_id", operator="=", value=tag.id)
    )
    assert [contact.id for contact in found.items] == [lead.id]
    assert sdk.tags.untag_contact(lead.id, tag.id).dict() == applied.dict()
    assert sdk.contacts.list_attached_tags(lead.id).data == []


def test_many_users_are_tagged(sdk, unique, user, lead):
    item = TagMultipleUsersRequestUsersItem
    users = [item(id=user.id), item(id=lead.id)]
    tag = sdk.tags.create(request=TagMultipleUsersRequest(name=unique("many"), users=users))

    for contact in (user, lead):
        assert [one.id for one in sdk.contacts.list_attached_tags(contact.id).data] == [tag.id]


def test_refused_tags(sdk, unique, user):
    name = unique("refused")
    companies = [TagCompanyRequestCompaniesItem(company_id="6")]
    request = TagCompanyRequest(name=name, companies=companies)
    error = refusal(lambda: sdk.tags.create(request=request), 400)["errors"][0]
    assert error["message"].startswith("invalid tag parameters")
    unknown = TagMultipleUsersRequest(
        name=name, users=[TagMultipleUsersRequestUsersItem(id=NO_CONTACT)]
    )
    error = refusal(lambda: sdk.tags.create(request=unknown), 404)["errors"][0]
    assert (error["code"], error["message"]) == ("not_found", "User Not Found")
    error = refusal(lambda: sdk.tags.tag_contact(user.id, tag_id="0"), 404)["errors"][0]
    assert error["message"] == "Resource Not Found"
    error = refusal(lambda: sdk.contacts.list_attached_tags(NO_CONTACT), 404)["errors"][0]
    assert error["message"] == "User Not Found"


def test_there_are_no_segments_yet(sdk, user):
    assert sdk.segments.list(include_count=True).segments == []
    assert sdk.contacts.list_attached_segments(user.id).data == []
    error = refusal(lambda: sdk.segments.find(NO_CONTACT), 404)["errors"][0]
    assert (error["code"], error["message"]) == ("not_found", "Resource Not Found")


def test_a_contact_is_blocked(sdk, user):
    blocked = sdk.contacts.block_contact(user.id)

    assert (blocked.type, blocked.id, blocked.blocked) == ("contact", user.id, True)
    assert blocked.external_id == user.external_id
