"""Merging as the callers see it: ids read from a body, refusals with their fields."""

from __future__ import annotations

import pytest

from pastense.errors import ContactMerged
from pastense.service.people import merging
from tests.unit.support import NOW, refusal


@pytest.fixture
def pair(store, workspace):
    lead, user = (store.contacts.create(workspace, {"role": r}, NOW) for r in ("lead", "user"))
    return lead, user


def test_ids_may_come_as_numbers_and_must_name_somebody(store, workspace, pair):
    _, user = pair
    body = {"from": 5, "into": user.id}
    assert refusal(merging.merge_by_ids, store, workspace, body, NOW) == (404, "not_found", None)


def test_a_merge_by_ids_and_again(store, workspace, pair):
    lead, user = pair
    body = {"from": lead.id, "into": user.id}
    first = merging.merge_by_ids(store, workspace, body, NOW)
    again = merging.merge_by_ids(store, workspace, body, NOW)
    assert first.id == again.id == user.id


def test_a_merge_of_contacts_that_went_away(store, workspace, pair):
    lead, user = pair
    other = store.contacts.create(workspace, {"role": "user"}, NOW)
    merging.merge_contacts(store, workspace, lead, user, NOW)
    found = refusal(merging.merge_contacts, store, workspace, lead, other, NOW)
    assert found[:2] == (410, "contact_merged")


def test_two_merges_at_once_are_answered_alike(store, workspace, pair):
    """The later of two calls found the lead before the earlier one took it."""
    lead, user = pair
    first = merging.merge_contacts(store, workspace, lead, user, NOW)
    assert merging.merge_contacts(store, workspace, lead, user, NOW) == first


def test_only_a_merged_contact_is_said_to_be_merged(store, workspace, pair):
    lead, user = pair
    merging.check_merged(store, workspace, lead.id)
    merging.merge_contacts(store, workspace, lead, user, NOW)
    with pytest.raises(ContactMerged, match=user.id):
        merging.check_merged(store, workspace, lead.id)
    merging.check_merged(store, workspace, user.id)
    merging.check_merged(store, workspace, "nobody")
