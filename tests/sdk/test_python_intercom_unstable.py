"""python-intercom 5.0.1, the `unstable` client: every call of the service under its Preview names.

The `filter` object goes over the wire as `filter[user_id]=...` here.
"""

from __future__ import annotations

import pytest
from intercom.core.api_error import ApiError
from intercom.unstable.data_events.types import (
    CreateDataEventSummariesRequestEventSummaries,
    LisDataEventsRequestFilterEmail,
    LisDataEventsRequestFilterIntercomUserId,
    LisDataEventsRequestFilterUserId,
)
from intercom.unstable.errors import UnauthorizedError
from intercom.unstable.types import (
    MultipleFilterSearchRequest,
    SingleFilterSearchRequest,
    StartingAfterPaging,
)

UNSTABLE = {"headers": {"Intercom-Version": "Unstable"}}


@pytest.fixture
def sdk(connect, form):
    """A client of the form under test that asks for the version its calls belong to."""
    return connect(form, **UNSTABLE)


@pytest.fixture
def user(sdk, unique):
    external_id = unique("user")
    return sdk.unstable.contacts.create_contact(
        request={"external_id": external_id, "email": f"{external_id}@example.org"}
    )


@pytest.fixture
def lead(sdk, unique):
    return sdk.unstable.contacts.create_contact(request={"role": "lead", "name": unique("lead")})


def send(sdk, name: str, second: int, **rest) -> None:
    """Send one event and see the empty 202."""
    request = {"event_name": name, "created_at": second, **rest}
    assert sdk.unstable.data_events.create_data_event(request=request) is None
    assert (sdk.answer.status_code, sdk.answer.content) == (202, b"")


def test_rich_links_and_amounts_come_back(sdk, user, an_hour_ago):
    metadata = {
        "order_number": {"value": "3434-3434", "url": "https://example.org/orders/3434"},
        "price": {"currency": "eur", "amount": 34999},
        "order_date": an_hour_ago,
        "vip": False,
    }
    send(sdk, "placed-order", an_hour_ago, user_id=user.external_id, metadata=metadata)
    send(sdk, "placed-order", an_hour_ago, id=user.id, metadata={"copy": "second"})

    listed = sdk.unstable.data_events.lis_data_events(
        filter=LisDataEventsRequestFilterUserId(user_id=user.external_id), type="user"
    )

    [event] = listed.events
    assert event.event_name == "placed-order"
    assert event.metadata == metadata
    assert list(event.metadata) == list(metadata)


def test_the_three_filters_name_the_same_user(sdk, user, an_hour_ago, facts):
    send(sdk, "opened", an_hour_ago, email=user.email)
    send(sdk, "closed", an_hour_ago + 1, user_id=user.external_id)

    answers = [
        sdk.unstable.data_events.lis_data_events(filter=chosen, type="user")
        for chosen in (
            LisDataEventsRequestFilterUserId(user_id=user.external_id),
            LisDataEventsRequestFilterEmail(email=user.email),
            LisDataEventsRequestFilterIntercomUserId(intercom_user_id=user.id),
        )
    ]

    assert b"filter%5Bintercom_user_id%5D=" in sdk.answer.request.url.query
    assert answers[0].events == answers[1].events == answers[2].events
    assert [event.event_name for event in answers[0].events] == ["closed", "opened"]
    assert [facts.second_of(event.id) for event in answers[0].events] == [
        an_hour_ago + 1,
        an_hour_ago,
    ]


def test_pages_of_a_lead_are_walked_with_the_filter_kept(sdk, lead, an_hour_ago, facts, server):
    for number in range(5):
        send(sdk, "viewed", an_hour_ago + number, id=lead.id)

    seconds, sizes, extra = [], [], {"per_page": 2}
    while extra is not None:
        page = sdk.unstable.data_events.lis_data_events(
            filter=LisDataEventsRequestFilterIntercomUserId(intercom_user_id=lead.id),
            type="user",
            request_options={"additional_query_parameters": extra},
        )
        sizes.append(len(page.events))
        seconds += [event.created_at - an_hour_ago for event in page.events]
        following = page.pages["next"]
        extra = facts.page_parameters(following, server) if following else None

    assert sizes == [2, 2, 1]
    assert seconds == [4, 3, 2, 1, 0]


def test_summaries_are_written_and_read(sdk, user, an_hour_ago, facts):
    send(sdk, "invited-friend", an_hour_ago, user_id=user.external_id)
    done = sdk.unstable.data_events.data_event_summaries(
        user_id=user.external_id,
        event_summaries=CreateDataEventSummariesRequestEventSummaries(
            event_name="invited-friend", count=2, first=1671028894, last=1671028895
        ),
    )
    assert done is None
    assert (sdk.answer.status_code, sdk.answer.content) == (200, b"")

    summary = sdk.unstable.data_events.lis_data_events(
        filter=LisDataEventsRequestFilterUserId(user_id=user.external_id), type="user", summary=True
    )

    assert (summary.type, summary.user_id) == ("event.summary", user.external_id)
    [item] = summary.events
    assert (item.name, item.count) == ("invited-friend", 3)
    assert (item.first, item.last) == ("2022-12-14T14:41:34.000Z", facts.iso(an_hour_ago))


def test_the_life_of_a_contact(sdk, user, facts):
    contacts = sdk.unstable.contacts

    assert contacts.show_contact(user.id).dict() == user.dict()
    assert contacts.show_contact_by_external_id(user.external_id).id == user.id
    changed = contacts.update_contact(user.id, name="Ada")
    assert (changed.name, changed.email) == ("Ada", user.email)
    assert contacts.archive_contact(user.id).archived is True
    assert contacts.unarchive_contact(user.id).archived is False
    with pytest.raises(ApiError) as caught:
        contacts.create_contact(request={"external_id": user.external_id})
    assert caught.value.status_code == 409
    facts.check_error(
        caught.value.body,
        "conflict",
        f"A contact matching those details already exists with id={user.id}",
    )
    assert contacts.delete_contact(user.id).deleted is True
    with pytest.raises(ApiError) as caught:
        contacts.show_contact(user.id)
    assert caught.value.status_code == 404
    facts.check_error(caught.value.body, "not_found", "User Not Found")


def test_search_and_list(sdk, user, unique):
    contacts = sdk.unstable.contacts
    name = unique("grouped")
    made = {contacts.create_contact(request={"role": "lead", "name": name}).id for _ in range(3)}
    query = MultipleFilterSearchRequest(
        operator="AND",
        value=[
            SingleFilterSearchRequest(field="role", operator="=", value="lead"),
            SingleFilterSearchRequest(field="name", operator="=", value=name),
        ],
    )

    first = contacts.search_contacts(query=query, pagination=StartingAfterPaging(per_page=2))
    rest = contacts.search_contacts(
        query=query,
        pagination=StartingAfterPaging(per_page=2, starting_after=first.pages.next.starting_after),
    )
    assert (len(first.data), len(rest.data)) == (2, 1)
    assert {contact.id for contact in first.data + rest.data} == made
    assert rest.pages.next is None

    listed = contacts.list_contacts(
        request_options={"additional_query_parameters": {"per_page": 2}}
    )
    assert (listed.type, len(listed.data)) == ("list", 2)
    assert listed.total_count >= 4


def test_identify_unknown_user_and_wrong_token(sdk, connect, form, unique, an_hour_ago, facts):
    assert sdk.unstable.admins.identify_admin().type == "admin"
    assert sdk.answer.headers["Intercom-Version"] == "Unstable"

    with pytest.raises(ApiError) as caught:
        send(sdk, "lost", an_hour_ago, user_id=unique("nobody"))
    assert caught.value.status_code == 404
    facts.check_error(caught.value.body, "not_found", "User Not Found")

    stranger = connect(form, token="pst_of_nobody", **UNSTABLE)
    with pytest.raises(UnauthorizedError) as caught:
        send(stranger, "lost", an_hour_ago, user_id="anyone")
    facts.check_error(caught.value.body, "unauthorized", "Access Token Invalid")
